"""One variable: label, question, values with their counts, missing codes, distribution."""

from __future__ import annotations

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.describe.lookup import Lookup
from dnn_core.diagnostics.marks.style import significant
from dnn_core.wording import plural
from pages.components.missing_codes import show_codes_of
from pages.components.text import escape, share
from pages.session import state, variables_cache
from pages.session.task import WEIGHT, names_in_role

MOST_ROWS_IN_FULL = 8


def heading_of(dataset: Dataset, name: str) -> tuple[str, str]:
    """The label of a variable, and level, share answered and different answers in one line."""
    about = _looked_up(dataset, name)
    return about.variable.title, f"{name} · {_facts(about)}"


def _looked_up(dataset: Dataset, name: str) -> Lookup:
    weight = next(iter(names_in_role(state.draft(), dataset, WEIGHT)), None)
    return variables_cache.looked_up(dataset, name, weight)


def show_lookup(dataset: Dataset, name: str) -> None:
    """What is known of one variable beyond its heading."""
    about = _looked_up(dataset, name)
    variable = about.variable
    if variable.question:
        st.markdown(f"*{escape(variable.question)}*")
    show_codes_of(dataset, name)
    chart = variables_cache.variable_chart(dataset, name)
    if chart is not None:
        st.altair_chart(chart, alt=f"Distribution of {name}")
    if about.summary:
        figures = (f"{words} {_figure(value)}" for words, value in about.summary)
        st.caption(escape(" · ".join(figures)))
    _show_values(about)
    _show_missing(about)
    _show_read(dataset, name)


def _figure(value: float) -> str:
    """Four significant digits, without zeros at the end that say nothing."""
    text = significant(value, 4)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _facts(about: Lookup) -> str:
    answered = about.answered / about.rows if about.rows else 0.0
    return (
        f"{about.variable.level.label.lower()} · {about.answered:,} of {about.rows:,} answered "
        f"({share(answered)}) · {plural(about.distinct, 'different answer')}"
    )


def _show_values(about: Lookup) -> None:
    if about.values.empty:
        return
    table = about.values.assign(share=100 * about.values["share"])
    if not table["label"].any():
        table = table.drop(columns="label")
    config = {
        "value": st.column_config.TextColumn("Value"),
        "label": st.column_config.TextColumn("Label", width=110),
        "count": st.column_config.NumberColumn("Rows", format="localized"),
        "share": st.column_config.NumberColumn("Share", format="%.1f%%"),
    }
    if "weighted" in table:
        table["weighted"] = 100 * table["weighted"]
        config["weighted"] = st.column_config.NumberColumn("Weighted", format="%.1f%%")
    st.dataframe(
        table,
        hide_index=True,
        row_height=30,
        height="content" if len(table) <= MOST_ROWS_IN_FULL else 30 * MOST_ROWS_IN_FULL,
        column_config=config,
        alt=f"Values of {about.variable.name} with labels and counts",
    )
    if about.distinct > len(table):
        st.caption(f"{len(table):,} of {about.distinct:,} values are listed.")


def _show_missing(about: Lookup) -> None:
    if about.missing.empty:
        st.caption("No missing codes, and every row has an answer.")
        return
    st.caption("Without an answer")
    st.dataframe(
        about.missing,
        hide_index=True,
        row_height=30,
        height="content" if len(about.missing) <= MOST_ROWS_IN_FULL else 30 * MOST_ROWS_IN_FULL,
        column_config={
            "value": st.column_config.TextColumn("Value"),
            "label": st.column_config.TextColumn("Label", width=150),
            "count": st.column_config.NumberColumn("Rows", format="localized"),
        },
        alt=f"Rows of {about.variable.name} without an answer, by missing code",
    )


def _show_read(dataset: Dataset, name: str) -> None:
    """What the file says, and what was edited since."""
    variable = dataset.variable(name)
    before = dataset.as_read.get(name)
    words = f"In the file: {variable.declared}. " if variable.declared else ""
    if before is not None:
        words += f"Edited here; it was read as {before.level.label.lower()}"
        codes = ", ".join(before.missing_codes)
        words += f" with the missing codes {codes}." if codes else " without missing codes."
    if words:
        st.caption(escape(words))
