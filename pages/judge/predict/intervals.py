"""How sure each prediction is: the level, which probabilities, and for whom that holds."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from dnn_core.data.dataset import Dataset
from dnn_core.data.levels.grouping import grouping_variables
from dnn_core.evaluation.calibration.conformal import DEFAULT_LEVEL, LEVELS
from dnn_core.evaluation.calibration.recalibration import Recalibrated
from dnn_core.runs.run import Run
from dnn_core.specs import Part
from pages.components.text import escape
from pages.session import run_cache, state

LEVEL_HELP = (
    "In how many of 100 new cases the {noun} contains what will be observed. The errors of the "
    "network on validation rows determine how wide it must be."
)
RECALIBRATED_HELP = (
    "Probabilities can be recalibrated to the shares observed on validation rows. Temperature is "
    "one number that makes all of them more or less extreme; isotonic regression is a flexible "
    "rising curve. Diagnose shows whether it helps."
)
WHOLE = "All cases only"


class IntervalChoice(NamedTuple):
    """What was chosen; None as level where the run has nothing to go by."""

    level: int | None
    recalibrated: Recalibrated


def choose_intervals(run: Run) -> IntervalChoice:
    """Choose the level of intervals or sets and, of categories, the probabilities."""
    conformal = run.conformal
    levels = [level for level in LEVELS if conformal is not None and conformal.usable(level)]
    numeric = run.kind.numeric
    noun = "interval" if numeric else "set"
    level: int | None = None
    choice: Any = Recalibrated.LEARNT
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if levels:
            level = st.selectbox(
                f"{noun.capitalize()} for each prediction",
                levels,
                index=levels.index(DEFAULT_LEVEL) if DEFAULT_LEVEL in levels else len(levels) - 1,
                format_func=lambda percent: f"{percent}% {noun}",
                help=LEVEL_HELP.format(noun=noun),
                width=230,
                key=state.key("level"),
            )
        if run.recalibration is not None:
            choice = st.selectbox(
                "Probabilities",
                list(Recalibrated),
                format_func=lambda one: one.label,
                help=RECALIBRATED_HELP,
                width=230,
                key=state.key("recalibrated"),
            )
    return IntervalChoice(level, choice)


def show_coverage(run: Run, dataset: Dataset, level: int) -> None:
    """For whom the intervals or sets hold, by any variable of the data."""
    noun = "intervals" if run.kind.numeric else "sets"
    part = Part.TEST if run.test_opened else Part.VALIDATION
    with st.expander(f"Do these {noun} hold, and for whom?"):
        name = st.selectbox(
            "By group of",
            [None, *grouping_variables(dataset)],
            format_func=lambda one: WHOLE if one is None else dataset.variable(one).title,
            key=state.key("coverage_group"),
        )
        drawn = run_cache.coverage(run, part, level, name)
        st.caption(escape(drawn.caption))
        st.altair_chart(drawn.chart, alt=drawn.alt)
