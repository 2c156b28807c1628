"""Early stopping and reduction of learning rates, after each epoch, for all members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from dnn_core.specs import Schedule, TrainingSpec


@dataclass(eq=False)
class EarlyStopping:
    """The record of all members' epochs; every array has shape (members,).

    The rules are those of Keras' `EarlyStopping` and `ReduceLROnPlateau` with a
    `min_delta` of 0. A member without validation cases is never stopped early:
    its last epoch counts as its best.
    """

    best_loss: np.ndarray
    best_epoch: np.ndarray
    since_best: np.ndarray
    plateau: np.ndarray
    rate: np.ndarray
    last_epoch: np.ndarray
    diverged: np.ndarray
    running: np.ndarray

    @classmethod
    def begin(cls, trainings: Sequence[TrainingSpec]) -> Self:
        count = len(trainings)

        def zeros() -> np.ndarray:
            return np.zeros(count, dtype="int64")

        return cls(
            best_loss=np.full(count, np.inf),
            best_epoch=zeros(),
            since_best=zeros(),
            plateau=zeros(),
            rate=np.array([training.learning_rate for training in trainings]),
            last_epoch=zeros(),
            diverged=zeros(),
            running=np.ones(count, dtype=bool),
        )

    def update(
        self,
        member: int,
        training: TrainingSpec,
        epoch: int,
        loss: float,
        val_loss: float | None,
    ) -> bool:
        """Record an epoch of one member; True if it is its best one so far."""
        self.last_epoch[member] = epoch
        if not np.isfinite(loss) or (val_loss is not None and not np.isfinite(val_loss)):
            self.diverged[member] = epoch
            self.running[member] = False
            return False
        improved = val_loss is None or val_loss < self.best_loss[member]
        if improved:
            self.best_loss[member] = loss if val_loss is None else val_loss
            self.best_epoch[member] = epoch
            self.since_best[member] = self.plateau[member] = 0
        else:
            self.since_best[member] += 1
            self._reduce(member, training)
        self.running[member] = self.goes_on(member, training)
        return improved

    def goes_on(self, member: int, training: TrainingSpec) -> bool:
        """Whether a member has not diverged and has epochs and patience left."""
        patient = not training.early_stopping or self.since_best[member] < training.patience
        return bool(
            not self.diverged[member] and patient and self.last_epoch[member] < training.epochs
        )

    def reconsider(self, trainings: Sequence[TrainingSpec]) -> None:
        """Resume the members to which new settings leave epochs and patience."""
        for member, training in enumerate(trainings):
            self.running[member] = self.goes_on(member, training)

    def _reduce(self, member: int, training: TrainingSpec) -> None:
        if training.schedule is not Schedule.PLATEAU:
            return
        self.plateau[member] += 1
        if self.plateau[member] >= training.plateau_patience:
            self.rate[member] *= training.plateau_factor
            self.plateau[member] = 0

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {field.name: getattr(self, field.name).copy() for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> Self:
        return cls(**{field.name: arrays[field.name].copy() for field in fields(cls)})
