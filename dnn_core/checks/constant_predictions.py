"""Does the network predict the same for every case?"""

from __future__ import annotations

import pandas as pd

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.evidence import evaluated_part, facts, part_predictions
from dnn_core.evaluation.prediction_table import PROBABILITY
from dnn_core.runs.run import Run
from dnn_core.wording import decimals_to_tell, number, quoted

SAME_SPREAD = 0.02
"""Predictions that spread less than this are the same for all purposes: a fiftieth
of the outcome's standard deviation (R² below 0.0004), or probabilities within
two percentage points. A convention of this project."""

TRY = {
    "try_text": "lower the learning rate or the penalties, or check the predictors",
    "try_page": "network",
}


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report predictions that do not differ, or that name one category throughout."""
    part = evaluated_part(run)
    table = part_predictions(run, part)
    if len(table) < 2:
        raise NotApplicable("At least two cases are needed to compare predictions.")
    if facts(run).coding.kind.numeric:
        return _check_quantity(table, part)
    return _check_categories(table, part)


def _check_quantity(table: pd.DataFrame, part: str) -> tuple[Finding, ...]:
    observed = float(table["observed"].std(ddof=0))
    if observed == 0.0:
        raise NotApplicable(f"The outcome is the same throughout the {part} part.")
    ratio = float(table["predicted"].std(ddof=0)) / observed
    if ratio >= SAME_SPREAD:
        return ()
    mean = float(table["predicted"].mean())
    decimals = decimals_to_tell(mean, 0.0, least=2)
    return (
        Finding(
            code="constant_predictions",
            severity=Severity.PROBLEM,
            title="It predicts the same for every case.",
            reason=f"All predictions lie close to {number(mean, decimals)}.",
            figure=number(ratio, 3),
            figure_note="of the outcome's spread",
            measured=f"spread of predictions, {part}",
            **TRY,
            numbers={"ratio": ratio},
        ),
    )


def _check_categories(table: pd.DataFrame, part: str) -> tuple[Finding, ...]:
    if table["predicted"].nunique() > 1:
        return ()
    label = str(table["predicted"].iloc[0])
    probabilities = table.filter(regex=f"^{PROBABILITY}")
    spread = float((probabilities.max() - probabilities.min()).max())
    if spread < SAME_SPREAD:
        return (
            Finding(
                code="constant_predictions",
                severity=Severity.PROBLEM,
                title="It predicts the same for every case.",
                reason=f"Every case gets {quoted(label)} with almost the same probability.",
                figure=number(spread, 3),
                figure_note="between smallest and largest",
                measured=f"range of probabilities, {part}",
                **TRY,
                numbers={"spread": spread},
            ),
        )
    return (
        Finding(
            code="one_category",
            severity=Severity.WATCH,
            title=f"It puts every case into {quoted(label)}.",
            reason="The probabilities differ, but the most probable category is always the same.",
            figure=f"{len(table):,}",
            figure_note=f"of {len(table):,} cases",
            measured=f"predicted {quoted(label)}, {part}",
            try_text="weight the classes, or use the probabilities",
            try_page="network",
            numbers={"spread": spread, "cases": len(table)},
        ),
    )


CHECK = Check("constant_predictions", "Do its predictions differ?", findings_of)
