"""Take a configuration of a study over, and go on with it."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import load_dataset
from dnn_core.specs import configure
from dnn_core.tuning.study import Study
from pages.components import services, state, study_services
from pages.components.layout import PAGES, problems_shown
from pages.components.state import DataChoice
from pages.components.task import experiment_of, roles_in, task_of


def show_taking(study: Study, number: int, label: str, *, key: str, primary: bool = False) -> None:
    """The button that makes a configuration the session's draft and leads to Train."""
    if st.button(
        label,
        type="primary" if primary else "secondary",
        icon=":material/check:",
        key=f"take-{key}",
    ):
        with problems_shown():
            take(study, number)
            st.switch_page(PAGES["train"])


def take(study: Study, number: int) -> None:
    """Make a configuration the draft.

    Where the session works on the same data and task, only what the study varied changes;
    else the study's experiment is taken over as a whole.
    """
    trial = next(t for t in study_services.trials(study) if t.number == number)
    asked = study.asked.experiment
    draft = state.draft()
    found = services.dataset(draft)
    task = None if found is None else task_of(draft, found)
    if found is not None and task is not None and found.fingerprint == asked.data:
        mine = experiment_of(draft, task)
        if (task.target, task.features) == (asked.task.target, asked.task.features):
            taken = configure(
                mine.but(network=asked.network, training=asked.training, encoding=asked.encoding),
                trial.values,
            )
            state.renew(network=taken.network, training=taken.training, encoding=taken.encoding)
            return
    names = load_dataset(services.workspace().datasets / str(asked.data)).names
    state.adopt(study.experiment(trial), DataChoice("study", study.id), roles_in(asked.task, names))
