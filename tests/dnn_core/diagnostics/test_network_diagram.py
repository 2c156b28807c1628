from __future__ import annotations

import pytest

from dnn_core.data.target import TargetCoding
from dnn_core.diagnostics.network_diagram import caption_frame, network_diagram
from dnn_core.network.layout import lay_out
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec

BINARY = TargetCoding("vote", Kind.BINARY, ("0", "1"), ("no", "a.b[c] '+alert(1)+'"))
DEEP = NetworkSpec(hidden=(HiddenLayer(units=16, batch_norm=True, dropout=0.25, l2=0.01),) * 20)


def test_captions_are_title_units_and_what_else_the_layer_does():
    target = TargetCoding("vote", Kind.BINARY, ("0", "1"), ("no", "voted"))
    network = NetworkSpec(hidden=(HiddenLayer(units=64, dropout=0.2),))
    captions = lay_out(network, inputs=31, predictors=14, target=target).captions
    frame = caption_frame(captions)
    hidden = frame[frame["layer"] == 1]
    assert hidden["text"].tolist() == ["Hidden 1", "64 units", "ReLU", "dropout 0.2"]
    assert hidden["role"].tolist() == ["ink", "ink", "reference", "reference"]


def test_captions_of_many_layers_keep_apart():
    frame = caption_frame(lay_out(DEEP, inputs=5, predictors=4, target=BINARY).captions)
    titles = frame[frame["line"] == 0]
    assert titles["layer"].iloc[0] == 0 and titles["text"].iloc[-1] == "Output"
    # 22 layers on 330 pixels are 15 pixels each: only every third has room for 42.
    assert titles["layer"].diff().dropna().min() >= 3


@pytest.mark.parametrize("network", [NetworkSpec(hidden=()), NetworkSpec(), DEEP])
def test_every_network_can_be_drawn(network):
    assert network_diagram(network, 784, 1, BINARY).to_dict()
