"""Losses of a small network after each step of its training."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.marks.style import (
    DASHED,
    STRONG,
    THIN,
    as_role,
    finish,
    spread,
    with_halo,
)

HEIGHT = 200

ROLE = {"batch": "reference", "training": "training", "validation": "validation"}
NAMES = {"batch": "this batch", "training": "training", "validation": "validation"}


def descent_chart(losses: pd.DataFrame) -> Any:
    """Draw the losses of the mini-batch, of all training and of the validation cases.

    Parameters
    ----------
    losses : pandas.DataFrame
        Of `dnn_core.learn.descent_path.Path`; at the start no batch has a loss.
    """
    end = max(10, int(losses["step"].max()))
    x = alt.X(
        "step:Q",
        scale=alt.Scale(domain=[0, end], nice=False),
        axis=alt.Axis(title="Step", grid=False, format="d"),
    )
    top = float(losses[list(ROLE)].max().max()) * 1.05
    y = alt.Y("loss:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=alt.Axis(title=None))
    layers: list[Any] = []
    ends = []
    for series, role in ROLE.items():
        rows = losses[["step", series]].rename(columns={series: "loss"}).dropna()
        if rows.empty:
            continue
        style = {
            "strokeWidth": STRONG if series == "validation" else THIN,
            "strokeDash": list(DASHED) if series == "training" else [1, 0],
            "opacity": 0.6 if series == "batch" else 1,
        }
        # One step makes no line.
        mark = alt.Chart(rows).mark_line(**style) if len(rows) > 1 else alt.Chart(rows).mark_point()
        layers.append(as_role(mark.encode(x, y), role))
        ends.append({"series": series, **rows.iloc[-1].to_dict()})
    gap = top * 16 / (HEIGHT - 50)
    places = spread([float(row["loss"]) for row in ends], gap, 0.0, top)
    for row, place in zip(ends, places, strict=True):
        frame = pd.DataFrame([{"step": row["step"], "loss": place, "text": NAMES[row["series"]]}])
        text = alt.Chart(frame).mark_text(
            align="left", dx=8, fontSize=12, fontWeight="bold", aria=False
        )
        layers.append(with_halo(as_role(text.encode(x, y, text="text:N"), ROLE[row["series"]])))
    chart = finish(alt.layer(*layers), height=HEIGHT)
    chart.padding = {"left": 2, "right": 78, "top": 6, "bottom": 2}
    return chart
