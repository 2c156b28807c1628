"""Snapshots: the full state of a training, to resume it with the same result.

Orders of cases and dropout have no state: they follow from seed, epoch and step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dnn_core.specs import TrainingSpec
from dnn_core.training.early_stopping import EarlyStopping
from dnn_core.training.epoch_plan import Epoch
from dnn_core.training.member import Snapshot


class Resumed(NamedTuple):
    """The state of an earlier training.

    arrays : state of every member, as `MemberStates` takes it.
    book : record of their epochs, and which of them still train.
    seconds : duration so far.
    outputs : raw outputs of an unfinished epoch, as in `Epoch`; None between epochs.
    """

    arrays: dict[str, np.ndarray]
    book: EarlyStopping
    seconds: float
    outputs: np.ndarray | None


def write_snapshot(
    arrays: dict[str, np.ndarray], book: EarlyStopping, seconds: float, epoch: Epoch | None
) -> Snapshot:
    """Copy the state of a training; see `Resumed`."""
    snapshot = {f"state.{name}": array.copy() for name, array in arrays.items()}
    snapshot |= {f"book.{name}": array for name, array in book.to_arrays().items()}
    snapshot["seconds"] = np.array(seconds)
    if epoch is not None and epoch.step:
        snapshot["epoch.outputs"] = np.concatenate(epoch.outputs)
    return snapshot


def read_snapshot(snapshot: Snapshot, trainings: Sequence[TrainingSpec]) -> Resumed:
    """Restore the state of a training from what `write_snapshot` wrote.

    Parameters
    ----------
    snapshot : dict of str to numpy.ndarray
    trainings : sequence of TrainingSpec
        Settings of every member; they may have more epochs than at the time of the snapshot.
    """
    outputs = snapshot.get("epoch.outputs")
    book = EarlyStopping.from_arrays(_below("book.", snapshot))
    if outputs is None:
        book.reconsider(trainings)
    arrays = {name: array.copy() for name, array in _below("state.", snapshot).items()}
    return Resumed(arrays, book, float(snapshot["seconds"]), outputs)


def _below(prefix: str, snapshot: Snapshot) -> Snapshot:
    return {n.removeprefix(prefix): a for n, a in snapshot.items() if n.startswith(prefix)}
