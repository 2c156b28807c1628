"""Encoding settings in an expander: the defaults suit most surveys."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.encoding.rows_kept import RowsKept
from dnn_core.specs import EncodingSpec, Task
from pages.components.fields import show_fields
from pages.components.layout import show_question
from pages.components.text import share
from pages.session import draft_cache, state

SIDE_BY_SIDE = 2
"""The choices are sentences, which need room."""

ROWS_IN_FULL = 6


def show_encoding(dataset: Dataset, task: Task) -> None:
    """Every setting of the encoding, and what missing answers cost."""
    encoding = state.draft().encoding
    names = list(EncodingSpec.model_fields)
    with st.expander("Missing answers, scale, ordered categories, bins, rare categories"):
        for first in range(0, len(names), SIDE_BY_SIDE):
            encoding = show_fields(encoding, *names[first : first + SIDE_BY_SIDE])
        _show_kept(draft_cache.kept(dataset, task), task)
    state.change(encoding=encoding)


def _show_kept(kept: RowsKept, task: Task) -> None:
    """How many rows each decision keeps, and which predictors lack answers, and why."""
    show_question(
        "How many rows does each decision keep?",
        "Missing answers of predictors are encoded, so no row is lost to them.",
    )
    count = len(task.features)
    predictors = f"all {count:,} predictors" if count > 1 else "the predictor"
    decisions = [
        ("Rows in the file", kept.in_file),
        (f"With an answer to {task.target}: used here", kept.with_outcome),
        (f"Of these, complete in {predictors}: what a regression keeps", kept.complete),
    ]
    rows = [(words, f"{n:,}", share(n / kept.in_file)) for words, n in decisions]
    st.dataframe(
        pd.DataFrame(rows, columns=["Decision", "Rows", "Share"]),
        hide_index=True,
        column_config={
            "Rows": st.column_config.TextColumn(width=70, alignment="right"),
            "Share": st.column_config.TextColumn(width=70, alignment="right"),
        },
        alt="Rows in the file, with an outcome, and complete in all predictors",
    )
    if kept.missing.empty:
        return
    st.dataframe(
        _missing_table(kept),
        hide_index=True,
        height="content" if len(kept.missing) <= ROWS_IN_FULL else 35 * (ROWS_IN_FULL + 1),
        column_config={
            "Missing": st.column_config.NumberColumn(format="localized", width=70),
            "Complete without it": st.column_config.NumberColumn(
                format="localized",
                width=140,
                help="Rows with an answer to every other predictor: what a regression would "
                "keep if this one were left out.",
            ),
        },
        alt="Predictors with missing answers, and the reasons",
    )


def _missing_table(kept: RowsKept) -> pd.DataFrame:
    reasons = [
        ", ".join(f"{reason or 'no answer'} {n:,}" for reason, n in counts.items())
        for counts in kept.missing["reasons"]
    ]
    return pd.DataFrame(
        {
            "Predictor": kept.missing["variable"],
            "Missing": kept.missing["missing"],
            "Why": reasons,
            "Complete without it": kept.missing["complete_without"],
        }
    )
