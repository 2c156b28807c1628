"""An activation as a curve, with the sum of one case on it."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.marks.style import (
    DOTTED,
    POINT_SIZE,
    STRONG,
    as_role,
    finish,
    with_halo,
)
from dnn_core.wording import number

REACH = 6.0
"""Sums that are drawn, unless that of the case is larger."""

HEIGHT = 300


def activation_chart(curve: pd.DataFrame, total: float, value: float, title: str) -> Any:
    """Draw what becomes of a weighted sum.

    Parameters
    ----------
    curve : pandas.DataFrame
        Columns sum and value.
    total, value : float
        The sum of the case, and what becomes of it.
    title : str
        Name of the value.
    """
    x = alt.X("sum:Q", axis=alt.Axis(title="weighted sum", grid=False), scale=alt.Scale(nice=False))
    y = alt.Y("value:Q", axis=alt.Axis(title=title), scale=alt.Scale(zero=True))
    case = pd.DataFrame({"sum": [total], "value": [value], "text": [number(value)]})
    here = alt.Chart(case)
    layers = [
        as_role(alt.Chart(curve).mark_line(strokeWidth=STRONG).encode(x, y), "quantity"),
        as_role(here.mark_rule(strokeDash=list(DOTTED)).encode(x), "reference"),
        as_role(here.mark_point(filled=True, size=POINT_SIZE, opacity=1).encode(x, y), "ink"),
        with_halo(
            as_role(
                here.mark_text(dx=8, dy=-10, align="left", fontSize=13, fontWeight="bold").encode(
                    x, y, text="text:N"
                ),
                "ink",
            )
        ),
    ]
    return finish(alt.layer(*layers), height=HEIGHT)


def sums_around(total: float) -> np.ndarray:
    """Sums for a curve that has the case's own in it, 121 of them."""
    reach = max(REACH, abs(total) * 1.1)
    return np.linspace(-reach, reach, 121)
