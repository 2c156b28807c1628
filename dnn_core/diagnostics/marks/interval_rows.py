"""A point and an interval for each row, with the figure in a column at the right."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.marks.style import (
    DOTTED,
    POINT_SIZE,
    STRONG,
    as_role,
    by_role,
    color_of,
    finish,
    number_axis,
    one_row,
)

CHARACTER_WIDTH = 6.2
"""Pixels of an average letter of a title."""

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
        title, value, low, high, text, role. A row without a value has its text only.
    domain : tuple of float
        Of the axis; what lies beyond stands at its edge.
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
    rows = frame.assign(
        row=[_in_lines(title, title_room) for title in frame["title"]],
        figure=[f"{place}\n{text}" for place, text in enumerate(frame["text"])],
    )
    scale = alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True)
    x = alt.X("value:Q", scale=scale, axis=number_axis(marks, percent=percent, title=None))
    line = alt.Chart(one_row(value=reference)).mark_rule(strokeDash=list(DOTTED), strokeWidth=1.4)
    layers = [
        *_words(rows, _titles_axis(strong_title, title_room)),
        as_role(line.encode(x), reference_role),
        *_figures(rows, x, scale, hollow, tooltip),
    ]
    chart = alt.layer(*layers).resolve_scale(y="independent")
    return finish(chart, height=row_height * max(len(frame), 2) + AXIS_ROOM)


def _words(rows: pd.DataFrame, titles: alt.Axis) -> list[Any]:
    """Titles at the left and figures at the right.

    Axes take the room that their words need, so that no figure is cut or crosses a line.
    """
    whole = alt.Chart(rows).mark_point(opacity=0, aria=False)
    return [
        as_role(whole.encode(_rows_scale(rows, name, axis)), "ink")
        for name, axis in (("row", titles), ("figure", _figures_axis()))
    ]


def _figures(
    rows: pd.DataFrame,
    x: alt.X,
    scale: alt.Scale,
    hollow: str | None,
    tooltip: Sequence[alt.Tooltip],
) -> list[Any]:
    """Intervals, hollow points and points of rows that have a value."""
    # The scale is of all rows, so that each layer has them at the same heights.
    y, color = _rows_scale(rows, "row", None), by_role("role")
    known = alt.Chart(rows[rows["value"].notna()])
    interval = known.mark_rule(strokeWidth=STRONG).encode(
        alt.X("low:Q", scale=scale), alt.X2("high:Q"), y, color
    )
    point = known.mark_point(filled=True, size=POINT_SIZE, opacity=1).encode(
        x, y, color, tooltip=list(tooltip)
    )
    if hollow is None:
        return [interval, point]
    ring = known.mark_point(filled=False, size=POINT_SIZE, opacity=1, strokeWidth=1.4)
    return [interval, ring.encode(alt.X(f"{hollow}:Q", scale=scale), y, color), point]


def _in_lines(title: str, room: int) -> str:
    return "\n".join(wrap(title, max(1, int(room / CHARACTER_WIDTH)), break_long_words=False))


def _rows_scale(rows: pd.DataFrame, name: str, axis: alt.Axis | None) -> alt.Y:
    return alt.Y(f"{name}:N", scale=alt.Scale(domain=rows[name].tolist()), axis=axis)


def _titles_axis(strong_title: str, room: int) -> alt.Axis:
    """The titles as labels at the left, in lines."""
    axis = alt.Axis(
        title=None,
        grid=False,
        labelPadding=12,
        labelLimit=room,
        # Words from files are data and never part of an expression.
        labelExpr=r"split(datum.label, '\n')",
    )
    if strong_title:
        axis.labelFontWeight = alt.ExprRef(f"datum.label === '{strong_title}' ? 'bold' : 'normal'")
    return axis


def _figures_axis() -> alt.Axis:
    """The figures as labels at the right."""
    return alt.Axis(
        title=None,
        grid=False,
        domain=False,
        ticks=False,
        orient="right",
        # The number before it keeps rows with the same figure apart.
        labelExpr=r"split(datum.label, '\n')[1]",
        labelColor=color_of("ink"),
        labelLimit=0,
    )
