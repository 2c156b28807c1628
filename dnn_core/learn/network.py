"""A small network whose every number can be shown: weights, sums, outputs, errors, gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

import numpy as np
from scipy.special import expit, softmax

from dnn_core.learn.activations import activate, activation_slope
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import linear_slopes, predictions_of, raw_losses
from dnn_core.outcome.output import output_of
from dnn_core.outcome.row import Link
from dnn_core.specs import Activation, Kind

NARROWEST_GAP = 1e-3
"""Between two thresholds of ordered categories, as in the engine (`dnn_core.training.program`)."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of one layer, or their gradient.

    Parameters
    ----------
    kernel : numpy.ndarray
        Shape (inputs, units); of ordered categories' last layer (inputs, 1), as they share a score.
    bias : numpy.ndarray
        Shape (units,); of ordered categories' last layer one per threshold.
    """

    kernel: np.ndarray
    bias: np.ndarray

    def moved(self, direction: Weights, by: float) -> Weights:
        """These weights plus `by` times a direction of the same shapes."""
        return Weights(self.kernel + by * direction.kernel, self.bias + by * direction.bias)


@dataclass(frozen=True, eq=False)
class SmallNetwork:
    """A dense network without batch normalisation and dropout.

    Parameters
    ----------
    kind : Kind
        Of the outcome; it determines link and loss.
    activations : tuple of Activation
        One per hidden layer.
    layers : tuple of Weights
        One per hidden layer, then that of the output.
    """

    kind: Kind
    activations: tuple[Activation, ...]
    layers: tuple[Weights, ...]

    def with_layers(self, layers: tuple[Weights, ...]) -> SmallNetwork:
        """The same network with other weights."""
        return SmallNetwork(self.kind, self.activations, layers)

    def moved(self, direction: tuple[Weights, ...], by: float) -> SmallNetwork:
        """The same network, every weight moved by `by` times its entry in `direction`."""
        pairs = zip(self.layers, direction, strict=True)
        return self.with_layers(tuple(own.moved(way, by) for own, way in pairs))


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """What a network computes from inputs to prediction.

    Parameters
    ----------
    inputs : tuple of numpy.ndarray
        What enters each layer, shape (cases, inputs of the layer).
    sums : tuple of numpy.ndarray
        Weighted sums with the bias of each layer, shape (cases, units); the last are the raw
        outputs.
    predictions : numpy.ndarray
        Shape (cases, units of the output).
    """

    inputs: tuple[np.ndarray, ...]
    sums: tuple[np.ndarray, ...]
    predictions: np.ndarray

    @property
    def raw(self) -> np.ndarray:
        """Raw outputs, before the link; shape (cases, raw units)."""
        return self.sums[-1]


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """What goes back through a network.

    Parameters
    ----------
    errors : tuple of numpy.ndarray
        Derivative of each case's loss by the sums of each layer, shape (cases, units).
    gradient : tuple of Weights
        Derivative of the mean loss by every weight.
    """

    errors: tuple[np.ndarray, ...]
    gradient: tuple[Weights, ...]


def draw_network(
    kind: Kind, classes: int, inputs: int, units: tuple[int, ...], activation: Activation, seed: int
) -> SmallNetwork:
    """A network with random starting weights.

    Kernels are normal, of hidden layers with variance 2 by the number of inputs (He et al. 2015),
    of the output with half of it; biases are 0, thresholds those of equally frequent categories.

    Parameters
    ----------
    classes : int
        Number of categories; of no meaning for numbers.
    units : tuple of int
        Of each hidden layer.
    """
    generator = np.random.default_rng(seed)
    output = output_of(kind, classes)
    layers = []
    width = inputs
    for count in units:
        kernel = generator.normal(0.0, np.sqrt(2 / width), size=(width, count))
        layers.append(Weights(kernel, np.zeros(count)))
        width = count
    kernel = generator.normal(0.0, np.sqrt(1 / width), size=(width, output.scores))
    # Thresholds fall from category to category; other outputs have none.
    bias = np.array(output.starting_biases())
    layers.append(Weights(kernel, bias))
    return SmallNetwork(kind, (activation,) * len(units), tuple(layers))


def pass_forward(network: SmallNetwork, x: np.ndarray) -> ForwardPass:
    """Predict, and keep what every unit computes.

    Parameters
    ----------
    network : SmallNetwork
    x : numpy.ndarray
        Shape (cases, inputs).
    """
    signal = x.astype("float64")
    inputs, sums = [], []
    for place, layer in enumerate(network.layers):
        inputs.append(signal)
        sums.append(signal @ layer.kernel + layer.bias)
        if place < len(network.activations):
            signal = activate(network.activations[place], sums[-1])
    predictions = predictions_of(outcome_of(network.kind), sums[-1])
    return ForwardPass(tuple(inputs), tuple(sums), predictions)


def pass_backward(network: SmallNetwork, forward: ForwardPass, y: np.ndarray) -> BackwardPass:
    """Pass errors back by the chain rule, from the output to the first layer.

    Parameters
    ----------
    network : SmallNetwork
    forward : ForwardPass
        Of that network.
    y : numpy.ndarray
        Coded outcome: standardised, divided by its mean, or positions of classes, shape (cases,).
    """
    error = raw_slopes(network.kind, y, forward.raw)
    errors, gradient = [], []
    for place in reversed(range(len(network.layers))):
        layer, before = network.layers[place], forward.inputs[place]
        errors.append(error)
        # Ordered categories share one score, to which every threshold's error goes back.
        shared = error.sum(axis=1, keepdims=True) if layer.kernel.shape[1] == 1 else error
        gradient.append(Weights(before.T @ shared / len(y), error.mean(axis=0)))
        if place:
            slope = activation_slope(network.activations[place - 1], forward.sums[place - 1])
            error = shared @ layer.kernel.T * slope
    return BackwardPass(tuple(reversed(errors)), tuple(reversed(gradient)))


def mean_loss(network: SmallNetwork, x: np.ndarray, y: np.ndarray) -> float:
    """The mean loss of cases, without the part that predictions do not change, as in Keras."""
    raw = pass_forward(network, x).raw
    return float(raw_losses(outcome_of(network.kind), y, raw).mean())


def raw_slopes(kind: Kind, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """Derivative of each case's loss by its raw outputs, shape (cases, raw units)."""
    outcome = outcome_of(kind)
    match outcome.link:
        case Link.SOFTMAX:
            observed = np.eye(raw.shape[1])[y]
            result: np.ndarray = softmax(raw, axis=1) - observed
            return result
        case Link.CUMULATIVE:
            return _cumulative_slopes(y, raw)
        case Link.IDENTITY | Link.LOGIT | Link.LOG:
            slopes, _ = linear_slopes(outcome.loss, y, raw[:, 0])
            return slopes[:, np.newaxis]
        case never:
            assert_never(never)


def _cumulative_slopes(y: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """As `dnn_core.training.program.slopes` of ordered categories; see there."""
    gap = np.maximum(raw[:, :-1] - raw[:, 1:], NARROWEST_GAP)
    apart = 1 / np.expm1(gap)
    none = np.zeros_like(raw[:, :1])
    as_upper = expit(raw) + np.concatenate([none, apart], axis=1)
    as_lower = -expit(-raw) - np.concatenate([apart, none], axis=1)
    at = np.eye(raw.shape[1] + 1)[y]
    slopes: np.ndarray = as_upper * at[:, :-1] + as_lower * at[:, 1:]
    return slopes
