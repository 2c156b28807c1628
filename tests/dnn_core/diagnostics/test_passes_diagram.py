"""Units and connections of a small network as they are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.diagnostics.descent_chart import descent_chart
from dnn_core.diagnostics.passes_diagram import WIDEST, edge_frame, passes_diagram, unit_frame
from dnn_core.learn.descent_path import LOSSES
from dnn_core.learn.network import SmallNetwork, Weights, pass_backward, pass_forward
from dnn_core.specs import Activation, Kind

NETWORK = SmallNetwork(
    Kind.BINARY,
    (Activation.RELU,),
    (
        Weights(np.array([[1.0, -2.0], [0.5, 0.0]]), np.array([0.0, 1.0])),
        Weights(np.array([[4.0], [1.0]]), np.array([0.0])),
    ),
)
X, Y = np.array([[1.0, -1.0]]), np.array([1])


def test_units_hold_values_and_errors() -> None:
    forward = pass_forward(NETWORK, X)
    units = unit_frame(forward, 0, ("a", "b"), ("P(yes)",), pass_backward(NETWORK, forward, Y))
    # Unit 1: 1 - 0.5 = 0.5; unit 2: -2 + 1 = -1, so ReLU gives 0. The output: sigmoid of 2.
    assert list(units["value"]) == ["1.00", "−1.00", "0.50", "0.00", "0.88"]
    # 0.88 - 1 = -0.12; times 4 it is -0.48; unit 2 is not active.
    assert list(units["error"]) == ["", "", "error −0.48", "error 0.00", "error −0.12"]
    assert list(units["name"]) == ["a", "b", "unit 1", "unit 2", "P(yes)"]
    assert list(units["y"]) == [0.5, -0.5, 0.5, -0.5, 0.0]


def test_nothing_goes_back_in_a_forward_pass() -> None:
    units = unit_frame(pass_forward(NETWORK, X), 0, ("a", "b"), ("P(yes)",), None)
    assert set(units["error"]) == {""}


def test_connections_are_as_wide_as_their_weights_and_the_path_is_marked() -> None:
    units = unit_frame(pass_forward(NETWORK, X), 0, ("a", "b"), ("P(yes)",), None)
    edges = edge_frame(NETWORK, units, (1, 0)).set_index("text")
    assert edges.loc["unit 1 → P(yes): 4.00", "width"] == WIDEST
    assert edges.loc["a → unit 2: −2.00", "width"] == WIDEST / 2
    assert edges["negative"].sum() == 1
    assert set(edges.index[edges["on_path"]]) == {
        "a → unit 1: 1.00",
        "b → unit 1: 0.50",
        "unit 1 → P(yes): 4.00",
    }


@pytest.mark.parametrize("steps", [0, 3])
def test_charts_can_be_drawn(steps: int) -> None:
    forward = pass_forward(NETWORK, X)
    assert passes_diagram(NETWORK, forward, 0, ("a", "b"), ("P(yes)",)).to_dict()
    losses = pd.DataFrame({name: np.linspace(1, 0.5, steps + 1) for name in LOSSES})
    losses.loc[0, "batch"] = np.nan
    marks = str(descent_chart(losses).to_dict())
    assert ("this batch" in marks) is (steps > 0)
