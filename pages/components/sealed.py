"""The sealed test part: opened once, on purpose, and on record."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dnn_core.runs.run import Run
from pages.components import services
from pages.components.layout import problems_shown


def show_seal(run: Run) -> None:
    """The button that opens the test part, after asking once."""
    if st.button("Open the test part", icon=":material/lock:"):
        _ask(run)


@st.dialog("Open the test part?", icon=":material/lock:")
def _ask(run: Run) -> None:
    before = services.runs_before(run)
    cases = run.facts.cases["test"]
    st.markdown(
        f"The {cases:,} test cases have not been used so far. Their figures are honest only once: "
        "if you change the network after seeing them, they become a second validation part."
    )
    st.caption(
        f"Recorded with the run: the date, and that {before} "
        f"run{'' if before == 1 else 's'} on these data came before it."
    )
    with st.container(horizontal=True):
        if st.button("Open it", type="primary"):
            with problems_shown():
                with st.spinner("Scoring the test part …"):
                    services.open_test(run, before)
                st.rerun()
        if st.button("Keep it sealed"):
            st.rerun()


def show_opening(run: Run) -> None:
    """When the test part was opened, where it was."""
    for opening in run.openings:
        date = datetime.fromisoformat(opening["opened_at"]).strftime("%d %B %Y, %H:%M UTC")
        st.caption(
            f":material/lock_open: Test part opened on {date}, after {opening['runs_before']} "
            "other runs on these data."
        )
