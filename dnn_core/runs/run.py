"""A run is a directory; everything shown about it is read from there.

Files of a run, each written to a temporary name and renamed:

========================  ====================================================
`experiment.json`         what was asked
`about.json`              name of the data, what was edited in their variables, versions
`codebook.json`           levels, labels and missing codes of all variables, edits included
`status.json`             state, phase, epoch, times, message
`history.jsonl`           one line an epoch, appended while training
`audit.json`              what the audit of the data found before training
`test_set.json`               which rows are the test part, written before training
`facts.json`              sizes, classes, parameters: what the arrays were like
`metrics.json`            metrics of network and baselines, with intervals
`conformal.json`          how sure each prediction is: thresholds of intervals or sets
`recalibration.json`      maps that bring probabilities into agreement with shares
`predictions.parquet`     training and validation part
`test.json`, `test_predictions.parquet`  only once the test part was opened
`model.keras`, `encoder.json`, `encoder.skops`
`analyses/`             what was found out afterwards, one file each, and how far it is
`checkpoint.npz`          a checkpoint to resume training from
`notes.json`              name, note, tags, archived: the only file a person edits
`log.txt`                 what happened, with the traceback of a crash
`stop`                    present when somebody asked to stop
`process.lock`            held by a process outside the cluster that carries the run out
========================  ====================================================
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dnn_core.audit.finding import Audit
from dnn_core.errors import Damaged, UserError, reading
from dnn_core.evaluation.calibration.conformal import Conformal
from dnn_core.evaluation.calibration.recalibration import Recalibration
from dnn_core.evaluation.predictor import read_intervals
from dnn_core.runs.analyses import Analyses
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.files import write_whole
from dnn_core.runs.records import ESTIMATES, SCORES, About, Facts, HeldOut, Notes, Opening, Status
from dnn_core.specs import Experiment, Kind
from dnn_core.training.best_epochs import BestEpochs
from dnn_core.training.history import read_history

if TYPE_CHECKING:
    from dnn_core.data.dataset import Dataset
    from dnn_core.evaluation.predictor import Predictor

CALIBRATION_COLUMNS = ("version", "part", "category", "figure", "value", "low", "high")
METRIC_COLUMNS = ("part", "metric", "value", "low", "high", "unweighted")

FILES_OF_EVERY_RUN = ("experiment.json", "notes.json", "test_set.json")
"""One of them missing is damage; without all of them there is no run."""


class Run:
    """Reader (and, for the worker, writer) of one run's directory.

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

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)
        if not any((self.directory / name).exists() for name in FILES_OF_EVERY_RUN):
            raise UserError(
                "There is no such run.",
                received=self.directory.name,
                remedy="It may have been deleted; choose another one on the page Runs.",
            )

    def __repr__(self) -> str:
        try:
            state = self.status.state.value
        except UserError:
            # A name for messages; what is wrong is said where the run is read.
            state = "unreadable"
        return f"Run({str(self.directory)!r}, {state})"

    @property
    def id(self) -> str:
        return self.directory.name

    # What was asked -------------------------------------------------------

    @cached_property
    def experiment(self) -> Experiment:
        with self._reading("experiment.json") as path:
            return Experiment.model_validate_json(path.read_bytes())

    @property
    def kind(self) -> Kind:
        """Kind of task; a run's experiment always names it."""
        kind = self.experiment.task.kind
        if kind is None:
            path = self.directory / "experiment.json"
            raise Damaged("run", path, "does not name the kind of task")
        return kind

    @cached_property
    def about(self) -> dict[str, Any]:
        """Data's name, file and shape, what was edited in them, and versions; as `About`."""
        with self._reading("about.json") as path:
            return About.model_validate_json(path.read_bytes()).model_dump()

    # What happened --------------------------------------------------------

    @property
    def status(self) -> Status:
        with self._reading("status.json") as path:
            return Status.model_validate_json(path.read_bytes())

    @property
    def history(self) -> pd.DataFrame:
        """Columns as in `EpochRecord`; epochs count from 1."""
        with self._reading("history.jsonl") as path:
            return read_history(path)

    @property
    def best_epochs(self) -> BestEpochs:
        """Of all its networks: those whose weights were kept, while it trains the best so far."""
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
                f"This run has nothing to judge: its state is “{self.status.state.label}”.",
                remedy="See its message on the page Train.",
            )
        with self._reading("facts.json") as path:
            return Facts.model_validate_json(path.read_bytes())

    @property
    def seal(self) -> HeldOut:
        """Which rows are the test part; written once the data are prepared."""
        with self._reading("test_set.json") as path:
            return HeldOut.model_validate_json(path.read_bytes())

    @property
    def audit(self) -> Audit | None:
        """What the audit of the data said before training; None if there was none."""
        if not (self.directory / "audit.json").exists():
            return None
        with self._reading("audit.json") as path:
            return Audit.from_dict(json.loads(path.read_bytes()))

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
        """Calibration of the predictions, as learned and recalibrated.

        version (a value of `Recalibrated`), split, category (empty where the figure is
        about all), figure (of `calibration.FIGURES`, or a metric), value, low, high.
        """
        return self._score_frame("calibration", CALIBRATION_COLUMNS)

    @property
    def conformal(self) -> Conformal | None:
        """What intervals or sets rest on; None in a run without any."""
        values = self.intervals["conformal"]
        return None if values is None else Conformal.from_dict(values)

    @property
    def recalibration(self) -> Recalibration | None:
        """Maps of probabilities; None for a quantity or a count."""
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
        """What was found out afterwards, and how far that is."""
        return Analyses(self.directory / "analyses")

    def analysis(self, code: str) -> AnalysisResult | None:
        """What one analysis found; None where it has not been made."""
        return self.analyses.read(code)

    @property
    def log(self) -> str:
        if not (self.directory / "log.txt").exists():
            return ""
        with self._reading("log.txt") as path:
            return path.read_text(encoding="utf-8", errors="replace")

    def predictor(self) -> Predictor:
        """Load the trained network and its encoder (this loads TensorFlow)."""
        from dnn_core.evaluation.predictor import Predictor

        self.require_model()
        return Predictor.load(self.directory)

    def export(self, path: Path | str) -> Path:
        """Write everything into one zip; see `dnn_core.runs.export`."""
        from dnn_core.runs.export import write_package

        return write_package(self, Path(path))

    def require_readable(self) -> None:
        """Raise `Damaged` unless what was asked, the notes and the status can be read."""
        for look in ("notes", "status", "kind", "about"):
            getattr(self, look)

    def require_model(self) -> None:
        """Raise a `UserError` unless the run has a trained network."""
        if not self.status.done:
            raise UserError(
                f"This run has no trained network: its state is “{self.status.state.label}”.",
                remedy="Wait until it has finished, or train again.",
            )

    def require_data(self, dataset: Dataset) -> None:
        """Raise a `UserError` unless the run was trained on these data, read in this way."""
        if dataset.fingerprint != self.experiment.data:
            raise UserError(
                "These are not the data that the run was trained on.",
                expected=f"“{self.about['dataset']}” as it was read for the run",
                received=f"“{dataset.name}”, another file or read differently",
                remedy="Choose the data of the run, or train again with these.",
            )

    # Notes and requests ----------------------------------------------------

    @property
    def notes(self) -> Notes:
        with self._reading("notes.json") as path:
            return Notes.model_validate_json(path.read_bytes())

    def annotate(self, **changes: Any) -> None:
        """Change name, note, tags or archived."""
        changed = Notes(**{**self.notes.model_dump(), **changes})
        self.write("notes.json", changed.model_dump_json())

    def request_stop(self) -> None:
        """Ask the worker to stop and keep the best epoch so far."""
        (self.directory / "stop").touch()

    @property
    def stop_requested(self) -> bool:
        return (self.directory / "stop").exists()

    @property
    def seconds_since_stop_request(self) -> float:
        """How long ago somebody asked to stop; 0 if nobody did."""
        path = self.directory / "stop"
        return max(0.0, time.time() - path.stat().st_mtime) if path.exists() else 0.0

    # Writing ----------------------------------------------------------------

    def update_status(self, **changes: Any) -> Status:
        status = self.status.model_copy(update=changes)
        self.write("status.json", status.model_dump_json())
        return status

    def write(self, name: str, text: str) -> None:
        """Write a file so that a reader sees the old one or the new one, never a part."""
        write_whole(self.directory / name, text)

    def write_audit(self, audit: Audit) -> None:
        """Write what the audit of the data said."""
        self.write("audit.json", json.dumps(audit.to_dict(), ensure_ascii=False, allow_nan=False))

    def append(self, name: str, line: str) -> None:
        with (self.directory / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    @contextmanager
    def _reading(self, name: str) -> Iterator[Path]:
        """Give the path of a file whose damage is to be told."""
        path = self.directory / name
        with reading("run", path):
            yield path


def load_run(directory: Path | str) -> Run:
    """Open a run that was made before."""
    return Run(Path(directory))
