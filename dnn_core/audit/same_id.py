"""Is the same person, household or the like in several parts?"""

from __future__ import annotations

import re

import pandas as pd

from dnn_core.audit.check import Check
from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.data.dataset import Level, Variable
from dnn_core.data.levels.guess import named_as_identifier
from dnn_core.specs import Part, SplitMethod

MOST_ROWS_A_VALUE = 50
"""A variable with more rows a value is a category by another name, not an id."""

FEWEST_ROWS_A_VALUE = 1.01
"""Below this, the rows of a repeated id are typing errors rather than waves or household
members."""

_NAMED_AS_ID = re.compile(r"(^|[^a-z])(id|idno|hid|uuid)([^a-z]|$)")
"""Names of an id and of nothing else; an index, a number, or a PID, the identification
with a party, may be a predictor."""


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Report the first id of the file that is both in training and in an evaluated part.

    The check examines identifiers, and variables with the name of one, that are neither outcome,
    weight, cluster nor strata; of predictors only those whose name leaves no doubt. Rows of a panel
    or of a household are alike, so figures are too good on rows of persons that were in training.
    `torn_clusters` checks a declared cluster.
    """
    if evidence.split.method is SplitMethod.OFFICIAL:
        raise NotApplicable("The published test part stays as it is.")
    task = evidence.task
    names = [
        variable.name
        for variable in evidence.dataset.variables
        if variable.name not in (task.target, task.weight, task.cluster, task.strata)
        and _names_rows(evidence, variable)
    ]
    counted = {name: _shared(evidence, evidence.dataset.answers(name)) for name in names}
    ids = {name: counts for name, counts in counted.items() if counts is not None}
    if not ids:
        raise NotApplicable("No variable identifies rows or persons.")
    return tuple(_finding(name, *counts) for name, counts in ids.items() if counts[0])[:1]


def _names_rows(evidence: Evidence, variable: Variable) -> bool:
    if variable.level is Level.IMAGE:
        return False
    if variable.name in evidence.task.features:
        return bool(_NAMED_AS_ID.search(variable.name.lower()))
    return variable.level is Level.IDENTIFIER or named_as_identifier(variable.name)


def _shared(evidence: Evidence, ids: pd.Series) -> tuple[int, int] | None:
    """How many ids are in several parts, and how many ids there are; None if they are none."""
    parts = {name: ids.iloc[rows].dropna() for name, rows in evidence.parts.items()}
    if evidence.folds:
        del parts[Part.VALIDATION]
    every = pd.concat(list(parts.values()))
    known = int(every.nunique())
    if not known or len(every) / known > MOST_ROWS_A_VALUE:
        return None
    if len(every) / known < FEWEST_ROWS_A_VALUE:
        return 0, known
    seen = pd.concat([pd.Series(part.unique()) for part in parts.values()])
    return int((seen.value_counts() > 1).sum()), known


def _finding(name: str, shared: int, known: int) -> Finding:
    return Finding(
        code="same_id",
        severity=Severity.WATCH,
        title=f"The same “{name}” is in several parts.",
        reason="The network is therefore evaluated on persons, or other units, that it was "
        "trained on.",
        figure=f"{shared:,}",
        figure_note=f"of {known:,}",
        measured="in more than one of training, validation and test",
        try_text="give it the role Cluster, so that each one stays in one part",
        try_page="variables",
        numbers={"shared": shared, "known": known},
        variable=name,
    )


CHECK = Check("same_id", "Is the same person in several parts?", findings_of)
