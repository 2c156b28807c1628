"""A study while it goes on and when it has ended."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dnn_core.diagnostics.study.summary import summarise
from dnn_core.diagnostics.study.table import NUMBER, SHARE
from dnn_core.outcome.metrics import main_metric, metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.records import State
from dnn_core.tuning.study import Study
from dnn_core.wording import plural
from pages.components.layout import (
    show_notice,
    show_picture,
    show_question,
    side_by_side,
)
from pages.components.text import duration, escape
from pages.components.verdicts import show_lead
from pages.explore.tune.study_actions import show_taking
from pages.explore.tune.study_figures import show_nested, show_tiles
from pages.session import study_cache

SECONDS_BETWEEN_LOOKS = 2.0
MOST_ROWS_IN_FULL = 12
PRIMARY_ENDINGS = {State.FAILED: ("This study failed.", "error", "red")}


def show_going_on(study: Study) -> None:
    """Progress, course and leaderboard that follow the study."""

    @st.fragment(run_every=SECONDS_BETWEEN_LOOKS)
    def follow() -> None:
        study_cache.watch(study)
        status = study.status
        if not status.active:
            st.rerun()
        st.progress(status.share, text=_progress_words(study))
        _show_pictures(study, None)
        _show_leaderboard(study, None)

    follow()


def show_ended(study: Study) -> None:
    """How a study ended, and its result."""
    status, result = study.status, study_cache.reading(study)
    total = study.asked.total
    st.markdown(
        f"**{escape(status.name)}** · {status.state.label.lower()} after {status.trials:,} of "
        f"{plural(total, 'configuration')} · {duration(status.elapsed_seconds)}"
    )
    if status.message:
        title, icon, color = PRIMARY_ENDINGS.get(status.state, ("It has ended.", "info", "gray"))
        show_notice(title, escape(status.message), icon=icon, color=color)
    if result is None:
        return
    show_lead(summarise(result, study.measure))
    show_tiles(study, result)
    for hyperparameter, reason in result.facts["dead"].items():
        title = next(
            v.setting.title for v in study.asked.vary if v.hyperparameter == hyperparameter
        )
        show_notice(f"{escape(title)} had no effect.", escape(reason))
    _show_pictures(study, result)
    if "winners" in result.tables:
        show_nested(study, result)
    _show_leaderboard(study, result)


def _show_pictures(study: Study, result: AnalysisResult | None) -> None:
    parallel, history = study_cache.pictures(study)
    if parallel is None:
        return
    st.space("xxsmall")
    left, right = side_by_side("study", 2, 1)
    with left:
        show_picture(parallel)
    with right:
        hyperparameters = (
            None if result is None else study_cache.hyperparameters_picture(study, result)
        )
        if hyperparameters is None and history is not None:
            show_picture(history)
        elif isinstance(hyperparameters, str):
            show_question("Which settings mattered?", hyperparameters)
        elif hyperparameters is not None:
            show_picture(hyperparameters)
    if result is not None and history is not None:
        with st.expander("The course of the search"):
            show_picture(history)


def _show_leaderboard(study: Study, result: AnalysisResult | None) -> None:
    if not study_cache.trials(study):
        return
    table = study_cache.leaderboard(study, result)
    show_question(
        "Which configurations lead?",
        "Tick one to use its settings." if result is not None else "The best so far first.",
    )
    event: Any = st.dataframe(
        table,
        hide_index=True,
        row_height=35,
        height="content" if len(table) <= MOST_ROWS_IN_FULL else 35 * 13,
        column_config={
            study.measure.title: st.column_config.NumberColumn(format="%.4f"),
            metric(main_metric(study.kind).name).title: st.column_config.NumberColumn(
                format="%.3f"
            ),
            SHARE: st.column_config.NumberColumn(
                format="percent", help="Share of the resamples on which it is the best."
            ),
            "Seconds": st.column_config.NumberColumn(format="%.1f"),
            "Best epoch": st.column_config.NumberColumn(format="%.0f"),
        },
        placeholder="",
        on_select="ignore" if result is None else "rerun",
        selection_mode="single-row",
        key=f"leaders-{study.id}-{result is None}",
        alt="Configurations with their settings and figures, the best first",
    )
    if result is not None:
        rows = event.selection.rows
        chosen = int(table[NUMBER].iloc[rows[0]]) if rows else None
        if chosen is not None:
            show_taking(study, chosen, f"Take number {chosen}", key="ticked")


def _progress_words(study: Study) -> str:
    status = study.status
    if status.state is State.QUEUED:
        return "**Waiting for a worker** …"
    total = study.asked.total
    words = [f"**{status.trials:,} of {plural(total, 'configuration')}**"]
    if study.asked.halving:
        # All take the first step before the first of them ends.
        words = [f"**{status.share:.0%}**", f"{status.trials:,} of {total:,} configurations ended"]
    if status.elapsed_seconds >= 1:
        words.append(f"{duration(status.elapsed_seconds)} elapsed")
    if status.share:
        left = status.elapsed_seconds / status.share * (1 - status.share)
        if study.asked.minutes is not None:
            left = min(left, 60 * study.asked.minutes - status.counted_seconds)
        words.append(f"about {duration(left)} left" if left >= 1 else "almost done")
    if study.stop_requested:
        words.append("stopping")
    return " · ".join(words)
