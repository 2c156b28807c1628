"""Execute experiments and write their results into runs.

This module imports Keras through the engine: only workers and notebooks load it.
"""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dnn_core.audit import audit
from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import prepare
from dnn_core.errors import ENDED_EARLY, UserError, describe_fault
from dnn_core.evaluation.baselines.fit_all import fit_baselines
from dnn_core.evaluation.predictor import BATCH_SIZE, raw_to_predictions
from dnn_core.network.model import load_model
from dnn_core.runs.create import create_run
from dnn_core.runs.execution.calibrate_run import opened_calibration
from dnn_core.runs.execution.checkpoint import (
    SECONDS_BETWEEN_CHECKPOINTS,
    resume_point,
    write_checkpoint,
)
from dnn_core.runs.execution.score_run import Table, by_name, evaluate_run, score, write_predictions
from dnn_core.runs.held_out import Tried, hold_out_test_rows, opening_record, require_same_test_rows
from dnn_core.runs.records import Phase, State, now
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Part
from dnn_core.training.fit import Fit, fit_many
from dnn_core.training.fit_request import Request, groups
from dnn_core.training.history import EpochRecord
from dnn_core.training.member import Snapshot

SECONDS_BETWEEN_STATUS = 0.25


def run_experiment(dataset: Dataset, experiment: Experiment, directory: Path | str) -> Run:
    """Run an experiment in this process.

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
        If the data do not allow the experiment, or the directory is taken.
    """
    path = Path(directory)
    run = create_run(dataset, experiment, path, name=path.name)
    execute(run, dataset)
    return run


def run_many(
    dataset: Dataset, experiments: Sequence[Experiment], directory: Path | str
) -> list[Run]:
    """Run experiments in this process; compatible ones are trained together.

    Each comes out as `run_experiment` would make it. Experiments may share their training
    where they have the same hidden layers (dropout, L1 and L2 may differ), optimizer,
    batch size, kind of outcome and number of input columns: then many take hardly more
    time than one.

    Parameters
    ----------
    dataset : Dataset
    experiments : sequence of Experiment
    directory : Path or str
        The runs become its folders 1, 2, ..., with zeros in front so that they sort.

    Returns
    -------
    list of Run
        In the order of the experiments. One that the data do not allow, or whose training diverged,
        has failed and its status states why; the others continue.

    Raises
    ------
    UserError
        Before anything is trained, if an outcome is not among the variables or a
        directory is taken.
    """
    for experiment in experiments:
        dataset.variable(experiment.task.target)
    digits = len(str(len(experiments)))
    paths = [Path(directory) / f"{n:0{digits}}" for n in range(1, len(experiments) + 1)]
    runs = [
        create_run(dataset, experiment, path, name=path.name)
        for path, experiment in zip(paths, experiments, strict=True)
    ]
    with recorded(*runs):
        tables: dict[Any, Table] = {}
        begun: list[_Begun] = []
        for run in runs:
            with suppress(UserError), recorded(run):
                begun.append(_begin(run, dataset, tables))
        requests = [one.request for one in begun]
        for group in groups(requests):
            fits = fit_many([requests[i] for i in group])
            for i, fit in zip(group, fits, strict=True):
                with suppress(UserError), recorded(begun[i].run):
                    _finish(begun[i], fit)
    return runs


def execute(run: Run, dataset: Dataset, *, worker: str = "") -> None:
    """Run a waiting experiment and record how it ended.

    A run that is no longer waiting is left alone, so that a task that is sent
    twice is run once.
    """
    if run.status.state is not State.QUEUED:
        return
    if run.stop_requested:
        run.end(State.INTERRUPTED, "Cancelled before it began.")
        return
    with recorded(run):
        begun = _begin(run, dataset, {}, worker=worker)
        (fit,) = fit_many([begun.request], snapshot=resume_point(run))
        _finish(begun, fit)


@contextmanager
def recorded(*runs: Run) -> Iterator[None]:
    """Record an error in runs that have not ended, and raise it again."""
    try:
        yield
    except UserError as error:
        _end_active(runs, State.FAILED, str(error))
        raise
    except (KeyboardInterrupt, SystemExit):
        _end_active(runs, State.INTERRUPTED, ENDED_EARLY)
        raise
    except BaseException as error:
        # Of whatever kind: what is over must not look as if it still trained.
        for run in runs:
            if run.status.active:
                run.append("log.txt", traceback.format_exc())
        _end_active(runs, State.FAILED, describe_fault(error))
        raise


def _end_active(runs: Sequence[Run], state: State, message: str) -> None:
    for run in runs:
        if run.status.active:
            run.end(state, message)


@dataclass(frozen=True, eq=False)
class _Begun:
    """A run whose data are prepared."""

    run: Run
    table: Table
    reporter: _Reporter

    @property
    def request(self) -> Request:
        """The fit that the run requests."""
        asked = self.run.experiment
        return Request(
            self.table.prepared, asked.network, asked.training, asked.seed, self.reporter
        )


def _begin(run: Run, dataset: Dataset, tables: dict[Any, Table], *, worker: str = "") -> _Begun:
    """Prepare the data of a run, unless `tables` has them from another run."""
    run.update_status(state=State.RUNNING, phase=Phase.PREPARING, started_at=now(), worker=worker)
    asked = run.experiment
    key = (asked.task, asked.split, asked.encoding, asked.folds)
    if key not in tables:
        prepared = prepare(dataset, asked)
        audited = audit(dataset, asked.task, asked.split, asked.folds)
        tables[key] = Table(prepared, audited, asked.task.reduced)
    table = tables[key]
    hold_out_test_rows(run, table.prepared)
    run.write_audit(table.audit)
    table.prepared.encoder.save(run.directory)
    return _Begun(run, table, _Reporter(run))


def _finish(begun: _Begun, fit: Fit) -> None:
    """Evaluate a run whose training has ended, and record how it ended."""
    run = begun.run
    begun.reporter.close(fit.snapshot)
    if not fit.usable:
        raise UserError(
            f"Training diverged: the loss was not a finite number in epoch {fit.diverged_epoch}.",
            remedy="Lower the learning rate, or scale the predictors.",
        )
    run.update_status(phase=Phase.EVALUATING)
    evaluate_run(run, begun.table, fit)
    run.end(State.STOPPED if fit.stopped else State.FINISHED, "")


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

    def close(self, last: Snapshot | None) -> None:
        """Write the last epochs, and a checkpoint to train more epochs from."""
        self._flush()
        self._run.update_status(phase=Phase.TRAINING, epoch=self._epoch, epoch_share=1.0)
        if last is not None:
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


def open_test(run: Run, dataset: Dataset, *, tried: Tried) -> None:
    """Score the test part, once, and record that it was opened.

    Parameters
    ----------
    tried : Tried
        Configurations tried on the same file and outcome by then; printed with every test figure.

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
    require_same_test_rows(run, prepared)
    model = load_model(run.directory / "model.keras")
    x = prepared.parts[Part.TEST].x
    output = model.predict(x, verbose=0, batch_size=BATCH_SIZE)
    predictions = {Part.TEST: raw_to_predictions(prepared.target, output)}
    write_predictions(run, "test_predictions.parquet", prepared, predictions)
    beside = {Part.TEST: by_name(fit_baselines(prepared, experiment.task.reduced), x)}
    scores = score(prepared, predictions, beside, experiment)
    calibration = opened_calibration(run, prepared, predictions[Part.TEST])
    content = {**scores, "calibration": calibration, "openings": [opening_record(tried)]}
    run.write("test.json", json.dumps(content, allow_nan=False))
