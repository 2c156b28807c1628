"""The prediction for one case, as it was and as it is set by hand."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.marks.style import (
    MOST_DECIMALS,
    as_role,
    by_role,
    finish,
    format_number,
    number_axis,
    ticks,
    with_halo,
)
from dnn_core.wording import plural, signed

MOST_CONTRIBUTIONS = 8
"""Predictors with a bar of their own."""

MEAN_PREDICTION, THIS_CASE = "Mean prediction", "This case"

RAISES, LOWERS = "category_3", "category_2"
"""Blue and orange in both themes, which the colour-blind tell apart."""

DOT_ROOM = 12
"""Pixels between the words of an axis and a dot at its start."""

PICTURE_SCALE = 8
"""Screen pixels for each pixel of a digit."""


def case_chart(frame: pd.DataFrame, span: tuple[float, float]) -> Any:
    """Draw one dot for each case on the scale of the prediction.

    Parameters
    ----------
    frame : pandas.DataFrame
        case (text), value (float); drawn from top to bottom in this order.
    span : tuple of float
        Ends of the scale.
    """
    low, high = span
    decimals = decimals_of(high - low)
    frame = frame.assign(text=[format_number(value, decimals) for value in frame["value"]])
    margin = 0.0 if (low, high) == (0.0, 1.0) else 0.05 * (high - low or 1.0)
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[low - margin, high + margin], nice=False, clamp=True),
        axis=alt.Axis(title=None),
    )
    y = alt.Y("case:N", sort=None, axis=alt.Axis(title=None, grid=False, labelPadding=DOT_ROOM))
    dots = as_role(alt.Chart(frame).mark_point(filled=True, size=90, opacity=1), "ink")
    words = as_role(alt.Chart(frame).mark_text(align="left", dx=9), "ink")
    texts = words.encode(x, y, text=alt.Text("text:N"))
    return finish(alt.layer(dots.encode(x, y), with_halo(texts)), height=alt.Step(26))


def categories_chart(frame: pd.DataFrame) -> Any:
    """Draw the probability of every category: a dot for the case, a ring for where it was.

    Parameters
    ----------
    frame : pandas.DataFrame
        case (the category), before, value (0 to 1); drawn from top to bottom in this order.
    """
    frame = frame.assign(
        text=[format_number(value) for value in frame["value"]],
        end=frame[["before", "value"]].max(axis=1),
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("value:Q", scale=scale, axis=number_axis(ticks(0, 1), title=None))
    y = alt.Y("case:N", sort=None, axis=alt.Axis(title=None, grid=False, labelPadding=DOT_ROOM))
    base = alt.Chart(frame)
    moved = base.mark_rule(strokeWidth=1.4).encode(x, y, x2="before:Q")
    ring = base.mark_point(filled=False, size=90, opacity=1).encode(
        alt.X("before:Q", scale=scale), y
    )
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(x, y)
    words = base.mark_text(align="left", dx=9).encode(
        alt.X("end:Q", scale=scale), y, text=alt.Text("text:N")
    )
    return finish(
        alt.layer(
            as_role(moved, "reference"),
            as_role(ring, "reference"),
            as_role(dot, "ink"),
            with_halo(as_role(words, "ink")),
        ),
        height=alt.Step(26),
    )


def contribution_frame(
    contributions: pd.DataFrame, titles: dict[str, str], answers: dict[str, str]
) -> pd.DataFrame:
    """From the mean prediction to that of one case, the largest contributions first.

    Parameters
    ----------
    contributions : pandas.DataFrame
        predictor, value, error of one output; the first row is the mean prediction.
    titles, answers : dict of str to str
        Title of each predictor, and what the case answered.

    Returns
    -------
    pandas.DataFrame
        title, start, end (of the bar), value, error, text, role; the first row is the
        mean prediction and the last the case's. Beyond `MOST_CONTRIBUTIONS` predictors
        the others are one row.
    """
    base, moves = float(contributions["value"].iloc[0]), contributions.iloc[1:]
    order = moves["value"].abs().sort_values(ascending=False, kind="stable").index
    # A single further one takes no more room than the words for it.
    most = MOST_CONTRIBUTIONS + (len(order) == MOST_CONTRIBUTIONS + 1)
    shown, rest = moves.loc[order[:most]], moves.loc[order[most:]]
    rows = [
        (f"{titles[name]}\n{answers[name]}", float(value), float(error))
        for name, value, error in zip(
            shown["predictor"].tolist(), shown["value"], shown["error"], strict=True
        )
    ]
    if len(rest):
        total = float(np.sqrt((rest["error"] ** 2).sum()))
        rows.append((plural(len(rest), "further predictor"), float(rest["value"].sum()), total))
    frame = pd.DataFrame(rows, columns=["title", "value", "error"])
    ends = base + frame["value"].cumsum()
    frame["start"], frame["end"] = ends - frame["value"], ends
    last = float(ends.iloc[-1])
    reached = [base, *ends.tolist()]
    decimals = decimals_of(max(reached) - min(reached))
    frame["text"] = [signed(value, decimals) for value in frame["value"]]
    frame["role"] = np.where(frame["value"] < 0, LOWERS, RAISES)
    texts = [format_number(value, decimals) for value in (base, last)]
    first_row = {"title": MEAN_PREDICTION, "start": base, "end": base, "text": texts[0]}
    last_row = {"title": THIS_CASE, "start": last, "end": last, "text": texts[1]}
    whole = pd.DataFrame([first_row, *frame.to_dict("records"), last_row])
    return whole.fillna({"role": "ink", "error": 0.0})


def decimals_of(span: float) -> int:
    """Decimals of figures that differ by so much: two, more where all would look the same."""
    if not span > 0 or not math.isfinite(span):
        return 2
    return min(max(2, 1 - math.floor(math.log10(span))), MOST_DECIMALS)


def contribution_chart(frame: pd.DataFrame) -> Any:
    """Draw a bar from where the predictors before it have led, for each predictor."""
    low, high = (
        float(frame[["start", "end"]].min().min()),
        float(frame[["start", "end"]].max().max()),
    )
    span = high - low or 1.0
    scale = alt.Scale(domain=[low - 0.05 * span, high + 0.35 * span], nice=False, zero=False)
    names = alt.Axis(title=None, grid=False, labelLimit=150, labelExpr="split(datum.label, '\\n')")
    y = alt.Y("title:N", sort=frame["title"].tolist(), axis=names)
    x = alt.X("start:Q", scale=scale, axis=number_axis(ticks(low, low + span, 4), title=None))
    tooltip = [
        alt.Tooltip("title:N", title="Answer"),
        alt.Tooltip("text:N", title="Moves the prediction by"),
        alt.Tooltip("error:Q", title="Monte-Carlo error", format=".2~r"),
    ]
    moves = frame[frame["role"] != "ink"]
    bars = alt.Chart(moves).mark_bar(height=12)
    points = alt.Chart(frame[frame["role"] == "ink"]).mark_point(filled=True, size=90, opacity=1)
    right = frame.assign(right=frame[["start", "end"]].max(axis=1))
    words = alt.Chart(right).mark_text(align="left", dx=8)
    return finish(
        alt.layer(
            bars.encode(x, y, by_role("role"), x2="end:Q", tooltip=tooltip),
            as_role(points.encode(x, y), "ink"),
            with_halo(
                as_role(words.encode(alt.X("right:Q", scale=scale), y, text="text:N"), "ink")
            ),
        ),
        height=alt.Step(34),
    )


def image_picture(image: np.ndarray) -> np.ndarray:
    """Enlarge one image, ink dark on light, for display.

    Parameters
    ----------
    image : numpy.ndarray
        uint8, shape (height, width), 255 is ink.

    Returns
    -------
    numpy.ndarray
        uint8, shape (8 height, 8 width).
    """
    return np.kron(255 - image, np.ones((PICTURE_SCALE, PICTURE_SCALE), dtype="uint8"))
