"""Which categories are taken for which."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.style import as_role, finish, format_share, role_scale
from dnn_core.outcome.kinds import CATEGORICAL
from dnn_core.runs.part_view import RunPart
from dnn_core.wording import plural

MOST_CELLS_WIDE = 12
"""Categories beyond which a matrix cannot be read; then only confusions are listed."""

MOST_TWO_LINES = 5
"""Categories up to which share and count both fit into a cell."""

MOST_CONFUSIONS = 12

LONGEST_LABEL = 19
"""Characters of each label of a pair."""

LONGEST_ROW = 56
"""Characters of all labels above the columns that fit without being turned."""

TEXT_ROOM = 0.7
"""Width of the text behind the longest bar, as share of that bar."""


def confusion_frame(
    observed: np.ndarray,
    predicted: np.ndarray,
    labels: tuple[str, ...],
    weight: np.ndarray | None = None,
) -> pd.DataFrame:
    """Count every pair of observed and predicted category.

    Parameters
    ----------
    observed, predicted : numpy.ndarray
        Positions in `labels`, shape (cases,).
    labels : tuple of str
    weight : numpy.ndarray, optional
        Case weights, shape (cases,); they enter the shares, not the counts.

    Returns
    -------
    pandas.DataFrame
        observed, predicted (labels), row, column (positions), count, share (of
        the row; 0 where a category was not observed), share_text. One row for
        each of len(labels)² pairs.
    """
    k = len(labels)
    counts = np.bincount(observed * k + predicted, minlength=k * k).reshape(k, k)
    weighted = np.bincount(observed * k + predicted, weights=weight, minlength=k * k).reshape(k, k)
    totals = weighted.sum(axis=1, keepdims=True)
    shares = np.divide(weighted, totals, out=np.zeros((k, k)), where=totals > 0)
    row, column = np.divmod(np.arange(k * k), k)
    return pd.DataFrame(
        {
            "observed": [labels[i] for i in row],
            "predicted": [labels[i] for i in column],
            "row": row,
            "column": column,
            "count": counts.ravel(),
            "share": shares.ravel(),
            "share_text": [
                format_share(share) if totals[i, 0] else ""
                for i, share in zip(row, shares.ravel(), strict=True)
            ],
        }
    )


def confusions(frame: pd.DataFrame, most: int = MOST_CONFUSIONS) -> pd.DataFrame:
    """The most frequent errors: rows of `confusion_frame` with pair and text."""
    wrong = frame[(frame["row"] != frame["column"]) & (frame["count"] > 0)]
    top = wrong.nlargest(most, ["count", "share"]).reset_index(drop=True)
    return top.assign(
        pair=_pairs(top),
        text=[
            f"{count:,} ({share})"
            for count, share in zip(top["count"], top["share_text"], strict=True)
        ],
    )


def _pairs(top: pd.DataFrame) -> list[str]:
    short = [
        f"{_shorten(observed)} → {_shorten(predicted)}"
        for observed, predicted in zip(top["observed"], top["predicted"], strict=True)
    ]
    if len(set(short)) == len(short):
        return short
    return (top["observed"] + " → " + top["predicted"]).tolist()


def _shorten(label: str) -> str:
    """Leave out the middle: long labels of one variable often differ at the end."""
    if len(label) <= LONGEST_LABEL:
        return label
    half = (LONGEST_LABEL - 1) // 2
    return f"{label[:half].rstrip()}…{label[-half:].lstrip()}"


def matrix_chart(frame: pd.DataFrame) -> Any:
    """Draw the matrix; colour is the share of the row."""
    labels = frame.loc[frame["row"] == 0, "predicted"].tolist()
    k = len(labels)
    turned = max(map(len, labels)) > LONGEST_ROW / k
    left = alt.Axis(title="Observed", labelLimit=150, labelOverlap=False, domain=False)
    above = alt.Axis(
        title="Predicted",
        orient="top",
        domain=False,
        labelOverlap=False,
        labelLimit=110,
        labelAngle=-40 if turned else 0,
        labelAlign="left" if turned else "center",
    )
    x = alt.X("predicted:N", sort=labels, axis=above, scale=alt.Scale(paddingInner=0.04))
    y = alt.Y("observed:N", sort=labels, axis=left, scale=alt.Scale(paddingInner=0.04))
    tooltip = [
        alt.Tooltip("observed:N", title="Observed"),
        alt.Tooltip("predicted:N", title="Predicted"),
        alt.Tooltip("count:Q", title="Cases", format=","),
        alt.Tooltip("share_text:N", title="Share of the row"),
    ]
    fill = alt.Fill("share:Q", scale=alt.Scale(domain=[0, 1]), legend=None)
    cells = alt.Chart(frame).mark_rect().encode(x, y, fill, tooltip=tooltip)
    layers = [role_scale(), cells, *_cell_texts(frame, x, y, two_lines=k <= MOST_TWO_LINES)]
    return finish(alt.layer(*layers), height=max(210, min(64, 380 // k) * k))


def _cell_texts(frame: pd.DataFrame, x: alt.X, y: alt.Y, *, two_lines: bool) -> list[alt.Chart]:
    # The theme decides which end of the scale is dark, so the browser chooses.
    color = alt.ExprRef(
        "contrast(scale('fill', datum.share), scale('color', 'ink')) > "
        "contrast(scale('fill', datum.share), scale('color', 'paper')) ? "
        "scale('color', 'ink') : scale('color', 'paper')"
    )
    if not two_lines:
        # Empty cells stay empty: among a hundred of them the errors stand out.
        some = alt.Chart(frame[frame["count"] > 0])
        return [some.mark_text(color=color).encode(x, y, alt.Text("count:Q", format=","))]
    known = alt.Chart(frame[frame["share_text"] != ""])
    share = known.mark_text(color=color, dy=-8, fontSize=15, fontWeight=600)
    count = alt.Chart(frame).mark_text(color=color, dy=10)
    return [
        share.encode(x, y, alt.Text("share_text:N")),
        count.encode(x, y, alt.Text("count:Q", format=",")),
    ]


def confusions_chart(top: pd.DataFrame) -> Any:
    """Draw the most frequent errors as bars; `top` is from `confusions`."""
    longest = float(top["count"].max())
    x = alt.X(
        "count:Q",
        scale=alt.Scale(domain=[0, longest * (1 + TEXT_ROOM)], nice=False),
        axis=None,
    )
    y = alt.Y(
        "pair:N",
        sort=top["pair"].tolist(),
        axis=alt.Axis(title=None, labelPadding=8, labelLimit=280),
    )
    bars = alt.Chart(top).mark_bar(height={"band": 0.6}).encode(x, y)
    text = alt.Chart(top).mark_text(align="left", baseline="middle", dx=6)
    chart = alt.layer(
        as_role(bars, "quantity"), as_role(text.encode(x, y, alt.Text("text:N")), "ink")
    )
    return finish(chart, height=28 * max(len(top), 2))


class Confusion(Diagnostic):
    """Confusion matrix, or the most frequent confusions of many categories."""

    code = "confusion"
    title = "Confusion matrix"
    section = Section.CASES
    kinds = CATEGORICAL

    def question(self, part: RunPart) -> str:
        return "Which categories does it confuse?"

    def caption(self, part: RunPart) -> str:
        if self._listed(part):
            text = "Observed → predicted, with the share of the observed category"
        else:
            text = "Each row is what was observed; colour is the share of the row"
        return f"{text}; {part.name} part." + weighted_words(part, "Shares, not counts,")

    def alt(self, part: RunPart) -> str:
        frame = self.frame(part)
        right = int(frame.loc[frame["row"] == frame["column"], "count"].sum())
        cases = plural(int(frame["count"].sum()), "case")
        text = f"Of {cases} {right:,} {'is' if right == 1 else 'are'} predicted correctly."
        top = confusions(frame, 3)
        if top.empty:
            return text
        listed = ", ".join(f"{r.pair} {r.text}" for r in top.itertuples())
        return f"{text} Most frequent errors (observed → predicted): {listed}."

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part)
        if reason is None and self._listed(part) and confusions(self.frame(part)).empty:
            return "No case is predicted wrongly."
        return reason

    def frame(self, part: RunPart) -> pd.DataFrame:
        return confusion_frame(part.observed, part.predicted, part.coding.labels, part.weight)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return confusions_chart(confusions(frame)) if self._listed(part) else matrix_chart(frame)

    def _listed(self, part: RunPart) -> bool:
        return len(part.coding.labels) > MOST_CELLS_WIDE
