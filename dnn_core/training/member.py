"""What is asked of the engine, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dnn_core.outcome.output import Output
from dnn_core.specs import Kind, NetworkSpec, TrainingSpec
from dnn_core.training.history import EpochRecord

Snapshot = dict[str, np.ndarray]
"""Everything that is needed to go on as if nothing had happened; see `BatchedTraining.snapshot`."""


@dataclass(frozen=True, eq=False)
class Cases:
    """The cases from which members take theirs.

    Parameters
    ----------
    x : numpy.ndarray
        float32, or uint8 for grey values, shape (cases, inputs).
    y : numpy.ndarray
        What is learnt: float32 (a standardised quantity), or positions of
        classes, shape (cases,).
    kind : Kind
    output : Output
        From `output_of`.
    input_scale : float
        What inputs are multiplied with.
    """

    x: np.ndarray
    y: np.ndarray
    kind: Kind
    output: Output
    input_scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Member:
    """One network to be trained, with rows and settings of its own.

    Parameters
    ----------
    network : NetworkSpec
        Members trained together share layers, units, activations and batch
        normalisation; dropout, L1 and L2 are each one's own.
    training : TrainingSpec
        They share optimizer and batch size; learning rate, schedule, epochs
        and early stopping are each one's own.
    seed : int
        Fixes starting weights, the order of cases, and dropout.
    rows : numpy.ndarray
        Row numbers of its training cases, repeated ones included, shape (n,).
    validation : numpy.ndarray
        Row numbers of the cases on which its epochs are compared, shape (v,);
        with none, the weights of the last epoch are kept.
    weight, validation_weight : numpy.ndarray, optional
        float32, of shapes (n,) and (v,).
    start : sequence of numpy.ndarray, optional
        Starting weights as `keras.Model.get_weights` gives them; by default
        those that the plan of the network gives for the seed.
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
    """How the training of one member ended.

    Parameters
    ----------
    weights : list of numpy.ndarray
        Those of the best epoch, for `keras.Model.set_weights`.
    best_epoch : int or None
        None only when no epoch was completed with finite losses.
    last_epoch : int
    diverged_epoch : int or None
        The epoch in which the loss became infinite or no number.
    stopped : bool
        Whether `should_stop` ended it.
    """

    weights: list[np.ndarray]
    best_epoch: int | None
    last_epoch: int
    diverged_epoch: int | None
    stopped: bool


class Watch(Protocol):
    """Who is told how training goes, and may end it."""

    def on_epoch(self, records: list[EpochRecord]) -> None:
        """One record for each member that has completed an epoch; members count from 1."""

    def on_progress(self, epoch: int, share: float) -> None:
        """Called several times a second with the share of the epoch that is done."""

    def on_snapshot(self, take: Callable[[], Snapshot]) -> None:
        """Called where training could be resumed; `take` costs a copy of all weights."""

    def should_stop(self) -> bool:
        """Asked several times a second."""


class Unwatched:
    """Nobody looks, nobody stops."""

    def on_epoch(self, records: list[EpochRecord]) -> None: ...

    def on_progress(self, epoch: int, share: float) -> None: ...

    def on_snapshot(self, take: Callable[[], Snapshot]) -> None: ...

    def should_stop(self) -> bool:
        return False
