"""The network and its training, written as calls to Keras without importing Keras.

One list of calls is built by `dnn_core.network.model`, and printed as Python
and as R by `dnn_core.network.code`, so that the three cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dnn_core.data.target import TargetCoding
from dnn_core.network.fixed import difference_bias, difference_kernel
from dnn_core.outcome.output import Output
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
    values, lists of numbers, further calls, or, in code that is written out,
    variables of it.
    """

    function: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Variable:
    """A value that written code computes itself; `name` may be an expression of it."""

    name: str


def call(function: str, **arguments: Any) -> Call:
    """Write down a call."""
    return Call(function, arguments)


@dataclass(frozen=True)
class Penalty:
    """The penalty on the kernel of one layer: l1 |w| + l2 w²."""

    l1: float
    l2: float


def penalties(network: NetworkSpec, cases: int) -> tuple[Penalty, ...]:
    """Return the penalty of every dense layer, the output layer included.

    Parameters
    ----------
    network : NetworkSpec
    cases : int
        Number of training cases.
    """
    ridge = network.ridge / cases
    hidden = (Penalty(layer.l1, layer.l2 + ridge) for layer in network.hidden)
    return (*hidden, Penalty(0.0, ridge))


def layer_calls(
    network: NetworkSpec,
    output: Output,
    *,
    input_scale: float,
    seed: int,
    cases: int | Variable,
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
    cases : int or Variable
        Number of training cases, on which the ridge penalty depends.
    """
    calls = []
    l2 = _l2(network, cases)
    if input_scale != 1.0:
        calls.append(call("layers.Rescaling", scale=input_scale, name="input_scale"))
    if network.input_dropout:
        _, dropout_seed = _seeds(seed, 0)
        calls.append(_dropout(network.input_dropout, dropout_seed, "input_dropout"))
    for position, layer in enumerate(network.hidden, start=1):
        calls += _hidden_calls(layer, position, seed, l2[position - 1])
    start = (
        call("initializers.Zeros")
        if network.neutral_start
        else call("initializers.GlorotUniform", seed=_seeds(seed, len(network.hidden) + 1)[0])
    )
    return (*calls, *_output_calls(output, start, _regularizer(0.0, l2[-1])))


def own_units_call(target: TargetCoding) -> Call:
    """Return the layer that rescales the network's output to the outcome's units."""
    return call("layers.Rescaling", scale=target.scale, offset=target.mean, name="outcome_units")


def average_call() -> Call:
    """Return the layer that averages the predictions of several networks."""
    return call("layers.Average", name="average")


def member_seeds(seed: int, members: int) -> list[int]:
    """Seeds of a run's networks: its own for the first, and 31 bits drawn from it for others."""
    drawn = np.random.SeedSequence(seed).generate_state(max(members - 1, 1)) >> 1
    return [seed, *(int(value) for value in drawn[: members - 1])]


def _output_calls(output: Output, start: Call, regularizer: dict[str, Call]) -> list[Call]:
    """The output layer; for ordered categories the three that make a cumulative link."""
    if not output.ordered:
        arguments = {
            "units": output.units,
            "activation": output.activation,
            "kernel_initializer": start,
            "name": "output",
        }
        return [Call("layers.Dense", arguments | regularizer)]
    score = {"units": 1, "use_bias": False, "kernel_initializer": start, "name": "score"}
    return [
        Call("layers.Dense", score | regularizer),
        call(
            "layers.Dense",
            units=output.raw_units,
            activation="sigmoid",
            # Thresholds are biases; a unit norm holds what multiplies the score at 1.
            kernel_initializer=call("initializers.Ones"),
            kernel_constraint=call("constraints.UnitNorm"),
            bias_initializer=call("initializers.Constant", value=list(output.starting_biases())),
            name="above",
        ),
        call(
            "layers.Dense",
            units=output.units,
            kernel_initializer=call("initializers.Constant", value=difference_kernel(output.units)),
            bias_initializer=call("initializers.Constant", value=difference_bias(output.units)),
            trainable=False,
            name="output",
        ),
    ]


def _hidden_calls(layer: HiddenLayer, position: int, seed: int, l2: float | Variable) -> list[Call]:
    weight_seed, dropout_seed = _seeds(seed, position)
    name = f"hidden_{position}"
    initializer = INITIALIZERS.get(layer.activation, "GlorotUniform")
    dense: dict[str, Any] = {
        "units": layer.units,
        "kernel_initializer": call(f"initializers.{initializer}", seed=weight_seed),
        "name": name,
    }
    if layer.batch_norm:
        # The mean that is subtracted takes a bias along: its gradient would be nothing but
        # rounding, which Adam and its kin blow up to full steps.
        dense["use_bias"] = False
    calls = [Call("layers.Dense", dense | _regularizer(layer.l1, l2))]
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


def _l2(network: NetworkSpec, cases: int | Variable) -> tuple[float | Variable, ...]:
    """L2 of every dense layer; code that counts the cases itself is left the division too."""
    if not isinstance(cases, Variable):
        return tuple(penalty.l2 for penalty in penalties(network, cases))
    own = (*(layer.l2 for layer in network.hidden), 0.0)
    if not network.ridge:
        return own
    ridge = f"{network.ridge!r} / {cases.name}"
    return tuple(Variable(f"{l2!r} + {ridge}" if l2 else ridge) for l2 in own)


def _regularizer(l1: float, l2: float | Variable) -> dict[str, Call]:
    if l1 and l2:
        return {"kernel_regularizer": call("regularizers.L1L2", l1=l1, l2=l2)}
    if l1:
        return {"kernel_regularizer": call("regularizers.L1", l1=l1)}
    if l2:
        return {"kernel_regularizer": call("regularizers.L2", l2=l2)}
    return {}


def _seeds(seed: int, position: int) -> tuple[int, int]:
    """Seeds of a layer's weights and of its dropout; 31 bits, as R's integers have."""
    weights, dropout = np.random.SeedSequence((seed, position)).generate_state(2)
    return int(weights >> 1), int(dropout >> 1)
