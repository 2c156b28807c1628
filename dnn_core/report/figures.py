"""Diagnostics as SVG figures without scripts, in the colours of the stylesheet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd
import vl_convert

from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.diagnostics.marks.style import COLOR_SCALE_DOMAIN, significant
from dnn_core.report.palette import DIVERGING, LIGHT, LINE, SEQUENTIAL, variable_of

WIDTH = 520
"""Pixels; two figures stand side by side on a printed page."""

MOST_ROWS = 40
"""More rows than this are no table that anybody reads."""

FOR_DRAWING = frozenset({"role", "end", "text", "x", "y", "start", "line", "key", "url"})
"""Columns of a frame that only place or colour a mark."""

_CONFIG = {
    "background": "transparent",
    "range": {
        "category": list(LIGHT),
        "ordinal": list(SEQUENTIAL),
        "ramp": list(SEQUENTIAL),
        "heatmap": list(SEQUENTIAL),
        "diverging": list(DIVERGING),
    },
    "axis": {
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "titleFontWeight": "normal",
    },
}

_COLOURS = {
    colour: f"var({variable_of(role)})"
    for colour, role in zip(LIGHT, COLOR_SCALE_DOMAIN, strict=True)
} | {LINE: "var(--line)"}
_COLOUR = re.compile(rf'(?<=")(?:{"|".join(_COLOURS)})(?=")')
_IDENTIFIER = re.compile(r'(?<= id=")\w+(?=")|(?<=url\(#)\w+(?=\))')


@dataclass(frozen=True, eq=False)
class Figure:
    """A diagnostic as it stands in the report.

    Parameters
    ----------
    code, question, caption, alt : str
        As in `Picture`.
    svg : str
        Element of its own; what it takes from the data is escaped.
    fixed : bool
        Whether its colours are those of the light theme throughout: shades of a scale
        and pictures cannot follow the reader's.
    table : pandas.DataFrame or None
        The figures that were drawn, as text; None where there are too many.
    """

    code: str
    question: str
    caption: str
    alt: str
    svg: str
    fixed: bool
    table: pd.DataFrame | None


def draw_figure(picture: Picture) -> Figure:
    """Turn a diagnostic into a figure of the report.

    The chart is converted by Vega itself, in a library that brings it along: nothing is
    fetched, and no script remains in what comes out.
    """
    svg = vl_convert.vegalite_to_svg(
        _sized(picture.chart.to_dict()), config=_CONFIG, allowed_base_urls=[]
    )
    fixed = "rgb(" in svg or "<image" in svg
    svg = _with_own_identifiers(svg, picture.code)
    if not fixed:
        svg = _COLOUR.sub(lambda result: _COLOURS[result[0]], svg)
    return Figure(
        picture.code,
        picture.question,
        picture.caption,
        picture.alt,
        svg,
        fixed,
        table_of(picture.frame),
    )


def _with_own_identifiers(svg: str, code: str) -> str:
    """Name what a picture refers to after it: Vega counts on, from one picture to the next."""
    names: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        return names.setdefault(match[0], f"{code}-part-{len(names) + 1}")

    return _IDENTIFIER.sub(rename, svg)


def _sized(chart: dict[str, Any]) -> dict[str, Any]:
    """Give a chart the width of the page, as the dashboard does."""
    if "hconcat" in chart or "vconcat" in chart or "facet" in chart:
        return chart
    return {**chart, "width": WIDTH, "autosize": {"type": "fit", "contains": "padding"}}


def table_of(frame: pd.DataFrame) -> pd.DataFrame | None:
    """The figures of a picture as text, under names that can be read; None if too many."""
    shown = frame[[name for name in frame.columns if name not in FOR_DRAWING]]
    if shown.empty or len(shown) > MOST_ROWS:
        return None
    texts = {str(name).replace("_", " "): shown[name].map(_text) for name in shown}
    return pd.DataFrame(texts)


def _text(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, float) and not value.is_integer():
        return significant(value)
    if isinstance(value, int | float):
        return f"{value:,.0f}".replace("-", "−")
    return str(value)
