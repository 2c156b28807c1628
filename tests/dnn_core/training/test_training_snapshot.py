"""What a snapshot holds is what comes back, as a copy."""

from __future__ import annotations

import numpy as np

from dnn_core.specs import TrainingSpec
from dnn_core.training.early_stopping import EarlyStopping
from dnn_core.training.epoch_plan import Epoch
from dnn_core.training.program import Steps
from dnn_core.training.training_snapshot import read_snapshot, write_snapshot

TRAINING = TrainingSpec(epochs=1)


def book() -> EarlyStopping:
    """One of two members has had its only epoch."""
    book = EarlyStopping.begin([TRAINING, TRAINING])
    book.update(0, TRAINING, 1, 0.5, 0.4)
    return book


def epoch(step: int) -> Epoch:
    outputs = [np.ones((1, 2, 3, 1)), np.zeros((step - 1, 2, 3, 1))] if step else []
    return Epoch(2, [], Steps(*[np.zeros(0)] * 5), step, outputs)


def test_between_epochs_more_epochs_let_members_go_on() -> None:
    arrays = {"weights": np.arange(4.0)}
    for under_way in (None, epoch(0)):
        snapshot = write_snapshot(arrays, book(), 2.5, under_way)
        assert "epoch.outputs" not in snapshot
        resumed = read_snapshot(snapshot, [TRAINING, TRAINING])
        assert (resumed.seconds, resumed.outputs) == (2.5, None)
        assert resumed.book.running.tolist() == [False, True]
        assert resumed.book.best_epoch.tolist() == [1, 0]
        longer = read_snapshot(snapshot, [TRAINING.but(epochs=2)] * 2)
        assert longer.book.running.tolist() == [True, True]


def test_within_an_epoch_those_that_are_in_it_end_it_as_it_began() -> None:
    snapshot = write_snapshot({"weights": np.arange(4.0)}, book(), 2.5, epoch(3))
    assert snapshot["epoch.outputs"].shape == (3, 2, 3, 1)
    assert snapshot["epoch.outputs"][0].all() and not snapshot["epoch.outputs"][1:].any()
    resumed = read_snapshot(snapshot, [TRAINING.but(epochs=2)] * 2)
    np.testing.assert_array_equal(resumed.outputs, snapshot["epoch.outputs"])
    assert resumed.book.running.tolist() == [False, True]


def test_a_snapshot_shares_no_memory_with_the_training() -> None:
    arrays = {"weights": np.arange(4.0), "slot_0": np.ones(4)}
    snapshot = write_snapshot(arrays, book(), 0.0, None)
    first, second = (read_snapshot(snapshot, [TRAINING, TRAINING]) for _ in range(2))
    assert first.arrays.keys() == arrays.keys()
    arrays["weights"] += 1
    first.arrays["weights"] += 1
    np.testing.assert_array_equal(second.arrays["weights"], np.arange(4.0))
