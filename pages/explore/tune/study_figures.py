"""What a study says of its best: figures corrected for the choice, and nested ones."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dnn_core.diagnostics.marks.style import significant
from dnn_core.diagnostics.study.summary import Corrected, how_corrected
from dnn_core.diagnostics.study.table import INSIDE, OUTSIDE
from dnn_core.outcome.metrics import main_metric, metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.tuning.study import Study
from dnn_core.wording import in_sentence, plural, signed
from pages.components.layout import show_question, show_tile
from pages.components.text import escape
from pages.session import study_cache


def show_nested(study: Study, result: AnalysisResult) -> None:
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


def show_tiles(study: Study, result: AnalysisResult) -> None:
    """Best, corrected, current experiment and gain."""
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
