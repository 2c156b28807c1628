"""Are rows of one declared cluster both in training and in evaluation?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnn_core.audit.check import Check
from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.specs import Part, SplitMethod

CODE = "torn_clusters"

WORTH_SAYING = 0.01
"""One evaluated row in a hundred changes a share by one percentage point at most; fewer cannot
explain a result that is too good."""

AT_RANDOM = (SplitMethod.STRATIFIED, SplitMethod.RANDOM)
"""Methods that assign rows one by one, regardless of clusters."""


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Report evaluated rows that share a cluster with training rows.

    Rows of a cluster are alike, and a flexible model recognises them (Roberts et al. 2017,
    Ecography 40:913-929). It is a problem where rows were assigned at random in spite of the
    cluster, and worth a look where a time or a value defines the evaluated rows.
    """
    task, method = evidence.task, evidence.split.method_for(evidence.task)
    if task.cluster is None:
        raise NotApplicable("No variable has the role Cluster.")
    if method is SplitMethod.OFFICIAL:
        raise NotApplicable("The published test part stays as it is.")
    # Rows without an answer have no cluster in common.
    cluster = pd.factorize(evidence.dataset.answers(task.cluster))[0]
    shared, evaluated, part = _shared(evidence, cluster)
    if shared < WORTH_SAYING * evaluated:
        return ()
    return (_finding(task.cluster, method, shared, evaluated, part),)


def _shared(evidence: Evidence, cluster: np.ndarray) -> tuple[int, int, str]:
    """Test rows whose cluster is also in training, how many rows there are, and the part's name.

    Where the test part shares none, the same for a separate validation part.
    """
    parts = evidence.parts
    training, validation, test = (
        parts[name] for name in (Part.TRAINING, Part.VALIDATION, Part.TEST)
    )
    shared = _known(cluster[test], cluster[np.union1d(training, validation)])
    if evidence.folds or shared >= WORTH_SAYING * len(test):
        return shared, len(test), Part.TEST
    return _known(cluster[validation], cluster[training]), len(validation), Part.VALIDATION


def _known(evaluated: np.ndarray, learned: np.ndarray) -> int:
    return int((np.isin(evaluated, learned) & (evaluated >= 0)).sum())


def _finding(cluster: str, method: SplitMethod, shared: int, evaluated: int, part: str) -> Finding:
    at_random = method in AT_RANDOM
    return Finding(
        code=CODE,
        severity=Severity.PROBLEM if at_random else Severity.WATCH,
        title=f"Rows of the same “{cluster}” are in training and in evaluation.",
        reason="Rows were assigned to parts at random in spite of the declared cluster. The "
        "network is evaluated on near-copies of its training rows, so all its figures may "
        "be too good."
        if at_random
        else "The network is evaluated on clusters that it was trained on; its performance on "
        "other clusters is not known.",
        figure=f"{100 * shared / evaluated:.0f}%",
        figure_note=f"{shared:,} of {evaluated:,} rows",
        measured=f"rows whose cluster is also in training, {part}",
        try_text=f"choose the method “Other people ({cluster}) at a later time”"
        if method is SplitMethod.TIME
        else f"choose the method “Grouped by {cluster}”",
        try_page="variables",
        numbers={"shared": shared, "evaluated": evaluated},
        variable=cluster,
    )


CHECK = Check(CODE, "Are rows of one cluster in several parts?", findings_of)
