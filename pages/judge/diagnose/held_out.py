"""The sealed test part: opened once, on purpose, and on record."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dnn_core.runs.held_out import describe_tried, opened_at, tried_before
from dnn_core.runs.run import Run
from pages.components.layout import problems_shown
from pages.session import run_cache


def show_test_set(run: Run) -> None:
    """The button that opens the test part, after asking once."""
    if st.button("Open the test part", icon=":material/lock:"):
        _ask(run)


@st.dialog("Open the test part?", icon=":material/lock:")
def _ask(run: Run) -> None:
    held_out, tried = run.held_out, run_cache.tried(run)
    used = "not been used so far" if not tried.openings else "not been used by this run"
    st.markdown(
        f"{_cases_have(held_out.cases)} {used}. Their figures are honest only once: if you "
        "change the network after seeing them, they become a second validation part."
    )
    st.caption(
        f"They were chosen on {date(held_out.held_out_at)}, before training began. Recorded with "
        "the run, and printed on all that you take away from it: the date of opening, and that "
        f"it came after {describe_tried(tried)}."
    )
    with st.container(horizontal=True):
        if st.button("Open it", type="primary"):
            with problems_shown():
                with st.spinner("Scoring the test part …"):
                    run_cache.open_test(run)
                st.rerun()
        if st.button("Keep it sealed"):
            st.rerun()


def _cases_have(count: int) -> str:
    return "The test case has" if count == 1 else f"The {count:,} test cases have"


def show_opening(run: Run) -> None:
    """When the test part was opened, where it was."""
    for opening in run.openings:
        st.caption(
            f":material/lock_open: Test part opened on {date(opened_at(opening))}, after "
            f"{describe_tried(tried_before(opening))}."
        )


def date(moment: datetime) -> str:
    """A moment as a person writes it."""
    return f"{moment:%d %B %Y, %H:%M} UTC"
