"""Is the part it is evaluated on large enough to tell models apart?"""

from __future__ import annotations

import math

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import evaluated_part, facts, gain, linear_baseline, metric_words
from dnn_core.runs.run import Run
from dnn_core.wording import decimals_to_tell, number, plural

WORTH_SEEING = 0.05
"""A difference of this much AUC, accuracy or R² should not escape: half of one of
the bands of 0.1 in which an AUC is commonly read (Hosmer, Lemeshow and
Sturdivant 2013, section 5.2.4)."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report a part in which a relevant difference would not be significant."""
    part = evaluated_part(run)
    estimate = gain(run, linear_baseline(run), part)
    if estimate.low > 0 or estimate.high < 0:
        raise NotApplicable("The difference from the linear model is large enough to be seen.")
    if estimate.half_width <= WORTH_SEEING:
        return ()
    cases = facts(run).cases[part]
    # An interval shrinks with the square root of the number of cases.
    needed = cases * (estimate.half_width / WORTH_SEEING) ** 2
    decimals = decimals_to_tell(estimate.half_width, WORTH_SEEING, least=2)
    return (
        Finding(
            code="small_part",
            severity=Severity.WATCH,
            title=f"The {part} part is too small to tell models apart.",
            reason=f"Detecting a difference of {number(WORTH_SEEING)} would take about "
            f"{_rounded(needed):,} cases instead of {cases:,}.",
            figure=f"±{number(estimate.half_width, decimals)}",
            figure_note=plural(cases, "case"),
            measured=f"difference in {metric_words(run)}, {part}",
            try_text="give this part a larger share, or gather more cases",
            try_page="variables",
            numbers={"half_width": estimate.half_width, "cases": cases, "needed": needed},
        ),
    )


def _rounded(count: float) -> int:
    """Two digits are all such an estimate is good for; upwards, or it would not be enough."""
    unit = 10 ** max(0, math.floor(math.log10(count)) - 1)
    return math.ceil(count / unit) * unit


CHECK = Check("part_size", "Are there enough cases for the evaluation?", findings_of)
