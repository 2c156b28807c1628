"""Predicted against observed, and what is left over: for quantities."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, unweighted
from dnn_core.diagnostics.histogram import histogram_bars, histogram_frame, left_out
from dnn_core.diagnostics.run_part import RunPart
from dnn_core.diagnostics.style import (
    DASHED,
    DOTTED,
    STRONG,
    as_role,
    finish,
    nice_domain,
    one_row,
    significant,
    with_halo,
)
from dnn_core.specs import Kind

MOST_POINTS = 2000
"""More points hide each other and slow the browser down."""

SAMPLE_SEED = 1
"""Of more cases a random sample is drawn; the same one at every look."""

GROUPS = 10
"""Groups of similar predictions whose typical residual is drawn as a line."""


def scatter_frame(row: np.ndarray, observed: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    """Cases to draw: row, observed, predicted, residual (observed less predicted).

    Of more than `MOST_POINTS` cases a simple random sample with the seed
    `SAMPLE_SEED`.
    """
    frame = pd.DataFrame(
        {"row": row, "observed": observed, "predicted": predicted, "residual": observed - predicted}
    )
    if len(frame) > MOST_POINTS:
        frame = frame.sample(MOST_POINTS, random_state=SAMPLE_SEED)
    return frame.sort_values("row", ignore_index=True)


def typical_residuals(frame: pd.DataFrame) -> pd.DataFrame:
    """Median residual in groups of similar predictions: predicted, residual."""
    groups = min(GROUPS, max(1, len(frame) // 10))
    inner = np.unique(np.quantile(frame["predicted"], np.arange(1, groups) / groups))
    place = np.searchsorted(inner, frame["predicted"], side="right")
    medians = frame.groupby(place)[["predicted", "residual"]].median()
    return medians.reset_index(drop=True)


def _points(frame: pd.DataFrame, x: alt.X, y: alt.Y, role: str) -> alt.Chart:
    # The fewer the cases, the more of each can be seen.
    opacity = float(np.clip(40 / np.sqrt(max(len(frame), 1)) / 5, 0.25, 0.7))
    tooltip = [
        alt.Tooltip("row:Q", title="Row", format=",d"),
        alt.Tooltip("observed:Q", title="Observed", format=",.4~g"),
        alt.Tooltip("predicted:Q", title="Predicted", format=",.4~g"),
    ]
    points = alt.Chart(frame).mark_point(filled=True, size=24, opacity=opacity, aria=False)
    return as_role(points.encode(x, y, tooltip=tooltip), role)


def _note(place: pd.DataFrame, x: alt.X, y: alt.Y, **mark: Any) -> alt.LayerChart:
    text = alt.Chart(place).mark_text(baseline="middle", fontStyle="italic", **mark)
    return with_halo(as_role(text.encode(x, y, alt.Text("text:N")), "reference"))


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
            _points(frame, x, y, role),
            as_role(diagonal.encode(x, y), "ink"),
            _note(above, x, y, align="left"),
            _note(below, x, y, align="right"),
        ),
        height=280,
    )


def residual_chart(frame: pd.DataFrame, role: str) -> Any:
    """Draw residuals against predictions, with the typical one as a line."""
    domain = nice_domain(float(frame["predicted"].min()), float(frame["predicted"].max()))
    reach = nice_domain(float(frame["residual"].min()), float(frame["residual"].max()))
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
            _points(frame, x, y, role),
            as_role(zero.encode(y), "reference"),
            as_role(typical.encode(x, y), "ink"),
        ),
        height=280,
    )


class _ForQuantities(Diagnostic):
    kinds = (Kind.REGRESSION,)

    def frame(self, part: RunPart) -> pd.DataFrame:
        row = part.predictions["row"].to_numpy()
        return scatter_frame(row, part.observed, part.predicted)

    @staticmethod
    def _sampled(part: RunPart) -> str:
        return f" A sample of {MOST_POINTS:,} cases." if len(part.observed) > MOST_POINTS else ""


class PredictedObserved(_ForQuantities):
    """Observed against predicted values."""

    code = "predicted_observed"

    def question(self, part: RunPart) -> str:
        return "How close are the predictions?"

    def caption(self, part: RunPart) -> str:
        return (
            f"One point for each case, {part.split} part; on the line both agree."
            + self._sampled(part)
        )

    def alt(self, part: RunPart) -> str:
        typical = significant(float(np.median(np.abs(part.observed - part.predicted))))
        return (
            f"Observed against predicted values of {part.cases:,} cases of the {part.split} part; "
            f"half of the predictions are off by less than {typical}."
        )

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return agreement_chart(frame, part.split)


class Residuals(_ForQuantities):
    """Residuals against predicted values."""

    code = "residuals"

    def question(self, part: RunPart) -> str:
        return "Is it wrong in one direction anywhere?"

    def caption(self, part: RunPart) -> str:
        text = f"The line is the typical (median) difference, {part.split} part; 0 is no tendency."
        return text + self._sampled(part)

    def alt(self, part: RunPart) -> str:
        medians = "; ".join(
            f"{significant(r.residual)} at {significant(r.predicted)}"
            for r in typical_residuals(self.frame(part)).itertuples()
        )
        return (
            f"Median of observed less predicted on the {part.split} part, by prediction: {medians}."
        )

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return residual_chart(frame, part.split)


class ResidualDistribution(Diagnostic):
    """Histogram of the residuals."""

    code = "residual_distribution"
    kinds = (Kind.REGRESSION,)

    def question(self, part: RunPart) -> str:
        return "How large are the errors?"

    def caption(self, part: RunPart) -> str:
        residuals = part.observed - part.predicted
        typical = significant(float(np.median(np.abs(residuals))))
        text = f"Half of the predictions are off by less than {typical}; {part.split} part."
        outside = left_out(self.frame(part), len(residuals))
        return text + (f" {outside}." if outside else "") + unweighted(part)

    def alt(self, part: RunPart) -> str:
        return f"Distribution of observed less predicted. {self.caption(part)}"

    def frame(self, part: RunPart) -> pd.DataFrame:
        return histogram_frame(part.observed - part.predicted)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        bars = histogram_bars(frame, title="Observed less predicted", role=part.split)
        zero = alt.Chart(one_row(start=0.0)).mark_rule(strokeDash=list(DOTTED), strokeWidth=1.4)
        layers = [bars]
        if frame["start"].min() <= 0 <= frame["end"].max():
            layers.append(as_role(zero.encode(alt.X("start:Q")), "ink"))
        return finish(alt.layer(*layers), height=280)
