"""How every chart looks: colours by role, axes, numbers as text.

Colours are never named here. A mark says which *role* it plays and the theme
of the page gives the role its colour, so that charts follow a change of theme.
The order of `ROLES` is the order of the theme's categorical colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dnn_core.wording import decimals_to_tell

ROLES = ("training", "validation", "test", "reference", "ink", "quantity", "paper")
"""The first seven categorical colours of the theme, by what they mean."""

CATEGORIES = tuple(f"category_{i}" for i in range(1, 5))
"""The theme's remaining colours, for categories of the outcome or for runs."""

LINE_KEYS = (*CATEGORIES, "quantity")
"""Colours of up to five lines that are no part of the data."""

FONT_SIZE = 12
THIN, STRONG, MEMBER = 1.6, 2.4, 0.8
"""Widths of lines in pixels: training, validation, one member among several."""

AXIS_HEIGHT = 50
"""Pixels of a chart's height that an axis with its title takes."""

DASHED, DOTTED = (4, 3), (2, 3)
POINT_SIZE = 85
SHADE = 0.09

MOST_DECIMALS = 8
"""Maximum number of decimals of the labels of an axis."""

SEPARATED_FROM = 10_000
"""Labels of an axis up to this have no separator of thousands: they may be years."""

COLOR_SCALE_DOMAIN = (*ROLES, *CATEGORIES)
COLOR_SCALE = alt.Scale(domain=list(COLOR_SCALE_DOMAIN))


def color_of(role: str) -> alt.ExprRef:
    """Colour of a role for properties that are no encodings (axes, halos).

    It works only in a chart in which some mark is coloured by role. The
    fallback covers the moment before the scale exists.
    """
    return alt.ExprRef(f"scale('color', '{role}') || 'gray'")


def by_role(field: str) -> alt.Color:
    """Colour encoding for a field that holds role names."""
    return alt.Color(f"{field}:N", scale=COLOR_SCALE, legend=None)


def as_role(chart: alt.Chart, role: str) -> alt.Chart:
    """Give a whole mark the colour of one role.

    Raises
    ------
    ValueError
        If there is no such role: the name becomes part of an expression.
    """
    if role not in COLOR_SCALE_DOMAIN:
        raise ValueError(f"Unknown role. Expected one of {COLOR_SCALE_DOMAIN}. Received: {role!r}")
    return chart.transform_calculate(role_=f"'{role}'").encode(color=by_role("role_"))


def role_scale() -> alt.Chart:
    """A layer without a mark that brings the roles' colours into a chart that has none."""
    return as_role(alt.Chart(one_row(nothing=0)).mark_point(opacity=0, aria=False), "ink")


def with_halo(chart: alt.Chart) -> alt.LayerChart:
    """Put a rim of the page's colour around text that may cross a line.

    The text's mark properties are kept; the rim is the same mark below it.
    """
    rim = chart.copy(deep=True)
    rim.mark.stroke = color_of("paper")
    rim.mark.strokeWidth = 5
    rim.mark.strokeJoin = "round"
    rim.mark.aria = False
    return alt.layer(rim, chart)


def finish(chart: alt.Chart | alt.LayerChart, *, height: int | alt.Step | None = None) -> Any:
    """Give a new chart the padding, axes and tooltips that all charts have.

    Parameters
    ----------
    chart : altair chart
        Single or layered.
    height : int or altair.Step, optional
        Pixels in all, axes and padding included, as the page fits it; or a step
        for each category.
    """
    grey = color_of("reference")
    # Set in place: each of Altair's own methods would copy the whole chart.
    if height is not None:
        chart.height = height
    chart.padding = {"left": 2, "right": 12, "top": 6, "bottom": 2}
    chart.config = alt.Config(
        axis=alt.AxisConfig(
            labelFontSize=FONT_SIZE,
            titleFontSize=FONT_SIZE,
            labelColor=grey,
            titleColor=grey,
            gridOpacity=0.55,
            labelPadding=6,
            titlePadding=8,
            tickCount=5,
            labelLimit=220,
            labelFlush=False,
        ),
        view=alt.ViewConfig(strokeWidth=0),
        # Only marks that say what they are get a tooltip.
        mark=alt.MarkConfig(tooltip=None),
        text=alt.MarkConfig(fontSize=FONT_SIZE),
    )
    return chart


def one_row(**values: Any) -> pd.DataFrame:
    """Data of a single mark; a new value redraws the mark and not the chart."""
    return pd.DataFrame([values])


# Numbers ---------------------------------------------------------------------


def format_number(value: float, digits: int = 2) -> str:
    """Write a number with thousands separated and a true minus.

    >>> format_number(-1234.5)
    '−1,234.50'
    >>> format_number(-0.001)
    '0.00'
    """
    if not math.isfinite(value):
        return "none"
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def format_interval(value: float, low: float, high: float, digits: int = 2) -> str:
    """Write an estimate with its interval; without bounds, or where they are one, the estimate.

    There are more digits where the bounds would look the same.

    >>> format_interval(0.776, 0.731, 0.82), format_interval(0.5912, 0.5908, 0.5915)
    ('0.78 (0.73 to 0.82)', '0.591 (0.591 to 0.592)')
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return format_number(value, digits)
    digits = decimals_to_tell(low, high, least=digits)
    ends = format_number(low, digits), format_number(high, digits)
    number = format_number(value, digits)
    return number if ends[0] == ends[1] else f"{number} ({ends[0]} to {ends[1]})"


def format_share(share: float) -> str:
    """Write a share as whole percent, without pretending that a few are none.

    >>> format_share(0.793), format_share(0.002), format_share(0.998)
    ('79%', '<1%', '>99%')
    """
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def significant(value: float, digits: int = 3) -> str:
    """Write a quantity in its own units with some significant digits.

    >>> significant(1234.56), significant(-0.012345)
    ('1,235', '−0.0123')
    """
    if value == 0 or not math.isfinite(value):
        return format_number(value, 0)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return format_number(value, decimals)


# Scales ----------------------------------------------------------------------


def nice_step(span: float, count: int) -> float:
    """Step of 1, 2 or 5 times a power of ten that divides a span in about `count`."""
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 5):
        if rough <= factor * power * 1.0001:
            return factor * power
    return 10 * power


def nice_domain(low: float, high: float, count: int = 6) -> tuple[float, float]:
    """Round a range outwards to whole steps; a range of no width is widened."""
    if not high > low:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    step = nice_step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    # Multiplying leaves 0.30000000000000004, which would be written on the axis.
    digits = max(0, 1 - math.floor(math.log10(step)))
    return round(first * step, digits), round(last * step, digits)


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Whole steps within a range, ends included."""
    step = nice_step(high - low, count)
    digits = max(0, 1 - math.floor(math.log10(step)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, digits) for i in range(first, last + 1)]


def number_axis(marks: Sequence[float], *, percent: bool = False, **properties: Any) -> alt.Axis:
    """An axis with ticks at given places, whose labels have as many decimals as these need.

    Left to itself, Vega counts decimals by the step that it would have chosen, so that ticks
    at 0.05, 0.10 and 0.15 are all called 0.1.

    Parameters
    ----------
    marks : sequence of float
        As of `ticks`.
    percent : bool
        Whether the labels are percentages.
    **properties
        Of `altair.Axis`.
    """
    places = [100 * mark if percent else mark for mark in marks]
    decimals = next(
        (n for n in range(MOST_DECIMALS) if all(abs(round(x, n) - x) < 1e-9 for x in places)),
        MOST_DECIMALS,
    )
    # Four digits may be a year, which has no separator.
    separator = "," if max(map(abs, places), default=0) >= SEPARATED_FROM else ""
    return alt.Axis(
        values=list(marks),
        # Without the count, the configured one would thin the marks out.
        tickCount=len(marks),
        format=f".{decimals}%" if percent else f"{separator}.{decimals}f",
        **properties,
    )


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart so that neighbours are at least `gap` from each other.

    Parameters
    ----------
    positions : sequence of float
        Where the labels would like to be, in data units.
    gap : float
        Height of a label in the same units.
    low, high : float
        Labels stay within, as long as there is room for all.

    Returns
    -------
    list of float
        In the order given.
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    placed = [min(max(positions[i], low), high) for i in order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    # What was pushed up shares the shift with what pushed it, from the top down.
    for i in range(len(placed) - 1, -1, -1):
        top = high if i == len(placed) - 1 else placed[i + 1] - gap
        placed[i] = min(placed[i], top)
    for i in range(len(placed) - 1):
        overlap = placed[i] + gap - placed[i + 1]
        if overlap > 0:
            placed[i] -= overlap
    result = [0.0] * len(positions)
    for i, position in zip(order, placed, strict=True):
        result[i] = position
    return result
