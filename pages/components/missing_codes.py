"""Codes that look like missing answers, declared with one click."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.describe.notices import MOST_CODES_EXPLAINED, describe_code, enumerate_names
from dnn_core.data.edits import declare_missing
from dnn_core.data.missing.missing_codes import SuspiciousCode
from pages.components.edits import make_edits
from pages.components.layout import show_notice
from pages.components.text import escape
from pages.session import state, variables_cache

MOST_ROWS_IN_FULL = 10


def codes_in(dataset: Dataset) -> dict[str, tuple[SuspiciousCode, ...]]:
    """Codes that look like missing answers, by variable."""
    return {
        name: facts.codes for name, facts in variables_cache.columns(dataset).items() if facts.codes
    }


def show_codes(dataset: Dataset) -> None:
    """One line on codes that look like missing answers, and what can be done about them."""
    codes = codes_in(dataset)
    if len(codes) == 1:
        for name in codes:
            _show_row(dataset, name, codes[name])
    elif codes:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width="stretch"):
                some = [f"{name} ({', '.join(c.code for c in of)})" for name, of in codes.items()]
                show_notice(
                    escape(f"{enumerate_names(some, 3)} hold codes that look like “no answer”."),
                    "They count as answers until you declare them.",
                )
            if st.button("Look at each", type="tertiary", key=state.key("codes-each")):
                _show_each(dataset)
            if st.button("Declare all", key=state.key("codes-all")):
                declare(dataset, codes)


def show_codes_of(dataset: Dataset, name: str) -> None:
    """The codes of one variable with their reasons, and the button that declares them."""
    codes = codes_in(dataset).get(name)
    if codes:
        _show_reasons("It holds", codes)
        _show_declare(dataset, name, codes, "looked-up")


def _show_row(dataset: Dataset, name: str, codes: tuple[SuspiciousCode, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch"):
            _show_reasons(f"{name} holds", codes)
        _show_declare(dataset, name, codes, "row")


def _show_reasons(subject: str, codes: tuple[SuspiciousCode, ...]) -> None:
    listed = enumerate_names([code.code for code in codes], 6)
    looks = "look" if len(codes) > 1 else "looks"
    reasons = "; ".join(map(describe_code, codes[:MOST_CODES_EXPLAINED]))
    show_notice(
        escape(f"{subject} {listed}, which {looks} like “no answer”."), escape(f"{reasons}.")
    )


def _show_declare(
    dataset: Dataset, name: str, codes: tuple[SuspiciousCode, ...], place: str
) -> None:
    if st.button("Declare as missing", key=state.key(f"declare-{place}-{name}")):
        declare(dataset, {name: codes})


def declare(dataset: Dataset, codes: Mapping[str, tuple[SuspiciousCode, ...]]) -> None:
    """Make codes missing codes, as one step that can be undone."""
    by_name = {name: tuple(code.code for code in of) for name, of in codes.items()}
    changes = declare_missing(dataset, by_name)
    names = enumerate_names(by_name, 3)
    make_edits(f"Codes of {names} were declared as missing.", [change.after for change in changes])


@st.dialog("Do these codes mean “no answer”?", width="large")
def _show_each(dataset: Dataset) -> None:
    st.caption("Untick what is an answer. Nothing is removed from the data.")
    codes = codes_in(dataset)
    rows = [
        (True, name, code.code, code.label, code.count, "; ".join(code.reasons))
        for name, of in codes.items()
        for code in of
    ]
    names = ["tick", "variable", "code", "label", "rows", "why"]
    table = st.data_editor(
        pd.DataFrame(rows, columns=names),
        hide_index=True,
        row_height=35,
        height="content" if len(rows) <= MOST_ROWS_IN_FULL else 35 * MOST_ROWS_IN_FULL,
        disabled=names[1:],
        column_config={
            "tick": st.column_config.CheckboxColumn("Missing"),
            "variable": st.column_config.TextColumn("Variable"),
            "code": st.column_config.TextColumn("Code"),
            "label": st.column_config.TextColumn("Its label"),
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "why": st.column_config.TextColumn("Why it looks like one", width="large"),
        },
        key=state.key("codes-table"),
        alt="Codes that look like missing answers, with their rows and the reason",
    )
    ticked = table[table["tick"]]
    chosen = {
        str(name): tuple(c for c in codes[str(name)] if c.code in set(part["code"]))
        for name, part in ticked.groupby("variable", sort=False)
    }
    words = f"Declare {len(ticked):,} code{'s' * (len(ticked) != 1)} as missing"
    if st.button(words, type="primary", disabled=not chosen):
        declare(dataset, chosen)
