"""How close are predicted and observed values?"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section
from dnn_core.diagnostics.marks.scatter import MOST_POINTS, case_points, cases_frame
from dnn_core.diagnostics.marks.style import (
    DASHED,
    as_role,
    finish,
    nice_domain,
    one_row,
    significant,
    with_halo,
)
from dnn_core.evaluation.inference.design_effect import weighted_median
from dnn_core.outcome.kinds import NUMERIC
from dnn_core.runs.part_view import RunPart
from dnn_core.wording import plural

HEIGHT = 280


def agreement_chart(frame: pd.DataFrame, role: str) -> Any:
    """Draw observed against predicted with the diagonal on which they agree."""
    both = frame[["observed", "predicted"]]
    low, high = nice_domain(float(both.min().min()), float(both.max().max()))
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    x = alt.X("predicted:Q", scale=scale, axis=alt.Axis(title="Predicted", grid=False))
    y = alt.Y("observed:Q", scale=scale, axis=alt.Axis(title="Observed", tickCount=5))
    ends = pd.DataFrame({"predicted": [low, high], "observed": [low, high]})
    diagonal = alt.Chart(ends).mark_line(strokeDash=list(DASHED), strokeWidth=1.2)
    span = high - low
    above = one_row(
        predicted=low + 0.03 * span, observed=low + 0.95 * span, text="higher than predicted"
    )
    below = one_row(
        predicted=low + 0.97 * span, observed=low + 0.07 * span, text="lower than predicted"
    )
    return finish(
        alt.layer(
            case_points(frame, x, y, role),
            as_role(diagonal.encode(x, y), "ink"),
            _note(above, x, y, align="left"),
            _note(below, x, y, align="right"),
        ),
        height=HEIGHT,
    )


def _note(place: pd.DataFrame, x: alt.X, y: alt.Y, **mark: Any) -> alt.LayerChart:
    text = alt.Chart(place).mark_text(baseline="middle", fontStyle="italic", **mark)
    return with_halo(as_role(text.encode(x, y, alt.Text("text:N")), "reference"))


class PredictedObserved(Diagnostic):
    """Observed against predicted values."""

    code = "predicted_observed"
    title = "Predicted against observed"
    section = Section.CASES
    kinds = NUMERIC

    def question(self, part: RunPart) -> str:
        return "How close are the predictions?"

    def caption(self, part: RunPart) -> str:
        cases = "One point for each case"
        if part.cases > MOST_POINTS:
            cases = f"{MOST_POINTS:,} cases at random"
        return f"{cases}, {part.name} part; on the line both agree."

    def alt(self, part: RunPart) -> str:
        typical = significant(weighted_median(np.abs(part.observed - part.predicted), part.weight))
        return (
            f"Observed against predicted values of {plural(part.cases, 'case')} of the "
            f"{part.name} part; half of the predictions are off by less than {typical}."
        )

    def frame(self, part: RunPart) -> pd.DataFrame:
        return cases_frame(part)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return agreement_chart(frame, part.name)
