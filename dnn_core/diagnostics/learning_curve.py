"""Learning curves: loss and main metric by epoch, with the best epochs."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, chance_words
from dnn_core.diagnostics.marks.epochs import (
    LINE_HEIGHT,
    Landmarks,
    Quantity,
    axis_end,
    curve_frame,
    epoch_axis,
    read_landmarks,
    value_domain,
)
from dnn_core.diagnostics.marks.style import (
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
    one_row,
    significant,
    spread,
    with_halo,
)
from dnn_core.outcome.kinds import outcome_of
from dnn_core.runs.part_view import RunPart
from dnn_core.training.best_epochs import BestEpochs, kept_figures
from dnn_core.training.history import mean_history
from dnn_core.wording import plural

CHARACTER_ROOM = 0.017
"""Share of the width that a letter takes: where words have no room left of the best epoch, they
stand at its right."""


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
    """Rule and point at the best epoch, of several networks at the middle one.

    Shaded are the epochs after which no network became better.
    """
    middle = landmarks.best.middle
    if middle is None:
        return []
    at_best = frame[
        (frame["epoch"] == middle) & (frame["series"] == "validation") & (frame["line"] == "mean")
    ]
    place = one_row(epoch=middle)
    after = one_row(epoch=landmarks.best.last, last=landmarks.last)
    shade = alt.Chart(after).mark_rect(opacity=SHADE).encode(x, alt.X2("last:Q"))
    rule = alt.Chart(place).mark_rule(strokeDash=list(DOTTED), strokeWidth=1.2).encode(x)
    point = alt.Chart(at_best).mark_point(filled=True, size=POINT_SIZE, opacity=1, clip=True)
    layers = [shade, rule, point.encode(x, y)]
    drawn: list[Any] = [as_role(layer, "validation") for layer in layers]
    return drawn + (_turning_words(landmarks, x) if words else [])


def _turning_words(landmarks: Landmarks, x: alt.X) -> list[Any]:
    middle, words = landmarks.best.middle, landmarks.best.words
    assert middle is not None
    # Left of the rule where there is room, else above the other words.
    early = middle < CHARACTER_ROOM * len(words) * axis_end(landmarks.end)
    best = one_row(epoch=middle, text=words)
    side = {"align": "left", "dx": 7} if early else {"align": "right", "dx": -6}
    layers: list[Any] = [with_halo(_words(best, x, y=15, **side))]
    if landmarks.after_best:
        after = one_row(epoch=landmarks.best.last, text=landmarks.after_best)
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
    title = "Learning curve"
    section = Section.LEARNING
    quantity: Quantity = "loss"

    def obstacle(self, part: RunPart) -> str | None:
        return "No epoch is complete yet." if part.history.empty else None

    def question(self, part: RunPart) -> str:
        return "Is the error still falling?" if part.live else "When did it stop learning?"

    def caption(self, part: RunPart) -> str:
        several = part.run.experiment.training.members > 1
        kept = (
            "Thin lines: single networks, of which each keeps its best epoch; bold line: their "
            "mean."
            if several
            else "The best epoch's weights are kept."
        )
        penalised = part.run.experiment.network.penalised
        without = " without the penalty on large weights" if penalised else ""
        return f"Loss ({outcome_of(part.kind).loss_words}){without}, lower is better. {kept}"

    def alt(self, part: RunPart) -> str:
        landmarks = read_landmarks(part)
        text = f"Training and validation loss over {plural(landmarks.last, 'epoch')}"
        if not landmarks.best.epochs:
            return f"{text}; the loss is not a finite number."
        lowest = significant(float(kept_figures(part.history)["val_loss"]))
        text += f"; validation loss is lowest, at {lowest}, in the {landmarks.best.words}"
        return f"{text}, then {landmarks.after_best}." if landmarks.after_best else f"{text}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        return curve_frame(part.history, self.quantity, BestEpochs.so_far(part.history).middle)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return curve_chart(
            frame,
            read_landmarks(part),
            title="loss",
            low_is_good=True,
            height=280 if part.live else 250,
        )


class MetricCurve(LearningCurve):
    """Main metric by epoch."""

    code = "metric_curve"
    title = "Main metric by epoch"
    section = Section.LEARNING
    quantity = "metric"

    def question(self, part: RunPart) -> str:
        return outcome_of(part.kind).question

    def caption(self, part: RunPart) -> str:
        direction = "higher" if part.metric.higher_is_better else "lower"
        words = chance_words(part)
        return f"{part.metric.title}, {direction} is better{'; ' + words if words else ''}."

    def alt(self, part: RunPart) -> str:
        last = mean_history(part.history)["val_metric"].iloc[-1]
        epochs = int(part.history["epoch"].max())
        return (
            f"{part.metric.title} over {plural(epochs, 'epoch')}; "
            f"on the validation part it ends at {significant(last)}."
        )

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return curve_chart(
            frame,
            read_landmarks(part),
            title=part.metric.title,
            low_is_good=not part.metric.higher_is_better,
            height=280 if part.live else 250,
        )
