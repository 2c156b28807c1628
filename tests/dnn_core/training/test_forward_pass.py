"""A pass of many networks at once beside one network at a time, in NumPy."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec
from dnn_core.training.forward import forward
from dnn_core.training.forward_pass import (
    BATCH_NORM_EPSILON,
    BATCH_NORM_MOMENTUM,
    Batch,
    dropout_masks,
    pass_forward,
)
from dnn_core.training.parameters import Architecture, architecture_of
from dnn_core.training.regularisation import dropout_places

MEMBERS, CASES, INPUTS = 3, 6, 4
NORMALISED = NetworkSpec(
    hidden=(
        HiddenLayer(units=5, batch_norm=True, activation="tanh"),
        HiddenLayer(units=3, activation="softplus"),
    )
)


def draw(network: NetworkSpec) -> tuple[Architecture, np.ndarray, np.ndarray, np.ndarray]:
    """Architecture, weights, moving statistics and cases."""
    rng = np.random.default_rng(5)
    architecture = architecture_of([network], INPUTS, output_of(Kind.MULTICLASS, 3), 1.0)
    moving = sum(weight.size for weight in architecture.statistics)
    return (
        architecture,
        rng.normal(size=(MEMBERS, architecture.size)).astype("float32"),
        rng.uniform(0.5, 2, size=(MEMBERS, moving)).astype("float32"),
        rng.normal(size=(MEMBERS, CASES, INPUTS)).astype("float32"),
    )


@pytest.mark.parametrize("network", [NORMALISED, NetworkSpec(hidden=())])
def test_predictions_are_those_of_each_network_alone(network: NetworkSpec) -> None:
    architecture, weights, statistics, cases = draw(network)
    raw, moments = pass_forward(
        architecture,
        tf.constant(weights),
        tf.constant(cases),
        statistics=tf.constant(statistics),
    )
    assert moments == []
    for m in range(MEMBERS):
        arrays = architecture.unpack(weights[m], statistics[m])
        expected = forward(network, arrays, cases[m])
        np.testing.assert_allclose(raw[m], expected, rtol=1e-4, atol=1e-5)


def test_a_batch_is_normalised_by_the_cases_that_are_present() -> None:
    architecture, weights, _, cases = draw(NORMALISED)
    counts = [6.0, 4.0, 0.0]
    raw, moments = pass_forward(
        architecture, tf.constant(weights), tf.constant(cases), batch=Batch(tf.constant(counts), [])
    )
    mean, variance = (moment.numpy() for moment in moments)
    assert mean.shape == variance.shape == (MEMBERS, 5)
    for m, count in enumerate((6, 4)):
        signal = cases[m, :count] @ weights[m, :20].reshape(4, 5)
        np.testing.assert_allclose(mean[m], signal.mean(axis=0), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(variance[m], signal.var(axis=0), rtol=1e-4, atol=1e-6)
        moving = np.concatenate([signal.mean(axis=0), signal.var(axis=0)])
        arrays = architecture.unpack(weights[m], moving)
        expected = forward(NORMALISED, arrays, cases[m, :count])
        np.testing.assert_allclose(raw[m, :count], expected, rtol=1e-3, atol=1e-4)
    # Where nobody is present nothing is divided by 0.
    assert mean[2].tolist() == variance[2].tolist() == [0] * 5
    assert np.isfinite(raw.numpy()).all()


def test_the_slope_of_a_normalised_batch_is_that_of_differences() -> None:
    architecture, weights, _, cases = draw(NORMALISED)
    batch = Batch(tf.constant([6.0, 6.0, 6.0]), [])

    def total(at: np.ndarray) -> tf.Tensor:
        raw, _ = pass_forward(architecture, tf.constant(at), tf.constant(cases), batch=batch)
        return tf.reduce_sum(raw[:, 0] ** 2)

    variable = tf.constant(weights)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        raw, _ = pass_forward(architecture, variable, tf.constant(cases), batch=batch)
        value = tf.reduce_sum(raw[:, 0] ** 2)
    slope = tape.gradient(value, variable).numpy()
    for weight in (3, 12, 22, 27):
        step = np.zeros_like(weights)
        step[1, weight] = 1e-2
        expected = float(total(weights + step) - total(weights - step)) / 2e-2
        assert slope[1, weight] == pytest.approx(expected, rel=0.02, abs=0.02)


DROPPED = NetworkSpec(
    hidden=(HiddenLayer(units=2, dropout=0.5), HiddenLayer(units=3, dropout=0.5)),
    input_dropout=0.5,
)


def test_masks_multiply_inputs_and_layers_in_training_only() -> None:
    linear = DROPPED.but(hidden=tuple(h.but(activation="linear") for h in DROPPED.hidden))
    architecture, weights, _, cases = draw(linear)
    rng = np.random.default_rng(1)
    masks = [rng.choice([0.0, 2.0], size=(MEMBERS, CASES, n)).astype("float32") for n in (4, 2, 3)]
    batch = Batch(tf.constant([6.0] * MEMBERS), [tf.constant(mask) for mask in masks])
    raw, _ = pass_forward(architecture, tf.constant(weights), tf.constant(cases), batch=batch)
    for m in range(MEMBERS):
        first, a, second, b, third, c = architecture.unpack(weights[m], np.zeros(0))
        signal = (cases[m] * masks[0][m] @ first + a) * masks[1][m]
        expected = (signal @ second + b) * masks[2][m] @ third + c
        np.testing.assert_allclose(raw[m], expected, rtol=1e-4, atol=1e-5)
    plain, _ = pass_forward(architecture, tf.constant(weights), tf.constant(cases))
    expected = forward(linear, architecture.unpack(weights[0], np.zeros(0)), cases[0])
    np.testing.assert_allclose(plain[0], expected, rtol=1e-4, atol=1e-5)


def test_units_are_dropped_at_their_rates_and_the_others_scaled_up() -> None:
    architecture = architecture_of([DROPPED], 40, output_of(Kind.BINARY, 2), 1.0)
    cases, units = 500, 40 + 2 + 3
    rates = np.repeat([[[0.2] * 40 + [0.75] * 2 + [0.0] * 3]], 2, axis=0).astype("float32")
    keys = tf.constant(np.array([7, 8], dtype="uint32").reshape(2, 1, 1))
    places = tf.constant(dropout_places(cases, units))
    inputs, first, second = (
        mask.numpy() for mask in dropout_masks(architecture, tf.constant(rates), places, keys)
    )
    assert inputs.shape == (2, cases, 40) and first.shape == (2, cases, 2)
    assert set(np.unique(inputs)) == {0, np.float32(1 / np.float32(0.8))}
    assert set(np.unique(first)) == {0, 4} and set(np.unique(second)) == {1}
    # 20,000 and 1,000 draws each: four standard errors are .011 and .055.
    assert (inputs == 0).mean(axis=(1, 2)) == pytest.approx(0.2, abs=0.011)
    assert (first == 0).mean(axis=(1, 2)) == pytest.approx(0.75, abs=0.055)
    # Members, cases and units fall out independently of each other.
    out = inputs == 0
    assert abs(np.corrcoef(out[0].ravel(), out[1].ravel())[0, 1]) < 0.03
    assert abs(np.corrcoef(out[0, 1:].ravel(), out[0, :-1].ravel())[0, 1]) < 0.03


def test_without_dropout_there_is_nothing_to_draw() -> None:
    architecture = architecture_of([NORMALISED], INPUTS, output_of(Kind.BINARY, 2), 1.0)
    none = tf.zeros((1, 1, 0))
    assert dropout_masks(architecture, none, none, none) == []


def test_batches_are_normalised_by_the_constants_of_keras() -> None:
    layer = keras.layers.BatchNormalization()
    assert layer.momentum == BATCH_NORM_MOMENTUM and layer.epsilon == BATCH_NORM_EPSILON
