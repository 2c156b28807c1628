"""A run is a directory; everything shown about it is read from there.

Files of a run, each written to a temporary name and renamed:

========================  ====================================================
`experiment.json`         what was asked
`about.json`              name of the data, what was edited in their variables, versions
`codebook.json`           levels, labels and missing codes of all variables, edits included
`status.json`             state, phase, epoch, times, message
`history.jsonl`           one line an epoch, appended while training
`audit.json`              findings of the leakage checks before training
`test_set.json`               which rows are the test part, written before training
`facts.json`              sizes, classes, parameters of the arrays
`metrics.json`            metrics of network and baselines, with intervals
`conformal.json`          thresholds of prediction intervals or sets
`recalibration.json`      maps that recalibrate probabilities
`predictions.parquet`     training and validation part
`test.json`, `test_predictions.parquet`  only once the test part was opened
`model.keras`, `encoder.json`, `encoder.skops`
`analyses/`             results of analyses, one file each, and their progress
`checkpoint.npz`          a checkpoint to resume training from
`notes.json`              name, note, tags, archived: the only file a person edits
`log.txt`                 what happened, with the traceback of a crash
`stop`                    present when somebody asked to stop
`process.lock`            held by a process outside the cluster that executes the run
========================  ====================================================
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dnn_core.errors import UserError
from dnn_core.evaluation.calibration.conformal import Conformal
from dnn_core.evaluation.calibration.prediction_intervals import read_intervals
from dnn_core.evaluation.calibration.recalibration import Recalibration
from dnn_core.evaluation.predictor import Predictor
from dnn_core.runs.analyses import Analyses
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.records import ESTIMATES, SCORES, Facts, Opening
from dnn_core.runs.run_record import RunRecord
from dnn_core.training.best_epochs import BestEpochs
from dnn_core.training.history import read_history

CALIBRATION_COLUMNS = ("version", "part", "category", "figure", "value", "low", "high")
METRIC_COLUMNS = ("part", "metric", "value", "low", "high", "unweighted")


class Run(RunRecord):
    """Reader (and, for the worker, writer) of one run's directory: its record and its results.

    Parameters
    ----------
    directory : Path
        Written by `create_run`.

    Raises
    ------
    UserError
        If the directory does not hold a run. Whatever is read from it later raises `Damaged`
        where a file is not what was written.
    """

    @property
    def history(self) -> pd.DataFrame:
        """Columns as in `EpochRecord`; epochs count from 1."""
        with self._reading("history.jsonl") as path:
            return read_history(path)

    @property
    def best_epochs(self) -> BestEpochs:
        """The best epochs of all its networks; while it trains, those so far."""
        if (self.directory / "facts.json").exists():
            return BestEpochs.of(self.facts.best_epochs)
        return BestEpochs.so_far(self.history)

    @property
    def facts(self) -> Facts:
        """Sizes and classes.

        Raises
        ------
        UserError
            If the run did not get as far as preparing its data.
        """
        if not (self.directory / "facts.json").exists() and not self.status.done:
            raise UserError(
                f"This run has nothing to evaluate: its state is “{self.status.state.label}”.",
                remedy="See its message on the page Train.",
            )
        with self._reading("facts.json") as path:
            return Facts.model_validate_json(path.read_bytes())

    @property
    def metrics(self) -> pd.DataFrame:
        """Metrics of the network: split, metric, value, low, high, unweighted."""
        scores = self.scores
        return scores.loc[scores["model"] == "network", list(METRIC_COLUMNS)].reset_index(drop=True)

    @property
    def scores(self) -> pd.DataFrame:
        """Metrics of network and baselines: model, split, metric, value, low, high, unweighted.

        `unweighted` is the value with every case counting the same.
        """
        return self._score_frame("scores", ("model", *METRIC_COLUMNS))

    @property
    def gains(self) -> pd.DataFrame:
        """Network less baseline, paired: model (the baseline), then as in `scores`."""
        return self._score_frame("gains", ("model", *METRIC_COLUMNS))

    @property
    def calibration(self) -> pd.DataFrame:
        """Calibration of the predictions, before and after recalibration.

        version (a value of `Recalibrated`), split, category (empty where the figure is
        about all), figure (of `calibration.FIGURES`, or a metric), value, low, high.
        """
        return self._score_frame("calibration", CALIBRATION_COLUMNS)

    @property
    def conformal(self) -> Conformal | None:
        """Thresholds of intervals or sets; None in a run without any."""
        values = self.intervals["conformal"]
        return None if values is None else Conformal.from_dict(values)

    @property
    def recalibration(self) -> Recalibration | None:
        """Maps of probabilities; None for a number."""
        values = self.intervals["recalibration"]
        return None if values is None else Recalibration.from_dict(values)

    @property
    def intervals(self) -> dict[str, Any]:
        """What `add_intervals` takes: conformal and recalibration, each as it is kept or None."""
        return read_intervals(self.directory)

    def _score_frame(self, key: str, columns: tuple[str, ...]) -> pd.DataFrame:
        rows: list[dict[str, Any]] = []
        for name in ("metrics.json", "test.json"):
            if (self.directory / name).exists():
                with self._reading(name) as path:
                    content = json.loads(path.read_bytes())
                    scores = content[key] if "metric" in columns else content.get(key, [])
                    (SCORES if "metric" in columns else ESTIMATES).validate_python(scores)
                    rows += scores
        table = pd.DataFrame(rows, columns=list(columns))
        # A column of figures that are all undefined would be one of texts.
        return table.astype(dict.fromkeys(("value", "low", "high"), "float64"))

    @property
    def predictions(self) -> pd.DataFrame:
        """Columns row, split, observed, predicted, probability_<class>."""
        names = ["predictions.parquet"]
        # Written before test.json: an opening that broke off in between is none.
        if self.test_opened:
            names.append("test_predictions.parquet")
        frames = []
        for name in names:
            if (self.directory / name).exists() or self.status.done:
                # Opened here: of a folder that stands in its place pandas would read nothing.
                with self._reading(name) as path, path.open("rb") as file:
                    frames.append(pd.read_parquet(file))
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    @property
    def openings(self) -> list[dict[str, Any]]:
        """Each opening of the test part: opened_at, and what had been tried by then."""
        if not self.test_opened:
            return []
        with self._reading("test.json") as path:
            openings = json.loads(path.read_bytes())["openings"]
            for opening in openings:
                Opening.model_validate(opening)
            return openings

    @property
    def test_opened(self) -> bool:
        return (self.directory / "test.json").exists()

    @cached_property
    def analyses(self) -> Analyses:
        """The analyses of the run, and their progress."""
        return Analyses(self.directory / "analyses")

    def analysis(self, code: str) -> AnalysisResult | None:
        """The result of one analysis; None where there is none."""
        return self.analyses.read(code)

    def predictor(self) -> Predictor:
        """Load the trained network and its encoder (this loads TensorFlow)."""
        self.require_model()
        return Predictor.load(self.directory)


def load_run(directory: Path | str) -> Run:
    """Open a run that was made before.

    Parameters
    ----------
    directory : Path or str
        A folder of the workspace's `runs`, or wherever `run_experiment` was told to put it.

    Returns
    -------
    Run

    Raises
    ------
    UserError
        If the directory does not hold a run.
    """
    return Run(Path(directory))
