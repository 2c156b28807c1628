"""The arithmetic of one case in a sentence, as chapters of the lecture say it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnn_core.learn.activations import activation_slope
from dnn_core.learn.descent import Step
from dnn_core.learn.network import BackwardPass, ForwardPass, SmallNetwork, mean_loss
from dnn_core.learn.neuron import Neuron
from dnn_core.learn.teaching_cases import TaughtCases
from dnn_core.wording import number

LONGEST_NAME = 22
"""Characters of an input's name in a table, so that the unit after it stays in sight."""


def output_names(taught: TaughtCases) -> tuple[str, ...]:
    """Names of the units of the output."""
    target = taught.target
    if target.kind.numeric:
        return (taught.outcome,)
    if target.outputs == 1:
        return (f"P({target.labels[-1]})",)
    return tuple(f"P({label})" for label in target.labels)


def weight_table(step: Step, taught: TaughtCases) -> pd.DataFrame:
    """Every weight before a step, its gradient, and after it; the most changed first.

    Returns
    -------
    pandas.DataFrame
        weight (from which unit to which), before, gradient, after.
    """
    outputs = output_names(taught)
    last = len(step.before.layers)
    rows = []
    for place, (before, gradient, after) in enumerate(
        zip(step.before.layers, step.backward.gradient, step.after.layers, strict=True), start=1
    ):
        inputs, units = before.kernel.shape
        # Ordered categories share one score.
        ends = outputs if len(outputs) == units else ("score",)
        starts = tuple(map(_short, taught.inputs)) if place == 1 else _units(inputs)
        ends = ends if place == last else _units(units)
        for (i, j), weight in np.ndenumerate(before.kernel):
            name = f"{starts[i]} → {ends[j]}"
            rows.append((name, weight, gradient.kernel[i, j], after.kernel[i, j]))
    table = pd.DataFrame(rows, columns=["weight", "before", "gradient", "after"])
    changed = (table["after"] - table["before"]).abs().sort_values(ascending=False, kind="stable")
    return table.loc[changed.index].reset_index(drop=True)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _units(count: int) -> tuple[str, ...]:
    return tuple(f"unit {number}" for number in range(1, count + 1))


def blamed_unit(network: SmallNetwork, backward: BackwardPass, case: int) -> tuple[int, int] | None:
    """Layer, from 1, and unit, from 0, of the last hidden layer to which most error goes back."""
    if not network.activations:
        return None
    layer = len(network.activations)
    errors = np.abs(backward.errors[layer - 1][case])
    return layer, int(errors.argmax())


def neuron_sentence(neuron: Neuron, forward: ForwardPass, taught: TaughtCases, case: int) -> str:
    """The sum of a single neuron term by term, its prediction and its loss, in plain text."""
    terms = " + ".join(
        f"{_two(value)} × {_two(weight)}"
        for value, weight in zip(taught.x[case], neuron.weights, strict=True)
    )
    total = float(forward.raw[case, 0])
    loss = mean_loss(neuron.as_network(taught), taught.x, taught.y)
    return (
        f"{terms} + {_two(neuron.bias)} = {_two(total)}, which becomes "
        f"{_prediction(taught, forward, case)}; observed was {taught.answer(case)}. The mean loss "
        f"over all training cases is {number(loss, 3)}."
    )


def _prediction(taught: TaughtCases, forward: ForwardPass, case: int) -> str:
    """What is predicted; a number as it is coded and in its own units."""
    named = zip(output_names(taught), forward.predictions[case], strict=True)
    words = " and ".join(f"{name} = {_two(value)}" for name, value in named)
    target = taught.target
    if not target.kind.numeric:
        return words
    own = float(forward.predictions[case, 0]) * target.scale + target.mean
    return f"{words} as it is coded, in its own units {_two(own)}"


def value_sentence(
    network: SmallNetwork,
    forward: ForwardPass,
    taught: TaughtCases,
    case: int,
    path: tuple[int, int],
) -> str:
    """How one unit of the first layer comes to its value, and what is predicted, in plain text."""
    layer, unit = path
    total = float(forward.sums[layer - 1][case][unit])
    value = float(forward.inputs[layer][case][unit])
    activation = network.activations[layer - 1].label
    return (
        f"Unit {unit + 1} sums its inputs times its weights to {_two(total)}; {activation} makes "
        f"{_two(value)} of it. The network predicts "
        f"{_prediction(taught, forward, case)}; observed was {taught.answer(case)}."
    )


def error_sentence(
    network: SmallNetwork,
    forward: ForwardPass,
    backward: BackwardPass,
    case: int,
    path: tuple[int, int],
) -> str:
    """How the error of the output becomes that of one hidden unit, in plain text.

    Parameters
    ----------
    path : tuple of int
        Layer and unit, from `blamed_unit`.
    """
    layer, unit = path
    kernel = network.layers[layer].kernel[unit]
    out = backward.errors[layer][case]
    # Ordered categories share one score, to which all their errors go back.
    out = out.sum(keepdims=True) if len(kernel) == 1 else out
    back = float(out @ kernel)
    terms = " + ".join(f"{_two(e)} × {_two(w)}" for e, w in zip(out, kernel, strict=True))
    activation = network.activations[layer - 1]
    slope = float(activation_slope(activation, forward.sums[layer - 1][case])[unit])
    own = float(backward.errors[layer - 1][case][unit])
    weights = "weight" if len(kernel) == 1 else "weights"
    return (
        f"Unit {unit + 1} is connected by the {weights} {', '.join(map(_two, kernel))}, so "
        f"{terms} = {_two(back)} comes back to it. The slope of its activation is {_two(slope)}, "
        f"so its own error is {_two(slope)} × {_two(back)} = {_two(own)}."
    )


def _two(value: float) -> str:
    return number(float(value))
