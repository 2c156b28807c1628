"""Section 6 of the REFORMS sheet: what a run knows of data leakage."""

from __future__ import annotations

from dnn_core.audit import CHECKS_OF_PREDICTORS, CHECKS_OF_ROWS, Check, Finding
from dnn_core.audit.answers import answered
from dnn_core.audit.evidence import Evidence
from dnn_core.data.split.row_split import BY_CLUSTER
from dnn_core.report.record import Record
from dnn_core.wording import quoted


def describe_fitting(record: Record) -> str:
    """Which rows everything was fitted on, and how the test rows were fixed."""
    held_out = record.run.held_out
    return (
        "Imputation, categories, scales and baselines were fitted on training rows only. The test "
        f"rows were chosen on {held_out.held_out_at:%d %B %Y, %H:%M} UTC, before training, and are "
        f"known by the sha256 of their numbers: {held_out.rows_sha256}."
    )


def _answers(record: Record, checks: tuple[Check[Evidence], ...]) -> str:
    """The leakage checks before training, with their results."""
    audit = record.run.audit
    if audit is None:
        return "The data were not checked before training."
    reasons = answered(record.experiment.answers, audit.findings)
    silent = dict(audit.not_applicable)
    said = ["Checks of the data before training."]
    for check in checks:
        findings = [one for one in audit.findings if one.code == check.code]
        if findings:
            words = " ".join(_sentence_on(one, reasons.get(one.key)) for one in findings)
        elif check.code in audit.asked:
            words = "No problem was found."
        elif check.code in silent:
            words = f"Not applicable: {silent[check.code]}"
        else:
            words = "Not checked."
        said.append(f"{check.question} {words}")
    return " ".join(said)


def _sentence_on(finding: Finding, answer: str | None) -> str:
    said = f"answered: {answer}" if answer else "not answered"
    return f"{finding.title} {finding.reason} ({said})"


def describe_dependence(record: Record) -> str:
    """Dependence and duplicates between the parts."""
    whole = record.experiment.split.method_for(record.task) in BY_CLUSTER
    kept = f"Clusters of {quoted(record.task.cluster or '')} were kept together. " if whole else ""
    return kept + _answers(record, CHECKS_OF_ROWS)


def describe_predictors(record: Record) -> str:
    """The checks of each predictor, with their results."""
    return _answers(record, CHECKS_OF_PREDICTORS)
