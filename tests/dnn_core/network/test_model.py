"""The built network, compared with plain Keras and with arithmetic by hand."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from dnn_core.data.target import TargetCoding
from dnn_core.network.model import build_model, finish_model, load_model, save_model
from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import Output, output_of
from dnn_core.specs import HOML_PRESETS, PRESETS, Activation, HiddenLayer, Kind, NetworkSpec

BINARY = output_of(Kind.BINARY, 2)
EVERYTHING = NetworkSpec(
    hidden=(
        HiddenLayer(units=6, batch_norm=True, dropout=0.3, l1=0.01, l2=0.02),
        HiddenLayer(units=5, activation=Activation.SELU, l1=0.01),
        HiddenLayer(units=4, activation=Activation.TANH, l2=0.02),
    ),
    input_dropout=0.1,
)


def _trainable(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize("network", [*PRESETS.values(), *HOML_PRESETS.values(), EVERYTHING])
@pytest.mark.parametrize("output", [BINARY, output_of(Kind.MULTICLASS, 10)])
def test_count_parameters_equals_keras(network: NetworkSpec, output: Output) -> None:
    model = build_model(network, 31, output, seed=1)
    assert count_parameters(network, 31, output) == _trainable(model)


def test_layers_and_their_order() -> None:
    model = build_model(EVERYTHING, 3, BINARY, input_scale=1 / 255, seed=1)
    assert [(type(layer).__name__, layer.name) for layer in model.layers] == [
        ("Rescaling", "input_scale"),
        ("Dropout", "input_dropout"),
        ("Dense", "hidden_1"),
        ("BatchNormalization", "hidden_1_batch_norm"),
        ("Activation", "hidden_1_activation"),
        ("Dropout", "hidden_1_dropout"),
        ("Dense", "hidden_2"),
        ("Activation", "hidden_2_activation"),
        ("Dense", "hidden_3"),
        ("Activation", "hidden_3_activation"),
        ("Dense", "output"),
    ]


def test_settings_reach_keras() -> None:
    layers = {layer.name: layer for layer in build_model(EVERYTHING, 3, BINARY, seed=1).layers}
    assert layers["input_dropout"].rate == 0.1
    assert layers["hidden_1_dropout"].rate == 0.3
    initializers = {
        name: type(layer.kernel_initializer).__name__
        for name, layer in layers.items()
        if isinstance(layer, keras.layers.Dense)
    }
    assert initializers == {
        "hidden_1": "HeNormal",
        "hidden_2": "LecunNormal",
        "hidden_3": "GlorotUniform",
        "output": "GlorotUniform",
    }
    penalties = {
        name: {key: pytest.approx(value) for key, value in regularizer.get_config().items()}
        for name, layer in layers.items()
        if (regularizer := getattr(layer, "kernel_regularizer", None)) is not None
    }
    assert penalties == {
        "hidden_1": {"l1": 0.01, "l2": 0.02},
        "hidden_2": {"l1": 0.01},
        "hidden_3": {"l2": 0.02},
    }


def test_prediction_by_hand() -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=2),))
    model = build_model(network, 2, BINARY, input_scale=0.5, seed=1)
    weights = ([[1, -1], [2, 1]], [0.5, 0], [[3], [1]], [-6])
    model.set_weights([np.array(values, dtype="float32") for values in weights])
    # (2, 2) halved is (1, 1); hidden: 1 + 2 + 0.5 = 3.5 and -1 + 1 = 0; 3 x 3.5 - 6 = 4.5.
    # (2, 0) halved is (1, 0); hidden: 1 + 0.5 = 1.5 and -1 cut to 0; 3 x 1.5 - 6 = -1.5.
    predicted = model.predict(np.array([[2, 2], [2, 0]], dtype="uint8"), verbose=0)
    expected = [[1 / (1 + np.exp(-4.5))], [1 / (1 + np.exp(1.5))]]
    np.testing.assert_allclose(predicted, expected, rtol=1e-6)


def test_same_seed_same_weights_whatever_happened_before() -> None:
    first = build_model(EVERYTHING, 3, BINARY, seed=7).get_weights()
    keras.utils.set_random_seed(99)
    again = build_model(EVERYTHING, 3, BINARY, seed=7).get_weights()
    other = build_model(EVERYTHING, 3, BINARY, seed=8).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_same_seed_same_dropout() -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=64, dropout=0.5),))
    x = np.ones((4, 3), dtype="float32")
    first, again = (build_model(network, 3, BINARY, seed=7)(x, training=True) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_layers_of_one_shape_start_differently() -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=4), HiddenLayer(units=4)))
    model = build_model(network, 4, BINARY, seed=1)
    first, second = (model.get_layer(f"hidden_{i}").get_weights()[0] for i in (1, 2))
    assert not np.array_equal(first, second)


def test_dropout_leaves_the_starting_weights_as_they_are() -> None:
    with_dropout = build_model(PRESETS["Medium"], 3, BINARY, seed=1).get_weights()
    hidden = tuple(layer.but(dropout=0.0) for layer in PRESETS["Medium"].hidden)
    without = build_model(NetworkSpec(hidden=hidden), 3, BINARY, seed=1).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(with_dropout, without, strict=True))


def test_finished_regression_predicts_in_own_units(tmp_path: Path) -> None:
    target = TargetCoding("income", Kind.REGRESSION, mean=50.0, scale=10.0)
    model = build_model(EVERYTHING, 3, output_of(Kind.REGRESSION, 0), seed=1)
    x = np.arange(12, dtype="float32").reshape(4, 3)
    expected = 50 + 10 * model.predict(x, verbose=0)
    path = tmp_path / "model.keras"
    save_model(finish_model([model], target), path)
    np.testing.assert_allclose(load_model(path).predict(x, verbose=0), expected, rtol=1e-6)
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]


def test_finished_classifier_is_the_network_itself() -> None:
    target = TargetCoding("vote", Kind.BINARY, classes=("0", "1"), labels=("no", "yes"))
    model = build_model(PRESETS["Small"], 3, BINARY, seed=1)
    assert finish_model([model], target) is model


def test_a_neutral_start_says_the_same_of_everybody() -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=4),), neutral_start=True)
    model = build_model(network, 3, BINARY, seed=1)
    x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    assert model.predict(x, verbose=0).ravel().tolist() == [0.5] * 5
    other = build_model(network.but(neutral_start=False), 3, BINARY, seed=1)
    # The hidden layers begin as they would have otherwise.
    assert np.array_equal(model.get_weights()[0], other.get_weights()[0])
    assert len(set(other.predict(x, verbose=0).ravel().tolist())) == 5
