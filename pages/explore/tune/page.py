"""The page Tune: try many configurations, and adopt one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from dnn_core.runs.records import State
from dnn_core.tuning.study import Study
from dnn_core.wording import plural
from pages.components.damaged import show_damaged_studies
from pages.components.layout import show_empty, show_header
from pages.components.text import duration
from pages.explore.tune.study_actions import show_keeping, show_taking
from pages.explore.tune.study_form import show_form, study_of
from pages.explore.tune.study_view import show_ended, show_going_on
from pages.session import data_cache, draft_cache, state, study_cache
from pages.session.task import experiment_of, kind_of, task_of


def _chosen(studies: list[Study]) -> Study | None:
    """The study that is shown; None for a new one."""
    if not studies:
        return None
    names = {study.id: study.status.name for study in studies}
    asked = state.recall("study") or _latest(studies)
    options = [study_cache.NEW, *names]
    picked = st.selectbox(
        "Study",
        options,
        index=options.index(asked) if asked in options else 0,
        format_func=lambda one: "New study" if one == study_cache.NEW else names[one],
        key=state.key(f"study-{len(studies)}"),
        width=260,
    )
    state.remember("study", picked)
    return next((study for study in studies if study.id == picked), None)


def _latest(studies: list[Study]) -> str:
    """The latest study on the data of this session, or on any where there are none."""
    dataset = data_cache.dataset(state.draft())
    fitting = (
        study.id
        for study in studies
        if dataset is None or study.asked.experiment.data == dataset.fingerprint
    )
    return next(fitting, study_cache.NEW)


def _show_new() -> None:
    draft = state.draft()
    dataset = data_cache.dataset(draft)
    task = None if dataset is None else task_of(draft, dataset)
    if dataset is None or task is None:
        show_empty(
            "There is nothing to tune yet",
            "Choose the data, then the outcome and its predictors. The search starts from the "
            "network on Network.",
            page="data" if dataset is None else "variables",
            action="Choose data" if dataset is None else "Choose the outcome",
        )
        return
    experiment = experiment_of(draft, task, draft_cache.answers_in_force(dataset, task, draft))
    asked = show_form(dataset, kind_of(task, dataset), study_of(experiment))
    networks = asked.total * asked.folds * asked.seeds
    seconds = study_cache.estimate(asked, draft_cache.sizes(dataset, task, draft))
    if asked.minutes is not None:
        seconds = min(seconds, 60 * asked.minutes)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Start the study", type="primary", icon=":material/play_arrow:"):
            study = study_cache.start(dataset, asked)
            state.remember("study", study.id)
            st.rerun()
        st.caption(
            f"{plural(asked.total, 'configuration')}, {plural(networks, 'network')}. "
            f"About {duration(seconds)}; you may leave the page meanwhile."
        )


def _show_stop(study: Study) -> None:
    st.button(
        "Stopping …" if study.stop_requested else "Stop",
        icon=":material/stop_circle:",
        disabled=study.stop_requested,
        on_click=lambda: study_cache.stop(study),
    )


def _actions(study: Study | None) -> list[Callable[[], None]]:
    """At most two buttons in the header."""
    if study is None:
        return []
    if study.status.active:
        return [partial(_show_stop, study)]
    result = study_cache.reading(study)
    if result is None:
        return []
    facts = result.facts
    best = [lambda: show_taking(study, facts["best"], "Take the best", key="best")]
    if facts["simplest"] == facts["best"]:
        return [
            lambda: show_taking(study, facts["best"], "Take the best", key="best", primary=True)
        ]
    return [
        *best,
        lambda: show_taking(
            study, facts["simplest"], "Take the simplest", key="simplest", primary=True
        ),
    ]


def _going_on_help(study: Study) -> str:
    missing = "Tries the configurations that are missing"
    if study.asked.minutes is None:
        return f"{missing}."
    minutes = "minute" if study.asked.minutes == 1 else "minutes"
    return f"{missing}, for {study.asked.minutes:g} {minutes} more."


studies = study_cache.studies()
# The header stands first and speaks of the study that is chosen below it.
top = st.container()
study = _chosen(studies)
broken = None if study is None else study_cache.damage_of(study)
with top:
    show_header(
        "Tune",
        "Try many configurations and take the simplest that is as good as the best.",
        *([] if broken else _actions(study)),
    )
show_damaged_studies([*([broken] if broken else []), *study_cache.damaged()])
if study is None:
    _show_new()
elif broken:
    st.caption("Choose another study above, or a new one.")
elif study.status.active:
    show_going_on(study)
else:
    show_ended(study)
    status = study.status
    whole = status.trials == study.asked.total and status.state is State.FINISHED
    if not whole and st.button("Go on", icon=":material/resume:", help=_going_on_help(study)):
        study_cache.go_on(study)
        st.rerun()
    show_keeping(study)
