"""Does missingness of a predictor predict the outcome?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from dnn_core.audit.check import Check
from dnn_core.audit.evidence import Evidence, require_columns
from dnn_core.audit.finding import Finding, NotApplicable, Severity

ERRORS = 0.05
"""Probability of any false finding over all predictors (Bonferroni)."""

WELL = {"AUC": 0.7, "R²": 0.26}
"""What a whole model must reach to predict well: Hosmer, Lemeshow and Sturdivant (2013,
section 5.2.4); a large effect of Cohen (1988, chapter 9). Whether one question was answered
does not tell as much, unless it was asked because of the outcome. The lower end of the
interval must reach it."""

ALL_BUT_CERTAIN = {"AUC": 0.9, "R²": 0.64}

FEWEST_ROWS_EACH = 10
"""Rows with and rows without an answer."""


@dataclass(frozen=True)
class _Told:
    """Predictive performance of the marker of missing answers, with a simultaneous interval."""

    metric: str
    value: float
    low: float
    high: float
    sentence: str

    @property
    def well(self) -> bool:
        """Whether the outcome is surely predicted well."""
        return self.low >= WELL[self.metric]

    @property
    def severity(self) -> Severity:
        """A problem where the outcome is all but certain."""
        certain = self.value >= ALL_BUT_CERTAIN[self.metric]
        return Severity.PROBLEM if certain else Severity.WATCH


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Report each predictor whose missing answers predict the outcome well."""
    require_columns(evidence)
    markers = {name: ~evidence.column(name).answered for name in evidence.predictors}
    gaps = {
        name: marker
        for name, marker in markers.items()
        if FEWEST_ROWS_EACH <= marker.sum() <= len(marker) - FEWEST_ROWS_EACH
    }
    if not gaps:
        raise NotApplicable("No predictor has missing answers.")
    looks = len(gaps) * (1 if evidence.is_quantity else len(evidence.labels))
    z = float(norm.isf(ERRORS / (2 * looks)))
    findings = []
    for name, marker in gaps.items():
        tell = _of_quantity if evidence.is_quantity else _of_categories
        told = tell(evidence, marker, z)
        if told is not None and told.well:
            findings.append(_finding(evidence, name, told))
    return tuple(findings)


def _of_categories(evidence: Evidence, marker: np.ndarray, z: float) -> _Told | None:
    """The category of the outcome that the marker separates best from all others.

    The AUC of a yes or no is half of one plus the difference in shares; its interval
    adds a success and a failure to either group (Agresti and Caffo 2000).
    """
    best = None
    for category, label in enumerate(evidence.labels):
        inside = evidence.outcome == category
        ones, zeros = int(inside.sum()), int((~inside).sum())
        if min(ones, zeros) < FEWEST_ROWS_EACH:
            continue
        gaps = int(marker[inside].sum()), int(marker[~inside].sum())
        p, q = (gaps[0] + 1) / (ones + 2), (gaps[1] + 1) / (zeros + 2)
        error = math.sqrt(p * (1 - p) / (ones + 2) + q * (1 - q) / (zeros + 2))
        value = 0.5 + abs(gaps[0] / ones - gaps[1] / zeros) / 2
        middle = 0.5 + abs(p - q) / 2
        told = _Told(
            "AUC",
            value,
            middle - z * error / 2,
            min(1.0, middle + z * error / 2),
            f"The answer is missing for {100 * gaps[0] / ones:.1f}% of “{label}” and for "
            f"{100 * gaps[1] / zeros:.1f}% of all others.",
        )
        best = told if best is None or told.low > best.low else best
    return best


def _of_quantity(evidence: Evidence, marker: np.ndarray, z: float) -> _Told | None:
    """Share of the outcome's variance, with the interval of Fisher (1921)."""
    outcome = evidence.outcome
    if outcome.std() == 0.0:
        return None
    r = abs(float(np.corrcoef(marker, outcome)[0, 1]))
    middle, error = math.atanh(min(r, 1 - 1e-9)), z / math.sqrt(len(outcome) - 3)
    return _Told(
        "R²",
        r**2,
        math.tanh(max(0.0, middle - error)) ** 2,
        math.tanh(middle + error) ** 2,
        f"The mean is {outcome[marker].mean():,.4g} without an answer and "
        f"{outcome[~marker].mean():,.4g} with one.".replace("-", "\N{MINUS SIGN}"),
    )


def _finding(evidence: Evidence, name: str, told: _Told) -> Finding:
    target = evidence.task.target
    return Finding(
        code="missing_tells",
        severity=told.severity,
        title=f"Whether “{name}” is answered gives “{target}” away.",
        reason=told.sentence,
        figure=f"{told.value:.2f}",
        figure_note=f"{told.low:.2f} to {told.high:.2f}",
        measured=f"{told.metric} of missing or not, training",
        try_text="leave it out, unless it is known when you predict",
        try_page="variables",
        numbers={"value": told.value, "low": told.low, "high": told.high},
        variable=name,
    )


CHECK = Check("missing_tells", "Do missing answers give the outcome away?", findings_of)
