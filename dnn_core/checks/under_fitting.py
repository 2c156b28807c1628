"""Does the network under-fit its training cases?"""

from __future__ import annotations

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import (
    baseline_title,
    chance_baseline,
    evaluated_part,
    gain,
    linear_baseline,
    main_metric_of,
    metric_words,
    score,
)
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.runs.run import Run
from dnn_core.specs import Part
from dnn_core.wording import difference, number

HARDLY = 0.02
"""R² below this is smaller than what Cohen (1988, chapter 9) calls a small effect
(f² = 0.02); the same is taken for AUC and accuracy."""

PART = Part.TRAINING


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report training cases predicted hardly better than by chance, or worse than linearly."""
    return no_better_than_chance(run) or _worse_than_linear(run)


def no_better_than_chance(run: Run) -> tuple[Finding, ...]:
    """Find that not even the training part is predicted better than by chance.

    Raises
    ------
    NotApplicable
        If the network has not been compared with chance.
    """
    chance = chance_baseline(run)
    over_chance = gain(run, chance, PART)
    if over_chance.value > HARDLY and over_chance.low > 0:
        return ()
    metric = main_metric_of(run)
    reached = number(score(run, NETWORK, PART).value)
    figure, note = difference(over_chance.value, over_chance.low, over_chance.high)
    return (
        Finding(
            code="nothing_learnt",
            severity=Severity.PROBLEM,
            title="It has learned hardly anything.",
            reason=f"{metric.title} is {reached} even on the training cases{_linear_reaches(run)}.",
            figure=figure,
            figure_note=note,
            measured=f"difference in {metric_words(run)} from {baseline_title(run, chance)}, "
            f"{PART}",
            try_text="change the learning rate, or choose other predictors",
            try_page="network",
            numbers={
                "gain": over_chance.value,
                "low": over_chance.low,
                "high": over_chance.high,
            },
        ),
    )


def _linear_reaches(run: Run) -> str:
    try:
        linear = linear_baseline(run)
        reached = score(run, linear, PART)
    except NotApplicable:
        return ""
    return f"; {baseline_title(run, linear)} reaches {number(reached.value)} there"


def _worse_than_linear(run: Run) -> tuple[Finding, ...]:
    linear = linear_baseline(run)
    fitted = gain(run, linear, PART)
    # A regularised network may well fit worse and predict better: that is no fault.
    if fitted.high >= 0 or gain(run, linear, evaluated_part(run)).low > 0:
        return ()
    figure, note = difference(fitted.value, fitted.low, fitted.high)
    return (
        Finding(
            code="under_fits",
            severity=Severity.WATCH,
            title="It under-fits.",
            reason=f"Even on the training cases, {baseline_title(run, linear)} performs better.",
            figure=figure,
            figure_note=note,
            measured=f"difference in {metric_words(run)}, {PART}",
            try_text="use more units or less dropout, or train longer",
            try_page="network",
            numbers={"gain": fitted.value, "low": fitted.low, "high": fitted.high},
        ),
    )


CHECK = Check("under_fitting", "Does it under-fit?", findings_of)
