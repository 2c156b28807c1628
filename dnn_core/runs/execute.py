"""Carry out an experiment and write what happened into its run.

This module imports Keras through the engine: only workers and notebooks load it.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import Prepared, prepare
from dnn_core.errors import UserError
from dnn_core.evaluation.baselines import Baseline, fit_baselines
from dnn_core.evaluation.intervals import NETWORK, resample
from dnn_core.evaluation.predictor import (
    BATCH_SIZE,
    outputs_to_predictions,
    prediction_table,
    raw_to_predictions,
)
from dnn_core.network.model import finish_model, load_model, save_model
from dnn_core.network.size import count_parameters
from dnn_core.runs.checkpoint import SECONDS_BETWEEN_CHECKPOINTS, take_up, write_checkpoint
from dnn_core.runs.run import Facts, Phase, Run, State, now
from dnn_core.runs.workspace import create_run
from dnn_core.specs import Experiment, Kind
from dnn_core.training.fit import Fit, build_members, fit
from dnn_core.training.history import EpochRecord
from dnn_core.training.member import Snapshot

SEEN_PARTS = ("training", "validation")
SECONDS_BETWEEN_STATUS = 0.25

RESAMPLES = 1000
LEVEL = 0.95
"""Percentile intervals need about this many resamples (Efron and Tibshirani 1993, chapter 13)."""


def run_experiment(dataset: Dataset, experiment: Experiment, directory: Path | str) -> Run:
    """Run an experiment here and now.

    Parameters
    ----------
    dataset : Dataset
    experiment : Experiment
    directory : Path or str
        New directory for the run.

    Returns
    -------
    Run

    Raises
    ------
    UserError
        If the data cannot carry the experiment, or the directory is taken.
    """
    path = Path(directory)
    run = create_run(dataset, experiment, path, name=path.name)
    execute(run, dataset)
    return run


def execute(run: Run, dataset: Dataset, *, worker: str = "") -> None:
    """Carry out a waiting run and record how it ended.

    A run that is no longer waiting is left alone, so that a task that is sent
    twice is carried out once.
    """
    if run.status.state is not State.QUEUED:
        return
    if run.stop_requested:
        _end(run, State.INTERRUPTED, "Cancelled before it began.")
        return
    run.update_status(state=State.RUNNING, phase=Phase.PREPARING, started_at=now(), worker=worker)
    try:
        state = _carry_out(run, dataset)
    except UserError as error:
        _end(run, State.FAILED, str(error))
        raise
    except BaseException as error:
        run.append("log.txt", traceback.format_exc())
        _end(
            run,
            State.FAILED,
            f"The program failed ({type(error).__name__}: {error}). "
            "This is a fault of the program, not of your data; the details are in the run's log.",
        )
        raise
    _end(run, state, "")


def _end(run: Run, state: State, message: str) -> None:
    run.update_status(state=state, phase=Phase.ENDED, ended_at=now(), message=message)


def _carry_out(run: Run, dataset: Dataset) -> State:
    experiment = run.experiment
    prepared = prepare(dataset, experiment)
    prepared.encoder.save(run.directory)
    reporter = _Reporter(run)
    found = fit(
        prepared,
        experiment.network,
        experiment.training,
        seed=experiment.seed,
        watch=reporter,
        snapshot=take_up(run),
    )
    reporter.close(found.snapshot)
    if not found.usable:
        raise UserError(
            f"Training diverged: the loss was no finite number in epoch {found.diverged_epoch}.",
            remedy="Lower the learning rate, or scale the predictors.",
        )
    run.update_status(phase=Phase.JUDGING)
    members = build_members(prepared, experiment.network, found.members, seed=experiment.seed)
    save_model(finish_model(members, prepared.target), run.directory / "model.keras")
    facts = _facts(experiment, prepared, found)
    predictions = _seen_predictions(prepared, found)
    _write_predictions(run, "predictions.parquet", prepared, predictions)
    baselines = fit_baselines(prepared)
    facts = facts.model_copy(
        update={
            "baselines": {b.name: b.title for b in baselines},
            "baseline_notes": {b.name: b.caption for b in baselines if not b.converged},
        }
    )
    run.write("facts.json", facts.model_dump_json())
    beside = {
        "training": _by_name(baselines, prepared.parts["training"].x),
        "validation": _left_out(prepared, baselines),
    }
    scores = _score(prepared, predictions, beside, experiment.seed)
    run.write("metrics.json", json.dumps(scores, allow_nan=False))
    return State.STOPPED if found.stopped else State.FINISHED


def _seen_predictions(prepared: Prepared, found: Fit) -> dict[str, np.ndarray]:
    """Predictions for the training part, and for validation by networks that did not learn it.

    Each of shape (cases,) or (cases, classes), by the convention of the metrics.
    """
    target = prepared.target
    together = found.outputs.mean(axis=0)
    count = len(prepared.parts["training"])
    if prepared.folds is None:
        outputs = {"training": together[:count], "validation": together[count:]}
    else:
        left_out = found.outputs[prepared.folds, np.arange(count)]
        outputs = {"training": together, "validation": left_out}
    return {name: outputs_to_predictions(target, output) for name, output in outputs.items()}


def _by_name(baselines: tuple[Baseline, ...], x: np.ndarray) -> dict[str, np.ndarray]:
    return {baseline.name: baseline.predict(x) for baseline in baselines}


def _left_out(prepared: Prepared, baselines: tuple[Baseline, ...]) -> dict[str, np.ndarray]:
    """Baselines' predictions for the validation part, as fair to them as to the network.

    Where networks take turns, baselines do so too: each row is predicted by one that
    was fitted without the row's fold.
    """
    if prepared.folds is None:
        return _by_name(baselines, prepared.parts["validation"].x)
    predictions: dict[str, np.ndarray] = {}
    for fold in np.unique(prepared.folds):
        rest = prepared.without(fold)
        for name, found in _by_name(fit_baselines(rest), rest.parts["validation"].x).items():
            whole = predictions.setdefault(name, np.zeros((len(prepared.folds), *found.shape[1:])))
            whole[prepared.folds == fold] = found
    return predictions


class _Reporter:
    """Writes epochs, progress and checkpoints into the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lines: list[str] = []
        self._epoch = 0
        self._written = 0.0
        self._checkpoint = time.monotonic()

    def on_epoch(self, records: list[EpochRecord]) -> None:
        self._lines += [record.to_json() for record in records]
        self._epoch = records[0].epoch
        self._write(self._epoch, 1.0)

    def on_progress(self, epoch: int, share: float) -> None:
        self._write(epoch, share)

    def on_snapshot(self, take: Callable[[], Snapshot]) -> None:
        if time.monotonic() - self._checkpoint > SECONDS_BETWEEN_CHECKPOINTS:
            self._flush()
            write_checkpoint(self._run, take())
            self._checkpoint = time.monotonic()

    def should_stop(self) -> bool:
        return self._run.stop_requested

    def close(self, last: Snapshot) -> None:
        """Write what is left, and from where more epochs can be trained."""
        self._flush()
        self._run.update_status(phase=Phase.TRAINING, epoch=self._epoch, epoch_share=1.0)
        write_checkpoint(self._run, last)

    def _write(self, epoch: int, share: float) -> None:
        # A small network completes two hundred epochs a second: not each is worth two files.
        if time.monotonic() - self._written > SECONDS_BETWEEN_STATUS:
            self._flush()
            self._run.update_status(phase=Phase.TRAINING, epoch=epoch, epoch_share=share)
            self._written = time.monotonic()

    def _flush(self) -> None:
        if self._lines:
            self._run.append("history.jsonl", "\n".join(self._lines))
            self._lines = []


def _facts(experiment: Experiment, prepared: Prepared, found: Fit) -> Facts:
    target = prepared.target
    counts = {}
    if target.kind is not Kind.REGRESSION:
        # Of the test part not even the class counts are kept before it is opened.
        for name in SEEN_PARTS:
            sizes = np.bincount(prepared.parts[name].y, minlength=len(target.classes))
            counts[name] = dict(zip(target.labels, sizes.tolist(), strict=True))
    test_rows = prepared.parts["test"].rows.astype("int64").tobytes()
    return Facts(
        cases={name: len(part) for name, part in prepared.parts.items()},
        class_counts=counts,
        inputs=prepared.inputs,
        parameters=count_parameters(experiment.network, prepared.inputs, target.outputs),
        target=target.to_dict(),
        training_mean=_training_mean(prepared),
        best_epoch=found.best_epoch,
        best_epochs=[member.best_epoch for member in found.members],
        diverged_epoch=found.diverged_epoch,
        test_rows_sha256=hashlib.sha256(test_rows).hexdigest(),
    )


def _training_mean(prepared: Prepared) -> float | None:
    """Weighted mean of a quantity on the training part; what R² is measured against."""
    part = prepared.parts["training"]
    if prepared.target.kind is not Kind.REGRESSION:
        return None
    return float(np.average(part.y, weights=part.weight))


def _write_predictions(
    run: Run, name: str, prepared: Prepared, predictions: dict[str, np.ndarray]
) -> None:
    tables = [
        prediction_table(
            prepared.target, prepared.parts[part].rows, part, prepared.parts[part].y, predicted
        )
        for part, predicted in predictions.items()
    ]
    temporary = run.directory / f".{name}.tmp"
    pd.concat(tables, ignore_index=True).to_parquet(temporary, index=False)
    temporary.replace(run.directory / name)


def _score(
    prepared: Prepared,
    predictions: dict[str, np.ndarray],
    baselines: dict[str, dict[str, np.ndarray]],
    seed: int,
) -> dict[str, list[dict[str, Any]]]:
    """Metrics and paired gains of every part, as JSON-ready rows."""
    scores, gains = [], []
    for name, predicted in predictions.items():
        part = prepared.parts[name]
        resampled = resample(
            prepared.target.kind,
            part.y,
            {NETWORK: predicted, **baselines[name]},
            part.weight,
            part.cluster,
            training_mean=_training_mean(prepared),
            resamples=RESAMPLES,
            seed=seed,
        )
        scores.append(resampled.metrics(LEVEL).assign(split=name))
        gains.append(resampled.gains(LEVEL).assign(split=name))
    return {"scores": _rows(scores), "gains": _rows(gains)}


def _rows(frames: list[pd.DataFrame]) -> list[dict[str, Any]]:
    """Rows of strict JSON, in which a figure that is not finite is null."""
    return [
        {
            str(name): None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in pd.concat(frames).to_dict(orient="records")
    ]


def open_test(run: Run, dataset: Dataset, *, runs_before: int) -> None:
    """Score the test part, once, and record that it was opened.

    Parameters
    ----------
    runs_before : int
        How many runs on the same data and outcome there were before; printed
        wherever a test figure is.

    Raises
    ------
    UserError
        If the run has no model, the data are not those it was trained on, or
        they no longer give the same test rows.
    """
    run.require_model()
    if run.test_opened:
        return
    run.require_data(dataset)
    experiment = run.experiment
    prepared = prepare(dataset, experiment)
    rows = prepared.parts["test"].rows.astype("int64").tobytes()
    if hashlib.sha256(rows).hexdigest() != run.facts.test_rows_sha256:
        raise UserError(
            "The test part is not the one that was sealed before training.",
            remedy="Train again with the data as they are now.",
        )
    model = load_model(run.directory / "model.keras")
    x = prepared.parts["test"].x
    output = model.predict(x, verbose=0, batch_size=BATCH_SIZE)
    predictions = {"test": raw_to_predictions(prepared.target, output)}
    _write_predictions(run, "test_predictions.parquet", prepared, predictions)
    beside = {"test": _by_name(fit_baselines(prepared), x)}
    scores = _score(prepared, predictions, beside, experiment.seed)
    opening = {"opened_at": now().isoformat(), "runs_before": runs_before}
    run.write("test.json", json.dumps({**scores, "openings": [opening]}, allow_nan=False))
