"""Build, save and load the network. This module imports Keras."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dnn_core.data.target import TargetCoding
from dnn_core.errors import reading
from dnn_core.network.plan import Call, average_call, call, layer_calls, own_units_call
from dnn_core.outcome.output import Output
from dnn_core.specs import NetworkSpec


def build_model(
    network: NetworkSpec,
    inputs: int,
    output: Output,
    *,
    input_scale: float = 1.0,
    seed: int,
    cases: int = 1,
    name: str = "network",
) -> keras.Model:
    """Build the network, not yet compiled.

    Parameters
    ----------
    network : NetworkSpec
    inputs : int
        Number of input columns.
    output : Output
        From `output_of`.
    input_scale : float
        What the inputs are multiplied with inside the network; 1/255 for grey
        values from 0 to 255.
    seed : int
        The same seed gives the same starting weights and dropout.
    cases : int
        Number of training cases, on which only the ridge penalty depends.

    Returns
    -------
    keras.Model
        Input of shape (cases, inputs), output of shape (cases, output.units).
    """
    calls = layer_calls(network, output, input_scale=input_scale, seed=seed, cases=cases)
    layers = [make(call) for call in calls]
    return keras.Sequential([keras.Input((inputs,), name="input"), *layers], name=name)


def starting_weights(
    network: NetworkSpec, inputs: int, output: Output, *, seed: int
) -> list[np.ndarray]:
    """Return the weights with which `build_model` begins, without building the network.

    Returns
    -------
    list of numpy.ndarray
        As `keras.Model.get_weights` gives them.
    """
    weights: list[np.ndarray] = []
    width = inputs
    for layer in layer_calls(network, output, input_scale=1.0, seed=seed, cases=1):
        if layer.function == "layers.Dense":
            units = layer.arguments["units"]
            initializer = make(layer.arguments["kernel_initializer"])
            weights.append(np.asarray(initializer((width, units))))
            if layer.arguments.get("use_bias", True):
                zeros = call("initializers.Zeros")
                start = make(layer.arguments.get("bias_initializer", zeros))
                weights.append(np.asarray(start((units,))))
            width = units
        elif layer.function == "layers.BatchNormalization":
            # gamma, beta, moving mean, moving variance
            weights += [np.ones(width), np.zeros(width), np.zeros(width), np.ones(width)]
    return weights


def make(call: Call) -> Any:
    """Execute a call that was written down."""
    function: Any = keras
    for name in call.function.split("."):
        function = getattr(function, name)
    arguments = {
        name: make(value) if isinstance(value, Call) else value
        for name, value in call.arguments.items()
    }
    return function(**arguments)


def finish_model(members: Sequence[keras.Model], target: TargetCoding) -> keras.Model:
    """Return the network as it is saved, sharing the weights of its members.

    The predictions of several members are averaged: probabilities, or the quantity.
    A network of a quantity learns (y - mean) / scale, of a count y / mean; a last
    layer without parameters turns its output into the outcome's own units.
    """
    model = members[0] if len(members) == 1 else _average(members)
    if not target.kind.numeric:
        return model
    own_units = make(own_units_call(target))
    return keras.Model(model.inputs, own_units(model.outputs[0]), name="network")


def _average(members: Sequence[keras.Model]) -> keras.Model:
    inputs = keras.Input(members[0].input_shape[1:], name="input")
    outputs = [member(inputs) for member in members]
    return keras.Model(inputs, make(average_call())(outputs), name="network")


def member_weights(model: keras.Model) -> list[list[np.ndarray]]:
    """Weights of each member of a finished model, as `keras.Model.get_weights` gives them."""
    members = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    return [member.get_weights() for member in members or [model]]


def save_model(model: keras.Model, path: Path) -> None:
    """Write the network to a `.keras` file, without the state of its optimizer."""
    # Keras insists on the ending; the rename makes the file appear whole or not at all.
    unfinished = path.with_name(f".{path.stem}.tmp.keras")
    model.save(unfinished, include_optimizer=False)
    unfinished.replace(path)


def load_model(path: Path) -> keras.Model:
    """Read a network that this project has saved, ready to predict.

    Never give it a file from elsewhere: loading a foreign `.keras` file can run
    code in spite of Keras' safe mode.

    Raises
    ------
    Damaged
        If the file no longer holds a network.
    """
    with reading("run", path):
        return keras.saving.load_model(path, compile=False, safe_mode=True)
