"""The widgets with which the answers of one case are set by hand."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dnn_core.data.choices import Choices, choices_of, why_missing
from dnn_core.data.dataset import QUANTITIES, Dataset, Level, Variable, value_text
from dnn_core.runs.run import Run
from pages.components.text import escape, number
from pages.session import state

MOST_LEVELS = 200


def show_value(run: Run, dataset: Dataset, row: int, name: str) -> Any:
    """A slider for numbers in order, a list for categories; returns a raw value."""
    offered = choices_of(dataset, name)
    ordered = dataset.variable(name).level in (*QUANTITIES, Level.ORDINAL)
    key = state.key(f"case-{run.id}-{row}-{state.recall('case', 0)}-{name}")
    if ordered and offered.answers:
        return _show_scale(dataset, row, name, offered, key)
    return _show_list(dataset, row, name, offered, key)


def _show_scale(dataset: Dataset, row: int, name: str, offered: Choices, key: str) -> object:
    """A slider over answers alone; that there is none, and why, is chosen below it."""
    variable = dataset.variable(name)
    here = dataset.frame[name].iloc[row]
    reason = why_missing(dataset, name, here)
    slider, none = st.container(), st.container()
    chosen = None
    if offered.missing:
        with none:
            chosen = st.pills(
                f"No answer: {escape(variable.title)}",
                list(offered.missing),
                default=reason,
                format_func=escape,
                label_visibility="collapsed",
                key=f"{key}-none",
            )
    with slider:
        show = _slider if variable.level in QUANTITIES else _steps
        middle = float(dataset.answers(name).quantile(0.5, interpolation="lower"))
        start = middle if reason else here
        value = show(variable, offered.answers, start, key, disabled=chosen is not None)
    if chosen is not None:
        return here if chosen == reason else offered.missing[chosen]
    return here if value == here else value


def _slider(
    variable: Variable, answers: tuple[float, ...], start: float, key: str, *, disabled: bool
) -> float:
    low, high = answers[0], answers[-1]
    label = escape(variable.title)
    if low == high:
        st.caption(f"{label} is always {number(low, 2)}")
        return low
    if all(answer % 1 == 0 for answer in answers):
        return st.slider(label, int(low), int(high), int(start), key=key, disabled=disabled)
    step = (high - low) / 100
    return st.slider(label, low, high, float(start), step=step, key=key, disabled=disabled)


def _steps(
    variable: Variable, answers: tuple[float, ...], start: float, key: str, *, disabled: bool
) -> float:
    """The answers with their labels, at equal distances."""

    def words(answer: float) -> str:
        text = value_text(answer)
        return variable.value_labels.get(text, text)

    label = escape(variable.title)
    if len(answers) == 1:
        st.caption(f"{label} is always {escape(words(answers[0]))}")
        return answers[0]
    return st.select_slider(
        label, answers, value=start, format_func=words, key=key, disabled=disabled
    )


def _show_list(dataset: Dataset, row: int, name: str, offered: Choices, key: str) -> object:
    """The answers, then the reasons for having none."""
    variable = dataset.variable(name)
    here = dataset.frame[name].iloc[row]
    reason = why_missing(dataset, name, here)
    answers = list(offered.answers[:MOST_LEVELS])
    if reason is None and here not in answers:
        answers.insert(0, here)
    texts = [value_text(answer) for answer in answers]
    words = [*(variable.value_labels.get(text, text) for text in texts), *offered.missing]
    # Positions are chosen, because a missing answer does not equal itself.
    position = st.selectbox(
        escape(variable.title),
        range(len(words)),
        index=answers.index(here) if reason is None else words.index(reason, len(answers)),
        format_func=lambda place: words[place],
        key=key,
    )
    if position < len(answers):
        return answers[position]
    return here if words[position] == reason else offered.missing[words[position]]
