"""Does the network do as well on new cases as on the training cases?"""

from __future__ import annotations

import math

from dnn_core import wording
from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks import over_fitting, under_fitting
from dnn_core.checks.evidence import evaluated_part, main_metric_of, metric_words, score, torn
from dnn_core.evaluation.inference.intervals import NETWORK, Estimate
from dnn_core.runs.run import Run
from dnn_core.specs import Part

LARGE_GAP = 0.05
"""A loss of this much AUC, accuracy or R² on new cases is worth a look: half of one
of the bands of 0.1 in which an AUC is commonly read (Hosmer, Lemeshow and
Sturdivant 2013, section 5.2.4)."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Praise a gap that is demonstrably small; warn of one that is demonstrably large."""
    metric = main_metric_of(run)
    part = evaluated_part(run)
    training, evaluated = score(run, NETWORK, Part.TRAINING), score(run, NETWORK, part)
    gap = gap_of(run)
    levels = (
        f"{metric.title} is {wording.number(training.value)} in the training part and "
        f"{wording.number(evaluated.value)} in the {part} part"
    )
    figure, note = wording.difference(gap.value, gap.low, gap.high)
    figures = {
        "figure": figure,
        "figure_note": note,
        "measured": f"difference in {metric_words(run)}, training less {part}",
    }
    numbers = {"gap": gap.value, "low": gap.low, "high": gap.high}
    if gap.low > LARGE_GAP:
        return (
            Finding(
                code="training_gap",
                severity=Severity.WATCH,
                title="It performs clearly better on the training cases.",
                reason=f"{levels}; part of what it learned holds for the training cases only.",
                try_text="regularise the network, or gather more cases",
                try_page="network",
                numbers=numbers,
                **figures,
            ),
        )
    if under_fitting.no_better_than_chance(run):
        raise NotApplicable("It has learned hardly anything that could generalise to new cases.")
    if gap.high > LARGE_GAP or _over_fits(run):
        return ()
    if torn(run):
        raise NotApplicable(
            "Training and evaluation rows share clusters, so performance on other clusters "
            "cannot be assessed."
        )
    return (
        Finding(
            code="generalises",
            severity=Severity.GOOD,
            title="It performs about as well on new cases as on the training cases.",
            reason=f"{levels}.",
            numbers=numbers,
            **figures,
        ),
    )


def gap_of(run: Run) -> Estimate:
    """Main metric on the training cases, less that on the evaluated cases.

    Raises
    ------
    NotApplicable
        If either has no interval.
    """
    evaluated = score(run, NETWORK, evaluated_part(run))
    return difference(score(run, NETWORK, Part.TRAINING), evaluated)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """First less second, estimated on disjoint cases.

    Its interval follows from the two single ones without taking them to be
    symmetric (Zou and Donner 2008, Statistics in Medicine 27:1693-1702).
    """
    value = first.value - second.value
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, value - below, value + above)


def _over_fits(run: Run) -> bool:
    try:
        return bool(over_fitting.findings_of(run))
    except NotApplicable:
        return False


CHECK = Check("generalisation", "Does it generalise to new cases?", findings_of)
