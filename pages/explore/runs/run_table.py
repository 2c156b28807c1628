"""The table of runs: which of them are shown, and what of each."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dnn_core.data.csv_safety import write_csv
from dnn_core.runs.run import Run
from dnn_core.runs.table import COLUMNS, Narrowing, narrow
from pages.explore.runs.run_actions import show_purge
from pages.session import data_cache, state

MOST_ROWS_IN_FULL = 12
AT_FIRST = (
    "name",
    "value",
    "interval",
    "metric",
    "outcome",
    "network",
    "state",
    "data",
    "created",
    "best_epochs",
    "note",
    "seconds",
    "test_part",
)
FIRST = "name"
"""What every row begins with, so that one knows which run it is."""

FIGURE = "%.3f"
FORMATS = {"value": FIGURE, "low": FIGURE, "high": FIGURE, "seconds": "%.0f"}
WIDTHS = {
    "name": 75,
    "value": 80,
    "interval": 110,
    "outcome": 85,
    "state": 75,
    "created": 100,
    "data": 165,
    "network": 120,
    "best_epochs": 80,
    "metric": 65,
}
BY_NAME = {column.name: column for column in COLUMNS}


def show_runs(everything: pd.DataFrame) -> list[Run]:
    """Show the runs of `Workspace.runs_table`; returns the ticked ones."""
    # Above the toggle: the table's own buttons float over what stands right above it.
    bar = st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="runs-bar")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        archived = st.toggle("Show archived runs", key=state.key("archived"))
        if archived:
            show_purge(everything)
    listed = everything if archived else everything[~everything["archived"]]
    if listed.empty:
        st.caption("All runs are archived.")
        return []
    with bar:
        table = narrow(listed, _asked(listed))
        shown = _columns(listed)
        st.download_button(
            "CSV",
            lambda: write_csv(_for_csv(table)),
            file_name="runs.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            help="The runs listed below with all columns, also those that are not shown.",
        )
    if table.empty:
        st.caption("No run matches.")
        return []
    if len(table) < len(listed):
        st.caption(f"{len(table):,} of {len(listed):,} runs")
    ids = _show_table(table, shown)
    return [data_cache.workspace().run(run_id) for run_id in ids]


def _asked(listed: pd.DataFrame) -> Narrowing:
    """Which runs the researcher wants to see."""
    words = st.text_input(
        "Search",
        placeholder="Name, note, tag, outcome or data",
        label_visibility="collapsed",
        max_chars=100,
        icon=":material/search:",
        key=state.key("search-runs"),
    )
    with st.popover("Filter", icon=":material/filter_list:"):
        chosen: dict[str, list[str]] = {}
        for name in ("state", "data", "outcome"):
            values = sorted(listed[name].unique())
            title = BY_NAME[name].title
            chosen[name] = st.multiselect(title, values, key=state.key(f"only-{name}"))
        tags = sorted({tag for tags in listed["tags"] for tag in tags}, key=str.casefold)
        chosen["tags"] = st.multiselect("Tags", tags, key=state.key("only-tags"))
    return Narrowing(words, **{name: tuple(values) for name, values in chosen.items()})


def _columns(listed: pd.DataFrame) -> list[str]:
    """Names of the columns that are shown, in the order of the table."""
    with st.popover("Columns", icon=":material/view_column:"):
        available = [name for name in listed.columns if name != FIRST]
        kept = state.recall("run-columns", AT_FIRST)
        chosen = st.multiselect(
            "Columns",
            available,
            default=[name for name in kept if name in available],
            format_func=lambda name: BY_NAME[name].title,
            key=state.key("run-columns"),
            help="Every setting, and every figure of the weights that were kept.",
        )
        state.remember("run-columns", tuple(chosen))
    return [FIRST, *chosen]


def _show_table(table: pd.DataFrame, shown: list[str]) -> list[str]:
    """The runs as rows; returns the ids of the ticked ones."""
    ids = table["id"].tolist()
    event = st.dataframe(
        table[shown],
        hide_index=True,
        row_height=35,
        height="content" if len(table) <= MOST_ROWS_IN_FULL else 35 * 13,
        column_config={name: _config(name) for name in shown},
        placeholder="",
        on_select="rerun",
        selection_mode="multi-row",
        # Rows are ticked by position: another list of runs starts without ticks.
        key=state.key(f"runs-{hash(tuple(ids))}"),
        alt="All runs with their settings and validation figures",
    )
    return [ids[position] for position in event.selection.rows]


def _config(name: str) -> Any:
    column = BY_NAME[name]
    title, about = column.title, column.help or None
    width = WIDTHS.get(name)
    if column.type.startswith("datetime"):
        return st.column_config.DatetimeColumn(title, format="D MMM, HH:mm", width=width)
    if column.type.lower() in ("bool", "boolean"):
        return st.column_config.CheckboxColumn(title, help=about, width=width)
    if name == "tags":
        return st.column_config.ListColumn(title, width=width)
    if column.type == "str":
        return st.column_config.TextColumn(title, help=about, width=width)
    is_setting = "." in name or column.type == "Int64"
    pattern = FORMATS.get(name, None if is_setting else FIGURE)
    return st.column_config.NumberColumn(title, help=about, format=pattern, width=width)


def _for_csv(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(tags=[", ".join(tags) for tags in table["tags"]])
