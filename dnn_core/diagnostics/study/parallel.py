"""Which settings do the best configurations share? A line for each configuration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.diagnostics.marks.style import as_role, by_role, finish, significant, with_halo
from dnn_core.outcome.metrics import Metric
from dnn_core.specs import StudySpec, Vary
from dnn_core.tuning.trial import Trial

HEIGHT = 300
COLOURED = 5
"""Lines that stand out."""

MOST_LINES = 300
MOST_AXES = 8
"""More would stand too close for their names."""

NARROWEST, LETTER = 600, 7
"""Pixels of the narrowest chart and of a letter of an axis' name."""

FEWEST_LETTERS = 9
"""In a line of a name."""

TICKS = 5


def draw_parallel(asked: StudySpec, trials: Sequence[Trial], measure: Metric) -> Picture | None:
    """Draw the trials that were evaluated on all folds; None where there are fewer than two."""
    able = _best_first(trials, measure)
    if len(able) < 2:
        return None
    vary = asked.vary[:MOST_AXES]
    frame = parallel_frame(vary, able, measure)
    names = [*(v.setting.title for v in vary), measure.title]
    best = able[:COLOURED]
    shared = "; ".join(
        f"{v.setting.title} " + ", ".join(v.show(t.values[v.hyperparameter]) for t in best)
        for v in vary
    )
    return Picture(
        code="study_parallel",
        question="Which settings do the best configurations share?",
        caption=f"One line for each configuration, at most {MOST_LINES}; the {len(best)} best are "
        "coloured. The last axis is the figure that they reached; higher is better.",
        chart=_chart(frame, _axis_frame(vary, able, measure), names),
        alt=f"The best configurations have: {shared}.",
        frame=frame,
    )


def parallel_frame(vary: Sequence[Vary], trials: Sequence[Trial], measure: Metric) -> pd.DataFrame:
    """Where each line crosses each axis.

    Parameters
    ----------
    vary : sequence of Vary
    trials : sequence of Trial
        The best first.

    Returns
    -------
    pandas.DataFrame
        trial, axis (from 0; the last is the figure), height (0 to 1), text, role.
    """
    figures = np.array([t.value for t in trials], dtype="float64")
    low, high = _ends(figures)
    rows = []
    for rank, trial in enumerate(trials[:MOST_LINES]):
        role = "validation" if rank < COLOURED else "reference"
        for axis, one in enumerate(vary):
            value = trial.values[one.hyperparameter]
            rows.append((trial.number, axis, _height(one, value), one.show(value), role))
        height = (figures[rank] - low) / (high - low)
        height = height if measure.higher_is_better else 1 - height
        rows.append((trial.number, len(vary), height, significant(float(figures[rank])), role))
    # Those that stand out are drawn last.
    frame = pd.DataFrame(rows, columns=["trial", "axis", "height", "text", "role"])
    return frame.iloc[::-1].reset_index(drop=True)


def _chart(frame: pd.DataFrame, axes: pd.DataFrame, names: list[str]) -> Any:
    last = len(names) - 1
    x = alt.X("axis:Q", scale=alt.Scale(domain=[-0.25, last + 0.25], nice=False), axis=None)
    heads = pd.DataFrame({"axis": range(last + 1), "name": _in_lines(names)})
    lines_most = int(heads["name"].str.count("\n").max()) + 1
    # Names stand in the middle of what is left above the axes.
    top = 1.08 + 0.06 * lines_most
    heads["height"] = (1.06 + top) / 2
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("height:Q", scale=scale, axis=None)
    base = alt.Chart(frame)
    faint = base.transform_filter(alt.datum.role == "reference")
    strong = base.transform_filter(alt.datum.role != "reference")
    detail = alt.Detail("trial:N")
    lines = [
        as_role(faint.mark_line(strokeWidth=0.8, opacity=0.35).encode(x, y, detail), "reference"),
        strong.mark_line(strokeWidth=1.9).encode(x, y, detail, by_role("role")),
    ]
    rules = pd.DataFrame({"axis": range(last + 1), "bottom": 0.0, "top": 1.0})
    rule = alt.Chart(rules).mark_rule(opacity=0.5, aria=False)
    tick = alt.Chart(axes).mark_text(align="right", dx=-6, baseline="middle")
    head = alt.Chart(heads).mark_text(
        fontWeight="bold", baseline="middle", limit=130, lineBreak="\n"
    )
    hover = base.mark_point(opacity=0, size=90, aria=False).encode(
        x,
        y,
        tooltip=[
            alt.Tooltip("trial:Q", title="Configuration"),
            alt.Tooltip("text:N", title="Value"),
        ],
    )
    return finish(
        alt.layer(
            as_role(
                rule.encode(x, alt.Y("bottom:Q", scale=scale, axis=None), alt.Y2("top:Q")),
                "reference",
            ),
            *lines,
            with_halo(as_role(tick.encode(x, y, alt.Text("text:N")), "ink")),
            as_role(head.encode(x, y, alt.Text("name:N")), "ink"),
            hover,
        ),
        height=HEIGHT,
    )


def _in_lines(names: Sequence[str]) -> list[str]:
    """Names of axes in lines that fit between two of them."""
    letters = max(FEWEST_LETTERS, NARROWEST // len(names) // LETTER)
    return ["\n".join(wrap(name, letters, break_long_words=False)) for name in names]


def _axis_frame(vary: Sequence[Vary], trials: Sequence[Trial], measure: Metric) -> pd.DataFrame:
    """Numbers beside the axes: axis, height, text."""
    rows: list[tuple[int, float, str]] = []
    for axis, one in enumerate(vary):
        values = one.listed
        chosen = values if len(values) <= 2 * TICKS else values[:: math.ceil(len(values) / TICKS)]
        rows += [(axis, _height(one, value), one.show(value)) for value in chosen]
    figures = np.array([t.value for t in trials], dtype="float64")
    low, high = _ends(figures)
    # The better end is at the top.
    ends = (low, high) if measure.higher_is_better else (high, low)
    rows += [(len(vary), h, significant(ends[0] + h * (ends[1] - ends[0]))) for h in (0, 0.5, 1)]
    return pd.DataFrame(rows, columns=["axis", "height", "text"])


def _height(vary: Vary, value: Any) -> float:
    """Where on its axis a value stands, 0 to 1."""
    if vary.values:
        place = vary.values.index(value)
        return place / (len(vary.values) - 1) if len(vary.values) > 1 else 0.5
    assert vary.low is not None and vary.high is not None
    if vary.log:
        return math.log(value / vary.low) / math.log(vary.high / vary.low)
    return (value - vary.low) / (vary.high - vary.low)


def _ends(figures: np.ndarray) -> tuple[float, float]:
    low, high = float(figures.min()), float(figures.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _best_first(trials: Sequence[Trial], measure: Metric) -> list[Trial]:
    able = [t for t in trials if t.complete and t.value is not None]
    return sorted(able, key=lambda t: t.value or 0.0, reverse=measure.higher_is_better)
