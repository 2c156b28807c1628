"""The table of runs."""

from __future__ import annotations

import streamlit as st

from dnn_core.runs.compare import runs_table
from dnn_core.runs.run import Run
from pages.components import services, state

MOST_ROWS_IN_FULL = 12


def show_runs() -> list[Run]:
    """Show the runs; returns the ticked ones."""
    archived = st.toggle("Show archived runs", key=state.key("archived"))
    runs = services.workspace().list_runs(archived=archived)
    if not runs:
        st.caption("All runs are archived.")
        return []
    table = runs_table(runs)
    event = st.dataframe(
        table,
        hide_index=True,
        row_height=35,
        height="content" if len(table) <= MOST_ROWS_IN_FULL else 35 * 13,
        column_order=[
            "name",
            "state",
            "created",
            "data",
            "outcome",
            "network",
            "best_epoch",
            "metric",
            "value",
            "interval",
            "note",
            "seconds",
            "test_part",
        ],
        column_config={
            "name": st.column_config.TextColumn("Run", width=70),
            "state": st.column_config.TextColumn("State", width=75),
            "created": st.column_config.DatetimeColumn("Made", format="D MMM, HH:mm", width=100),
            "data": st.column_config.TextColumn("Data", width=115),
            "outcome": st.column_config.TextColumn("Outcome"),
            "network": st.column_config.TextColumn("Network", width=120),
            "best_epoch": st.column_config.NumberColumn("Best epoch", width=80),
            "metric": st.column_config.TextColumn("Measure", width=65),
            "value": st.column_config.NumberColumn("Validation", format="%.3f"),
            "interval": st.column_config.TextColumn("95% interval"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
            "note": st.column_config.TextColumn("Note"),
            "test_part": st.column_config.TextColumn("Test part"),
        },
        on_select="rerun",
        selection_mode="multi-row",
        # Rows are ticked by position: another list of runs starts without ticks.
        key=state.key(f"runs-{hash(tuple(run.id for run in runs))}"),
        alt="All runs with their settings and validation figures",
    )
    return [runs[position] for position in event.selection.rows]
