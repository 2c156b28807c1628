"""Plots of the outcome's distribution, and of the split into parts."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset, Level, texts
from dnn_core.data.target import guess_kind
from dnn_core.diagnostics.marks.histogram import histogram_chart, histogram_frame, left_out
from dnn_core.diagnostics.marks.style import as_role, by_role, finish, format_share
from dnn_core.specs import Kind, Part

MOST_BARS = 12
"""More categories than this are pooled into one bar, the rarest ones."""

PANEL_WIDTH, LABEL_WIDTH, CHARACTER_WIDTH = 285, 130, 6.2
"""Pixels of the narrowest place where the bars stand, of the longest name
beside them, and of one character; the text behind the bars has to fit, too."""

LABEL_SHARES = (0.22, 0.24, 0.13)
"""Width of the names of training, validation and test below the bar, at the
narrowest place where it stands (285 pixels)."""


def category_frame(dataset: Dataset, target: str, rows: np.ndarray | None = None) -> pd.DataFrame:
    """Count each category: label, count, role, share, text; in the categories' order."""
    answers = _in_rows(dataset.answers(target), rows)
    counts = texts(answers).dropna().value_counts()
    numeric = pd.api.types.is_numeric_dtype(answers)
    order = sorted(counts.index, key=float if numeric else str)
    value_labels = dataset.variable(target).value_labels
    labels = [value_labels.get(name, name) for name in order]
    # Two categories with one label are still two.
    if len(set(labels)) < len(labels):
        labels = [f"{label} ({name})" for name, label in zip(order, labels, strict=True)]
    frame = pd.DataFrame({"label": labels, "count": counts.reindex(order).to_numpy()})
    frame = _pool(frame.assign(role="quantity"))
    share = frame["count"] / max(frame["count"].sum(), 1)
    text = [f"{n:,} ({format_share(s)})" for n, s in zip(frame["count"], share, strict=True)]
    return frame.assign(share=share, text=text)


def _pool(frame: pd.DataFrame) -> pd.DataFrame:
    if len(frame) <= MOST_BARS:
        return frame
    kept = frame.nlargest(MOST_BARS - 1, "count").sort_index()
    rest = frame.drop(kept.index)
    pooled = {
        "label": f"{len(rest)} other categories",
        "count": int(rest["count"].sum()),
        "role": "reference",
    }
    return pd.concat([kept, pd.DataFrame([pooled])], ignore_index=True)


def category_chart(frame: pd.DataFrame) -> Any:
    """Draw a bar for each category with count and share behind it."""
    name = min(LABEL_WIDTH, CHARACTER_WIDTH * max(map(len, frame["label"]), default=0))
    text_width = CHARACTER_WIDTH * max(map(len, frame["text"]), default=0) + 12
    room = min(0.75, text_width / (PANEL_WIDTH - name))
    end = float(frame["count"].max()) / (1 - room)
    x = alt.X("count:Q", scale=alt.Scale(domain=[0, end], nice=False), axis=None)
    axis = alt.Axis(title=None, labelPadding=8, labelLimit=LABEL_WIDTH)
    y = alt.Y("label:N", sort=frame["label"].tolist(), axis=axis)
    bars = alt.Chart(frame).mark_bar(height={"band": 0.55}).encode(x, y)
    text = alt.Chart(frame).mark_text(align="left", baseline="middle", dx=6)
    chart = alt.layer(
        bars.encode(by_role("role")), as_role(text.encode(x, y, alt.Text("text:N")), "ink")
    )
    return finish(chart, height=(38 if len(frame) <= 5 else 27) * max(len(frame), 1) + 8)


def _in_rows(answers: pd.Series, rows: np.ndarray | None) -> pd.Series:
    return answers if rows is None else answers.iloc[rows]


def outcome_distribution(
    dataset: Dataset, target: str, kind: Kind | None = None, rows: np.ndarray | None = None
) -> Any:
    """Draw bars with counts and shares for categories, a histogram for a quantity.

    Parameters
    ----------
    dataset : Dataset
    target : str
        Missing answers are left out.
    kind : Kind, optional
        By default it is guessed.
    rows : numpy.ndarray, optional
        Row numbers of those to be drawn, such as those outside the test part; by default all.
    """
    kind = kind or guess_kind(dataset, target).kind
    answers = _in_rows(dataset.answers(target), rows)
    if kind.numeric and pd.api.types.is_numeric_dtype(answers):
        return _quantity_chart(answers, dataset.variable(target).title)
    return category_chart(category_frame(dataset, target, rows))


def _quantity_chart(answers: pd.Series, title: str) -> Any:
    values = answers.dropna().to_numpy(dtype="float64")
    frame = histogram_frame(values if len(values) else np.zeros(1))
    outside = left_out(frame, max(len(values), 1))
    title = f"{title} ({outside})".strip() if outside else title
    return histogram_chart(frame, title=title, role="quantity", height=150)


def variable_distribution(dataset: Dataset, name: str) -> Any:
    """Draw any variable: a histogram of a quantity, bars of categories.

    Returns
    -------
    altair chart or None
        None for what has no distribution (identifiers, free text, images) and where
        there are no answers.
    """
    level = dataset.variable(name).level
    if level in (Level.IDENTIFIER, Level.TEXT, Level.IMAGE):
        return None
    answers = dataset.answers(name)
    if not answers.notna().any():
        return None
    by_category = level in (Level.NOMINAL, Level.BINARY, Level.ORDINAL)
    if by_category or not pd.api.types.is_numeric_dtype(answers):
        return category_chart(category_frame(dataset, name))
    # The name stands above the chart.
    return _quantity_chart(answers, "")


def split_frame(counts: dict[Part, int]) -> pd.DataFrame:
    """Where the parts of the bar and their names lie, as shares of the width.

    Parameters
    ----------
    counts : dict of str to int
        Rows of “training”, “validation” and “test”, in this order.

    Returns
    -------
    pandas.DataFrame
        part, count, text, start, end, label (left end of the name; moved
        where a part is narrower than its name).
    """
    total = max(sum(counts.values()), 1)
    ends = np.cumsum(list(counts.values())) / total
    starts = np.concatenate([[0.0], ends[:-1]])
    labels = starts.copy()
    for i in range(1, len(labels)):
        labels[i] = max(labels[i], labels[i - 1] + LABEL_SHARES[i - 1])
    limit = 1.0
    for i in range(len(labels) - 1, -1, -1):
        limit -= LABEL_SHARES[i]
        labels[i] = min(labels[i], limit)
        limit = labels[i]
    return pd.DataFrame(
        {
            "part": list(counts),
            "count": list(counts.values()),
            "text": [f"{count:,}" for count in counts.values()],
            "start": starts,
            "end": ends,
            "label": labels,
        }
    )


def split_bar(counts: dict[Part, int]) -> Any:
    """Draw one bar in the colours of the parts, names and counts below it.

    Parameters
    ----------
    counts : dict of str to int
        Rows of “training”, “validation” and “test”, in this order.
    """
    frame = split_frame(counts)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("start:Q", scale=scale, axis=None)
    tooltip = [alt.Tooltip("part:N", title="Part"), alt.Tooltip("text:N", title="Rows")]
    bar = (
        alt.Chart(frame)
        .mark_rect()
        .encode(x, alt.YValue(0), by_role("part"), x2="end:Q", y2=alt.value(26), tooltip=tooltip)
    )
    at = alt.X("label:Q", scale=scale, axis=None)
    name = alt.Chart(frame).mark_text(align="left", baseline="middle", fontWeight="bold")
    count = alt.Chart(frame).mark_text(align="left", baseline="middle")
    chart = alt.layer(
        bar,
        name.encode(at, alt.YValue(40), alt.Text("part:N"), by_role("part")),
        as_role(count.encode(at, alt.YValue(57), alt.Text("text:N")), "ink"),
    )
    return finish(chart, height=76)
