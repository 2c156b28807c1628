"""A study: a directory with the specification, the status and every trial."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError, reading
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.metrics import Metric, main_metric, metric
from dnn_core.runs.create import filled_in, write_data_files
from dnn_core.runs.held_out import Trace
from dnn_core.runs.record_folder import write_whole
from dnn_core.runs.records import now
from dnn_core.specs import Experiment, Measure, StudySpec, configure
from dnn_core.tuning.study_record import StudyRecord, StudyStatus
from dnn_core.tuning.trial import Trial, best_of


class Study(StudyRecord):
    """Reader and writer of one study's directory.

    Parameters
    ----------
    directory : Path
        `study.json` (asked), `about.json` and `codebook.json` (the data), `status.json`,
        `trials.jsonl` (one line each, in the order in which they ended), `cases.npz` (the rows they
        are evaluated on), `predictions/<trial>.npy`, `traces.jsonl` for the record of what was
        tried, `reading.json` (the result). Of nested searches `nested-<fold>.jsonl` (trials of
        the search without that fold) and `predictions/nested.npy` (each fold as predicted by the
        winner without it).

    Raises
    ------
    UserError
        If there is no study. Whatever is read from it later raises `Damaged` where a file is
        not what was written.
    """

    @property
    def measure(self) -> Metric:
        """The metric trials are ranked by."""
        loss = self.asked.measure is Measure.LOSS
        return metric(outcome_of(self.kind).ranking) if loss else main_metric(self.kind)

    # Trials ------------------------------------------------------------------

    @property
    def trials(self) -> list[Trial]:
        """The trials that have ended, by number; each of them once, without `current`."""
        return [trial for trial in self.evaluations if trial.number > 0]

    @property
    def current(self) -> Trial | None:
        """The current experiment, evaluated like the trials; None before that."""
        return next((trial for trial in self.evaluations if trial.number == 0), None)

    @property
    def evaluations(self) -> list[Trial]:
        """Trials that have ended, and the current experiment under the number 0."""
        return self._evaluated("trials.jsonl")

    def trials_without(self, fold: int) -> list[Trial]:
        """Trials that have ended of the nested search that leaves out a fold."""
        return self._evaluated(f"nested-{fold}.jsonl")

    def winner_without(self, fold: int) -> Trial | None:
        """The best of them."""
        return best_of(self.trials_without(fold), higher_is_better=self.measure.higher_is_better)

    def _evaluated(self, name: str) -> list[Trial]:
        path = self.directory / name
        if not path.exists():
            return []
        with reading("study", path):
            lines = path.read_text(encoding="utf-8").split("\n")
            # What follows the last line feed was being written when the process was killed.
            trials = [Trial.model_validate_json(line) for line in lines[:-1] if line]
        return sorted({trial.number: trial for trial in trials}.values(), key=lambda t: t.number)

    def record(self, trials: list[Trial]) -> None:
        """Append trials that have ended, and what they leave for the record."""
        self._append("traces.jsonl", [json.dumps(asdict(self._trace(t))) for t in trials])
        self._append("trials.jsonl", [trial.model_dump_json() for trial in trials])

    def record_without(self, fold: int, trials: list[Trial]) -> None:
        """Append trials of a nested search: none of them can be adopted, so they leave no trace."""
        self._append(f"nested-{fold}.jsonl", [trial.model_dump_json() for trial in trials])

    def experiment(self, trial: Trial) -> Experiment:
        """What a trial tried, with as many networks as the experiment had to begin with."""
        return configure(self.asked.experiment, trial.values)

    def predictions(self, number: int) -> np.ndarray:
        """Out-of-fold predictions: float32, shape (seeds, rows) or (seeds, rows, classes)."""
        return self._load_array(self._array(f"{number:05}"))

    def keep_predictions(self, number: int, predicted: np.ndarray) -> None:
        self._keep_array(f"{number:05}", predicted)

    @property
    def nested_predictions(self) -> np.ndarray | None:
        """Like those of a trial: each fold by the winner without it; None where there are none."""
        path = self._array("nested")
        return self._load_array(path) if path.exists() else None

    def keep_nested_predictions(self, predicted: np.ndarray) -> None:
        self._keep_array("nested", predicted)

    def _array(self, name: str) -> Path:
        return self.directory / "predictions" / f"{name}.npy"

    def _load_array(self, path: Path) -> np.ndarray:
        with reading("study", path):
            return np.load(path, allow_pickle=False)

    def _keep_array(self, name: str, predicted: np.ndarray) -> None:
        path = self._array(name)
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f".{name}.{secrets.token_hex(4)}.npy")
        np.save(temporary, predicted.astype("float32"))
        temporary.replace(path)

    # The rows they are evaluated on ---------------------------------------------

    @property
    def has_cases(self) -> bool:
        """False before the first trial."""
        return (self.directory / "cases.npz").exists()

    @property
    def cases(self) -> dict[str, np.ndarray]:
        """`rows`, `y`, `fold`, and where there are any `weight`, `cluster`, `strata`.

        Of a quantity also `training_mean`, which R² is measured against.
        """
        with self._reading("cases.npz") as path, np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)

    def keep_cases(self, cases: dict[str, np.ndarray]) -> None:
        temporary = self.directory / f".cases.{secrets.token_hex(4)}.npz"
        np.savez(temporary, allow_pickle=False, **cases)
        temporary.replace(self.directory / "cases.npz")

    def _trace(self, trial: Trial) -> Trace:
        asked = self.asked.experiment
        return Trace(
            run=f"{self.id}/{trial.number}",
            file=self.about["sha256"],
            target=asked.task.target,
            configuration=configure(asked, trial.values).but(answers=()).digest(),
            analysed=False,
            opened=False,
        )


def create_study(
    dataset: Dataset, asked: StudySpec, directory: Path | str, *, name: str = "Study"
) -> Study:
    """Write the specification into a new directory.

    Parameters
    ----------
    dataset : Dataset
    asked : StudySpec
    directory : Path or str
    name : str

    Returns
    -------
    Study
        One that waits; `run_study` does the work.

    Raises
    ------
    UserError
        If the directory already holds a study, or a value among those that vary is impossible.
    """
    directory = Path(directory)
    if (directory / "status.json").exists():
        raise UserError(
            "This directory already holds a study.",
            received=str(directory),
            remedy="Choose another directory.",
        )
    for vary in asked.vary:
        # Each value alone must be possible, or the study would fail in its middle.
        for value in vary.listed:
            configure(asked.experiment, {**_structure(asked), vary.hyperparameter: value})
    asked = asked.but(experiment=filled_in(dataset, asked.experiment))
    write_data_files(dataset, directory)
    (directory / "study.json").write_text(asked.model_dump_json(), encoding="utf-8")
    status = StudyStatus(name=name, created_at=now())
    # Last, and renamed into place: only a directory with a status is a study.
    write_whole(directory / "status.json", status.model_dump_json())
    return Study(directory)


def _structure(asked: StudySpec) -> dict[str, Any]:
    """The most layers that the study can make, for hyperparameters of a single one."""
    layers = [
        int(value)
        for vary in asked.vary
        if vary.hyperparameter == "layers"
        for value in vary.listed
    ]
    return {"layers": max(layers)} if layers else {}
