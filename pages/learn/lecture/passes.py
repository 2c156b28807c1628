"""The chapters of the forward pass and of back-propagation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dnn_core.diagnostics.descent_chart import descent_chart
from dnn_core.diagnostics.passes_diagram import passes_diagram
from dnn_core.learn.descent_path import Path, Setting, steps_of_epoch
from dnn_core.learn.network import SmallNetwork, pass_backward, pass_forward
from dnn_core.learn.teaching_cases import TaughtCases
from dnn_core.learn.wording import (
    blamed_unit,
    error_sentence,
    output_names,
    value_sentence,
    weight_table,
)
from dnn_core.wording import plural
from pages.components.layout import show_question, side_by_side
from pages.components.text import escape, row_number
from pages.learn.lecture.choices import Topic
from pages.session import state

WEIGHTS_SHOWN = 5
"""Rows of the table of weights, those that the step changes most."""


def show_forward_pass(topic: Topic, setting: Setting, case: int) -> None:
    """One respondent's values in every unit, from the answers to the prediction."""
    taught = topic.taught
    network = topic.path(setting, steps_taken(topic, setting)).state.network
    picture, words = side_by_side("forward", 1.7, 1)
    forward = pass_forward(network, taught.x)
    unit = (1, int(np.abs(forward.inputs[1][case]).argmax()))
    with picture:
        show_question(
            "What does the network make of one respondent?",
            "At the left the scaled answers, in the circles what each unit gives on. Lines are "
            "weights: the thicker the larger, dashed where negative.",
        )
        st.altair_chart(
            passes_diagram(network, forward, case, taught.inputs, output_names(taught), path=unit),
            alt=f"A network of {plural(len(taught.inputs), 'input')} with the values of one case",
        )
    with words:
        st.markdown(escape(value_sentence(network, forward, taught, case, unit)))
        _show_sum(network, forward.inputs[0][case], taught, unit[1])


def _show_sum(network: SmallNetwork, values: np.ndarray, taught: TaughtCases, unit: int) -> None:
    """The weighted sum of one unit, term by term."""
    kernel, bias = network.layers[0].kernel[:, unit], network.layers[0].bias[unit]
    table = pd.DataFrame(
        {
            "input": [*taught.inputs, "bias"],
            "value": [*values, 1.0],
            "weight": [*kernel, bias],
            "product": [*(values * kernel), bias],
        }
    )
    show_question(f"How does unit {unit + 1} come to its value?", "Value times weight, summed.")
    st.dataframe(table, hide_index=True, column_config=_numbers(table), alt="Terms of a sum")


def show_back_propagation(topic: Topic, setting: Setting, case: int) -> None:
    """The error of one respondent going back, and what a step changes."""
    taught = topic.taught
    steps = steps_taken(topic, setting)
    path = topic.path(setting, steps)
    picture, right = side_by_side("backward", 1.35, 1)
    with picture:
        _show_blame(taught, path, case)
    with right:
        show_question(
            "What does one step change?",
            f"Mean gradient of a mini-batch of {plural(len(path.next_step.rows), 'case')}; each "
            f"weight moves against it, with a learning rate of {setting.rate:g}.",
        )
        table = weight_table(path.next_step, taught).head(WEIGHTS_SHOWN)
        st.dataframe(table, hide_index=True, column_config=_numbers(table), alt="Weights")
        _show_buttons(topic, setting, steps)
        last = path.losses.iloc[-1]
        show_question(
            "Is it getting better?",
            f"Loss after {plural(steps, 'step')}: training {last['training']:.3f}, "
            f"validation {last['validation']:.3f}.",
        )
        st.altair_chart(descent_chart(path.losses), alt="Losses by step")


def _show_blame(taught: TaughtCases, path: Path, case: int) -> None:
    network = path.state.network
    forward = pass_forward(network, taught.x)
    backward = pass_backward(network, forward, taught.y)
    blamed = blamed_unit(network, backward, case)
    show_question(
        "Who is to blame for the error?",
        f"Row {row_number(int(taught.rows[case]))} of the file; observed: "
        f"{escape(taught.answer(case))}. In the circles what each unit gives on; below them, in "
        "orange, its share of the error, passed back through the same connections.",
    )
    st.altair_chart(
        passes_diagram(
            network,
            forward,
            case,
            taught.inputs,
            output_names(taught),
            backward=backward,
            path=blamed,
        ),
        alt="A network with the errors of one case going back",
    )
    if blamed is not None:
        st.markdown(escape(error_sentence(network, forward, backward, case, blamed)))


def _numbers(table: pd.DataFrame) -> dict[str, Any]:
    return {
        name: st.column_config.NumberColumn(format="%.3f")
        for name in table.columns
        if table[name].dtype.kind == "f"
    }


def steps_taken(topic: Topic, setting: Setting) -> int:
    """Steps of this network in this session; another network begins at 0."""
    known, steps = state.recall("lecture-steps", (None, 0))
    return int(steps) if known == (topic.dataset.fingerprint, topic.task, setting) else 0


def _show_buttons(topic: Topic, setting: Setting, steps: int) -> None:
    ways = {"One step": 1, "Ten steps": 10, "One epoch": steps_of_epoch(topic.taught, setting)}
    with st.container(horizontal=True, gap="small"):
        for label, more in ways.items():
            if st.button(label, disabled=steps + more > MOST_STEPS):
                _go_to(topic, setting, steps + more)
        if st.button("Start again", disabled=steps == 0):
            _go_to(topic, setting, 0)


MOST_STEPS = 2_000
"""Each look at the page repeats them from the start, unless it knows them already."""


def _go_to(topic: Topic, setting: Setting, steps: int) -> None:
    mark = (topic.dataset.fingerprint, topic.task, setting)
    state.remember("lecture-steps", (mark, steps))
    st.rerun()
