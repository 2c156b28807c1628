"""Cases filled up on the device, and predictions that are put together from blocks."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec
from dnn_core.training import cases_on_device
from dnn_core.training.cases_on_device import CasesOnDevice, _padded
from dnn_core.training.epoch_plan import Epoch
from dnn_core.training.member import Cases
from dnn_core.training.parameters import architecture_of
from dnn_core.training.program import State, Steps

WIDE = NetworkSpec(hidden=(HiddenLayer(units=5), HiddenLayer(units=2)))


class Calls:
    """Stands in for a compiled program: raw outputs are the numbers of the rows, doubled."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.spans: list[tuple[int, int]] = []

    def predict(self, x, rows, weights, statistics):
        self.sizes.append(rows.shape[1])
        return tf.cast(rows[:, :, tf.newaxis] * 2, tf.float32)

    def train(self, x, y, block, restraints, state, first, last):
        self.spans.append((int(first), int(last)))
        return State(state.weights + 1, [], None), tf.constant(block.rows)


def on_device(calls: Calls, inputs: int = 3, network: NetworkSpec = WIDE) -> CasesOnDevice:
    output = output_of(Kind.REGRESSION, 0)
    cases = Cases(np.ones((7, inputs), "float32"), np.ones(7, "float32"), Kind.REGRESSION, output)
    return CasesOnDevice(cases, calls, architecture_of([network], inputs, output, 1.0))


@pytest.mark.parametrize(
    ("cases", "filled"),
    [
        # Up to eight there is a size for each; then every second up to 16, every fourth up to 32.
        *((n, n) for n in range(9)),
        (9, 10),
        (10, 10),
        (15, 16),
        (16, 16),
        (17, 20),
        (31, 32),
        (33, 40),
        (1000, 1024),
        (1025, 1280),
    ],
)
def test_sizes_lie_a_quarter_of_a_power_of_two_apart(cases: int, filled: int) -> None:
    array = np.ones((cases, 2), dtype="uint8")
    result = _padded(array)
    assert result.shape == (filled, 2) and result.dtype == np.uint8
    assert result[:cases].all() and not result[cases:].any()
    assert len(_padded(np.ones(cases))) == filled


@pytest.mark.parametrize(
    ("cells", "inputs", "sizes"),
    [
        # Two members, of which the widest layer has five units: a case has ten numbers.
        (100, 3, [7]),
        (70, 3, [7]),
        (69, 3, [6, 1]),
        (30, 3, [3, 3, 1]),
        (19, 3, [1] * 7),
        # At least a case at a time; and where inputs are the widest, they count.
        (1, 3, [1] * 7),
        (32, 8, [2, 2, 2, 1]),
    ],
)
def test_predictions_do_not_depend_on_the_blocks(
    monkeypatch: pytest.MonkeyPatch, cells: int, inputs: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(cases_on_device, "CELLS_AT_ONCE", cells)
    calls = Calls()
    rows = np.arange(14, dtype="int32").reshape(2, 7)
    raw = on_device(calls, inputs).predict(rows, tf.zeros((2, 1)), tf.zeros((2, 0)))
    assert raw[..., 0].tolist() == (2 * rows).tolist()
    assert calls.sizes == sizes


def test_of_no_cases_there_are_no_outputs() -> None:
    calls = Calls()
    raw = on_device(calls).predict(np.zeros((2, 0), "int32"), tf.zeros((2, 1)), tf.zeros((2, 0)))
    assert raw.shape == (2, 0, 1) and calls.sizes == []


def test_steps_are_taken_from_where_the_epoch_is_in_its_block() -> None:
    calls = Calls()
    states = SimpleNamespace(
        state=State(tf.zeros(1), [], None), restraints=None, places=np.array([0, 2])
    )
    # A block of four steps from step 8 on, of three members aboard; the outputs are the rows.
    block = Steps(np.arange(12.0).reshape(4, 3), None, None, None, None)
    epoch = Epoch(1, [], block, step=9)
    on_device(calls).take_steps(states, epoch, block, 8, 11)
    assert calls.spans == [(1, 3)] and epoch.step == 11
    assert epoch.outputs[0].tolist() == [[3, 5], [6, 8]]
    assert states.state.weights.numpy().tolist() == [1]
