"""Two or more runs side by side."""

from __future__ import annotations

import streamlit as st

from dnn_core.diagnostics.compare_curves import compare_curves
from dnn_core.runs.compare import compare_metrics, compare_settings
from dnn_core.runs.run import Run
from pages.components.layout import show_notice, show_question


def show_comparison(runs: list[Run]) -> None:
    """Curves overlaid, settings that differ, metrics with intervals."""
    if len({(run.about["sha256"], run.experiment.task.target, run.kind) for run in runs}) > 1:
        show_notice(
            "These runs predict different things.",
            "Their losses and metrics cannot be compared; only their settings are shown.",
        )
        _show_settings(runs)
        return
    left, right = st.columns(2, gap="large")
    with left:
        show_question("Which learned more?", "Validation loss of each run, lower is better.")
        st.altair_chart(
            compare_curves(runs), alt="Validation loss over the epochs, one line for each run"
        )
    with right:
        _show_settings(runs)
    show_question("Which predicts better?", "Validation part, with 95% intervals.")
    st.dataframe(
        compare_metrics(runs, "validation"),
        hide_index=True,
        row_height=35,
        alt="Metrics of the runs",
    )


def _show_settings(runs: list[Run]) -> None:
    show_question("What differs?", "Only settings that are not the same in all of them.")
    settings = compare_settings(runs)
    if settings.empty:
        st.caption("Nothing: these runs asked for the same, so differences are chance.")
    else:
        st.dataframe(settings, hide_index=True, row_height=35, alt="Settings that differ")
