"""Bars of a quantity; shared by the outcome and the residuals."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.marks.style import as_role, finish, nice_domain, nice_step

BARS = 24
"""Bars aimed at; steps are rounded, so there are about half to twice as many."""

TAIL = 0.005
"""Share at each end that may be left out of the picture."""

FAR = 2.0
"""Ends are left out only where they would more than double the range."""

MOST_WHOLE_NUMBERS = 40
"""Whole numbers up to this range have a bar each."""


def histogram_frame(values: np.ndarray, weight: np.ndarray | None = None) -> pd.DataFrame:
    """Count values in equal steps.

    Parameters
    ----------
    values : numpy.ndarray
        Finite, at least one.
    weight : numpy.ndarray, optional
        Case weights, which enter the shares, not the counts.

    Returns
    -------
    pandas.DataFrame
        start, end, count, share. Whole numbers of a small range have a bar
        each, centred on the number. What lies far out beyond 99 % of the
        values is not counted: compare the counts' sum with the length.
    """
    edges = _edges(values)
    counts, _ = np.histogram(values, edges)
    share = counts / len(values)
    if weight is not None:
        share = np.histogram(values, edges, weights=weight)[0] / weight.sum()
    return pd.DataFrame({"start": edges[:-1], "end": edges[1:], "count": counts, "share": share})


def _edges(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    inner = np.quantile(values, [TAIL, 1 - TAIL])
    if high - low > FAR * (inner[1] - inner[0]) > 0:
        low, high = float(inner[0]), float(inner[1])
    if np.all(values == np.round(values)) and high - low <= MOST_WHOLE_NUMBERS:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    start, end = nice_domain(low, high, BARS)
    step = nice_step(end - start, BARS)
    bars = max(1, round((end - start) / step))
    return np.linspace(start, start + bars * step, bars + 1)


def histogram_chart(frame: pd.DataFrame, *, title: str, role: str, height: int) -> Any:
    """Draw the bars with a hair of space between them."""
    return finish(alt.layer(histogram_bars(frame, title=title, role=role)), height=height)


def left_out(frame: pd.DataFrame, cases: int) -> str:
    """Words on the cases that lie outside of the bars; empty if there are none."""
    outside = cases - int(frame["count"].sum())
    if outside == 0:
        return ""
    return f"{outside:,} far out {'is' if outside == 1 else 'are'} not shown"


def histogram_bars(
    frame: pd.DataFrame, *, title: str, role: str, opacity: float = 1.0, shares: bool = False
) -> alt.Chart:
    """The bars as a layer; as high as the count or, with `shares`, as the share."""
    y = (
        alt.Y("share:Q", axis=alt.Axis(title=None, format="%", tickCount=4))
        if shares
        else alt.Y("count:Q", axis=alt.Axis(title=None, format=",d", tickCount=4, tickMinStep=1))
    )
    domain = [float(frame["start"].min()), float(frame["end"].max())]
    x = alt.X(
        "start:Q",
        bin="binned",
        scale=alt.Scale(domain=domain, nice=False, zero=False),
        axis=alt.Axis(title=title, grid=False),
    )
    tooltip = [
        alt.Tooltip("start:Q", title="From", format=",.6~r"),
        alt.Tooltip("end:Q", title="To", format=",.6~r"),
        alt.Tooltip("count:Q", title="Cases", format=","),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
    ]
    bars = (
        alt.Chart(frame)
        .mark_bar(binSpacing=1, opacity=opacity)
        .encode(
            x,
            alt.X2("end:Q"),
            y,
            tooltip=tooltip,
        )
    )
    return as_role(bars, role)
