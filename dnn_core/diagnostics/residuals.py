"""Are some predictions systematically too high or too low?"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.scatter import MOST_POINTS, case_points, cases_frame
from dnn_core.diagnostics.marks.style import (
    DASHED,
    STRONG,
    as_role,
    finish,
    nice_domain,
    one_row,
    significant,
)
from dnn_core.evaluation.inference.design_effect import weighted_median
from dnn_core.outcome.kinds import NUMERIC
from dnn_core.runs.part_view import RunPart

GROUPS = 10
"""Groups of similar predictions whose typical residual is drawn as a line."""


def typical_residuals(frame: pd.DataFrame) -> pd.DataFrame:
    """Median residual, weighted, in groups of similar predictions: predicted, residual."""
    groups = min(GROUPS, max(1, len(frame) // 10))
    inner = np.unique(np.quantile(frame["predicted"], np.arange(1, groups) / groups))
    place = np.searchsorted(inner, frame["predicted"], side="right")
    frame = frame[frame["weight"] > 0]
    medians = [
        [
            weighted_median(group[name].to_numpy(), group["weight"].to_numpy())
            for name in ("predicted", "residual")
        ]
        for _, group in frame.groupby(place[frame.index])
    ]
    return pd.DataFrame(medians, columns=["predicted", "residual"])


def residual_chart(frame: pd.DataFrame, role: str) -> Any:
    """Draw residuals against predictions, with the typical one as a line."""
    domain = nice_domain(float(frame["predicted"].min()), float(frame["predicted"].max()))
    reach = nice_domain(float(frame["residual"].min()), float(frame["residual"].max()), 8)
    x = alt.X(
        "predicted:Q",
        scale=alt.Scale(domain=list(domain), nice=False, zero=False),
        axis=alt.Axis(title="Predicted", grid=False),
    )
    y = alt.Y(
        "residual:Q",
        scale=alt.Scale(domain=list(reach), nice=False, zero=False),
        axis=alt.Axis(title="Observed less predicted", tickCount=5),
    )
    zero = alt.Chart(one_row(residual=0.0)).mark_rule(strokeDash=list(DASHED), strokeWidth=1.2)
    typical = alt.Chart(typical_residuals(frame)).mark_line(
        strokeWidth=STRONG, point=alt.OverlayMarkDef(size=30, filled=True)
    )
    return finish(
        alt.layer(
            case_points(frame, x, y, role),
            as_role(zero.encode(y), "reference"),
            as_role(typical.encode(x, y), "ink"),
        ),
        height=280,
    )


class Residuals(Diagnostic):
    """Residuals against predicted values."""

    code = "residuals"
    title = "Residuals"
    section = Section.CASES
    kinds = NUMERIC

    def question(self, part: RunPart) -> str:
        return "Are some predictions systematically too high or too low?"

    def caption(self, part: RunPart) -> str:
        end = "0 is no tendency"
        if part.cases > MOST_POINTS:
            end = f"{MOST_POINTS:,} cases at random"
        return f"The line is the median difference, {part.name} part; {end}." + weighted_words(
            part, "Medians"
        )

    def alt(self, part: RunPart) -> str:
        medians = "; ".join(
            f"{significant(residual)} at {significant(predicted)}"
            for predicted, residual in typical_residuals(self.frame(part)).to_numpy()
        )
        return (
            f"Median of observed less predicted on the {part.name} part, by prediction: {medians}."
        )

    def frame(self, part: RunPart) -> pd.DataFrame:
        return cases_frame(part)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return residual_chart(frame, part.name)
