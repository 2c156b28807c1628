"""Is the search still getting better? Every configuration, in the order they were tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.diagnostics.marks.style import (
    DASHED,
    STRONG,
    THIN,
    as_role,
    finish,
    nice_domain,
    number_axis,
    one_row,
    significant,
    ticks,
)
from dnn_core.outcome.metrics import Metric
from dnn_core.tuning.trial import Trial
from dnn_core.wording import plural

HEIGHT = 260

QUANTILE_SHOWN = 0.9
"""Configurations worse than nine tenths of all would squeeze the others."""


def draw_history(trials: Sequence[Trial], measure: Metric, current: float | None) -> Picture | None:
    """Draw the trials that were evaluated on all folds; None where there is none.

    `current` is the figure of the current experiment.
    """
    frame = history_frame(trials, measure)
    if frame.empty:
        return None
    dashed = "" if current is None else " Dashed: the current experiment, with one network."
    best = frame["best"].iloc[-1]
    return Picture(
        code="study_history",
        question="Is the search still getting better?",
        caption=f"{measure.title} of each configuration on the rows left out, and the best one so "
        f"far.{dashed}",
        chart=_chart(frame, measure, current),
        alt=f"{measure.title} of {plural(len(frame), 'configuration')}; the best so far has "
        f"{significant(float(best))} since number "
        f"{int(frame.loc[frame['best'].eq(best), 'trial'].iloc[0])}.",
        frame=frame,
    )


def history_frame(trials: Sequence[Trial], measure: Metric) -> pd.DataFrame:
    """trial, value, best (so far), in the order of their numbers."""
    rows = [(t.number, t.value) for t in trials if t.complete and t.value is not None]
    frame = pd.DataFrame(rows, columns=["trial", "value"]).sort_values("trial")
    best = frame["value"].cummax() if measure.higher_is_better else frame["value"].cummin()
    return frame.assign(best=best).reset_index(drop=True)


def _chart(frame: pd.DataFrame, measure: Metric, current: float | None) -> Any:
    values = frame["value"].to_numpy()
    worst = np.quantile(values, 1 - QUANTILE_SHOWN if measure.higher_is_better else QUANTILE_SHOWN)
    shown = [*frame["best"], worst, *([] if current is None else [current])]
    low, high = nice_domain(float(min(shown)), float(max(shown)))
    y_scale = alt.Scale(domain=[low, high], nice=False, zero=False, clamp=True)
    x_scale = alt.Scale(domain=[0, int(frame["trial"].max()) + 1], nice=False)
    x = alt.X("trial:Q", scale=x_scale, axis=alt.Axis(title="Configuration", grid=False))
    y = alt.Y("value:Q", scale=y_scale, axis=number_axis(ticks(low, high), title=None))
    base = alt.Chart(frame)
    points = base.mark_point(filled=True, size=36, opacity=0.55).encode(
        x,
        y,
        tooltip=[
            alt.Tooltip("trial:Q", title="Configuration"),
            alt.Tooltip("value:Q", title=measure.title, format=".4f"),
        ],
    )
    best = base.mark_line(strokeWidth=STRONG, interpolate="step-after").encode(
        x, alt.Y("best:Q", scale=y_scale)
    )
    layers = [as_role(points, "reference"), as_role(best, "validation")]
    if current is not None:
        rule = alt.Chart(one_row(value=current)).mark_rule(
            strokeDash=list(DASHED), strokeWidth=THIN
        )
        layers.append(as_role(rule.encode(alt.Y("value:Q", scale=y_scale)), "ink"))
    return finish(alt.layer(*layers), height=HEIGHT)
