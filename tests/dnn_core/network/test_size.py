"""Parameter counts, by hand; test_model.py compares them with Keras."""

from __future__ import annotations

from dnn_core.network.size import LayerSize, count_parameters, layer_sizes
from dnn_core.outcome.output import output_of
from dnn_core.specs import PRESETS, HiddenLayer, Kind, NetworkSpec

ONE = output_of(Kind.BINARY, 2)
FIVE = output_of(Kind.MULTICLASS, 5)


def test_medium_preset() -> None:
    # 31 x 64 + 64 = 2,048; 64 x 32 + 32 = 2,080; 32 x 1 + 1 = 33.
    assert count_parameters(PRESETS["Medium"], 31, ONE) == 2_048 + 2_080 + 33


def test_linear_preset_is_a_regression() -> None:
    # Seven slopes and an intercept.
    assert count_parameters(PRESETS["Linear"], 7, ONE) == 8


def test_layers_with_batch_normalisation() -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=4, batch_norm=True), HiddenLayer(units=2)))
    # Batch normalisation learns a factor and a shift for each of 4 units.
    assert layer_sizes(network, 3, FIVE) == (
        LayerSize("Hidden 1", 4, weights=12, biases=0, scaling=8),
        LayerSize("Hidden 2", 2, weights=8, biases=2),
        LayerSize("Output", 5, weights=10, biases=5),
    )
    assert [size.parameters for size in layer_sizes(network, 3, FIVE)] == [20, 10, 15]


def test_ordered_categories_share_one_score() -> None:
    # 7 slopes and 4 thresholds of 5 categories.
    ordered = output_of(Kind.ORDINAL, 5)
    assert count_parameters(PRESETS["Linear"], 7, ordered) == 7 + 4
