"""Was a predictor measured after the outcome?"""

from __future__ import annotations

import numpy as np

from dnn_core.audit.check import Check
from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.data.split.row_split import IN_TIME
from dnn_core.specs import Part

LATER_SHARE = 0.05
"""Fewer later dates than this are taken for typing errors; a convention of this project."""


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Report predictors that the researcher marked, and dates after that of the outcome."""
    task = evidence.task
    findings = [_marked(evidence, name) for name in task.features if name in task.measured_after]
    measured_on = outcome_date(evidence)
    if measured_on is None:
        if not task.measured_after:
            raise NotApplicable(
                "No predictor is marked as measured after the outcome, and no date of the "
                "outcome is chosen."
            )
        return tuple(findings)
    dates = evidence.times(measured_on, evidence.rows)
    if dates is not None:
        for name in evidence.predictors:
            if name not in task.measured_after:
                findings += _later(evidence, name, measured_on, dates)
    return tuple(findings)


def outcome_date(evidence: Evidence) -> str | None:
    """The variable that says when the outcome was measured, as far as it is known."""
    split = evidence.split
    in_time = split.by if split.method in IN_TIME else None
    return evidence.task.measured_on or in_time


def _marked(evidence: Evidence, name: str) -> Finding:
    rows = len(evidence.parts[Part.TRAINING])
    return Finding(
        code="after_outcome",
        severity=Severity.PROBLEM,
        title=f"“{name}” was measured after “{evidence.task.target}”.",
        reason="You marked it as measured later: it is not known when you predict.",
        figure="all",
        figure_note=f"of {rows:,} cases",
        measured="marked as later, training",
        try_text="leave it out, unless it is known when you predict",
        try_page="variables",
        numbers={"share": 1.0, "cases": rows},
        variable=name,
    )


def _later(evidence: Evidence, name: str, measured_on: str, dates: np.ndarray) -> list[Finding]:
    """Report a predictor with dates of which enough are after that of the outcome."""
    later = evidence.times(name, evidence.rows)
    if later is None:
        return []
    known = np.isfinite(dates) & np.isfinite(later)
    if not known.any():
        return []
    # A wave of 2020 is over at the end of 2020 only.
    whole = (dates[known] == np.floor(dates[known])).all()
    given = np.floor(later[known]) if whole else later[known]
    share = float((given > dates[known]).mean())
    if share < LATER_SHARE:
        return []
    return [
        Finding(
            code="after_outcome",
            severity=Severity.PROBLEM,
            title=f"“{name}” is later than “{measured_on}”.",
            reason=f"By these dates it was known only after “{evidence.task.target}” was measured.",
            figure=f"{100 * share:.1f}%",
            figure_note=f"of {known.sum():,} cases",
            measured="later dates, training",
            try_text="leave it out, unless it is known when you predict",
            try_page="variables",
            numbers={"share": share, "cases": int(known.sum())},
            variable=name,
        )
    ]


CHECK = Check("after_outcome", "Was a predictor measured after the outcome?", findings_of)
