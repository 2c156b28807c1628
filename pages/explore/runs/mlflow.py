"""Runs on their way to a tracking server of MLflow."""

from __future__ import annotations

import os

import streamlit as st

from dnn_core.runs.run import Run
from dnn_core.tracking.server import EXPERIMENT, is_installed
from dnn_core.tracking.subprocess_export import ADDRESS, send_in_subprocess
from pages.components.layout import problems_shown, show_notice
from pages.components.text import escape
from pages.session import data_cache, state


def show_sending(runs: list[Run]) -> None:
    """Name a server, and send runs that have ended to it."""
    ended = [run for run in runs if not run.status.active]
    with st.popover("Send to MLflow", icon=":material/cloud_upload:", disabled=not ended):
        if not is_installed():
            show_notice(
                "MLflow is not installed.",
                "Install it where the dashboard runs: `pip install mlflow-skinny`, or in a clone "
                "`pip install -r requirements-mlflow.txt`.",
            )
            return
        many = len(ended) > 1
        address = st.text_input(
            "Address of the server",
            state.recall("mlflow-address", os.environ.get(ADDRESS, "")),
            max_chars=300,
            placeholder="http://localhost:5000",
            help="A tracking server of MLflow that you may write to.",
            key="mlflow-address",
        )
        store = st.text_input(
            "Experiment",
            state.recall("mlflow-experiment", EXPERIMENT),
            max_chars=200,
            help="MLflow groups runs by experiment; it is created if it does not exist.",
            key="mlflow-experiment",
        )
        reports = st.checkbox(
            "With their reports" if many else "With its report",
            value=not many,
            help="A report takes some seconds to write.",
            key=f"mlflow-reports-{many}",
        )
        st.caption(
            "Settings, learning curves, figures with intervals, the network and its files are "
            "sent, but no row of the data. What was sent before is updated, not duplicated."
        )
        label = f"Send {len(ended)} runs" if many else "Send"
        if st.button(label, type="primary", disabled=not address.strip(), key="mlflow-send"):
            state.remember("mlflow-address", address)
            state.remember("mlflow-experiment", store)
            with problems_shown(), st.spinner("Sending …"):
                ids = [run.id for run in ended]
                root = data_cache.workspace().root
                said = send_in_subprocess(root, ids, address, store, reports=reports)
                for line in said.splitlines():
                    sentence, _, link = line.rpartition(", ")
                    st.markdown(f"{escape(sentence)}: [open it]({link})")
