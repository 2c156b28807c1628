"""Create directories of runs and studies, with the experiment and a description of the data."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path

from dnn_core.data.codebook import write_codebook
from dnn_core.data.dataset import Dataset
from dnn_core.data.edits import edited_parts
from dnn_core.data.target import guess_kind
from dnn_core.errors import UserError
from dnn_core.runs.records import Notes, Status, now
from dnn_core.runs.run import Run
from dnn_core.runs.versions import versions
from dnn_core.specs import Experiment
from dnn_core.specs.analysis import RUN_ID


def new_directory(parent: Path, before_listed: Callable[[Path], object] | None = None) -> Path:
    """A directory for a run or a study: named by the time, so that names sort by it.

    Parameters
    ----------
    parent : Path
    before_listed : callable, optional
        Is given the directory before anybody else can find anything in it.
    """
    made = now()
    # They sort within a second, too: four digits count 16 microseconds.
    fraction = f"{made.microsecond // 16:04x}{secrets.token_hex(1)}"
    directory = parent / f"{made:%Y%m%d-%H%M%S}-{fraction}"
    if before_listed is not None:
        directory.mkdir(parents=True)
        before_listed(directory)
    return directory


def require_id(name: str, what: str, *, page: str) -> None:
    """Raise a `UserError` unless a name, which may come from a link, is that of a directory."""
    if not RUN_ID.fullmatch(name):
        raise UserError(
            f"This is not the name of a {what}.",
            expected="a name such as 20260131-120000-a1b2c3",
            received=name[:60],
            remedy=f"Choose a {what} on the page {page}.",
        )


def create_run(dataset: Dataset, experiment: Experiment, directory: Path, *, name: str) -> Run:
    """Write the experiment into a new directory.

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
    status = Status(created_at=now(), epochs=experiment.training.epochs)
    experiment = filled_in(dataset, experiment)
    write_data_files(dataset, directory)
    (directory / "status.json").write_text(status.model_dump_json(), encoding="utf-8")
    (directory / "experiment.json").write_text(experiment.model_dump_json(), encoding="utf-8")
    run = Run(directory)
    # Last, and renamed into place: only a directory with notes is listed as a run.
    run.write("notes.json", Notes(name=name).model_dump_json())
    return run


def filled_in(dataset: Dataset, experiment: Experiment) -> Experiment:
    """The experiment with every default that was guessed written out."""
    task = experiment.task
    kind = task.kind or guess_kind(dataset, task.target).kind
    return experiment.but(
        data=dataset.fingerprint, task=task.but(kind=kind), split=experiment.split.for_task(task)
    )


def write_data_files(dataset: Dataset, directory: Path) -> None:
    """Write how the data were read and described, so that they can be read again.

    They are about.json and codebook.json.
    """
    about = {
        "dataset": dataset.name,
        "file_name": dataset.source.file_name,
        "sha256": dataset.source.sha256,
        "reading": dataset.source.options,
        "rows": len(dataset),
        "variables": len(dataset.variables),
        "labels": {v.name: v.label for v in dataset.variables if v.label},
        "edits": edited_parts(dataset),
        "versions": versions(),
    }
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(about, ensure_ascii=False)
    (directory / "about.json").write_text(text, encoding="utf-8")
    (directory / "codebook.json").write_text(write_codebook(dataset), encoding="utf-8")
