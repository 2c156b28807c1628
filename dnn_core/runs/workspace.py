"""Where uploads, data sets and runs are kept."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import platformdirs

from dnn_core.data.dataset import Dataset, load_dataset, save_dataset
from dnn_core.errors import UserError
from dnn_core.runs.create import create_run, new_directory, require_id
from dnn_core.runs.index import ARCHIVED, RunIndex
from dnn_core.runs.records import ACTIVE, State
from dnn_core.runs.run import Run
from dnn_core.runs.seal import Trace, Tried, count_tried, trace_of
from dnn_core.specs import Experiment
from dnn_core.specs.appraisal import RUN_ID

NUMBERED = re.compile(r"Run ([0-9]{1,9})")

LONGEST_FILE_NAME = 120
LONGEST_ENDING = 20
"""In bytes; file systems allow 255 for a name."""


class Workspace:
    """One folder with everything that must survive a restart.

    Parameters
    ----------
    root : Path, optional
        By default `DNN_WORKBENCH_HOME`, or the user's data folder.
    """

    def __init__(self, root: Path | None = None) -> None:
        chosen = root or os.environ.get("DNN_WORKBENCH_HOME")
        self.root = Path(chosen or platformdirs.user_data_dir("dnn-workbench", appauthor=False))
        self._settled: set[str] = set()
        self._index = RunIndex(self.runs, self.cache / "runs")
        for folder in (
            self.uploads,
            self.datasets,
            self.drafts,
            self.runs,
            self.studies,
            self.cache,
        ):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def drafts(self) -> Path:
        return self.root / "drafts"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def studies(self) -> Path:
        return self.root / "studies"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def compute(self) -> Path:
        return self.root / "compute"

    # Uploads ---------------------------------------------------------------

    def store_upload(self, content: bytes, file_name: str) -> Path:
        """Keep an uploaded file once, under the sha256 of its bytes.

        Only the last part of the given name is used, without characters that
        mean something to a file system.
        """
        folder = self.uploads / hashlib.sha256(content).hexdigest()
        path = folder / safe_file_name(file_name)
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / f".{secrets.token_hex(4)}"
            temporary.write_bytes(content)
            temporary.replace(path)
        os.utime(path)
        return path

    def list_uploads(self, limit: int | None = 5) -> list[Path]:
        """The files used last, newest first; all of them without a limit."""
        paths = [p for p in self.uploads.glob("*/*") if not p.name.startswith(".")]
        return sorted(paths, key=lambda p: p.stat().st_mtime, reverse=True)[:limit]

    # Data sets ---------------------------------------------------------------

    def keep_dataset(self, dataset: Dataset) -> Path:
        """Keep a data set so that a worker and a later session can read it."""
        return save_dataset(dataset, self.datasets / dataset.fingerprint)

    def dataset_of(self, run: Run) -> Dataset:
        """The data set that a run was trained on."""
        return load_dataset(self.datasets / str(run.experiment.data))

    # Runs --------------------------------------------------------------------

    def new_run(
        self,
        dataset: Dataset,
        experiment: Experiment,
        before_listed: Callable[[Path], object] | None = None,
    ) -> Run:
        """Make the directory of a run that waits to be executed.

        Parameters
        ----------
        dataset : Dataset
        experiment : Experiment
        before_listed : callable, optional
            Is given the run's directory before anybody else can find the run in it.
        """
        self.keep_dataset(dataset)
        directory = new_directory(self.runs, before_listed)
        return create_run(dataset, experiment, directory, name=f"Run {self._next_number()}")

    def _next_number(self) -> int:
        """One more than the highest number in the name of a run; names are not given twice."""
        names = self.runs_table()["name"]
        numbers = [int(found[1]) for name in names if (found := NUMBERED.fullmatch(name))]
        return max(numbers, default=0) + 1

    def run(self, run_id: str) -> Run:
        """Open a run by its id, which may come from a link.

        Raises
        ------
        UserError
            If the id is malformed or there is no such run.
        """
        require_id(run_id, "run", page="Runs")
        return Run(self.runs / run_id)

    def list_runs(self, *, archived: bool = False) -> list[Run]:
        """Runs, newest first; archived ones only when asked for."""
        rows = self._index.rows()
        return [
            Run(self.runs / run_id)
            for run_id, row in reversed(rows.items())
            if archived or not row[ARCHIVED]
        ]

    def runs_table(self) -> pd.DataFrame:
        """All runs, newest first, with every setting and figure; see `table.tabulate`.

        Archived runs are among them. The table is shared: not to be changed.
        """
        return self._index.table()

    def active_runs(self) -> list[Run]:
        """Runs that wait or train, oldest first."""
        waiting = []
        # A run with a network never becomes active again: look at each only once.
        with os.scandir(self.runs) as entries:
            names = {entry.name for entry in entries} - self._settled
        for name in sorted(filter(RUN_ID.fullmatch, names)):
            # Only a directory with notes is complete.
            if not (self.runs / name / "notes.json").exists():
                continue
            run = Run(self.runs / name)
            status = run.status
            if status.active:
                waiting.append(run)
            elif status.done:
                self._settled.add(name)
        return waiting

    def tried(self, run: Run) -> Tried:
        """What has been tried on the file and outcome of a run.

        Trials of studies count, and so does what was deleted.
        """
        traces = [trace_of(other) for other in self.list_runs(archived=True)]
        paths = [self._deleted, *self.studies.glob("*/traces.jsonl")]
        left = [Trace(**json.loads(line)) for path in paths for line in _whole_lines(path)]
        return count_tried(run, [*filter(None, traces), *left])

    @property
    def _deleted(self) -> Path:
        return self.root / "deleted.jsonl"

    def delete_run(self, run: Run) -> None:
        """Delete a run for good; only that it was tried stays on record.

        Raises
        ------
        UserError
            If it is still waiting or training.
        """
        if run.status.active:
            raise UserError(
                "This run is still active and cannot be deleted.", remedy="Stop it first."
            )
        if run.appraisals.active:
            raise UserError(
                "This run is being appraised and cannot be deleted.",
                remedy="Stop that first, on the page Diagnose.",
            )
        trace = trace_of(run)
        if trace is not None:
            # Deleting what did not work must not make what did look like the first try.
            with self._deleted.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(trace), ensure_ascii=False) + "\n")
        # Renamed first, so that nobody lists a half-deleted run.
        doomed = run.directory.rename(self.runs / f".deleted-{run.id}")
        shutil.rmtree(doomed)

    def delete_study(self, directory: Path) -> None:
        """Delete a study for good; only that its trials were tried stays on record.

        Raises
        ------
        UserError
            If it is still waiting or under way.
        """
        status = json.loads((directory / "status.json").read_text(encoding="utf-8"))
        if State(status["state"]) in ACTIVE:
            raise UserError(
                "This study is still active and cannot be deleted.", remedy="Stop it first."
            )
        with self._deleted.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in _whole_lines(directory / "traces.jsonl"))
        doomed = directory.rename(self.studies / f".deleted-{directory.name}")
        shutil.rmtree(doomed)


def _whole_lines(path: Path) -> list[str]:
    """Lines of a file, if there is one; the last may still be being written."""
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


def safe_file_name(name: str) -> str:
    """The last part of a path, without separators, control or reserved characters.

    At most 120 bytes long, because file systems count bytes; the ending, by
    which a file is known, is kept.
    """
    last = re.split(r"[/\\]", name)[-1]
    # Categories C*: controls, marks that reverse the direction of text, lone surrogates.
    plain = "".join("_" if unicodedata.category(c)[0] == "C" else c for c in last)
    stem, dot, ending = re.sub(r'[<>:"|?*]', "_", plain).strip(" .").rpartition(".")
    if not stem or len(ending.encode()) > LONGEST_ENDING:
        stem, dot, ending = f"{stem}{dot}{ending}", "", ""
    room = LONGEST_FILE_NAME - len((dot + ending).encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    # Windows reserves these names, whatever comes after the first point.
    if re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", stem.split(".")[0].strip()):
        stem = f"_{stem}"
    return f"{stem}{dot}{ending}" or "file"
