import numpy as np
import pytest

from dnn_core.network.model import build_model
from dnn_core.outcome.output import output_of
from dnn_core.specs import Activation, HiddenLayer, Kind, NetworkSpec
from dnn_core.training.forward import forward

INPUTS = 5


def make_model(network, seed=0):
    """With weights drawn at random, so that no part of the network is without effect."""
    rng = np.random.default_rng(seed)
    model = build_model(network, INPUTS, output_of(Kind.REGRESSION, 0), seed=1)
    # Positive, as variances are.
    model.set_weights([rng.uniform(0.1, 0.9, size=w.shape) for w in model.get_weights()])
    return model


def layers(activation, batch_norm):
    return tuple(
        HiddenLayer(units=units, activation=activation, batch_norm=batch_norm, dropout=0.3)
        for units in (7, 4)
    )


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", Activation)
def test_agrees_with_keras(activation, batch_norm):
    network = NetworkSpec(hidden=layers(activation, batch_norm), input_dropout=0.2)
    model = make_model(network)
    x = np.random.default_rng(1).normal(size=(40, INPUTS)).astype("float32")
    expected = model.predict_on_batch(x)
    assert expected.std() > 1e-3
    predicted = forward(network, model.get_weights(), x)
    np.testing.assert_allclose(predicted, expected, rtol=1e-6, atol=1e-6)


def test_agrees_with_keras_without_hidden_layers():
    network = NetworkSpec(hidden=())
    model = make_model(network)
    x = np.random.default_rng(1).normal(size=(9, INPUTS)).astype("float32")
    predicted = forward(network, model.get_weights(), x)
    np.testing.assert_allclose(predicted, model.predict_on_batch(x), rtol=1e-6, atol=1e-6)


def test_what_is_said_of_a_case_does_not_depend_on_its_neighbours():
    network = NetworkSpec(hidden=layers("relu", batch_norm=True))
    weights = make_model(network).get_weights()
    x = np.random.default_rng(1).normal(size=(300, INPUTS)).astype("float32")
    alone = np.concatenate([forward(network, weights, row[np.newaxis]) for row in x])
    np.testing.assert_allclose(alone, forward(network, weights, x), rtol=1e-12)
