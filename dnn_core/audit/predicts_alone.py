"""Does one predictor alone predict the outcome nearly perfectly?"""

from __future__ import annotations

from dnn_core.audit.alone import Alone, tell_alone
from dnn_core.audit.check import Check
from dnn_core.audit.evidence import Evidence, require_columns
from dnn_core.audit.finding import Finding, Severity

NEARLY_PERFECT = {"AUC": 0.9625, "share of errors avoided": 0.9, "R²": 0.9}
"""A single answer of a survey does not explain another one so well: test and retest of the
same scale after weeks correlate with 0.9 at best (Nunnally and Bernstein 1994, chapter 7),
which is an R² of 0.81. An AUC of 0.9625 is a Gini coefficient of 0.925, the middle of the
levels at which DataRobot warns of a leak (0.85, 0.975)."""

PERFECT = {"AUC": 0.9875, "share of errors avoided": 0.975, "R²": 0.975}
"""Values from which the finding is a problem: a Gini coefficient of 0.975, DataRobot's upper
level."""


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Report each predictor that alone predicts the outcome nearly perfectly."""
    require_columns(evidence)
    findings = []
    for name in evidence.predictors:
        alone = tell_alone(evidence, name)
        if alone is not None and alone.value >= NEARLY_PERFECT[alone.metric]:
            findings.append(_finding(evidence, name, alone))
    return tuple(findings)


def _finding(evidence: Evidence, name: str, alone: Alone) -> Finding:
    grave = alone.value >= PERFECT[alone.metric]
    return Finding(
        code="predicts_alone",
        severity=Severity.PROBLEM if grave else Severity.WATCH,
        title=f"“{name}” alone predicts “{evidence.task.target}” nearly perfectly.",
        reason="A genuine predictor rarely does: this one may be known only after the outcome, "
        "or be derived from it.",
        figure=f"{alone.value:.3f}",
        figure_note=f"of at most 1, {alone.cases:,} cases",
        measured=f"{alone.metric} of it alone, training",
        try_text="leave it out, unless it is known when you predict",
        try_page="variables",
        numbers={"value": alone.value, "cases": alone.cases},
        variable=name,
    )


CHECK = Check("predicts_alone", "Does one predictor alone predict the outcome?", findings_of)
