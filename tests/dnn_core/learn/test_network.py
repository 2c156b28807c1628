"""Every number of the forward and the backward pass is that of Keras in double precision."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from dnn_core.learn.descent import Descent, batches, descend, loss_surface, start, take_step
from dnn_core.learn.network import (
    SmallNetwork,
    Weights,
    draw_network,
    mean_loss,
    pass_backward,
    pass_forward,
)
from dnn_core.specs import Activation, Kind

CASES, INPUTS, CLASSES = 13, 3, 4
UNITS = (5, 2)

LOSSES = {
    Kind.REGRESSION: lambda y, p: (y - p[:, 0]) ** 2,
    Kind.BINARY: lambda y, p: -tf.math.log(tf.where(y == 1, p[:, 0], 1 - p[:, 0])),
    Kind.MULTICLASS: lambda y, p: -tf.math.log(tf.gather(p, y, axis=1, batch_dims=1)),
    Kind.ORDINAL: lambda y, p: -tf.math.log(tf.gather(p, y, axis=1, batch_dims=1)),
    Kind.COUNT: lambda y, p: p[:, 0] - y * tf.math.log(p[:, 0]),
    Kind.AMOUNT: lambda y, p: y / p[:, 0] + tf.math.log(p[:, 0]),
}
"""Of the predictions, as textbooks write them; the functions under test begin at raw outputs."""


def cases(kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    x = generator.normal(size=(CASES, INPUTS))
    match kind:
        case Kind.REGRESSION:
            y = generator.normal(size=CASES)
        case Kind.BINARY:
            y = generator.integers(0, 2, CASES)
        case Kind.COUNT:
            y = generator.poisson(2.0, CASES).astype(float)
        case Kind.AMOUNT:
            y = generator.gamma(2.0, size=CASES)
        case _:
            y = generator.integers(0, CLASSES, CASES)
    return x, y


def drawn(kind: Kind, activation: Activation = Activation.TANH) -> SmallNetwork:
    network = draw_network(kind, CLASSES, INPUTS, UNITS, activation, seed=2)
    generator = np.random.default_rng(7)
    # Biases other than 0, too; thresholds stay in order.
    hidden = [Weights(w.kernel, generator.normal(size=w.bias.shape)) for w in network.layers[:-1]]
    return network.with_layers((*hidden, network.layers[-1]))


def by_keras(network: SmallNetwork, x: np.ndarray, variables: list[tf.Variable]) -> list[tf.Tensor]:
    """Outputs of the hidden layers and the prediction, by Keras' activations."""
    signal, outputs = tf.constant(x), []
    for place in range(len(network.layers)):
        signal = signal @ variables[2 * place] + variables[2 * place + 1]
        if place < len(network.activations):
            signal = keras.activations.get(network.activations[place].value)(signal)
            outputs.append(signal)
    match network.kind:
        case Kind.REGRESSION:
            predicted = signal
        case Kind.BINARY:
            predicted = keras.activations.sigmoid(signal)
        case Kind.MULTICLASS:
            predicted = keras.activations.softmax(signal)
        case Kind.COUNT | Kind.AMOUNT:
            predicted = keras.activations.exponential(signal)
        case Kind.ORDINAL:
            above = tf.pad(keras.activations.sigmoid(signal), [[0, 0], [1, 0]], constant_values=1.0)
            predicted = above - tf.pad(above[:, 1:], [[0, 0], [0, 1]])
    return [*outputs, predicted]


def variables_of(network: SmallNetwork) -> list[tf.Variable]:
    return [tf.Variable(a) for layer in network.layers for a in (layer.kernel, layer.bias)]


@pytest.mark.parametrize("activation", Activation)
@pytest.mark.parametrize("kind", Kind)
def test_passes_are_those_of_keras(kind: Kind, activation: Activation) -> None:
    x, y = cases(kind)
    network = drawn(kind, activation)
    variables = variables_of(network)
    with tf.GradientTape() as tape:
        *hidden, predicted = by_keras(network, x, variables)
        loss = tf.reduce_mean(LOSSES[kind](y, predicted))
    expected = tape.gradient(loss, variables)
    forward = pass_forward(network, x)
    for mine, theirs in zip(forward.inputs[1:], hidden, strict=True):
        # Keras' GELU has the root of 2 in single precision.
        np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(forward.predictions, predicted, rtol=1e-7, atol=1e-8)
    backward = pass_backward(network, forward, y)
    mine = [a for layer in backward.gradient for a in (layer.kernel, layer.bias)]
    for own, theirs in zip(mine, expected, strict=True):
        np.testing.assert_allclose(own, theirs, rtol=1e-6, atol=1e-8)
    assert mean_loss(network, x, y) == pytest.approx(float(loss), rel=1e-7)


RULES = {
    Descent.SGD: lambda: keras.optimizers.SGD(0.05),
    Descent.MOMENTUM: lambda: keras.optimizers.SGD(0.05, momentum=0.9),
    Descent.ADAM: lambda: keras.optimizers.Adam(0.05),
}


@pytest.mark.parametrize("way", Descent)
def test_steps_are_those_of_keras(way: Descent) -> None:
    x, y = cases(Kind.BINARY)
    network = drawn(Kind.BINARY)
    variables = [keras.Variable(v.numpy(), dtype="float64") for v in variables_of(network)]
    optimizer = RULES[way]()
    optimizer.build(variables)
    state = start(network)
    for epoch in range(3):
        for rows in batches(CASES, 4, epoch, seed=1):
            gradient = pass_backward(
                state.network, pass_forward(state.network, x[rows]), y[rows]
            ).gradient
            optimizer.apply(
                [tf.constant(a) for layer in gradient for a in (layer.kernel, layer.bias)]
            )
            state = descend(state, gradient, way, 0.05)
    mine = [a for layer in state.network.layers for a in (layer.kernel, layer.bias)]
    for own, theirs in zip(mine, variables, strict=True):
        # Keras keeps its rate, and Adam's 1 - 0.999, in single precision.
        np.testing.assert_allclose(own, theirs.numpy(), rtol=1e-5, atol=1e-5)


def test_a_step_reports_the_losses_after_it() -> None:
    x, y = cases(Kind.REGRESSION)
    rows = np.array([0, 3, 5])
    state, step = take_step(
        start(drawn(Kind.REGRESSION)), x, y, rows, Descent.SGD, 0.1, (x[:4], y[:4])
    )
    assert step.losses == {
        "batch": mean_loss(state.network, x[rows], y[rows]),
        "training": mean_loss(state.network, x, y),
        "validation": mean_loss(state.network, x[:4], y[:4]),
    }
    assert step.losses["batch"] < mean_loss(step.before, x[rows], y[rows])
    assert state.step == 1


def test_an_epoch_has_every_case_once_in_an_order_of_its_own() -> None:
    first, second = (np.concatenate(batches(10, 3, epoch, seed=1)) for epoch in (1, 2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert list(first) != list(second)
    assert [len(rows) for rows in batches(10, 3, 1, seed=1)] == [3, 3, 3, 1]


def test_the_surface_of_a_straight_line_is_a_parabola() -> None:
    """One weight and one bias: mean (y - a x - b)^2, worked out by hand."""
    line = SmallNetwork(Kind.REGRESSION, (), (Weights(np.array([[1.0]]), np.array([0.0])),))
    x, y = np.array([[0.0], [2.0]]), np.array([1.0, 3.0])
    slope = (Weights(np.array([[1.0]]), np.array([0.0])),)
    level = (Weights(np.array([[0.0]]), np.array([1.0])),)
    reach = np.array([-1.0, 0.0, 1.0])
    # Rows: bias -1, 0, 1; columns: weight 0, 1, 2.
    expected = [[((1 - b) ** 2 + (3 - 2 * a - b) ** 2) / 2 for a in (0, 1, 2)] for b in (-1, 0, 1)]
    np.testing.assert_allclose(loss_surface(line, slope, level, reach, x, y), expected)
