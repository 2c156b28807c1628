"""A point and an interval for each row, with the figure beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.marks.style import (
    DOTTED,
    POINT_SIZE,
    STRONG,
    as_role,
    by_role,
    finish,
    number_axis,
    one_row,
    with_halo,
)

AXIS_ROOM = 34
"""Pixels of the axis below all rows."""


def interval_rows(
    frame: pd.DataFrame,
    domain: tuple[float, float],
    marks: Sequence[float],
    *,
    reference: float,
    reference_role: str = "reference",
    tooltip: Sequence[alt.Tooltip] = (),
    hollow: str | None = None,
    percent: bool = False,
    strong_title: str = "",
    title_room: int = 220,
    row_height: int,
) -> Any:
    """Draw figures below each other on one axis.

    Parameters
    ----------
    frame : pandas.DataFrame
        title, value, low, high, text, role; end, where the text begins, is by default the
        interval's end. A row without a value has its text only.
    domain : tuple of float
        Of the axis, with room for the text; what lies beyond stands at its edge.
    marks : sequence of float
        Ticks.
    reference : float
        Where a dotted line is drawn.
    reference_role : str
        Its colour.
    tooltip : sequence of altair.Tooltip
        Of the points.
    hollow : str, optional
        Column of a second figure, drawn as a hollow point.
    percent : bool
        Whether the axis shows percentages.
    strong_title : str
        Title of the row that is emphasised.
    title_room, row_height : int
        Pixels.
    """
    scale = alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True)
    x = alt.X("value:Q", scale=scale, axis=number_axis(marks, percent=percent, title=None))
    titles = alt.Axis(title=None, grid=False, labelPadding=12, labelLimit=title_room)
    if strong_title:
        titles.labelFontWeight = alt.ExprRef(
            f"datum.label === '{strong_title}' ? 'bold' : 'normal'"
        )
    y = alt.Y("title:N", sort=frame["title"].tolist(), axis=titles)
    color = by_role("role")
    ends = frame["high"].fillna(frame["value"])
    whole = frame.assign(end=frame.get("end", ends))
    known = alt.Chart(whole[whole["value"].notna()])
    line = alt.Chart(one_row(value=reference)).mark_rule(strokeDash=list(DOTTED), strokeWidth=1.4)
    interval = known.mark_rule(strokeWidth=STRONG).encode(
        alt.X("low:Q", scale=scale), alt.X2("high:Q"), y, color
    )
    point = known.mark_point(filled=True, size=POINT_SIZE, opacity=1).encode(
        x, y, color, tooltip=list(tooltip)
    )
    layers = [as_role(line.encode(x), reference_role), interval, point]
    if hollow is not None:
        ring = known.mark_point(filled=False, size=POINT_SIZE, opacity=1, strokeWidth=1.4)
        layers.insert(2, ring.encode(alt.X(f"{hollow}:Q", scale=scale), y, color))
    text = alt.Chart(whole).mark_text(align="left", baseline="middle", dx=9)
    words = text.encode(alt.X("end:Q", scale=scale), y, alt.Text("text:N"))
    chart = alt.layer(*layers, with_halo(as_role(words, "ink")))
    return finish(chart, height=row_height * max(len(frame), 2) + AXIS_ROOM)
