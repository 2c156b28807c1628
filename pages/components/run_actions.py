"""What can be done with one run."""

from __future__ import annotations

import streamlit as st

from dnn_core.runs.run import Run
from pages.components import services, state
from pages.components.layout import PAGES, problems_shown, show_question
from pages.components.mlflow import show_sending
from pages.components.state import DataChoice
from pages.components.task import roles_in
from pages.components.text import escape


def adopt(run: Run) -> None:
    """Make what a run asked for the session's draft.

    Raises
    ------
    UserError
        If the run's data are no longer in the workspace.
    """
    names = services.run_dataset(run).names
    state.adopt(run.experiment, DataChoice("run", run.id), roles_in(run.experiment.task, names))


def show_actions(run: Run) -> None:
    """Open, rename, note, archive, delete."""
    notes = run.notes
    show_question(
        escape(notes.name), "Opening a run makes it the one on Train, Diagnose and Predict."
    )
    left, right = st.columns([1, 1.6], gap="small")
    with left:
        name = st.text_input("Name", notes.name, max_chars=60, key=state.key(f"name-{run.id}"))
    with right:
        note = st.text_input("Note", notes.note, max_chars=500, key=state.key(f"note-{run.id}"))
    if (name.strip() or notes.name, note) != (notes.name, notes.note):
        run.annotate(name=name.strip() or notes.name, note=note)
        st.rerun()
    with st.container(horizontal=True, gap="xsmall"):
        if st.button("Open", type="primary", icon=":material/open_in_new:"):
            state.open_run(run.id)
            st.switch_page(PAGES["diagnose" if run.status.done else "train"])
        if st.button("Adopt its settings", icon=":material/content_copy:"):
            adopt(run)
            st.switch_page(PAGES["network"])
        label = "Bring back" if notes.archived else "Archive"
        if st.button(label, icon=":material/archive:"):
            run.annotate(archived=not notes.archived)
            state.renew()
            st.rerun()
        if st.button("Delete for good", icon=":material/delete:", disabled=run.status.active):
            _confirm(run)
        show_sending([run])


@st.dialog("Delete this run for good?")
def _confirm(run: Run) -> None:
    st.markdown(
        f"**{escape(run.notes.name)}** with its model and predictions cannot be brought back."
    )
    if st.button("Delete for good", type="primary", key="confirm-delete"):
        with problems_shown():
            services.workspace().delete_run(run)
            if state.draft().run_id == run.id:
                state.open_run(None)
            state.renew()
            st.rerun()
