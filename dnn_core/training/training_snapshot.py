"""What a snapshot holds: everything that is needed to go on as if nothing had happened.

Orders of cases and dropout need no state of their own: they follow from seed, epoch and step.
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
    """What an earlier training came to.

    arrays : state of every member, as `MemberStates` takes it.
    book : which of them go on.
    seconds : how long it took.
    outputs : raw outputs of the epoch that was under way, as in `Epoch`; None between epochs.
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
        Of every member. More epochs may be asked for than at the time of the snapshot.
    """
    outputs = snapshot.get("epoch.outputs")
    book = EarlyStopping.from_arrays(_below("book.", snapshot))
    if outputs is None:
        book.reconsider(trainings)
    arrays = {name: array.copy() for name, array in _below("state.", snapshot).items()}
    return Resumed(arrays, book, float(snapshot["seconds"]), outputs)


def _below(prefix: str, snapshot: Snapshot) -> Snapshot:
    return {n.removeprefix(prefix): a for n, a in snapshot.items() if n.startswith(prefix)}
