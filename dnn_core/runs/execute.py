"""Carry out an experiment and write what happened into its run.

This module imports Keras through the engine: only workers and notebooks load it.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import Prepared, prepare
from dnn_core.errors import UserError
from dnn_core.evaluation.baselines import Baseline, fit_baselines
from dnn_core.evaluation.intervals import NETWORK, resample
from dnn_core.evaluation.predictor import prediction_table, raw_to_predictions
from dnn_core.network.model import build_model, finish_model, load_model, save_model
from dnn_core.network.output import output_of
from dnn_core.network.size import count_parameters
from dnn_core.runs.run import Facts, Phase, Run, State, now
from dnn_core.runs.workspace import create_run
from dnn_core.specs import Experiment, Kind
from dnn_core.training.fit import Outcome, fit
from dnn_core.training.history import EpochRecord

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
    target = prepared.target
    model = build_model(
        experiment.network,
        prepared.inputs,
        output_of(target.kind, len(target.classes)),
        input_scale=prepared.input_scale,
        seed=experiment.seed,
    )
    reporter = _Reporter(run)
    outcome = fit(
        model,
        prepared,
        experiment.training,
        seed=experiment.seed,
        on_epoch=reporter.on_epoch,
        on_progress=reporter.on_progress,
        should_stop=lambda: run.stop_requested,
    )
    if outcome.best_epoch is None:
        raise UserError(
            f"Training diverged: the loss was no finite number in epoch {outcome.diverged_epoch}.",
            remedy="Lower the learning rate, or scale the predictors.",
        )
    run.update_status(phase=Phase.JUDGING)
    finished = finish_model(model, target)
    save_model(finished, run.directory / "model.keras")
    facts = _facts(experiment, prepared, outcome)
    predictions = {part: _predict(finished, prepared, part) for part in SEEN_PARTS}
    _write_predictions(run, "predictions.parquet", prepared, predictions)
    baselines = fit_baselines(prepared)
    facts = facts.model_copy(
        update={
            "baselines": {b.name: b.title for b in baselines},
            "baseline_notes": {b.name: b.caption for b in baselines if not b.converged},
        }
    )
    run.write("facts.json", facts.model_dump_json())
    scores = _score(prepared, predictions, baselines, experiment.seed)
    run.write("metrics.json", json.dumps(scores, allow_nan=False))
    return State.STOPPED if outcome.stopped else State.FINISHED


def _predict(model: Any, prepared: Prepared, part: str) -> np.ndarray:
    """Predictions for one part, shape (cases,) or (cases, classes)."""
    raw = model.predict(prepared.parts[part].x, verbose=0, batch_size=1024)
    return raw_to_predictions(prepared.target, raw)


class _Reporter:
    """Writes epochs and progress into the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._written = 0.0

    def on_epoch(self, record: EpochRecord) -> None:
        self._run.append("history.jsonl", record.to_json())
        self._run.update_status(phase=Phase.TRAINING, epoch=record.epoch, epoch_share=1.0)

    def on_progress(self, epoch: int, share: float) -> None:
        if time.monotonic() - self._written > SECONDS_BETWEEN_STATUS:
            self._written = time.monotonic()
            self._run.update_status(phase=Phase.TRAINING, epoch=epoch, epoch_share=share)


def _facts(experiment: Experiment, prepared: Prepared, outcome: Outcome) -> Facts:
    target = prepared.target
    counts = {}
    if target.kind is not Kind.REGRESSION:
        # Of the test part not even the class counts are kept before it is opened.
        for name in SEEN_PARTS:
            found = np.bincount(prepared.parts[name].y, minlength=len(target.classes))
            counts[name] = dict(zip(target.labels, found.tolist(), strict=True))
    test_rows = prepared.parts["test"].rows.astype("int64").tobytes()
    return Facts(
        cases={name: len(part) for name, part in prepared.parts.items()},
        class_counts=counts,
        inputs=prepared.inputs,
        parameters=count_parameters(experiment.network, prepared.inputs, target.outputs),
        target=target.to_dict(),
        training_mean=_training_mean(prepared),
        best_epoch=outcome.best_epoch,
        diverged_epoch=outcome.diverged_epoch,
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
    baselines: tuple[Baseline, ...],
    seed: int,
) -> dict[str, list[dict[str, Any]]]:
    """Metrics and paired gains of every part, as JSON-ready rows."""
    scores, gains = [], []
    for name, predicted in predictions.items():
        part = prepared.parts[name]
        resampled = resample(
            prepared.target.kind,
            part.y,
            {NETWORK: predicted, **{b.name: b.predict(part.x) for b in baselines}},
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
    predictions = {"test": _predict(model, prepared, "test")}
    _write_predictions(run, "test_predictions.parquet", prepared, predictions)
    scores = _score(prepared, predictions, fit_baselines(prepared), experiment.seed)
    opening = {"opened_at": now().isoformat(), "runs_before": runs_before}
    run.write("test.json", json.dumps({**scores, "openings": [opening]}, allow_nan=False))
