"""A run while it trains and when it has ended."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dnn_core.checks import lead_sentence
from dnn_core.diagnostics.registry import diagnostic
from dnn_core.outcome.metrics import main_metric
from dnn_core.runs.execution.checkpoint import can_resume
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import Phase, State
from dnn_core.runs.run import Run
from dnn_core.training.best_epochs import (
    BestEpochs,
    kept_figures,
    member_epochs,
    out_of_patience,
)
from dnn_core.wording import in_sentence, interval, plain, plural
from pages.build.train.start import show_continue, show_kill, show_resume
from pages.components.layout import show_notice, show_pictures, show_tile
from pages.components.text import duration, escape, number
from pages.components.verdicts import show_lead
from pages.session import run_cache

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BEFORE_FIRST_EPOCH = 0.3
SECONDS_TO_REACT = 5.0
ENDINGS = {State.FAILED: "This run failed.", State.INTERRUPTED: "This run was interrupted."}


def show_live(run: Run) -> None:
    """Progress, tiles and curves that follow the run."""
    begun = not run.history.empty
    # Drawing costs the processor that also trains; looking whether it has begun does not.
    pace = SECONDS_BETWEEN_LOOKS if begun else SECONDS_BEFORE_FIRST_EPOCH

    @st.fragment(run_every=pace)
    def follow() -> None:
        run_cache.watch()
        part = RunPart(run)
        status, history = run.status, part.history
        if not status.active or history.empty is begun:
            st.rerun()
        if status.state is State.QUEUED:
            place = run_cache.place_in_queue(run)
            st.progress(
                0.0, text=f"**Waiting**, number {place} in the queue" if place else "Waiting"
            )
            return
        st.progress(status.share, text=_progress_words(run, history))
        evaluating = status.phase is Phase.EVALUATING
        if run.seconds_since_stop_request > SECONDS_TO_REACT and not evaluating:
            show_kill(run)
        if begun:
            _show_tiles(run, history)
            _show_curves(part)

    follow()


def show_ended(run: Run) -> None:
    """How a run ended, with its figures and curves."""
    status, part = run.status, RunPart(run)
    state_words = f"**{escape(run.notes.name)}** · {status.state.label.lower()}"
    history = part.history
    if not history.empty:
        state_words += f" after {history['epoch'].max()} of {plural(status.epochs, 'epoch')}"
    st.markdown(f"{state_words} · {duration(status.elapsed_seconds)}")
    if status.message:
        color = "red" if status.state is State.FAILED else "orange"
        icon = "error" if status.state is State.FAILED else "warning"
        show_notice(
            ENDINGS.get(status.state, "This run has ended."),
            escape(status.message),
            icon=icon,
            color=color,
        )
    if status.done:
        show_lead(lead_sentence(run, run_cache.verdicts(run).findings))
    if can_resume(run):
        show_resume(run)
    if not history.empty:
        _show_tiles(run, history)
        _show_curves(part)
    if status.done:
        show_continue(run)
    if run.log and status.state is State.FAILED:
        with st.expander("The run's log"):
            st.code(run.log, language=None)


def _progress_words(run: Run, history: pd.DataFrame) -> str:
    status = run.status
    if status.epoch == 0 or status.phase is Phase.EVALUATING:
        return f"**{status.phase.label}** …"
    words = [
        f"**Epoch {status.epoch} of {status.epochs}**",
        f"{duration(status.elapsed_seconds)} elapsed",
    ]
    if len(history) > 1 and status.epoch < status.epochs:
        pace = history["elapsed_seconds"].iloc[-1] / history["epoch"].iloc[-1]
        left = pace * (status.epochs - history["epoch"].iloc[-1])
        words.append(f"about {duration(left)} left" if left >= 1 else "almost done")
    if run.stop_requested:
        words.append("stopping")
    return " · ".join(words)


def _show_tiles(run: Run, history: pd.DataFrame) -> None:
    best, shown = BestEpochs.so_far(history), kept_figures(history)
    metric = main_metric(run.kind)
    tiles = st.columns(4, gap="small")
    with tiles[0]:
        _show_best(run, best, int(history["epoch"].max()))
    with tiles[1]:
        show_tile(
            "Validation loss",
            number(shown["val_loss"]),
            f"training {number(shown['loss'])}",
            help_text="The error on cases outside training; lower is better. With several "
            "networks it is their mean, each at its best epoch.",
        )
    with tiles[2]:
        show_tile(
            f"Validation {in_sentence(metric.title)}",
            *(
                _scored(run, metric.name)
                or (number(shown["val_metric"]), f"training {number(shown['metric'])}")
            ),
            help_text=metric.help,
        )
    with tiles[3]:
        _show_patience(run, history, shown)


def _show_best(run: Run, best: BestEpochs, last: int) -> None:
    """The best epochs so far, or in the end."""
    several = run.experiment.training.members > 1
    if run.status.active and not several:
        waited = last - (best.last or last)
        caption = f"{plural(waited, 'epoch')} ago"
    else:
        middle = f"median {best.middle} · " if several and best.epochs else ""
        caption = f"{middle}of {last:,} trained"
    show_tile(
        f"Best epoch{'s' if several else ''}{' so far' if run.status.active else ''}",
        best.figure,
        caption,
        help_text="The epoch with the lowest validation loss; its weights are kept. Each of "
        "several networks keeps its own best epoch.",
    )


def _show_patience(run: Run, history: pd.DataFrame, shown: pd.Series) -> None:
    training = run.experiment.training
    if not training.early_stopping:
        rate = plain(shown["learning_rate"], 2)
        show_tile("Learning rate", rate, "at the best epoch")
        return
    patience = plural(training.patience, "epoch")
    help_text = f"A network stops when {patience} have brought no lower validation loss."
    if training.members > 1:
        ended = out_of_patience(history, training.patience)
        show_tile(
            "Out of patience",
            f"{ended} of {training.members} networks",
            f"{patience} without improvement",
            help_text=help_text,
        )
        return
    best, last = member_epochs(history)[["best", "last"]].astype("float64").iloc[0].tolist()
    waited = 0 if math.isnan(best) else min(int(last - best), training.patience)
    show_tile("Patience", f"{waited} of {patience}", "without improvement", help_text=help_text)


def _scored(run: Run, metric: str) -> tuple[str, str] | None:
    """The figure of a finished run, which is that of all its networks together, and its interval.

    What is shown epoch by epoch is the mean of each network's own figure.
    """
    if not run.status.done:
        return None
    rows = run.metrics.query("part == 'validation' and metric == @metric")
    if rows.empty or rows[["value", "low"]].isna().any(axis=None):
        return None
    value, low, high = (float(rows[name].iloc[0]) for name in ("value", "low", "high"))
    return number(value), f"95% interval {interval(low, high)}"


def _show_curves(part: RunPart) -> None:
    st.space("xxsmall")
    show_pictures([diagnostic(code).draw(part) for code in ("learning_curve", "metric_curve")])
