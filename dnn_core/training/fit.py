"""Training by `keras.Model.fit`, behind one narrow seam.

`fit` takes arrays and specs and gives back weights in the model and a record
for each epoch; nobody outside this module knows how it is done.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dnn_core.data.prepare import Part, Prepared
from dnn_core.network.fitting import callback_calls, metric_call, optimizer_call
from dnn_core.network.model import make
from dnn_core.network.output import main_metric, output_of
from dnn_core.specs import Kind, TrainingSpec
from dnn_core.training.history import EpochRecord

SECONDS_BETWEEN_LOOKS = 0.2
"""How often a request to stop is looked for within an epoch."""

VALIDATION_BATCH = 1024
"""Judging needs no small batches; they only cost time."""


@dataclass(frozen=True)
class Outcome:
    """How a fit ended.

    `stopped` says that `should_stop` ended it; `diverged_epoch` is the epoch
    in which the loss became infinite or no number. `best_epoch` is None only
    when no epoch was completed with a finite validation loss.
    """

    records: tuple[EpochRecord, ...]
    best_epoch: int | None
    stopped: bool
    diverged_epoch: int | None


def fit(
    model: keras.Model,
    prepared: Prepared,
    training: TrainingSpec,
    *,
    seed: int,
    on_epoch: Callable[[EpochRecord], None],
    on_progress: Callable[[int, float], None],
    should_stop: Callable[[], bool],
) -> Outcome:
    """Train a network and leave the weights of its best epoch in `model`.

    Parameters
    ----------
    model : keras.Model
        Uncompiled, from `build_model`.
    prepared : Prepared
        Its training and validation parts are used, the test part never.
    seed : int
        Fixes the order of cases and dropout.
    on_epoch : callable
        Called after each epoch.
    on_progress : callable
        Called with the epoch and the share of its batches that are done, a few
        times a second.
    should_stop : callable
        Looked at several times a second; True ends training.

    Returns
    -------
    Outcome
    """
    keras.utils.set_random_seed(seed)
    target = prepared.target
    output = output_of(target.kind, len(target.classes))
    fitted, checked = prepared.parts["training"], prepared.parts["validation"]
    steps = math.ceil(len(fitted) / training.batch_size)
    # The calls that the page Network prints as code, so that the two cannot drift apart.
    optimizer = optimizer_call(training, steps_in_epoch=steps, steps_in_all=steps * training.epochs)
    model.compile(
        optimizer=make(optimizer),
        loss=output.loss,
        weighted_metrics=[make(metric_call(target.kind))],
    )
    # A step that makes the optimizer's variables while it is traced is traced twice;
    # made beforehand, the first epoch comes a third of a second earlier.
    model.optimizer.build(model.trainable_variables)
    watch = _Watch(
        model,
        on_epoch,
        on_progress,
        should_stop,
        steps=steps,
        metric=main_metric(target.kind).name,
    )
    model.fit(
        fitted.x,
        _learnt(prepared, fitted),
        sample_weight=case_weights(prepared, training, fitted),
        validation_data=_validation_data(prepared, checked),
        batch_size=training.batch_size,
        epochs=training.epochs,
        shuffle=True,
        verbose=0,
        validation_batch_size=max(training.batch_size, VALIDATION_BATCH),
        callbacks=[watch, *map(make, callback_calls(training))],
    )
    # Keras' own early stopping would also take the weights of an interrupted epoch for the best.
    if watch.best_weights is not None:
        model.set_weights(watch.best_weights)
    return Outcome(tuple(watch.records), watch.best_epoch, watch.stopped, watch.diverged_epoch)


def _learnt(prepared: Prepared, part: Part) -> np.ndarray:
    """The outcome as the network learns it: standardised, or class positions."""
    target = prepared.target
    if target.kind is Kind.REGRESSION:
        return ((part.y - target.mean) / target.scale).astype("float32")
    return part.y.astype("float32" if target.kind is Kind.BINARY else "int32")


def _validation_data(prepared: Prepared, part: Part) -> tuple[np.ndarray, ...]:
    data = (part.x, _learnt(prepared, part))
    return data if part.weight is None else (*data, part.weight)


def case_weights(prepared: Prepared, training: TrainingSpec, part: Part) -> np.ndarray | None:
    """Weights of the cases in the loss: survey weights times class weights.

    Class weights give every category the same sum of weights and leave the sum
    over all cases as it is; "balanced" in scikit-learn.

    Returns
    -------
    numpy.ndarray or None
        float32, shape (cases,); None where every case counts the same.
    """
    weight = part.weight
    if not training.class_weights or prepared.target.kind is Kind.REGRESSION:
        return weight
    counts = np.bincount(part.y, weights=weight, minlength=len(prepared.target.classes))
    # A category whose cases all have weight 0 has no say, and needs no class weight.
    shares = np.where(counts > 0, counts, 1)
    balance = (counts.sum() / (len(counts) * shares))[part.y].astype("float32")
    return balance if weight is None else balance * weight


class _Watch(keras.callbacks.Callback):
    """Reports epochs and progress, keeps the best weights, and stops when asked."""

    def __init__(
        self,
        watched: keras.Model,
        on_epoch: Callable[[EpochRecord], None],
        on_progress: Callable[[int, float], None],
        should_stop: Callable[[], bool],
        *,
        steps: int,
        metric: str,
    ) -> None:
        super().__init__()
        self._watched = watched
        self._on_epoch = on_epoch
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._steps = steps
        self._metric = metric
        self._started = time.monotonic()
        self._looked = 0.0
        self._epoch = 1
        self._rate = math.nan
        self._best_loss = math.inf
        self.records: list[EpochRecord] = []
        self.best_weights: list[np.ndarray] | None = None
        self.best_epoch: int | None = None
        self.stopped = False
        self.diverged_epoch: int | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1
        # Asked now: after the epoch a schedule gives the rate of the next one.
        self._rate = float(np.asarray(self._watched.optimizer.learning_rate))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        now = time.monotonic()
        if now - self._looked < SECONDS_BETWEEN_LOOKS:
            return
        self._looked = now
        self._on_progress(self._epoch, (batch + 1) / self._steps)
        if self._should_stop():
            self.stopped = True
            self._watched.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = logs or {}
        if self.stopped and self.records:
            # Keras ends an interrupted epoch as if it were whole: its figures
            # are of some of the batches, so they are not reported.
            return
        loss, val_loss = float(logs["loss"]), float(logs["val_loss"])
        record = EpochRecord(
            epoch=epoch + 1,
            member=1,
            loss=loss,
            val_loss=val_loss,
            metric=float(logs[self._metric]),
            val_metric=float(logs[f"val_{self._metric}"]),
            learning_rate=self._rate,
            elapsed_seconds=time.monotonic() - self._started,
        )
        self.records.append(record)
        self._on_epoch(record)
        if not (math.isfinite(loss) and math.isfinite(val_loss)):
            self.diverged_epoch = epoch + 1
            self._watched.stop_training = True
        elif val_loss < self._best_loss:
            self._best_loss = val_loss
            self.best_epoch = epoch + 1
            self.best_weights = self._watched.get_weights()
        if self._should_stop():
            self.stopped = True
            self._watched.stop_training = True
