"""The report of a run to take away; Diagnose and Predict offer it."""

from __future__ import annotations

import re
from typing import Literal

import streamlit as st

from dnn_core.runs.run import Run
from pages.session import data_cache, run_cache


def show_report(
    run: Run,
    label: str,
    *,
    prominence: Literal["secondary", "tertiary"] = "secondary",
    width: Literal["content", "stretch"] = "content",
) -> None:
    """The report of a run, written when it is asked for."""
    st.download_button(
        label,
        lambda: run_cache.report(run).encode(),
        file_name=f"{file_stem(run)}-report.html",
        mime="text/html",
        on_click="ignore",
        type=prominence,
        width=width,
        icon=":material/description:",
        disabled=not data_cache.has_data(run),
        help="One page to read, print and send: verdicts, figures, a methods paragraph, a REFORMS "
        "sheet. It takes a few seconds.",
    )


def file_stem(run: Run) -> str:
    """How files of a run are called when they are taken away."""
    return re.sub(r"[^A-Za-z0-9]+", "-", run.notes.name).strip("-").lower() or run.id
