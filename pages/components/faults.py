"""What is shown where the dashboard itself fails: in a page, the sidebar, a callback, a fragment.

Streamlit hands every exception of a script over to one function, wherever it was raised, and
keeps what steers a script (`st.rerun`, `st.stop`, a switch of pages) to itself.
"""

from __future__ import annotations

import secrets

import streamlit as st

from dnn_core.compute.process import code_version
from dnn_core.errors import UserError
from dnn_core.runs.faults import LOG, record_fault
from pages.components import services, state
from pages.components.layout import show_problem


def show_fault(error: Exception) -> bool:
    """Say calmly what happened, and what can be done.

    Returns
    -------
    bool
        True: Streamlit's own box, with links to search engines, is not to be shown.
    """
    if isinstance(error, UserError):
        show_problem(error)
    else:
        _show(_record(error))
    # After a callback nothing else is on the page. Any click runs the script again.
    st.button("Try again", icon=":material/refresh:", key=f"again-{secrets.token_hex(4)}")
    return True


def _record(error: Exception) -> str | None:
    try:
        folder = services.workspace().logs
    except OSError:
        # The workspace may be what fails.
        return None
    return record_fault(error, folder, page=state.page(), program=code_version())


def _show(number: str | None) -> None:
    with st.container(border=True, gap="small"):
        st.header("Something went wrong in the dashboard itself", anchor=False)
        st.markdown("Your data and runs are safe. Go on with another page, or try again.")
        st.caption(
            f"If it happens again, pass on the number **{number}** and the file logs/{LOG} of the "
            "workspace. It says where the program failed, and nothing of your data."
            if number
            else "It could not be written into a log. The terminal in which the dashboard was "
            "started says more."
        )
