"""The epochs of a run as they are drawn: lines, landmarks, axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.audit.finding import NotApplicable
from dnn_core.checks.over_fitting import CHECK as OVER_FITTING
from dnn_core.diagnostics.marks.style import nice_domain, number_axis, ticks
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.run import Run
from dnn_core.training.best_epochs import BestEpochs
from dnn_core.training.history import mean_history

Quantity = Literal["loss", "metric"]

MOST_POINTS = 500
"""Points drawn in all; a live chart with more of them stutters."""

FEWEST_POINTS = 20
"""Points of one line, however many members there are."""

OUTLYING = 3.0
"""The axis ends where values lie more than this many times as far from the
good end as nine tenths of them do, so that one early spike does not flatten
all the rest. A convention of this project."""

LABEL_ROOM = 0.19
"""Share of the width kept free at the right for the names of the lines."""

LINE_HEIGHT = 16
"""Pixels between the names of two lines."""

FEWEST_EPOCHS = 10
"""Where the axis of a run that trains ends at first."""

SMALLEST_SPAN = 0.1
"""The axis covers at least this share of its values, so that a loss that does
not move looks like one."""


@dataclass(frozen=True)
class Landmarks:
    """What is pointed at on a learning curve.

    Parameters
    ----------
    best : BestEpochs
        Of each network the epoch with the lowest validation loss.
    last : int
        Last epoch that is complete.
    end : int
        Last epoch on the axis: while training the one of `growing_end`, the last one after.
    after_best : str
        What the epochs are called after which no network became better; empty where there
        are none.
    members : int
    """

    best: BestEpochs
    last: int
    end: int
    after_best: str
    members: int


def growing_end(last: int, planned: int) -> int:
    """Last epoch on the axis of a run that trains: the axis grows with the epochs reached.

    It doubles, so that the lines take at least half of it and yet seldom jump.

    Examples
    --------
    >>> growing_end(3, 200), growing_end(11, 200), growing_end(170, 200)
    (10, 20, 200)
    """
    end = FEWEST_EPOCHS
    while end < last:
        end *= 2
    return min(end, max(planned, last))


def axis_end(last: int, room: float = LABEL_ROOM) -> float:
    """Right end of an epoch axis, with room for the lines' names."""
    return max(last, 2) / (1 - room)


def epoch_axis(last: int, room: float = LABEL_ROOM) -> alt.X:
    """The epochs up to `last`, at whole numbers; `room` is kept free behind them."""
    marks = [mark for mark in ticks(0, max(last, 1), 7) if mark == int(mark)]
    return alt.X(
        "epoch:Q",
        scale=alt.Scale(domain=[0, axis_end(last, room)], nice=False),
        axis=number_axis(marks, grid=False, title="Epoch"),
    )


def read_landmarks(part: RunPart) -> Landmarks:
    """Return what is to be pointed at on a run's curve; some epoch must be complete."""
    # One look at the history for all that is drawn: meanwhile the run may go on.
    history = part.history
    last = int(history["epoch"].max())
    best = BestEpochs.so_far(history)
    name = ""
    if best.last is not None and best.last < last:
        name = "over-fitting" if not part.live and _over_fits(part.run) else "no better since"
    end = growing_end(last, part.run.experiment.training.epochs) if part.live else last
    return Landmarks(best, last, end, name, int(history["member"].nunique()))


def _over_fits(run: Run) -> bool:
    """Whether the check on over-fitting says so: one verdict for list and picture."""
    try:
        return bool(OVER_FITTING.findings_of(run))
    except NotApplicable:
        return False


def curve_frame(history: pd.DataFrame, quantity: Quantity, best: int | None) -> pd.DataFrame:
    """Lines of a learning curve, thinned to about `MOST_POINTS` points.

    Parameters
    ----------
    history : pandas.DataFrame
        Columns as in `EpochRecord`.
    quantity : str
        “loss” or “metric”.
    best : int or None
        This epoch and the last one are always kept.

    Returns
    -------
    pandas.DataFrame
        epoch, series (“training” or “validation”), line (“mean” over the members,
        or “member 1” and so on where there are several), value. What is no
        finite number is left out.
    """
    long = _long(history, quantity)
    tables = [_long(mean_history(history).reset_index(), quantity).assign(line="mean")]
    members = history["member"].nunique()
    if members > 1:
        tables.append(long.assign(line="member " + long["member"].astype(str)))
    frame = pd.concat(tables)[["epoch", "series", "line", "value"]]
    # The mean counts as a line beside those of the members.
    lines = 2 * (members + 1 if members > 1 else 1)
    kept = _thinned(history["epoch"], max(FEWEST_POINTS, MOST_POINTS // lines), best)
    return frame[frame["epoch"].isin(kept)].reset_index(drop=True)


def _long(history: pd.DataFrame, quantity: Quantity) -> pd.DataFrame:
    """One row for each point: series and value beside epoch and, where there is one, member."""
    names = {quantity: "training", f"val_{quantity}": "validation"}
    keys = [name for name in ("epoch", "member") if name in history]
    long = history.rename(columns=names).melt(keys, list(names.values()), "series", "value")
    return long[np.isfinite(long["value"].astype("float64"))]


def _thinned(epochs: pd.Series, most: int, best: int | None) -> list[int]:
    """At most about `most` epochs, evenly spread, the best and the last one among them."""
    distinct = np.sort(epochs.unique())
    step = math.ceil(len(distinct) / most)
    kept = {*distinct[::step].tolist(), *distinct[-1:].tolist()}
    return sorted(kept | ({best} if best is not None else set()))


def value_domain(values: pd.Series, *, low_is_good: bool) -> tuple[float, float]:
    """Range of the value axis, cut at the bad end if a few values lie far out.

    Parameters
    ----------
    values : pandas.Series
        Finite; may be empty.
    low_is_good : bool
        Whether the spikes are at the top (a loss) or at the bottom (a metric).
    """
    if values.empty:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if low_is_good:
        reach = float(values.quantile(0.9)) - low
        high = min(high, low + OUTLYING * reach) if reach > 0 else high
    else:
        reach = high - float(values.quantile(0.1))
        low = max(low, high - OUTLYING * reach) if reach > 0 else low
    missing = SMALLEST_SPAN * max(abs(low), abs(high)) - (high - low)
    margin = max(0.0, missing) / 2
    # No main metric can be above 1.
    beyond = 0.0 if low_is_good or high > 1 else max(0.0, high + margin - 1)
    return nice_domain(low - margin - beyond, high + margin - beyond)
