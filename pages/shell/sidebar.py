"""The sidebar: navigation, and the state of the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.wording import plural
from pages.components.layout import show_problem
from pages.components.text import escape
from pages.session import data_cache, run_cache, state, study_cache
from pages.session.adopt import adopt
from pages.session.kept_draft import bring_back, stands_for_itself
from pages.session.state import Draft
from pages.session.task import target_words, task_of
from pages.shell.navigation import PAGES

SECONDS_BETWEEN_LOOKS = 2.0


def follow_link() -> None:
    """Open data and run that the address names; say so and let go of what is not there."""
    arrived = state.arrived()
    state.follow_link()
    if arrived:
        bring_back()
    try:
        run = run_cache.session_run(state.draft().run_id)
    except UserError as error:
        state.open_run(None)
        show_problem(error)
        return
    if arrived and run is not None and state.draft().choice is None:
        # A reload, or a link: go on with what the run asked for. Where its data are
        # gone, the run is shown all the same.
        with suppress(UserError):
            adopt(run)
            stands_for_itself()


def show_navigation(pages: Mapping[str, Sequence[StreamlitPage]]) -> None:
    """The grouped links; Streamlit's own grouped menu fails accessibility checks."""
    with st.sidebar, st.container(key="nav", gap="xxsmall"):
        for group, entries in pages.items():
            st.caption(group)
            for entry in entries:
                st.page_link(entry, width="stretch", query_params=state.address())


def show_standing() -> None:
    """Data, task, network and running jobs of this session, below the links.

    Called after the page, so that it shows what the page has just changed.
    """
    draft = state.draft()
    dataset, readable = None, True
    try:
        dataset = data_cache.dataset(draft)
    except UserError:
        readable = False
    with st.sidebar, st.container(key="standing", gap=None):
        st.divider()
        if not readable:
            _show_fact("Data", "cannot be read", "see the page Data")
        elif dataset is not None:
            _show_draft(draft, dataset)
        elif draft.run_id is not None:
            _show_run(data_cache.workspace().run(draft.run_id))
        else:
            _show_fact("Data", "none yet", "choose a file, a sample or MNIST")
            _show_fact("Task", "none yet")
            _show_fact("Network", "none yet")
        if data_cache.workspace().active_runs() or study_cache.active():
            _show_jobs()


def _show_draft(draft: Draft, dataset: Dataset) -> None:
    shape = (
        f"{plural(len(dataset), 'row')} × {plural(len(dataset.variables), 'variable')}"
        if dataset.images is None
        else f"{len(dataset):,} images of {dataset.images.shape[1]} × {dataset.images.shape[2]}"
    )
    _show_fact("Data", dataset.name, shape)
    task = task_of(draft, dataset)
    words = ("none yet", "choose the outcome") if task is None else target_words(dataset, task)
    _show_fact("Task", *words)
    _show_fact("Network", *draft.network.summary().split(", ", 1))


def _show_run(run: Run) -> None:
    """A run that was opened by a link, in a session that has chosen no data."""
    about, task = run.about, run.experiment.task
    _show_fact("Data", about["dataset"], f"{plural(about['rows'], 'row')}, of {run.notes.name}")
    _show_fact("Task", task.target, plural(len(task.features), "predictor"))
    _show_fact("Network", *run.experiment.network.summary().split(", ", 1))


def _show_fact(kind: str, value: str, detail: str = "") -> None:
    with st.container(gap=None, key=f"fact_{kind.lower()}"):
        st.caption(kind)
        st.markdown(f"**{escape(value)}**")
        if detail:
            st.caption(escape(detail))


@st.fragment(run_every=SECONDS_BETWEEN_LOOKS)
def _show_jobs() -> None:
    runs, studies = data_cache.workspace().active_runs(), study_cache.active()
    if not runs and not studies:
        st.rerun()
    mine = state.draft().run_id
    for run in [r for r in runs if r.id == mine] or runs[:1]:
        _show_job(run)
    if len(runs) > 1:
        st.caption(f"{len(runs)} runs are active")
    for study in studies[:1]:
        study_cache.watch(study)
        status, total = study.status, study.asked.total
        st.progress(
            status.share, text=f"Tuning · {status.trials:,} of {plural(total, 'configuration')}"
        )


def _show_job(run: Run) -> None:
    status = run.status
    words = (
        f"{status.phase.label}"
        if status.state is State.QUEUED or status.epoch == 0
        else f"Training · epoch {status.epoch} of {status.epochs}"
    )
    st.progress(status.share, text=words)
    if run.id != state.draft().run_id:
        st.page_link(PAGES["train"], label=escape(run.notes.name), query_params={"run": run.id})
