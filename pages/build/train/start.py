"""Start and stop a run."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import Outline
from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import output_for
from dnn_core.runs.execution.checkpoint import SECONDS_BETWEEN_CHECKPOINTS, continue_run, resume
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Part, Task, count_folds
from dnn_core.wording import plural
from pages.components.layout import show_notice, show_tile
from pages.session import data_cache, draft_cache, state
from pages.session.task import experiment_of


def show_start(dataset: Dataset, task: Task, run: Run | None) -> None:
    """The button that trains the draft; while a run is active, only a draft that differs."""
    draft = state.draft()
    experiment = experiment_of(draft, task, draft_cache.answers_in_force(dataset, task, draft))
    if run is None:
        label = "Train"
    elif not run.status.active:
        label = "Train again"
    elif differs(experiment, run):
        label = "Queue the changed network"
    else:
        return
    kind: Literal["primary", "secondary"] = (
        "primary" if run is None or not (run.status.active or run.status.done) else "secondary"
    )
    if st.button(label, type=kind, icon=":material/play_arrow:", key="start"):
        # Fails here, with the page still in place, rather than in the worker.
        draft_cache.sizes(dataset, task, state.draft())
        started = data_cache.workspace().new_run(dataset, experiment)
        state.open_run(started.id)
        data_cache.compute().submit(started)
        st.rerun()


def differs(experiment: Experiment, run: Run) -> bool:
    """Whether an experiment differs from that of a run.

    What a run fills in by itself, the data's fingerprint, a guessed kind of task and the
    split that the sample asks for, does not count as a difference.
    """
    asked = run.experiment
    task = experiment.task.but(kind=experiment.task.kind or asked.task.kind)
    split = experiment.split.for_task(task)
    return experiment.but(data=asked.data, task=task, split=split) != asked


def show_stop(run: Run) -> None:
    """The button that ends training and keeps the best epoch so far."""
    asked = run.stop_requested
    label = "Stopping …" if asked else "Stop, keep best epoch"
    # A callback runs before anything else; a click read in the script could be lost when
    # the live view asks for a rerun of its own at the same moment.
    st.button(
        label,
        icon=":material/stop_circle:",
        disabled=asked,
        key=f"stop-{run.id}",
        on_click=lambda: data_cache.compute().stop(run),
    )


def show_kill(run: Run) -> None:
    """The button that ends a run that does not react; its training so far is lost."""
    with st.container(horizontal=True, vertical_alignment="center"):
        show_notice("It does not react.", "Ending its process loses what it has learned so far.")
        if st.button("End it now", icon=":material/dangerous:", key=f"kill-{run.id}"):
            data_cache.compute().kill(run)
            st.rerun()


def show_resume(run: Run) -> None:
    """The button that resumes an interrupted run."""
    with st.container(horizontal=True, vertical_alignment="center"):
        show_notice(
            "It can continue from its last checkpoint.",
            f"At most {SECONDS_BETWEEN_CHECKPOINTS:.0f} seconds of training are lost.",
        )
        if st.button("Resume", type="primary", icon=":material/resume:", key=f"resume-{run.id}"):
            resume(run)
            data_cache.compute().submit(run)
            st.rerun()


def show_continue(run: Run) -> None:
    """The way to train a finished run for more epochs, as a run of its own."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        more = st.number_input(
            "More epochs",
            min_value=1,
            max_value=5000,
            value=min(50, run.status.epochs),
            step=1,
            width=160,
            help="A new run continues where this one ended, as if it had never stopped.",
            key=f"more-{run.id}",
        )
        if st.button("Continue", icon=":material/fast_forward:", key=f"continue-{run.id}"):
            follower = continue_run(data_cache.workspace(), run, int(more))
            state.open_run(follower.id)
            data_cache.compute().submit(follower)
            st.rerun()


def show_plan(task: Task, sizes: Outline) -> None:
    """One line on what a click on Train will do."""
    draft = state.draft()
    parameters = count_parameters(draft.network, sizes.inputs, output_for(sizes.target))
    training = draft.training
    tiles = st.columns(4, gap="small")
    with tiles[0]:
        show_tile("Outcome", task.target, sizes.target.kind.label)
    with tiles[1]:
        times = f"{training.members} × " if training.members > 1 else ""
        show_tile(
            "Network",
            times + draft.network.summary().split(",")[0],
            f"{plural(parameters, 'parameter')}{' each' if times else ''}",
        )
    with tiles[2]:
        stopping = (
            f"patience {training.patience}" if training.early_stopping else "no early stopping"
        )
        show_tile("Epochs", f"at most {training.epochs:,}", stopping)
    with tiles[3]:
        cases = sizes.cases
        in_turns = count_folds(draft.split, training) > 0
        validation = "in turns" if in_turns else f"{cases[Part.VALIDATION]:,}"
        show_tile(
            "Training cases",
            f"{cases[Part.TRAINING]:,}",
            f"validation {validation} · test {cases[Part.TEST]:,}, sealed",
        )
