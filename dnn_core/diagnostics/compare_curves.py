"""Validation loss of several runs over each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.marks.epochs import LINE_HEIGHT, MOST_POINTS, epoch_axis, value_domain
from dnn_core.diagnostics.marks.style import (
    AXIS_HEIGHT,
    DOTTED,
    LINE_KEYS,
    POINT_SIZE,
    THIN,
    as_role,
    by_role,
    finish,
    significant,
    spread,
)
from dnn_core.runs.run import Run
from dnn_core.training.best_epochs import BestEpochs
from dnn_core.training.history import mean_history

COLUMNS = ["run", "name", "role", "epoch", "value", "best"]

HEIGHT = 280

NAME_ROOM = 0.24
"""Share of the width kept free for names and figures."""


def compare_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """Validation loss by epoch, mean over the members.

    Returns
    -------
    pandas.DataFrame
        run (id), name, role, epoch, value, best (bool). Runs beyond the fifth are
        grey; a run without a finite loss is left out.
    """
    tables = []
    most = max(20, MOST_POINTS // max(len(runs), 1))
    for position, run in enumerate(runs):
        history = run.history
        mean = mean_history(history)["val_loss"]
        mean = mean[np.isfinite(mean)]
        if mean.empty:
            continue
        best = BestEpochs.so_far(history).middle
        step = math.ceil(len(mean) / most)
        kept = mean.index[::step].union(mean.index[-1:])
        if best is not None:
            kept = kept.union([best])
        table = mean.loc[kept].rename("value").reset_index()
        role = LINE_KEYS[position] if position < len(LINE_KEYS) else "reference"
        tables.append(
            table.assign(run=run.id, name=run.notes.name, role=role, best=table["epoch"] == best)
        )
    return (
        pd.concat(tables, ignore_index=True)[COLUMNS] if tables else pd.DataFrame(columns=COLUMNS)
    )


def compare_curves(runs: Sequence[Run]) -> Any:
    """Draw validation loss of several runs, each with its name at the end.

    Parameters
    ----------
    runs : sequence of Run
        Of one outcome, or their losses cannot be compared. Up to five have a colour.
    """
    return compare_chart(compare_frame(runs))


def compare_chart(frame: pd.DataFrame) -> Any:
    """Draw a frame from `compare_frame`."""
    domain = value_domain(frame["value"].astype("float64"), low_is_good=True)
    last = int(frame["epoch"].max()) if len(frame) else 1
    x = epoch_axis(last, NAME_ROOM)
    scale = alt.Scale(domain=list(domain), nice=False, zero=False)
    y = alt.Y("value:Q", scale=scale, axis=alt.Axis(title=None))
    tooltip = [
        alt.Tooltip("name:N", title="Run"),
        alt.Tooltip("epoch:Q", title="Epoch", format="d"),
        alt.Tooltip("value:Q", title="Validation loss", format=".3f"),
    ]
    detail = alt.Detail("run:N")
    color = by_role("role")
    base = alt.Chart(frame)
    lines = base.mark_line(strokeWidth=THIN + 0.4, clip=True).encode(x, y, color, detail)
    best = alt.Chart(frame[frame["best"].astype(bool)])
    points = best.mark_point(filled=True, size=POINT_SIZE, opacity=1, clip=True)
    hover = base.mark_point(opacity=0, size=120, clip=True, aria=False)
    return finish(
        alt.layer(
            lines,
            points.encode(x, y, color),
            *_names(name_frame(frame, domain), x, scale),
            hover.encode(x, y, tooltip=tooltip),
        ),
        height=HEIGHT,
    )


def _names(names: pd.DataFrame, x: alt.X, scale: alt.Scale) -> list[alt.Chart]:
    """Text in ink, tied to its line: not every colour of a line is dark enough for text."""
    base = alt.Chart(names)
    ties = base.mark_rule(strokeWidth=1, strokeDash=list(DOTTED), clip=True)
    text = base.mark_text(align="left", baseline="middle", dx=14, limit=150)
    pieces = base.mark_rule(strokeWidth=THIN + 0.4, xOffset=3, x2Offset=11)
    y = alt.Y("value:Q", scale=scale)
    return [
        ties.encode(
            alt.X("end:Q"),
            alt.Y("end_value:Q", scale=scale),
            by_role("role"),
            x2="epoch:Q",
            y2="value:Q",
        ),
        pieces.encode(x, y, by_role("role"), x2="epoch:Q"),
        as_role(text.encode(x, y, alt.Text("text:N")), "ink"),
    ]


def name_frame(frame: pd.DataFrame, domain: tuple[float, float]) -> pd.DataFrame:
    """Where the names stand, moved apart.

    Returns
    -------
    pandas.DataFrame
        run, text, role, epoch, value (of the name), end, end_value (of its line).
    """
    ends = frame.sort_values("epoch").groupby("run", sort=False).tail(1)
    lowest = frame.groupby("run")["value"].min()
    gap = (domain[1] - domain[0]) * LINE_HEIGHT / (HEIGHT - AXIS_HEIGHT)
    last = frame["epoch"].max()
    return pd.DataFrame(
        {
            "run": ends["run"].to_numpy(),
            "text": [
                f"{name} ({significant(lowest[run])})"
                for run, name in zip(ends["run"], ends["name"], strict=True)
            ],
            "role": ends["role"].to_numpy(),
            "epoch": np.full(len(ends), last),
            "value": spread(ends["value"].tolist(), gap, *domain),
            "end": ends["epoch"].to_numpy(),
            "end_value": ends["value"].to_numpy(),
        }
    )
