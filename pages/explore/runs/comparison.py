"""Two or more runs side by side."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dnn_core.diagnostics.compare_curves import compare_curves
from dnn_core.package.code_difference import code_difference
from dnn_core.runs.compare import compare_metrics, compare_settings
from dnn_core.runs.run import Run
from dnn_core.specs import Part
from dnn_core.wording import difference
from pages.components.layout import show_notice, show_question, side_by_side
from pages.components.text import escape
from pages.session import run_cache, state

MOST_COMPARED = 12
"""More columns than that nobody reads; curves beyond the fifth are grey."""


def show_comparison(runs: list[Run]) -> None:
    """Curves overlaid, settings that differ, metrics with intervals, and two of them in pairs."""
    if len(runs) > MOST_COMPARED:
        st.caption(f"Tick at most {MOST_COMPARED} runs to compare them.")
        return
    if len({(run.about["sha256"], run.experiment.task.target, run.kind) for run in runs}) > 1:
        show_notice(
            "These runs predict different things.",
            "Their losses and metrics cannot be compared; only their settings are shown.",
        )
        _show_settings(runs)
        return
    left, right = side_by_side("compared", 1, 1)
    with left:
        show_question("Which learned more?", "Validation loss of each run, lower is better.")
        st.altair_chart(
            compare_curves(runs), alt="Validation loss over the epochs, one line for each run"
        )
    with right:
        _show_settings(runs)
    show_question("Which predicts better?", "Validation part, with 95% intervals.")
    st.dataframe(
        compare_metrics(runs, Part.VALIDATION),
        hide_index=True,
        row_height=35,
        placeholder="",
        alt="Metrics of the runs",
    )
    trained = [run for run in runs if run.status.done]
    if len(trained) > 1:
        _show_pair(*_choose_pair(trained))


def _show_settings(runs: list[Run]) -> None:
    show_question("What differs?", "Only settings that differ between these runs.")
    settings = compare_settings(runs)
    if settings.empty:
        st.caption("None: these runs have the same settings, so differences are due to chance.")
    else:
        st.dataframe(
            settings, hide_index=True, row_height=35, placeholder="", alt="Settings that differ"
        )


def _choose_pair(runs: list[Run]) -> tuple[Run, Run]:
    """The earlier and the later of two; of more, the two that are chosen."""
    by_id = {run.id: run for run in sorted(runs, key=lambda run: run.id)}
    ids = list(by_id)
    if len(ids) == 2:
        return by_id[ids[0]], by_id[ids[1]]
    together = "-".join(ids)
    with st.container(horizontal=True, gap="small"):
        first = st.selectbox(
            "From",
            ids,
            format_func=lambda run_id: by_id[run_id].notes.name,
            width=240,
            key=state.key(f"from-{together}"),
        )
        others = [run_id for run_id in ids if run_id != first]
        second = st.selectbox(
            "To",
            others,
            format_func=lambda run_id: by_id[run_id].notes.name,
            width=240,
            key=state.key(f"to-{together}-{first}"),
        )
    return by_id[first], by_id[second]


def _show_pair(first: Run, second: Run) -> None:
    names = escape(second.notes.name), escape(first.notes.name)
    show_question(
        f"Is {names[0]} better than {names[1]}?",
        f"{names[0]} less {names[1]} on the same validation cases, with 95% intervals. Where an "
        "interval contains zero, other cases could have reversed the difference.",
    )
    differences = run_cache.paired(first, second)
    if isinstance(differences, str):
        st.caption(f"There is no difference to show. {differences}")
    else:
        st.dataframe(
            _in_words(differences), hide_index=True, row_height=35, alt="Differences of the metrics"
        )
    with st.expander("What differs in the Python code?", icon=":material/difference:"):
        difference = code_difference(first, second)
        if difference:
            st.caption(f"− only in {names[1]}, + only in {names[0]}.")
            st.code(difference, language="diff")
        else:
            st.caption("None: both are trained by the same script.")


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Each difference with its interval and what it means."""
    figures = [difference(*row) for row in table[["difference", "low", "high"]].to_numpy().tolist()]
    return pd.DataFrame(
        {
            "Metric": table["title"],
            "Difference": [figure for figure, _ in figures],
            "95% interval": [
                "" if pd.isna(low) else ends
                for low, (_, ends) in zip(table["low"], figures, strict=True)
            ],
            "Better is": table["better"],
            "Says": [
                _verdict(better, low, high)
                for better, low, high in zip(
                    table["better"], table["low"], table["high"], strict=True
                )
            ],
        }
    )


def _verdict(better: str, low: float, high: float) -> str:
    if math.isnan(low):
        return "no interval"
    if low <= 0 <= high:
        return "could be chance"
    return "better" if (low > 0) == (better == "higher") else "worse"
