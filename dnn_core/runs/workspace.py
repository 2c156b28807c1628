"""Where uploads, data sets and runs are kept."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import secrets
import shutil
from importlib.metadata import version
from pathlib import Path

import platformdirs

from dnn_core.data.dataset import Dataset, load_dataset, save_dataset
from dnn_core.errors import UserError
from dnn_core.runs.run import Notes, Run, Status, now
from dnn_core.specs import Experiment

PACKAGES = ("tensorflow", "keras", "scikit-learn", "pandas", "numpy", "skops")
"""Packages whose versions can change a result."""

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")


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
        for folder in (self.uploads, self.datasets, self.runs, self.cache):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

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

    def list_uploads(self, limit: int = 5) -> list[Path]:
        """The files used last, newest first."""
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

    def new_run(self, dataset: Dataset, experiment: Experiment) -> Run:
        """Make the directory of a run that waits to be executed."""
        self.keep_dataset(dataset)
        stamp = now().strftime("%Y%m%d-%H%M%S")
        directory = self.runs / f"{stamp}-{secrets.token_hex(3)}"
        number = sum(1 for _ in self.runs.iterdir()) + 1
        return create_run(dataset, experiment, directory, name=f"Run {number}")

    def run(self, run_id: str) -> Run:
        """Open a run by its id, which may come from a link.

        Raises
        ------
        UserError
            If the id is malformed or there is no such run.
        """
        if not RUN_ID.fullmatch(run_id):
            raise UserError(
                "This is not the name of a run.",
                expected="a name such as 20260131-120000-a1b2c3",
                received=run_id[:60],
                remedy="Choose a run on the page Runs.",
            )
        return Run(self.runs / run_id)

    def list_runs(self, *, archived: bool = False) -> list[Run]:
        """Runs, newest first; archived ones only when asked for."""
        found = sorted(
            (p for p in self.runs.iterdir() if RUN_ID.fullmatch(p.name)),
            key=lambda p: p.name,
            reverse=True,
        )
        runs = [Run(p) for p in found if (p / "notes.json").exists()]
        return [run for run in runs if archived or not run.notes.archived]

    def active_runs(self) -> list[Run]:
        """Runs that wait or train, oldest first."""
        waiting = []
        for path in sorted(self.runs.iterdir()):
            # A run that has ended never becomes active again: look at each only once.
            if path.name in self._settled or not (path / "notes.json").exists():
                continue
            run = Run(path)
            if run.status.active:
                waiting.append(run)
            else:
                self._settled.add(path.name)
        return waiting

    def delete_run(self, run: Run) -> None:
        """Delete a run for good.

        Raises
        ------
        UserError
            If it is still waiting or training.
        """
        if run.status.active:
            raise UserError(
                "This run is still active and cannot be deleted.", remedy="Stop it first."
            )
        # Renamed first, so that nobody lists a half-deleted run.
        doomed = run.directory.rename(self.runs / f".deleted-{run.id}")
        shutil.rmtree(doomed)


def create_run(dataset: Dataset, experiment: Experiment, directory: Path, *, name: str) -> Run:
    """Write what was asked into a new directory.

    Raises
    ------
    UserError
        If the directory already holds a run: what happened is never edited.
    """
    if (directory / "experiment.json").exists():
        raise UserError(
            "This directory already holds a run.",
            received=str(directory),
            remedy="Choose another directory.",
        )
    experiment = experiment.but(data=dataset.fingerprint)
    about = {
        "dataset": dataset.name,
        "file_name": dataset.source.file_name,
        "sha256": dataset.source.sha256,
        "rows": len(dataset),
        "variables": len(dataset.variables),
        "labels": {v.name: v.label for v in dataset.variables if v.label},
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
    }
    directory.mkdir(parents=True, exist_ok=True)
    status = Status(created_at=now(), epochs=experiment.training.epochs)
    contents = {
        "about.json": json.dumps(about, ensure_ascii=False),
        "status.json": status.model_dump_json(),
        "experiment.json": experiment.model_dump_json(),
        # Last: only a directory with notes is listed as a run.
        "notes.json": Notes(name=name).model_dump_json(),
    }
    for file_name, text in contents.items():
        (directory / file_name).write_text(text, encoding="utf-8")
    return Run(directory)


def safe_file_name(name: str) -> str:
    """The last part of a path, without separators, control or reserved characters."""
    last = re.split(r"[/\\]", name)[-1]
    cleaned = re.sub(r'[\x00-\x1f<>:"|?*]', "_", last).strip(" .")
    stem, dot, suffix = cleaned.rpartition(".")
    if re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)", stem or suffix):
        cleaned = f"_{cleaned}"
    return cleaned[-120:] or "file"
