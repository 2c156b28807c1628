"""The layout of weights, beside Keras' own lists of them."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.network.model import build_model
from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec
from dnn_core.training.parameters import Architecture, Layer, architecture_of, skeleton

NETWORK = NetworkSpec(
    hidden=(
        HiddenLayer(units=5, batch_norm=True, activation="tanh"),
        HiddenLayer(units=2, dropout=0.1),
    )
)


def architecture(*networks: NetworkSpec, kind: Kind = Kind.MULTICLASS) -> Architecture:
    return architecture_of(networks or (NETWORK,), 3, output_of(kind, 4), 1.0)


def test_sizes_by_hand() -> None:
    three = architecture()
    # 3 by 5 and gamma and beta; 5 by 2 and a bias; 2 by 4 and a bias.
    assert [weight.size for weight in three.weights] == [15, 5, 5, 10, 2, 8, 4]
    assert three.size == 49
    assert [weight.name for weight in three.weights] == [
        *("1.kernel", "1.gamma", "1.beta"),
        *("2.kernel", "2.bias", "3.kernel", "3.bias"),
    ]
    assert [weight.is_kernel for weight in three.weights] == [
        *(True, False, False, True, False, True, False),
    ]
    assert [weight.name for weight in three.statistics] == [
        "1.moving_mean",
        "1.moving_variance",
    ]
    # Ordered categories: one score and three thresholds.
    ordered = architecture(kind=Kind.ORDINAL)
    assert [weight.shape for weight in ordered.weights[-2:]] == [(2, 1), (3,)]
    assert ordered.layers[-1] == Layer(1, "linear", batch_norm=False, dropout=False)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("network", [NETWORK, NetworkSpec(hidden=())])
def test_what_keras_lists_comes_back_as_it_was(network: NetworkSpec, kind: Kind) -> None:
    output = output_of(kind, 4)
    layout = architecture_of([network], 3, output, 1.0)
    rng = np.random.default_rng(1)
    weights = rng.normal(size=layout.size).astype("float32")
    statistics = rng.normal(size=10 if network.hidden else 0).astype("float32")
    model = build_model(network, 3, output, seed=1)
    model.set_weights(layout.unpack(weights, statistics))
    back, moving = layout.pack(model.get_weights())
    np.testing.assert_array_equal(back, weights)
    np.testing.assert_array_equal(moving, statistics)
    assert back.dtype == moving.dtype == np.float32
    names = [variable.name for variable in model.weights]
    if network.hidden:
        # Gamma follows 15 weights of the kernel, and beta's five follow it.
        np.testing.assert_array_equal(model.weights[names.index("gamma")], weights[15:20])
        np.testing.assert_array_equal(model.weights[names.index("beta")], weights[20:25])
        np.testing.assert_array_equal(model.weights[names.index("moving_mean")], statistics[:5])


def test_a_figure_for_each_kernel_is_spread_over_its_weights() -> None:
    spread = architecture().spread([1.0, 2.0, 3.0])
    expected = np.repeat([1, 0, 2, 0, 3, 0], [15, 10, 10, 2, 8, 4])
    np.testing.assert_array_equal(spread, expected)
    assert spread.dtype == np.float32


def test_a_layer_is_dropped_from_where_any_network_drops_it() -> None:
    first = HiddenLayer(units=5), HiddenLayer(units=2)
    none = NetworkSpec(hidden=first)
    of_inputs = none.but(input_dropout=0.1)
    of_second = none.but(hidden=(first[0], first[1].but(dropout=0.2)))
    assert architecture(none).droppable == ()
    assert architecture(none, of_inputs).droppable == (3,)
    assert architecture(of_second, none).droppable == (2,)
    assert architecture(none, of_inputs, of_second).droppable == (3, 2)
    assert [layer.dropout for layer in architecture(none, of_second).layers] == [
        *(False, True, False),
    ]


@pytest.mark.parametrize("changes", [{"units": 6}, {"activation": "relu"}, {"batch_norm": False}])
def test_another_shape_is_refused_and_other_dropout_is_not(changes: dict) -> None:
    other = NETWORK.but(hidden=(NETWORK.hidden[0].but(**changes), NETWORK.hidden[1]))
    with pytest.raises(ValueError, match="different shape"):
        architecture(NETWORK, other)
    same = NETWORK.but(hidden=tuple(layer.but(dropout=0.4, l2=1.0) for layer in NETWORK.hidden))
    assert skeleton(same) == skeleton(NETWORK) == ((5, "tanh", True), (2, "relu", False))
    assert architecture(NETWORK, same).size == 49
