"""The diagram's tables, counted and placed by hand."""

from __future__ import annotations

from dnn_core.data.target import TargetCoding
from dnn_core.network.layout import LayerCaption, lay_out
from dnn_core.specs import PRESETS, HiddenLayer, Kind, NetworkSpec

VOTE = TargetCoding("vote", Kind.BINARY, classes=("1", "2"), labels=("not voted", "voted"))


def test_small_layers_are_drawn_whole_and_centred() -> None:
    layout = lay_out(
        NetworkSpec(hidden=(HiddenLayer(units=2),)), inputs=3, predictors=3, target=VOTE
    )
    assert layout.nodes.to_dict("list") == {
        "layer": [0, 0, 0, 1, 1, 2],
        "x": [0.0, 0.0, 0.0, 1.0, 1.0, 2.0],
        "y": [1.0, 0.0, -1.0, 0.5, -0.5, 0.0],
        "role": ["input"] * 3 + ["hidden"] * 2 + ["output"],
    }
    # Every unit is connected with every unit of the next layer: 3 x 2 + 2 x 1.
    assert len(layout.edges) == 8
    assert layout.edges.iloc[0].to_dict() == {"x": 0.0, "y": 1.0, "x2": 1.0, "y2": 0.5}


def test_eight_units_need_no_ellipsis() -> None:
    layout = lay_out(
        NetworkSpec(hidden=(HiddenLayer(units=8),)), inputs=1, predictors=1, target=VOTE
    )
    assert (layout.nodes["role"] == "hidden").sum() == 8
    assert "ellipsis" not in set(layout.nodes["role"])


def test_wide_layers_get_an_ellipsis() -> None:
    layout = lay_out(PRESETS["Medium"], inputs=31, predictors=14, target=VOTE)
    roles = layout.nodes.groupby("layer")["role"].value_counts().to_dict()
    assert roles == {
        (0, "input"): 7,
        (0, "ellipsis"): 1,
        (1, "hidden"): 7,
        (1, "ellipsis"): 1,
        (2, "hidden"): 7,
        (2, "ellipsis"): 1,
        (3, "output"): 1,
    }
    # Eight slots from 3.5 down to -3.5; the fifth stands for the rest.
    assert set(layout.nodes.loc[layout.nodes["role"] == "ellipsis", "y"]) == {-0.5}
    # 7 x 7 + 7 x 7 + 7 x 1: nothing is connected with an ellipsis.
    assert len(layout.edges) == 105
    assert -0.5 not in set(layout.edges["y"])


def test_captions_of_the_medium_preset() -> None:
    layout = lay_out(PRESETS["Medium"], inputs=31, predictors=14, target=VOTE)
    assert layout.captions == (
        LayerCaption(0, "Input", ("31 columns", "of 14 predictors")),
        LayerCaption(1, "Hidden 1", ("64 units", "ReLU", "dropout 0.2")),
        LayerCaption(2, "Hidden 2", ("32 units", "ReLU", "dropout 0.2")),
        LayerCaption(3, "Output", ("1 unit", "sigmoid", "P(voted)")),
    )


def test_captions_name_every_setting() -> None:
    layer = HiddenLayer(units=1, batch_norm=True, dropout=0.5, l1=0.01, l2=0.0001)
    network = NetworkSpec(hidden=(layer,), input_dropout=0.1)
    digits = tuple("0123456789")
    target = TargetCoding("digit", Kind.MULTICLASS, classes=digits, labels=digits)
    captions = lay_out(network, inputs=784, predictors=1, target=target).captions
    assert [caption.lines for caption in captions] == [
        ("784 columns", "of 1 predictor", "dropout 0.1"),
        ("1 unit", "ReLU", "batch norm.", "dropout 0.5", "L1 0.01", "L2 0.0001"),
        ("10 units", "softmax", "one per category"),
    ]


def test_long_names_are_shortened() -> None:
    target = TargetCoding("a name of a quantity", Kind.REGRESSION)
    captions = lay_out(NetworkSpec(hidden=()), inputs=2, predictors=2, target=target).captions
    # 17 characters and an ellipsis.
    assert captions[-1].lines == ("1 unit", "linear", "a name of a quant…")
