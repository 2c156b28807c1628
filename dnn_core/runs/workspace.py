"""Where uploads, data sets and runs are kept."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import platformdirs

from dnn_core.data.dataset import Dataset, load_dataset, save_dataset
from dnn_core.errors import Damaged, UserError, reading
from dnn_core.runs.create import create_run, new_directory, require_id
from dnn_core.runs.damage import Damage, find_damage, name_of
from dnn_core.runs.index import ARCHIVED, RunIndex, is_complete
from dnn_core.runs.privacy import private_folder
from dnn_core.runs.records import Standing
from dnn_core.runs.run import Run
from dnn_core.runs.test_set import Tried, count_tried
from dnn_core.runs.traces import collect_traces, keep_lines, keep_trace, read_lines
from dnn_core.specs import Experiment
from dnn_core.specs.analysis import RUN_ID

NUMBERED = re.compile(r"Run ([0-9]{1,9})")

LONGEST_FILE_NAME = 120
LONGEST_ENDING = 20
"""In bytes; file systems allow 255 for a name."""


class Workspace:
    """One folder with everything that must survive a restart; no other account can enter it.

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
        # The root first: closed, it shields what an earlier version left open below it.
        for folder in (
            self.root,
            *(self.uploads, self.datasets, self.drafts, self.runs, self.studies, self.cache),
            *(self.compute, self.logs),
        ):
            private_folder(folder)

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

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    # Uploads ---------------------------------------------------------------

    def store_upload(self, content: bytes, file_name: str) -> Path:
        """Keep an uploaded file once, under the sha256 of its bytes.

        Only the last part of the given name is used, without characters that
        mean something to a file system.
        """
        folder = self.uploads / hashlib.sha256(content).hexdigest()
        path = folder / safe_file_name(file_name)
        if not path.is_file() or path.stat().st_size != len(content):
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / f".{secrets.token_hex(4)}"
            temporary.write_bytes(content)
            temporary.replace(path)
        os.utime(path)
        return path

    def list_uploads(self, limit: int | None = 5) -> list[Path]:
        """The files used last, newest first; all of them without a limit."""
        paths = [p for p in self.uploads.glob("*/*") if p.is_file() and p.name[0] != "."]
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
        names = [*self.runs_table()["name"], *(damage.name for damage in self.damaged_runs())]
        numbers = [int(match[1]) for name in names if (match := NUMBERED.fullmatch(name))]
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
            if not is_complete(self.runs / name):
                continue
            run = Run(self.runs / name)
            try:
                status, _ = run.status, run.notes
            except UserError:
                # Damaged, and listed as such; or deleted meanwhile.
                self._index.look_again(name)
                continue
            if status.active:
                waiting.append(run)
            elif status.done:
                self._settled.add(name)
        return waiting

    def damaged_runs(self) -> list[Damage]:
        """Runs that cannot be listed, and what is wrong with them, newest first."""
        damaged = self._index.damaged()
        return [
            Damage(run_id, name_of(Run(self.runs / run_id)), damaged[run_id])
            for run_id in reversed(damaged)
        ]

    def damage_of(self, run: Run) -> Damage | None:
        """What is wrong with a run, in any of its files; None where nothing is."""
        error = find_damage(run)
        if error is None:
            return None
        self._index.look_again(run.id)
        return Damage(run.id, name_of(run), error)

    def tried(self, run: Run) -> Tried:
        """What has been tried on the file and outcome of a run.

        Trials of studies count, and so does what was deleted. What is damaged counts as long
        as anything of it says what it tried; else that it cannot be told is part of the count.
        """
        ids = [*self._index.rows(), *self._index.damaged()]
        files = [self._deleted, *self.studies.glob("*/traces.jsonl")]
        return count_tried(run, *collect_traces((Run(self.runs / one) for one in ids), files))

    @property
    def _deleted(self) -> Path:
        return self.root / "deleted.jsonl"

    def delete_run(self, run: Run) -> None:
        """Delete a run for good; only that it was tried stays on record.

        A damaged one is deleted, too, and stays on record if anything of it says what it tried.

        Raises
        ------
        UserError
            If it is still waiting or training.
        """
        if _is_so(lambda: run.status.active):
            raise UserError(
                "This run is still active and cannot be deleted.", remedy="Stop it first."
            )
        if _is_so(lambda: run.analyses.active):
            raise UserError(
                "This run is being analysed and cannot be deleted.",
                remedy="Stop that first, on the page Diagnose.",
            )
        # Deleting what did not work must not make what did look like the first try.
        keep_trace(run, self._deleted)
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
        status = directory / "status.json"
        if _is_so(lambda: _read_standing(status).active):
            raise UserError(
                "This study is still active and cannot be deleted.", remedy="Stop it first."
            )
        keep_lines(read_lines(directory / "traces.jsonl"), self._deleted)
        doomed = directory.rename(self.studies / f".deleted-{directory.name}")
        shutil.rmtree(doomed)


def _read_standing(path: Path) -> Standing:
    with reading("study", path):
        return Standing.model_validate_json(path.read_bytes())


def _is_so(ask: Callable[[], bool]) -> bool:
    """The answer; False where the file that knows it is damaged."""
    try:
        return ask()
    except Damaged:
        return False


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
