"""The dashboard's frame: pages, navigation, and the place that shows what a page cannot do.

`app.py` serves this script. It lies in `pages/`, and not beside it, because
Streamlit takes a folder `pages` beside its script for an automatic menu, and
then answers the first visit by a link after a start with "Page not found".
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dnn_core.errors import UserError
from pages.components.layout import show_problem
from pages.session import data_cache, state
from pages.session.kept_draft import keep
from pages.shell.faults import show_fault_before
from pages.shell.navigation import MENU
from pages.shell.sidebar import follow_link, show_navigation, show_standing

HERE = Path(__file__).parent

st.set_page_config(
    page_title="DNN Workbench",
    page_icon=str(HERE / "icon.svg"),
    layout="wide",
    initial_sidebar_state=240,
)
st.html(HERE / "style.css")
st.logo(str(HERE / "logo.svg"), size="medium")
pages: dict[str, list[StreamlitPage]] = {}
for entry in MENU:
    pages.setdefault(entry.group, []).append(
        st.Page(
            entry.path,
            title=entry.title,
            icon=entry.icon,
            url_path=entry.name,
            default=entry is MENU[0],
        )
    )
page = st.navigation(pages, position="hidden")
# First of all: whatever fails, one can go elsewhere.
show_navigation(pages)
show_fault_before()
state.enter(page.title)
follow_link()
data_cache.start_compute()
try:
    page.run()
except UserError as error:
    show_problem(error)
keep()
show_standing()
