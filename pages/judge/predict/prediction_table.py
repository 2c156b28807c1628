"""One row for each case: what was observed, what was predicted, how sure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.evaluation.prediction_table import probabilities_of
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.row import Domain
from dnn_core.runs.run import Run
from dnn_core.specs import Kind, Part
from pages.judge.predict.intervals import IntervalChoice
from pages.session import run_cache, state

VIEWS = ("All", "Errors", "Least sure")
VIEWS_NUMBERS = ("All", "Largest errors")
MOST_PREDICTORS = 1
LETTER, MOST_OF_A_PROBABILITY = 7, 90
"""Pixels of a letter, and of the widest column of a probability."""

MOST_PROBABILITIES = 5
"""Categories up to which each has a column of its own."""
TABLE_HEIGHT = 35 * 17


def show_predictions(run: Run, dataset: Dataset, intervals: IntervalChoice) -> int:
    """The table; returns the row number of the chosen case."""
    everything = run_cache.predictions_with_intervals(run, intervals)
    parts = [
        p for p in (Part.VALIDATION, Part.TRAINING, Part.TEST) if (everything["part"] == p).any()
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        # All on the left: the table's own toolbar floats over what stands at the right above it.
        place = st.container(width="content")
        part = st.selectbox(
            "Part",
            parts,
            format_func=lambda name: f"{name.capitalize()} part",
            label_visibility="collapsed",
            width=190,
            key=state.key("part"),
        )
    cases = everything[everything["part"] == part]
    kind = run.kind
    wrong = cases["observed"] != cases["predicted"]
    counts = {"All": len(cases), "Errors": int(wrong.sum())}
    with place:
        view = st.segmented_control(
            "Show",
            VIEWS_NUMBERS if kind.numeric else VIEWS,
            default="All",
            required=True,
            format_func=lambda name: f"{name} {counts[name]:,}" if name in counts else name,
            label_visibility="collapsed",
            key=state.key("view"),
        )
    if view == "Errors":
        cases = cases[wrong]
    table = _ordered(_table(run, dataset, cases, intervals.level), view)
    chosen = st.dataframe(
        # As people count: the first row below the names is 1.
        table.assign(row=table["row"] + 1),
        hide_index=True,
        row_height=35,
        height=TABLE_HEIGHT if len(table) > 16 else "content",
        column_config=_columns(run, dataset, intervals.level),
        column_order=[str(name) for name in table if name != "sure" or not _each_category(run)],
        on_select="rerun",
        selection_mode="single-row",
        key=state.key(f"predictions-{part}-{view}"),
        alt="Cases with observed and predicted outcome",
    )
    st.caption("Tick a row to start the case at the right from it.")
    if table.empty:
        return int(everything["row"].iloc[0])
    position = chosen.selection.rows[0] if chosen.selection.rows else 0
    return int(table["row"].iloc[min(position, len(table) - 1)])


def _table(run: Run, dataset: Dataset, cases: pd.DataFrame, level: int | None) -> pd.DataFrame:
    """Fixed column names, because those of the file are the researcher's."""
    table = pd.DataFrame({"row": cases["row"].to_numpy()})
    table["observed"] = cases["observed"].to_numpy()
    table["predicted"] = cases["predicted"].to_numpy()
    if not run.kind.numeric:
        labels = run.facts.coding.labels
        probabilities = probabilities_of(cases, labels)
        table["sure"] = probabilities.max(axis=1) if len(cases) else []
        if run.kind is Kind.BINARY:
            table["probability"] = probabilities[:, 1]
        elif _each_category(run):
            for i in range(len(labels)):
                table[f"probability_{i}"] = probabilities[:, i]
    for name in ("low", "high", "set"):
        for column in cases.columns[cases.columns == f"{name}_{level}"]:
            table[name] = cases[column].to_numpy()
    if run.kind.numeric:
        table["error"] = table["observed"] - table["predicted"]
    # Last, for it is there to recognise the case by.
    for i, name in enumerate(_recognised_by(run, dataset)):
        table[f"predictor_{i}"] = dataset.frame[name].to_numpy()[table["row"]]
    return table


def _each_category(run: Run) -> bool:
    """Whether the probability of every category is listed."""
    return run.kind is not Kind.BINARY and (2 < len(run.facts.coding.labels) <= MOST_PROBABILITIES)


def _recognised_by(run: Run, dataset: Dataset) -> list[str]:
    return [name for name in run_cache.by_importance(run) if name in dataset.frame][
        :MOST_PREDICTORS
    ]


def _ordered(table: pd.DataFrame, view: str) -> pd.DataFrame:
    if view == "Errors":
        table = table.sort_values("sure", ascending=False)
    elif view == "Least sure":
        table = table.sort_values("sure")
    elif view == "Largest errors":
        table = table.reindex(table["error"].abs().sort_values(ascending=False).index)
    if "probability" in table:
        table = table.drop(columns="sure")
    return table.reset_index(drop=True)


def _columns(run: Run, dataset: Dataset, level: int | None) -> dict[str, Any]:
    target = run.facts.coding
    labels = run.about["labels"]
    shown = {
        f"predictor_{i}": st.column_config.Column(labels.get(name, name), width=95)
        for i, name in enumerate(_recognised_by(run, dataset))
    }
    if _each_category(run):
        shown |= {
            f"probability_{i}": st.column_config.NumberColumn(
                f"P({label})",
                format="%.2f",
                width=min(LETTER * len(label) + 48, MOST_OF_A_PROBABILITY),
                help=f"Probability of {label}",
            )
            for i, label in enumerate(target.labels)
        }
    # Nobody goes to the doctor 0.00 times.
    of_ends = "%.0f" if outcome_of(target.kind).domain is Domain.WHOLE else "%.2f"
    decimals = "%.2f" if np.isfinite(target.scale) else None
    return shown | {
        "row": st.column_config.NumberColumn("Row", format="localized", width=56),
        "observed": st.column_config.Column("Observed", width=None if target.kind.numeric else 82),
        "predicted": st.column_config.NumberColumn("Predicted", format=decimals)
        if target.kind.numeric
        else st.column_config.Column("Predicted", width=82),
        "low": st.column_config.NumberColumn(f"Low {level}%", format=of_ends),
        "high": st.column_config.NumberColumn(f"High {level}%", format=of_ends),
        "set": st.column_config.TextColumn(f"{level}% set", width=105),
        "error": st.column_config.NumberColumn("Observed − predicted", format=decimals),
        "sure": st.column_config.ProgressColumn(
            "Probability of predicted",
            width=160,
            min_value=0,
            max_value=1,
            format="%.2f",
            color="#6A99A3",
        ),
        "probability": st.column_config.ProgressColumn(
            f"Probability of {target.positive}" if target.kind is Kind.BINARY else "",
            width=128,
            min_value=0,
            max_value=1,
            format="%.2f",
            color="#6A99A3",
        ),
    }
