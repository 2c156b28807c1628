"""The list of all checks of the data before training, and running them."""

from __future__ import annotations

import hashlib
import json

from dnn_core.audit import (
    after_outcome,
    duplicates_across_parts,
    missing_tells,
    predicts_alone,
    recodes_outcome,
    same_id,
    time_backwards,
    torn_clusters,
)
from dnn_core.audit.check import Check
from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import Audit, Finding, NotApplicable
from dnn_core.data.dataset import Dataset
from dnn_core.data.split.row_split import split_rows
from dnn_core.specs import SplitSpec, Task

CHECKS_OF_PREDICTORS: tuple[Check[Evidence], ...] = (
    after_outcome.CHECK,
    recodes_outcome.CHECK,
    missing_tells.CHECK,
    predicts_alone.CHECK,
)
"""The most specific first: of one predictor only the first finding is told."""

CHECKS_OF_ROWS: tuple[Check[Evidence], ...] = (
    torn_clusters.CHECK,
    duplicates_across_parts.CHECK,
    same_id.CHECK,
    time_backwards.CHECK,
)

CHECKS = CHECKS_OF_PREDICTORS + CHECKS_OF_ROWS
"""In the order in which findings of the same severity are shown."""


def looked_at(dataset: Dataset, target: str) -> str:
    """sha256 of all that `audit` reads of a data set: as long as it stays, so do the findings.

    Labels and questions are not among it, but for the labels of the outcome's categories,
    which findings name.
    """
    reading = {
        "sha256": dataset.source.sha256,
        "options": dataset.source.options,
        "variables": [(v.name, v.level.value, v.missing_codes) for v in dataset.variables],
        "labels": dataset.variable(target).value_labels,
    }
    text = json.dumps(reading)
    return hashlib.sha256(text.encode()).hexdigest()


def audit(dataset: Dataset, task: Task, split: SplitSpec, folds: int) -> Audit:
    """Run all leakage checks, before anything is trained.

    Parameters
    ----------
    dataset : Dataset
    task : Task
    split : SplitSpec
    folds : int
        That of the experiment.

    Raises
    ------
    UserError
        If the rows cannot be split.
    """
    split = split.for_task(task)
    evidence = Evidence(dataset, task, split, split_rows(dataset, task, split, folds), folds)
    findings: list[Finding] = []
    asked: list[str] = []
    not_applicable: list[tuple[str, str]] = []
    told: set[str] = set()
    for check in CHECKS:
        try:
            result = check.findings_of(evidence)
        except NotApplicable as outcome:
            not_applicable.append((check.code, outcome.reason))
            continue
        asked.append(check.code)
        if check in CHECKS_OF_PREDICTORS:
            result = tuple(one for one in result if one.variable not in told)
            told |= {one.variable for one in result}
        findings += result
    ordered = sorted(findings, key=lambda finding: finding.severity.rank)
    return Audit(tuple(ordered), tuple(asked), tuple(not_applicable))
