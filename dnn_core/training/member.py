"""Input and output of the engine: cases, members, fitted members, and the watch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dnn_core.outcome.output import Output
from dnn_core.specs import Kind, NetworkSpec, TrainingSpec
from dnn_core.training.history import EpochRecord

Snapshot = dict[str, np.ndarray]
"""The full state of a training, to resume it; see `BatchedTraining.snapshot`."""


@dataclass(frozen=True, eq=False)
class Cases:
    """The cases from which members take theirs.

    Parameters
    ----------
    x : numpy.ndarray
        float32, or uint8 for grey values, shape (cases, inputs).
    y : numpy.ndarray
        The coded outcome: float32 (a quantity, standardised or divided by its mean), or
        positions of classes, shape (cases,).
    kind : Kind
    output : Output
        From `output_of`.
    input_scale : float
        Factor by which inputs are multiplied.
    """

    x: np.ndarray
    y: np.ndarray
    kind: Kind
    output: Output
    input_scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Member:
    """One network to train, with its own rows and settings.

    Parameters
    ----------
    network : NetworkSpec
        Members trained together share layers, units, activations and batch
        normalisation; each has its own dropout, L1 and L2.
    training : TrainingSpec
        They share optimizer and batch size; each has its own learning rate,
        schedule, epochs and early stopping.
    seed : int
        Determines starting weights, the order of cases, and dropout.
    rows : numpy.ndarray
        Row numbers of its training cases, repeated ones included, shape (n,).
    validation : numpy.ndarray
        Row numbers of the cases on which its epochs are compared, shape (v,);
        with none, the weights of the last epoch are kept.
    weight, validation_weight : numpy.ndarray, optional
        float32, of shapes (n,) and (v,).
    start : sequence of numpy.ndarray, optional
        Starting weights as `keras.Model.get_weights` gives them; by default
        those of the network's plan for the seed.
    """

    network: NetworkSpec
    training: TrainingSpec
    seed: int
    rows: np.ndarray
    validation: np.ndarray
    weight: np.ndarray | None = None
    validation_weight: np.ndarray | None = None
    start: Sequence[np.ndarray] | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """The result of training one member.

    Parameters
    ----------
    weights : list of numpy.ndarray
        Those of the best epoch, for `keras.Model.set_weights`.
    best_epoch : int or None
        None only if no epoch was completed with finite losses.
    last_epoch : int
    diverged_epoch : int or None
        The epoch in which the loss became infinite or NaN.
    stopped : bool
        Whether it was ended by `Watch.should_stop`.
    """

    weights: list[np.ndarray]
    best_epoch: int | None
    last_epoch: int
    diverged_epoch: int | None
    stopped: bool


class Watch(Protocol):
    """Receives the progress of a training, and may stop it."""

    def on_epoch(self, records: list[EpochRecord]) -> None:
        """Receive a record of each member that completed an epoch; members count from 1."""

    def on_progress(self, epoch: int, share: float) -> None:
        """Receive, several times a second, the share of the epoch that is done."""

    def on_snapshot(self, take: Callable[[], Snapshot]) -> None:
        """Receive a way to take a snapshot, which costs a copy of all weights."""

    def should_stop(self) -> bool:
        """Whether to stop; asked several times a second."""


class Unwatched:
    """A watch that receives nothing and never stops."""

    def on_epoch(self, records: list[EpochRecord]) -> None: ...

    def on_progress(self, epoch: int, share: float) -> None: ...

    def on_snapshot(self, take: Callable[[], Snapshot]) -> None: ...

    def should_stop(self) -> bool:
        return False
