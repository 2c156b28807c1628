"""How loss and main metric went from epoch to epoch, and where they turned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.checks.finding import NotApplicable
from dnn_core.checks.over_fitting import CHECK as OVER_FITTING
from dnn_core.diagnostics.diagnostic import Diagnostic
from dnn_core.diagnostics.run_part import RunPart
from dnn_core.diagnostics.style import (
    AXIS_HEIGHT,
    DASHED,
    DOTTED,
    MEMBER,
    POINT_SIZE,
    SHADE,
    STRONG,
    THIN,
    as_role,
    by_role,
    finish,
    nice_domain,
    one_row,
    significant,
    spread,
    ticks,
    with_halo,
)
from dnn_core.runs.run import Run
from dnn_core.specs import Kind
from dnn_core.training.history import best_epoch

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

SMALLEST_SPAN = 0.1
"""The axis covers at least this share of its values, so that a loss that does
not move looks like one."""

LOSSES = {
    Kind.REGRESSION: "squared error",
    Kind.BINARY: "cross-entropy",
    Kind.MULTICLASS: "cross-entropy",
}


@dataclass(frozen=True)
class Landmarks:
    """What is pointed at on a learning curve.

    Parameters
    ----------
    best : int or None
        Epoch with the lowest validation loss.
    last : int
        Last epoch that is complete.
    end : int
        Last epoch on the axis: the planned one while training, the last one after.
    after_best : str
        What the epochs after the best one are called; empty where there are none.
    members : int
    """

    best: int | None
    last: int
    end: int
    after_best: str
    members: int


def axis_end(last: int, room: float = LABEL_ROOM) -> float:
    """Right end of an epoch axis, with room for the lines' names."""
    return max(last, 2) / (1 - room)


def epoch_axis(last: int, room: float = LABEL_ROOM) -> alt.X:
    """The epochs up to `last`, at whole numbers; `room` is kept free behind them."""
    marks = [mark for mark in ticks(0, max(last, 1), 7) if mark == int(mark)]
    return alt.X(
        "epoch:Q",
        scale=alt.Scale(domain=[0, axis_end(last, room)], nice=False),
        # Without the count, the configured one would thin the marks out.
        axis=alt.Axis(values=marks, tickCount=len(marks), format="d", grid=False, title="Epoch"),
    )


def read_landmarks(run: Run) -> Landmarks:
    """Return what is to be pointed at on a run's curve; some epoch must be complete."""
    history = run.history
    live = run.status.active
    last = int(history["epoch"].max())
    best = best_epoch(history)
    name = ""
    if best is not None and best < last:
        name = "over-fitting" if not live and _over_fits(run) else "no better since"
    end = run.experiment.training.epochs if live else last
    return Landmarks(best, last, end, name, int(history["member"].nunique()))


def _over_fits(run: Run) -> bool:
    """Whether the check on over-fitting says so: one verdict for list and picture."""
    try:
        return bool(OVER_FITTING.judge(run))
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
    names = {quantity: "training", f"val_{quantity}": "validation"}
    long = history.rename(columns=names).melt(
        ["epoch", "member"], ["training", "validation"], "series", "value"
    )
    long = long[np.isfinite(long["value"].astype("float64"))]
    mean = long.groupby(["epoch", "series"], as_index=False)["value"].mean().assign(line="mean")
    tables = [mean]
    members = history["member"].nunique()
    if members > 1:
        tables.append(long.assign(line="member " + long["member"].astype(str)))
    frame = pd.concat(tables)[["epoch", "series", "line", "value"]]
    # The mean counts as a line beside those of the members.
    lines = 2 * (members + 1 if members > 1 else 1)
    kept = _thinned(history["epoch"], max(FEWEST_POINTS, MOST_POINTS // lines), best)
    return frame[frame["epoch"].isin(kept)].reset_index(drop=True)


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
    return nice_domain(low - margin, high + margin)


def end_labels(frame: pd.DataFrame, domain: tuple[float, float], height: int) -> pd.DataFrame:
    """Where the names of the lines stand: series, epoch, value, moved apart."""
    mean = frame[frame["line"] == "mean"]
    ends = mean.loc[mean.groupby("series")["epoch"].idxmax()].reset_index(drop=True)
    gap = (domain[1] - domain[0]) * LINE_HEIGHT / (height - AXIS_HEIGHT)
    ends["value"] = spread(ends["value"].tolist(), gap, *domain)
    return ends[["series", "epoch", "value"]]


def hover_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each epoch with what the tooltip says."""
    mean = frame[frame["line"] == "mean"]
    wide = mean.pivot(index="epoch", columns="series", values="value")
    return wide.reindex(columns=["training", "validation"]).reset_index()


def curve_chart(
    frame: pd.DataFrame,
    landmarks: Landmarks,
    *,
    title: str,
    low_is_good: bool,
    height: int = 250,
) -> Any:
    """Draw a learning curve.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `curve_frame`.
    landmarks : Landmarks
    title : str
        Name of the value in the tooltip.
    low_is_good : bool
        For a loss; its epochs after the best one are named as well as shaded.
    height : int
        Pixels.
    """
    domain = value_domain(frame["value"], low_is_good=low_is_good)
    x = epoch_axis(landmarks.end)
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(domain=list(domain), nice=False, zero=False),
        axis=alt.Axis(title=None),
    )
    layers = [
        *_turning_point(frame, landmarks, x, y, words=low_is_good),
        *_lines(frame, landmarks, x, y),
        _names(end_labels(frame, domain, height), x, y),
        _hover(hover_frame(frame), x, title),
    ]
    return finish(alt.layer(*layers), height=height)


def _lines(frame: pd.DataFrame, landmarks: Landmarks, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    layers = []
    single = landmarks.last <= 1
    for series, width, dash in (("training", THIN, DASHED), ("validation", STRONG, (1, 0))):
        rows = frame[frame["series"] == series]
        members = rows[rows["line"] != "mean"]
        mean = rows[rows["line"] == "mean"]
        style = {"clip": True, "strokeDash": list(dash), "interpolate": "linear"}
        if landmarks.members > 1:
            thin = alt.Chart(members).mark_line(strokeWidth=MEMBER, opacity=0.4, **style)
            layers.append(as_role(thin.encode(x, y, alt.Detail("line:N")), series))
        line = alt.Chart(mean).mark_line(strokeWidth=width, **style).encode(x, y)
        layers.append(as_role(line, series))
        if single:
            # One epoch makes no line.
            point = alt.Chart(mean).mark_point(filled=True, size=POINT_SIZE, opacity=1)
            layers.append(as_role(point.encode(x, y), series))
    return layers


def _turning_point(
    frame: pd.DataFrame, landmarks: Landmarks, x: alt.X, y: alt.Y, *, words: bool
) -> list[alt.Chart | alt.LayerChart]:
    """Rule and point at the best epoch, and the shaded epochs after it."""
    if landmarks.best is None:
        return []
    at_best = frame[
        (frame["epoch"] == landmarks.best)
        & (frame["series"] == "validation")
        & (frame["line"] == "mean")
    ]
    place = one_row(epoch=landmarks.best, last=landmarks.last)
    shade = alt.Chart(place).mark_rect(opacity=SHADE).encode(x, alt.X2("last:Q"))
    rule = alt.Chart(place).mark_rule(strokeDash=list(DOTTED), strokeWidth=1.2).encode(x)
    point = alt.Chart(at_best).mark_point(filled=True, size=POINT_SIZE, opacity=1, clip=True)
    layers = [shade, rule, point.encode(x, y)]
    drawn: list[Any] = [as_role(layer, "validation") for layer in layers]
    return drawn + (_turning_words(landmarks, x) if words else [])


def _turning_words(landmarks: Landmarks, x: alt.X) -> list[Any]:
    assert landmarks.best is not None
    # Left of the rule where there is room, else below the other words.
    early = landmarks.best < 0.3 * axis_end(landmarks.end)
    best = one_row(epoch=landmarks.best, text=f"best epoch {landmarks.best}")
    side = {"align": "left", "dx": 7} if early else {"align": "right", "dx": -6}
    layers: list[Any] = [with_halo(_words(best, x, y=15, **side))]
    if landmarks.after_best:
        after = one_row(epoch=landmarks.best, text=landmarks.after_best)
        drop = LINE_HEIGHT if early else 0
        # No halo: it would be a hole in the shade.
        layers.append(_words(after, x, y=15 + drop, align="left", dx=7, fontStyle="italic"))
    return layers


def _words(data: pd.DataFrame, x: alt.X, *, y: float, **mark: Any) -> alt.Chart:
    text = alt.Chart(data).mark_text(baseline="middle", **mark)
    placed = text.encode(x, alt.YValue(y), alt.Text("text:N"))
    return as_role(placed, "validation")


def _names(ends: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.LayerChart:
    text = alt.Chart(ends).mark_text(align="left", baseline="middle", dx=7, fontWeight="bold")
    return with_halo(text.encode(x, y, alt.Text("series:N"), by_role("series")))


def _hover(wide: pd.DataFrame, x: alt.X, title: str) -> alt.Chart:
    """Invisible rules that carry the figures of an epoch."""
    tooltip = [
        alt.Tooltip("epoch:Q", title="Epoch", format="d"),
        alt.Tooltip("training:Q", title=f"Training {title}", format=".3f"),
        alt.Tooltip("validation:Q", title=f"Validation {title}", format=".3f"),
    ]
    rule = alt.Chart(wide).mark_rule(opacity=0, strokeWidth=9, aria=False)
    return rule.encode(x, tooltip=tooltip)


class LearningCurve(Diagnostic):
    """Loss by epoch."""

    code = "learning_curve"
    quantity: Quantity = "loss"

    def obstacle(self, part: RunPart) -> str | None:
        return "No epoch is complete yet." if part.history.empty else None

    def question(self, part: RunPart) -> str:
        return "Is the error still falling?" if part.live else "When did it stop learning?"

    def caption(self, part: RunPart) -> str:
        name = "" if part.kind is None else f" ({LOSSES[part.kind]})"
        return f"Loss{name}, lower is better. The best epoch's weights are kept."

    def alt(self, part: RunPart) -> str:
        landmarks = read_landmarks(part.run)
        text = f"Training and validation loss over {landmarks.last} epochs"
        if landmarks.best is None:
            return f"{text}; the loss is no finite number."
        history = part.history
        lowest = history.loc[history["epoch"] == landmarks.best, "val_loss"].mean()
        text += f"; validation loss is lowest in epoch {landmarks.best}, at {significant(lowest)}"
        return f"{text}, then {landmarks.after_best}." if landmarks.after_best else f"{text}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        return curve_frame(part.history, self.quantity, best_epoch(part.history))

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return curve_chart(
            frame,
            read_landmarks(part.run),
            title="loss",
            low_is_good=True,
            height=280 if part.live else 250,
        )


class MetricCurve(LearningCurve):
    """Main metric by epoch."""

    code = "metric_curve"
    quantity = "metric"

    def question(self, part: RunPart) -> str:
        match part.kind:
            case Kind.REGRESSION:
                return "How much does it account for?"
            case Kind.BINARY:
                return "Does it rank the cases correctly?"
            case Kind.MULTICLASS:
                return "How often is it right?"
            case None:
                return "How well does it predict?"

    def caption(self, part: RunPart) -> str:
        if part.metric is None:
            return "The main metric of the task."
        direction = "higher" if part.metric.higher_is_better else "lower"
        text = f"{part.metric.title}, {direction} is better"
        if part.metric.chance is None:
            return f"{text}."
        return f"{text}; {part.metric.chance:g} is chance."

    def alt(self, part: RunPart) -> str:
        last = part.history.groupby("epoch")["val_metric"].mean().iloc[-1]
        title = part.metric.title if part.metric else "Main metric"
        epochs = int(part.history["epoch"].max())
        return (
            f"{title} over {epochs} epochs; on the validation part it ends at {significant(last)}."
        )

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        metric = part.metric
        return curve_chart(
            frame,
            read_landmarks(part.run),
            title=metric.title if metric else "metric",
            low_is_good=metric is not None and not metric.higher_is_better,
            height=280 if part.live else 250,
        )
