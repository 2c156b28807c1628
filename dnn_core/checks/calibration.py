"""Are the predicted probabilities right?"""

from __future__ import annotations

from typing import Any, NamedTuple

from scipy.stats import norm

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks import constant_predictions
from dnn_core.checks.evidence import evaluated_part, facts, part_predictions, torn
from dnn_core.evaluation.calibration.calibration_error import FEWEST_IN_GROUP
from dnn_core.evaluation.calibration.recalibration import Recalibrated
from dnn_core.evaluation.inference.intervals import Estimate
from dnn_core.runs.run import Run
from dnn_core.wording import decimals_to_tell, interval, number

FEWEST_CASES = 5 * FEWEST_IN_GROUP

MARGIN = 0.05
"""People read probabilities in tenths, and an error below half a tenth leaves most of them at
theirs; a convention of this project. Where something is to be shown to be small, the whole
interval has to lie below the margin (equivalence: Wellek 2010, Testing Statistical Hypotheses
of Equivalence and Noninferiority, chapter 1)."""

NEGLIGIBLE = 0.02
"""Two percentage points change nobody's reading of a probability; a convention of
this project."""

SLOPES = (0.8, 1.25)
"""A slope that is demonstrably beyond these is reported even where shares differ by little: from
here predicted log odds are off by a quarter. The limits are those by which ratios are called
equivalent (Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15:657-680)."""

ERRORS = 0.05
"""Probability of any false finding on slopes and intercepts of perfect probabilities
(Bonferroni)."""

LEVEL = 0.95
"""Level of the intervals that a run keeps."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Warn where miscalibration is demonstrated, praise where calibration is.

    Their error, slopes and intercepts are those that Diagnose shows, with intervals that respect
    weights, clusters and strata (`dnn_core.evaluation.calibration.figures`). The absence of a
    significant difference is no praise: with few cases there would be none.
    """
    part = evaluated_part(run)
    if facts(run).coding.kind.numeric:
        raise NotApplicable("The outcome is a quantity, so no probabilities are predicted.")
    cases = len(part_predictions(run, part))
    if cases < FEWEST_CASES:
        raise NotApplicable(
            f"It takes {FEWEST_CASES} cases to evaluate probabilities; the {part} part has "
            f"{cases:,}."
        )
    if any(
        finding.code == "constant_predictions" for finding in constant_predictions.findings_of(run)
    ):
        raise NotApplicable("All predictions are the same; another verdict reports this.")
    error, slopes, intercepts = _figures(run, part)
    figures: dict[str, Any] = {
        "figure": number(error.value, 3),
        "figure_note": interval(error.low, error.high, 3),
        "measured": f"calibration error, {part}",
        "numbers": {"error": error.value, "low": error.low, "high": error.high},
    }
    small = error.high < MARGIN
    looks = len(slopes) + len(intercepts)
    low, high = SLOPES if small else (1.0, 1.0)
    slopes = [one for one in slopes if _beyond(one.estimate, low, high, looks)]
    intercepts = [one for one in intercepts if not small and _beyond(one.estimate, 0, 0, looks)]
    if error.low > NEGLIGIBLE or slopes or intercepts:
        return (_unreliable(run, slopes, intercepts, figures),)
    if not small:
        raise NotApplicable(
            f"Calibration cannot be confirmed: with the cases of the {part} part, probabilities "
            f"may be off by {number(error.high)} on average, and this limit would have to be "
            f"below {number(MARGIN)}."
        )
    if torn(run):
        raise NotApplicable(
            "Training and evaluation rows share clusters, so calibration for other clusters "
            "cannot be assessed."
        )
    return (
        Finding(
            code="calibrated",
            severity=Severity.GOOD,
            title="Its probabilities agree with what was observed.",
            reason="On average, predicted and observed shares differ by less than "
            f"{number(MARGIN)}; the whole interval lies below that.",
            **figures,
        ),
    )


class _Figure(NamedTuple):
    """A slope or an intercept, and the category that it is about; empty where about all."""

    category: str
    estimate: Estimate

    def words(self, right: float) -> str:
        """The figure and the value that would be right, with enough digits to tell them apart."""
        estimate = self.estimate
        of = f" of “{self.category}”" if self.category else ""
        decimals = decimals_to_tell(estimate.value, estimate.low, estimate.high, right, least=2)
        ends = interval(estimate.low, estimate.high, decimals)
        return f"{number(estimate.value, decimals)} ({ends}){of} where {right:g} would be right"


def _figures(run: Run, part: str) -> tuple[Estimate, list[_Figure], list[_Figure]]:
    """Error, slopes and intercepts of the probabilities before recalibration."""
    table = run.calibration
    table = table[(table["part"] == part) & (table["version"] == Recalibrated.LEARNT.value)]
    by_name: dict[str, list[_Figure]] = {"error": [], "slope": [], "intercept": []}
    # Perfect separation leaves no slope, and too few clusters no interval.
    for row in table.dropna(subset=["value", "low", "high"]).to_dict("records"):
        if row["figure"] in by_name:
            estimate = Estimate(row["value"], row["low"], row["high"])
            by_name[row["figure"]].append(_Figure(row["category"], estimate))
    if not by_name["error"]:
        raise NotApplicable(f"The calibration error has no interval on the {part} part.")
    return by_name["error"][0].estimate, by_name["slope"], by_name["intercept"]


def _beyond(estimate: Estimate, low: float, high: float, looks: int) -> bool:
    """Whether a figure demonstrably lies below `low` or above `high`.

    Its interval is widened for simultaneous coverage of all figures examined.
    """
    wider = float(norm.isf(ERRORS / (2 * looks)) / norm.isf((1 - LEVEL) / 2))
    top = estimate.value + wider * (estimate.high - estimate.value)
    bottom = estimate.value - wider * (estimate.value - estimate.low)
    return top < low or bottom > high


def _unreliable(
    run: Run, slopes: list[_Figure], intercepts: list[_Figure], figures: dict[str, Any]
) -> Finding:
    """The verdict, with the most obvious evidence."""
    if slopes:
        worst = max(slopes, key=lambda one: abs(one.estimate.value - 1))
        apart = "too far apart" if worst.estimate.value < 1 else "too close together"
        words = f"They are {apart}: slope {worst.words(1)}"
    elif intercepts:
        worst = max(intercepts, key=lambda one: abs(one.estimate.value))
        tend = "too low" if worst.estimate.value > 0 else "too high"
        words = f"They are {tend} on the whole: intercept {worst.words(0)}"
    else:
        words = (
            "In groups of similar predictions, predicted and observed shares differ by more than "
            "chance explains"
        )
    first = "change how strongly the network is regularised"
    if run.experiment.training.class_weights:
        words += "; weighting the classes shifts probabilities by design"
        first = "train without class weights"
    return Finding(
        code="uncalibrated",
        severity=Severity.WATCH,
        title="Its probabilities do not agree with what was observed.",
        reason=f"{words}.",
        try_text=f"{first}, or choose recalibrated ones on Predict",
        try_page="network",
        **figures,
    )


CHECK = Check("calibration", "Are the probabilities right?", findings_of)
