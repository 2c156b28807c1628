"""What is shown where the dashboard itself fails: in a page, the sidebar, a callback, a fragment.

Streamlit hands every exception of a script over to one function, wherever it was raised, and
keeps what steers a script (`st.rerun`, `st.stop`, a switch of pages) to itself.
"""

from __future__ import annotations

import secrets

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dnn_core.compute.process import code_version
from dnn_core.errors import UserError
from dnn_core.runs.faults import LOG, record_fault
from pages.components.layout import show_notice, show_problem
from pages.session import data_cache, state

FAULT = "fault"
"""What a callback failed of, kept until the script runs."""


def show_fault(error: Exception) -> bool:
    """Say calmly what happened, and what can be done.

    Returns
    -------
    bool
        True: Streamlit's own box, with links to search engines, is not to be shown.
    """
    told = error if isinstance(error, UserError) else _record(error)
    context = get_script_run_ctx()
    if context is not None and not context.has_script_started:
        # A callback: left like this, its page would not be drawn at all. The page tells it.
        state.remember(FAULT, told)
        st.rerun()
    _tell(told)
    # Any click runs the script again.
    st.button("Try again", icon=":material/refresh:", key=f"again-{secrets.token_hex(4)}")
    return True


def show_fault_before() -> None:
    """Say what a callback failed of, before the page that it belongs to."""
    told = state.recall(FAULT)
    if told is not None:
        state.remember(FAULT, None)
        _tell(told)


def _record(error: Exception) -> str:
    """The number of a fault in the log; empty where none can be written."""
    try:
        folder = data_cache.workspace().logs
    except OSError:
        # The workspace may be what fails.
        return ""
    return record_fault(error, folder, page=state.page(), program=code_version()) or ""


def _tell(told: UserError | str) -> None:
    if isinstance(told, UserError):
        show_problem(told)
    else:
        _show(told)


def _show(number: str) -> None:
    with st.container(border=True, gap="small"):
        show_notice(
            "Something went wrong in the dashboard itself.",
            "Your data and runs are safe. Go on with another page, or try again.",
        )
        st.caption(
            f"If it happens again, pass on the number **{number}** and the file logs/{LOG} of the "
            "workspace. It says where the program failed, and nothing of your data."
            if number
            else "The details could not be written into a log; see the terminal in which the "
            "dashboard was started."
        )
