"""The network and its training, written as calls to Keras without importing Keras.

One list of calls is built by `dnn_core.network.model`, and printed as Python
and as R by `dnn_core.network.code`, so that the three cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dnn_core.data.target import TargetCoding
from dnn_core.network.output import Output
from dnn_core.specs import Activation, HiddenLayer, NetworkSpec

INITIALIZERS = {
    Activation.RELU: "HeNormal",
    Activation.ELU: "HeNormal",
    Activation.GELU: "HeNormal",
    Activation.SILU: "HeNormal",
    Activation.SOFTPLUS: "HeNormal",
    Activation.SELU: "LecunNormal",
}
"""He et al. (2015) for ReLU and its smooth relatives, LeCun et al. (1998) as
Klambauer et al. (2017) require it for SELU; the rest is `GlorotUniform`
(Glorot and Bengio 2010)."""


@dataclass(frozen=True)
class Call:
    """A call of something public in Keras: `layers.Dense(units=64)`.

    `function` is the path below `keras`; arguments are numbers, texts, truth
    values, further calls, or, in code that is written out, variables of it.
    """

    function: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Variable:
    """A value that written code computes itself."""

    name: str


def call(function: str, **arguments: Any) -> Call:
    """Write down a call."""
    return Call(function, arguments)


def layer_calls(
    network: NetworkSpec, output: Output, *, input_scale: float, seed: int
) -> tuple[Call, ...]:
    """Return the layers after the input, in their order.

    A hidden layer is dense, then batch normalisation, activation and dropout.
    Layers are seeded one by one, so that switching dropout on in one of them
    leaves the starting weights of all of them as they were.

    Parameters
    ----------
    network : NetworkSpec
    output : Output
    input_scale : float
        What the inputs are multiplied with; 1 adds no layer.
    seed : int
        The same seed gives the same starting weights and dropout.
    """
    calls = []
    if input_scale != 1.0:
        calls.append(call("layers.Rescaling", scale=input_scale, name="input_scale"))
    if network.input_dropout:
        _, dropout_seed = _seeds(seed, 0)
        calls.append(_dropout(network.input_dropout, dropout_seed, "input_dropout"))
    for position, layer in enumerate(network.hidden, start=1):
        calls += _hidden_calls(layer, position, seed)
    weight_seed, _ = _seeds(seed, len(network.hidden) + 1)
    calls.append(
        call(
            "layers.Dense",
            units=output.units,
            activation=output.activation,
            kernel_initializer=call("initializers.GlorotUniform", seed=weight_seed),
            name="output",
        )
    )
    return tuple(calls)


def own_units_call(target: TargetCoding) -> Call:
    """Return the layer that turns what the network learns into the outcome's units."""
    return call("layers.Rescaling", scale=target.scale, offset=target.mean, name="outcome_units")


def _hidden_calls(layer: HiddenLayer, position: int, seed: int) -> list[Call]:
    weight_seed, dropout_seed = _seeds(seed, position)
    name = f"hidden_{position}"
    initializer = INITIALIZERS.get(layer.activation, "GlorotUniform")
    dense = {
        "units": layer.units,
        "kernel_initializer": call(f"initializers.{initializer}", seed=weight_seed),
        "name": name,
    }
    regularizer = _regularizer(layer)
    if regularizer is not None:
        dense["kernel_regularizer"] = regularizer
    calls = [Call("layers.Dense", dense)]
    if layer.batch_norm:
        calls.append(call("layers.BatchNormalization", name=f"{name}_batch_norm"))
    calls.append(
        call("layers.Activation", activation=layer.activation.value, name=f"{name}_activation")
    )
    if layer.dropout:
        calls.append(_dropout(layer.dropout, dropout_seed, f"{name}_dropout"))
    return calls


def _dropout(rate: float, seed: int, name: str) -> Call:
    return call("layers.Dropout", rate=rate, seed=seed, name=name)


def _regularizer(layer: HiddenLayer) -> Call | None:
    if layer.l1 and layer.l2:
        return call("regularizers.L1L2", l1=layer.l1, l2=layer.l2)
    if layer.l1:
        return call("regularizers.L1", l1=layer.l1)
    if layer.l2:
        return call("regularizers.L2", l2=layer.l2)
    return None


def _seeds(seed: int, position: int) -> tuple[int, int]:
    """Seeds of a layer's weights and of its dropout; 31 bits, as R's integers have."""
    weights, dropout = np.random.SeedSequence((seed, position)).generate_state(2)
    return int(weights >> 1), int(dropout >> 1)
