"""The chapter of a single neuron: weights to move, and the regression that it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dnn_core.diagnostics.activation_chart import activation_chart, sums_around
from dnn_core.learn.network import pass_forward
from dnn_core.learn.neuron import Neuron, fit_neuron, has_one_unit
from dnn_core.learn.teaching_cases import TaughtCases
from dnn_core.learn.wording import neuron_sentence, output_names
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import predictions_of
from pages.components.layout import show_notice, show_question, side_by_side
from pages.components.text import escape, number
from pages.session import state

LARGEST_WEIGHT = 3.0
"""Where a slider ends, unless a coefficient of the regression is larger."""


def show_neuron(taught: TaughtCases, case: int) -> None:
    """One respondent's answers, the weights, the sum, and what becomes of it."""
    if not has_one_unit(taught):
        show_notice(
            "Several categories need several neurons.",
            "Each has weights of its own; see the forward pass. For a single neuron choose an "
            "outcome with two categories, or a number.",
            icon="info",
            color="gray",
        )
        return
    fitted = fit_neuron(taught)
    controls, picture = side_by_side("neuron", 1, 1.25)
    with controls:
        neuron = _choose_weights(taught, case, fitted)
    with picture:
        _show_curve(taught, neuron, case)


def _choose_weights(taught: TaughtCases, case: int, fitted: Neuron | None) -> Neuron:
    """A slider per weight, and beside it the coefficient of the regression."""
    outcome = outcome_of(taught.target.kind)
    regression = outcome.linear[1]
    show_question(
        "How much does each answer weigh?",
        f"Move the weights. In brackets the respondent's scaled answer and the coefficient of the "
        f"{regression.lower()}.",
    )
    generation = state.recall("neuron", 0)
    start = fitted if state.recall("neuron-fitted", False) and fitted else _even(taught)
    values = [*taught.x[case].tolist(), 1.0]
    coefficients = [] if fitted is None else _all(fitted)
    reach = max(LARGEST_WEIGHT, *(float(np.ceil(abs(c))) for c in coefficients), 0.0)
    weights = []
    for place, (name, begin) in enumerate(zip((*taught.inputs, "bias"), _all(start), strict=True)):
        of_fit = f"; {number(coefficients[place], 2)}" if coefficients else ""
        weights.append(
            st.slider(
                f"{escape(name)} ({number(values[place], 2)}{of_fit})",
                -reach,
                reach,
                round(begin, 2),
                0.01,
                key=state.key(f"neuron-{generation}-{name}"),
            )
        )
    with st.container(horizontal=True, gap="small"):
        if st.button(f"Take the {regression.lower()}", disabled=fitted is None):
            _begin_anew(fitted=True)
        if st.button("Start again"):
            _begin_anew(fitted=False)
    return Neuron(np.array(weights[:-1]), weights[-1])


def _all(neuron: Neuron) -> list[float]:
    """Its weights, then the bias."""
    return [*neuron.weights.tolist(), neuron.bias]


def _even(taught: TaughtCases) -> Neuron:
    return Neuron(np.full(len(taught.inputs), 0.5), 0.0)


def _begin_anew(*, fitted: bool) -> None:
    state.remember("neuron-fitted", fitted)
    state.remember("neuron", state.recall("neuron", 0) + 1)
    st.rerun()


def _show_curve(taught: TaughtCases, neuron: Neuron, case: int) -> None:
    network = neuron.as_network(taught)
    forward = pass_forward(network, taught.x)
    total, value = float(forward.raw[case, 0]), float(forward.predictions[case, 0])
    sums = sums_around(total)
    outcome = outcome_of(taught.target.kind)
    curve = pd.DataFrame({"sum": sums, "value": predictions_of(outcome, sums[:, np.newaxis])[:, 0]})
    (name,) = output_names(taught)
    show_question(
        "What does the neuron make of the sum?",
        f"The curve is its activation, {escape(outcome.link.value)}; the point is this respondent.",
    )
    st.altair_chart(
        activation_chart(curve, total, value, name), alt="The activation with the sum of one case"
    )
    st.markdown(escape(neuron_sentence(neuron, forward, taught, case)))
