"""Lines that show each category against the rest; shared by ROC and precision-recall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from dnn_core.diagnostics.marks.style import (
    AXIS_HEIGHT,
    DASHED,
    LINE_KEYS,
    STRONG,
    as_role,
    by_role,
    finish,
    with_halo,
)
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind

MOST_LINES = len(LINE_KEYS)
"""More lines cannot be told apart; of more categories the hardest are drawn."""

MOST_POINTS = 200
"""Points of one line."""

NAMES_WIDTH, NAMES_HEIGHT = 0.55, 0.45
"""Room for the list of names, as share of the axes."""

LINE_HEIGHT = 18
HEIGHT = 260


@dataclass(frozen=True, eq=False)
class Ranked:
    """One category against the rest.

    `positive` is bool, `score` the category's probability and `weight` that of the
    cases or None, each of shape (cases,); `role` is the line's colour.
    """

    label: str
    role: str
    positive: np.ndarray
    score: np.ndarray
    weight: np.ndarray | None = None

    @property
    def area(self) -> float:
        """Area under the ROC curve."""
        return float(roc_auc_score(self.positive, self.score, sample_weight=self.weight))


def ranked(part: RunPart) -> list[Ranked]:
    """Categories to draw: the positive one of two, or the five hardest of several.

    A category that no case or every case of the part belongs to is left out; cases
    of weight 0 do not count.
    """
    labels = part.coding.labels
    counted = np.ones(part.cases, dtype=bool) if part.weight is None else part.weight > 0
    weight = None if part.weight is None else part.weight[counted]
    chosen: Sequence[int] = [1] if part.kind is Kind.BINARY else range(len(labels))
    lines = []
    for i in chosen:
        positive = part.observed[counted] == i
        if positive.any() and not positive.all():
            score = part.probabilities[counted, i]
            lines.append(Ranked(labels[i], part.name, positive, score, weight))
    if part.kind is Kind.BINARY:
        return lines
    if len(lines) > MOST_LINES:
        limit = sorted(line.area for line in lines)[MOST_LINES - 1]
        lines = [line for line in lines if line.area <= limit][:MOST_LINES]
    return [
        Ranked(line.label, role, line.positive, line.score, line.weight)
        for line, role in zip(lines, LINE_KEYS, strict=False)
    ]


def hardest_words(part: RunPart) -> str:
    """End of a caption where only some categories are drawn."""
    categories = len(part.coding.labels)
    return f"; the {MOST_LINES} hardest of {categories}" if categories > MOST_LINES else ""


def curves_frame(
    lines: list[Ranked], curve: Callable[[Ranked], tuple[np.ndarray, np.ndarray]]
) -> pd.DataFrame:
    """Points of all lines: label, role, x, y, at most `MOST_POINTS` for each line."""
    tables = []
    for line in lines:
        x, y = curve(line)
        kept = np.unique(np.linspace(0, len(x) - 1, min(MOST_POINTS, len(x))).round().astype(int))
        table = pd.DataFrame({"label": line.label, "role": line.role, "x": x[kept], "y": y[kept]})
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def curves_chart(
    frame: pd.DataFrame,
    words: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    titles: tuple[str, str],
    steps: bool = False,
) -> Any:
    """Draw the lines, their names with figures in a free corner, and a reference.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `curves_frame`; its order is the order along each line.
    words : pandas.DataFrame
        text and role, one row for each line.
    reference : pandas.DataFrame
        x and y of the two ends of a dashed line, and its name in `text`; may be empty.
    titles : tuple of str
        Of the two axes; the second one stands in the tooltip only, because
        the caption says it.
    steps : bool
        Whether a value holds back to the point before it.
    """
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("x:Q", scale=scale, axis=alt.Axis(title=titles[0], grid=False, tickCount=5))
    y = alt.Y("y:Q", scale=scale, axis=alt.Axis(title=None, tickCount=5))
    ordered = frame.assign(order=np.arange(len(frame)))
    lines = alt.Chart(ordered).mark_line(
        strokeWidth=STRONG, interpolate="step-before" if steps else "linear"
    )
    dashed = alt.Chart(reference).mark_line(strokeWidth=1, strokeDash=list(DASHED))
    points = alt.Chart(ordered).mark_point(opacity=0, size=160, aria=False)
    tooltip = [
        alt.Tooltip("label:N", title="Category"),
        alt.Tooltip("x:Q", title=titles[0], format=".2f"),
        alt.Tooltip("y:Q", title=titles[1], format=".2f"),
    ]
    layers = [
        as_role(dashed.encode(x, y), "reference"),
        _reference_name(reference, x, y),
        lines.encode(x, y, by_role("role"), alt.Detail("label:N"), alt.Order("order:Q")),
        *_names(words, scale, corner=free_corner(frame)),
        points.encode(x, y, tooltip=tooltip),
    ]
    return finish(alt.layer(*layers), height=HEIGHT)


def free_corner(frame: pd.DataFrame) -> tuple[bool, bool]:
    """The corner that fewest points lie in: whether it is right, whether it is at the top."""
    corners = [(True, False), (False, False), (True, True)]

    def points_in(corner: tuple[bool, bool]) -> int:
        right, top = corner
        across = frame["x"] > 1 - NAMES_WIDTH if right else frame["x"] < NAMES_WIDTH
        up = frame["y"] > 1 - NAMES_HEIGHT if top else frame["y"] < NAMES_HEIGHT
        return int((across & up).sum())

    return min(corners, key=points_in)


def _names(words: pd.DataFrame, scale: alt.Scale, *, corner: tuple[bool, bool]) -> list[Any]:
    """A list that starts at the corner and grows away from it.

    The text is in ink, with a short piece of the line beside it: not every
    colour of a line is dark enough for text.
    """
    at_right, at_top = corner
    x, y = alt.X("x:Q", scale=scale), alt.Y("y:Q", scale=scale)
    step = LINE_HEIGHT / (HEIGHT - AXIS_HEIGHT)
    lines = np.arange(len(words))
    heights = 0.95 - lines * step if at_top else 0.06 + lines[::-1] * step
    outer, inner, text_at = (0.985, 0.945, 0.93) if at_right else (0.015, 0.055, 0.07)
    placed = words.assign(x=outer, x2=inner, at=text_at, y=heights)
    piece = alt.Chart(placed).mark_rule(strokeWidth=STRONG)
    align = "right" if at_right else "left"
    text = alt.Chart(placed).mark_text(align=align, baseline="middle", limit=240)
    return [
        with_halo(as_role(text.encode(alt.X("at:Q", scale=scale), y, alt.Text("text:N")), "ink")),
        piece.encode(x, y, by_role("role"), x2="x2:Q"),
    ]


def _reference_name(reference: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.LayerChart:
    """Name of the dashed line, just below its right end."""
    end = reference.tail(1)
    text = alt.Chart(end).mark_text(align="right", baseline="top", dx=-4, dy=5, fontStyle="italic")
    return with_halo(as_role(text.encode(x, y, alt.Text("text:N")), "reference"))
