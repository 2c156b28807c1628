"""What can be done with a study that has ended."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset_files import load_dataset
from dnn_core.specs import Experiment
from dnn_core.tuning.study import Study
from pages.components.layout import problems_shown
from pages.components.text import escape
from pages.session import data_cache, state, study_cache
from pages.session.state import DataChoice
from pages.session.task import roles_in, task_of
from pages.shell.navigation import PAGES


def show_taking(study: Study, number: int, label: str, *, key: str, primary: bool = False) -> None:
    """The button that makes a configuration the session's draft and leads to Train."""
    if st.button(
        label,
        type="primary" if primary else "secondary",
        icon=":material/check:",
        key=f"take-{key}",
    ):
        with problems_shown():
            trial = next(t for t in study_cache.trials(study) if t.number == number)
            _adopt(study.experiment(trial))
            st.switch_page(PAGES["train"])


def show_keeping(study: Study) -> None:
    """Rename, search the same again, delete."""
    with st.expander("Rename, repeat or delete this study"):
        before = study.status.name
        name = st.text_input("Name", before, max_chars=60, key=state.key(f"name-{study.id}"))
        if name.strip() not in ("", before):
            study.update(name=name.strip())
            st.rerun()
        with st.container(horizontal=True, gap="xsmall"):
            if st.button(
                "Search again",
                icon=":material/replay:",
                help="A new study that asks the same, to change and start.",
            ):
                with problems_shown():
                    _adopt(study.asked.experiment)
                    state.renew(study=study.asked)
                    state.remember("study", study_cache.NEW)
                    st.rerun()
            if st.button("Delete for good", icon=":material/delete:"):
                _confirm(study)


def _adopt(experiment: Experiment) -> None:
    """Make an experiment of the study the draft.

    Where the session works on the same data and task, only what a study can vary changes;
    else the experiment is applied as a whole.
    """
    draft = state.draft()
    dataset = data_cache.dataset(draft)
    task = None if dataset is None else task_of(draft, dataset)
    asked = experiment.task
    alike = task is not None and (task.target, task.features) == (asked.target, asked.features)
    if dataset is not None and dataset.fingerprint == experiment.data and alike:
        state.renew(
            network=experiment.network, training=experiment.training, encoding=experiment.encoding
        )
        return
    data = str(experiment.data)
    names = load_dataset(data_cache.workspace().datasets / data).names
    state.adopt(experiment, DataChoice("kept", data), roles_in(asked, names))


@st.dialog("Delete for good?")
def _confirm(study: Study) -> None:
    st.markdown(
        f"**{escape(study.status.name)}** with its configurations and predictions cannot be "
        "restored. The record of what was tried keeps them, and runs that were made from it stay."
    )
    if st.button("Delete for good", type="primary", key="confirm-delete"):
        with problems_shown():
            data_cache.workspace().delete_study(study.directory)
            state.remember("study", None)
            state.renew()
            st.rerun()
