"""A study while it goes on and when it has ended."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dnn_core.diagnostics.marks.style import significant
from dnn_core.diagnostics.study.summary import Corrected, how_corrected, summarise
from dnn_core.diagnostics.study.table import INSIDE, NUMBER, OUTSIDE, SHARE
from dnn_core.outcome.metrics import main_metric, metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.records import State
from dnn_core.tuning.study import Study
from dnn_core.wording import in_sentence, plural, signed
from pages.components.layout import (
    show_notice,
    show_picture,
    show_question,
    show_tile,
    side_by_side,
)
from pages.components.text import duration, escape
from pages.components.verdicts import show_lead
from pages.explore.tune.study_actions import show_taking
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
    _show_tiles(study, result)
    for hyperparameter, reason in result.facts["dead"].items():
        title = next(
            v.setting.title for v in study.asked.vary if v.hyperparameter == hyperparameter
        )
        show_notice(f"{escape(title)} had no effect.", escape(reason))
    _show_pictures(study, result)
    if "winners" in result.tables:
        _show_nested(study, result)
    _show_leaderboard(study, result)


def _show_nested(study: Study, result: AnalysisResult) -> None:
    """The figure of the search on rows that it did not use."""
    facts = result.facts
    title = metric(facts["main"]).title
    value, low, high = (
        significant(facts[name]) for name in ("main_nested", "main_nested_low", "main_nested_high")
    )
    gain = ""
    if facts["main_nested_gain"] is not None:
        gain = (
            " Its gain over the current experiment, with one network each, is "
            f"{signed(facts['main_nested_gain'])} "
            f"({signed(facts['main_nested_gain_low'])} to "
            f"{signed(facts['main_nested_gain_high'])})."
        )
    show_question(
        "How good is the choice on rows that the search did not use?",
        f"{title} {value}, 95% interval {low} to {high}: for each fold the whole search was "
        f"repeated without its rows, and the winner was evaluated on them.{gain} The table has "
        f"the {in_sentence(study.measure.title)} of each winner.",
    )
    table = study_cache.winners(study, result)
    st.dataframe(
        table,
        hide_index=True,
        row_height=35,
        height="content",
        column_config={
            name: st.column_config.NumberColumn(format="%.4f") for name in (INSIDE, OUTSIDE)
        },
        alt="The winner without each fold, with its figure where it was chosen and on the fold",
    )


def _show_tiles(study: Study, result: AnalysisResult) -> None:
    facts, main = result.facts, metric(main_metric(study.kind).name)
    corrected = how_corrected(facts)
    chosen = facts["trials"] + facts["given_up"] > 1
    # Ranked by the loss, reported by the main metric: that is what people know.
    tiles = st.columns(4, gap="small")
    with tiles[0]:
        too_good = " It is too good: the best of many was chosen on the same rows."
        show_tile(
            f"Best {in_sentence(main.title)}, uncorrected" if chosen else main.title,
            significant(facts["main_apparent"]),
            f"configuration {facts['best']}, ranked by {escape(in_sentence(study.measure.title))}",
            help_text=main.help + (too_good if chosen else ""),
        )
    with tiles[1]:
        _show_correction(facts, corrected)
    with tiles[2]:
        known = facts["main_current"] is not None
        several = f" instead of {facts['networks']:,}" if facts["networks"] > 1 else ""
        show_tile(
            "Current experiment",
            significant(facts["main_current"]) if known else "none",
            f"{escape(study.asked.experiment.network.summary())}, one network{several}",
            help_text="The experiment as it was when the study began, evaluated on the same "
            "folds and with one network, as every configuration is.",
        )
    with tiles[3]:
        _show_gain(facts, corrected)


def _show_correction(facts: dict[str, Any], corrected: Corrected) -> None:
    """The corrected figure of the best; none where nothing was corrected."""
    if corrected is Corrected.NOT:
        others = plural(facts["given_up"], "other was", "others were")
        show_tile(
            corrected.label,
            "none",
            f"{others} given up early" if facts["given_up"] else "there was nothing to choose from",
        )
        return
    among = ""
    if corrected is Corrected.PART:
        among = f" among the {facts['trials']:,} evaluated on all folds"
    show_tile(
        corrected.label,
        significant(facts["main_corrected"]),
        f"95% interval {significant(facts['main_low'])} to {significant(facts['main_high'])}",
        help_text=f"On resamples of the cases the best{among} is chosen anew and evaluated on the "
        "cases that were not drawn (bootstrap bias corrected cross-validation).",
    )


def _show_gain(facts: dict[str, Any], corrected: Corrected) -> None:
    share = f"the best one on {facts['share']:.0%} of resamples"
    if facts["main_gain"] is None:
        show_tile("How stable is the choice?", f"{facts['share']:.0%}", share)
        return
    was_corrected = corrected is not Corrected.NOT
    show_tile(
        "Gain after correcting" if was_corrected else "Gain",
        signed(facts["main_gain"]),
        f"95% interval {signed(facts['main_gain_low'])} to {signed(facts['main_gain_high'])}",
        help_text=f"Of the {'corrected best' if was_corrected else 'configuration'} over the "
        "current experiment, with one network each and on the same cases; positive is better."
        + (f" The best is {share}." if was_corrected else ""),
    )


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
