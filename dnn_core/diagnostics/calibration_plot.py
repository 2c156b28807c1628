"""Do predicted probabilities agree with observed shares?"""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.style import (
    DASHED,
    POINT_SIZE,
    as_role,
    finish,
    format_interval,
    one_row,
    with_halo,
)
from dnn_core.evaluation.inference.design_effect import effective_cases, wilson_interval
from dnn_core.outcome.kinds import CATEGORICAL
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind

MOST_BINS = 10
CASES_PER_BIN = 20
"""With fewer cases in a bin its interval covers almost everything."""

NOTE_WIDTH, NOTE_HEIGHT = 0.4, 0.05
"""Room that a note takes to its right, above and below, as share of the axes."""

NOTE_PLACES = tuple(
    (left, up)
    for up in (0.93, 0.83, 0.73, 0.63, 0.53)
    for left in (0.03, 0.1, 0.2, 0.3, 0.4)
    if up > left + NOTE_WIDTH
)
"""Left ends and heights above the diagonal."""

COLUMNS = ("predicted", "observed", "low", "high", "cases", "text")


def calibration_frame(
    probability: np.ndarray, happened: np.ndarray, weight: np.ndarray | None = None
) -> pd.DataFrame:
    """Predicted and observed share in bins of about equally many cases.

    Parameters
    ----------
    probability : numpy.ndarray
        Float, shape (cases,).
    happened : numpy.ndarray
        bool, shape (cases,).
    weight : numpy.ndarray, optional
        Case weights, shape (cases,); bins of weight 0 are left out.

    Returns
    -------
    pandas.DataFrame
        predicted (mean), observed (share), low, high (95 % Wilson interval),
        cases, text; one row a bin. Cases with the same probability are never
        torn apart, so there may be fewer bins than `MOST_BINS`.
    """
    bins = min(MOST_BINS, max(1, len(probability) // CASES_PER_BIN))
    inner = np.unique(np.quantile(probability, np.arange(1, bins) / bins))
    place = np.searchsorted(inner, probability, side="right")
    rows = []
    for position in np.unique(place):
        inside = place == position
        inner_weight = np.ones(inside.sum()) if weight is None else weight[inside]
        if inner_weight.sum() == 0:
            continue
        said = float(np.average(probability[inside], weights=inner_weight))
        share = float(np.average(happened[inside], weights=inner_weight))
        worth = effective_cases(inner_weight)
        low, high = wilson_interval(share * worth, worth)
        text = format_interval(share, low, high)
        rows.append((said, share, low, high, int(inside.sum()), text))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def calibration_chart(
    frame: pd.DataFrame, *, title: str, notes: tuple[str, str], role: str, start: float = 0.0
) -> Any:
    """Draw bins with intervals around the diagonal.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `calibration_frame`.
    title : str
        Of the horizontal axis.
    notes : tuple of str
        What it means to lie above, and below, the diagonal.
    role : str
        Colour of the points.
    start : float
        Both axes run from here to 1.
    """
    scale = alt.Scale(domain=[start, 1], nice=False)
    x = alt.X("predicted:Q", scale=scale, axis=alt.Axis(title=title, grid=False, tickCount=5))
    y = alt.Y("observed:Q", scale=scale, axis=alt.Axis(title=None, tickCount=5))
    ends = pd.DataFrame({"predicted": [start, 1.0], "observed": [start, 1.0]})
    diagonal = alt.Chart(ends).mark_line(strokeDash=list(DASHED), strokeWidth=1).encode(x, y)
    rule = alt.Chart(frame).mark_rule(strokeWidth=2, clip=True)
    rule = rule.encode(x, alt.Y("low:Q", scale=scale), alt.Y2("high:Q"))
    tooltip = [
        alt.Tooltip("predicted:Q", title="Predicted", format=".2f"),
        alt.Tooltip("text:N", title="Observed"),
        alt.Tooltip("cases:Q", title="Cases", format=","),
    ]
    point = alt.Chart(frame).mark_point(filled=True, size=POINT_SIZE, opacity=1)
    layers = [
        as_role(diagonal, "reference"),
        *_notes(notes, frame, start, x, y),
        as_role(rule, role),
        as_role(point.encode(x, y, tooltip=tooltip), role),
    ]
    return finish(alt.layer(*layers), height=250)


def _notes(
    notes: tuple[str, str], frame: pd.DataFrame, start: float, x: alt.X, y: alt.Y
) -> list[alt.LayerChart]:
    """Above the diagonal towards the left, below it towards the right, clear of the points."""
    unit = (frame[["predicted", "low", "high"]] - start) / (1 - start)
    across, low, high = unit.to_numpy().T
    above = _free_place(across, low, high)
    # Below the diagonal everything is the same, turned by half a circle.
    below = tuple(1 - value for value in _free_place(1 - across, 1 - high, 1 - low))
    layers = []
    for words, align, (left, up) in ((notes[0], "left", above), (notes[1], "right", below)):
        place = one_row(
            predicted=start + left * (1 - start), observed=start + up * (1 - start), text=words
        )
        text = alt.Chart(place).mark_text(align=align, baseline="middle", fontStyle="italic")
        layers.append(with_halo(as_role(text.encode(x, y, alt.Text("text:N")), "reference")))
    return layers


def _free_place(across: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """Left end and height of a note above the diagonal that no interval crosses.

    Places nearest to the corner are tried first; if none is free, it is the corner.
    """
    for left, up in NOTE_PLACES:
        beside = (across > left - 0.02) & (across < left + NOTE_WIDTH)
        crossed = beside & (low < up + NOTE_HEIGHT) & (high > up - NOTE_HEIGHT)
        if not crossed.any():
            return left, up
    return NOTE_PLACES[0]


class Calibration(Diagnostic):
    """Calibration of the positive category's probability, or of the predicted one's."""

    code = "calibration"
    title = "Calibration"
    section = Section.PROBABILITIES
    kinds = CATEGORICAL

    def question(self, part: RunPart) -> str:
        return "Are the probabilities right?"

    def caption(self, part: RunPart) -> str:
        if part.kind is Kind.BINARY:
            text = f"Share of “{part.coding.positive}” among cases with similar predictions"
        else:
            text = "Share predicted correctly among predictions of similar probability"
        return f"{text}, {part.name} part." + weighted_words(part)

    def alt(self, part: RunPart) -> str:
        bins = "; ".join(f"{r.predicted:.2f}: {r.text}" for r in self.frame(part).itertuples())
        return f"Predicted probability and observed share on the {part.name} part: {bins}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        if part.kind is Kind.BINARY:
            return calibration_frame(part.probabilities[:, 1], part.observed == 1, part.weight)
        right = part.observed == part.predicted
        return calibration_frame(part.probabilities.max(axis=1), right, part.weight)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        if part.kind is Kind.BINARY:
            return calibration_chart(
                frame,
                title=f"Predicted probability of “{part.coding.positive}”",
                notes=("more often than predicted", "less often than predicted"),
                role=part.name,
            )
        lowest = float(frame[["predicted", "low"]].min().min())
        return calibration_chart(
            frame,
            title="Probability of the predicted category",
            notes=("right more often than predicted", "right less often than predicted"),
            role=part.name,
            # The most probable of several categories never has a probability near 0.
            start=min(0.9, math.floor(lowest * 10) / 10),
        )
