"""Checkpoints: training is resumed after a crash, or for more epochs."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np

from dnn_core.errors import UserError, reading
from dnn_core.runs.records import Phase, State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Schedule
from dnn_core.training.history import EpochRecord
from dnn_core.training.member import Snapshot

FILE = "checkpoint.npz"

SECONDS_BETWEEN_CHECKPOINTS = 30.0

BROKEN_OFF = (State.FAILED, State.INTERRUPTED)
"""States in which a run may have got part of the way."""


def write_checkpoint(run: Run, snapshot: Snapshot) -> None:
    """Keep a checkpoint to resume training from; it replaces the one before."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **snapshot)
    temporary = run.directory / f".{FILE}.tmp"
    temporary.write_bytes(buffer.getvalue())
    temporary.replace(run.directory / FILE)


def resume_point(run: Run) -> Snapshot | None:
    """Return the checkpoint of a run, and remove later epochs from its history.

    None where there is no checkpoint.
    """
    snapshot = _read(run.directory)
    if snapshot is None:
        (run.directory / "history.jsonl").unlink(missing_ok=True)
        return None
    _cut_history(run.directory / "history.jsonl", snapshot["book.last_epoch"])
    return snapshot


def can_resume(run: Run) -> bool:
    """Whether a run broke off and left a checkpoint."""
    return run.status.state in BROKEN_OFF and (run.directory / FILE).exists()


def resume(run: Run) -> None:
    """Queue an interrupted run again.

    Raises
    ------
    UserError
        If there is no checkpoint.
    """
    if not can_resume(run):
        raise UserError(
            "This run cannot be resumed.",
            expected="a run that broke off and left a checkpoint, at least 30 seconds after "
            "it began",
            received=f"a run whose state is “{run.status.state.label}”",
            remedy="Train again with the same settings.",
        )
    (run.directory / "stop").unlink(missing_ok=True)
    run.update_status(state=State.QUEUED, phase=Phase.WAITING, worker="", message="", ended_at=None)


def continue_run(workspace: Workspace, run: Run, epochs: int) -> Run:
    """Make a new run that continues training where a finished one ended.

    Parameters
    ----------
    workspace : Workspace
    run : Run
        Finished, or stopped by hand.
    epochs : int
        How many more to train at most.

    Returns
    -------
    Run
        It waits to be executed. What comes out is what the first run would have given
        with so many more epochs.

    Raises
    ------
    UserError
        If more epochs would change nothing, or would have changed all before.
    """
    snapshot = _read(run.directory)
    if not run.status.done or snapshot is None:
        raise UserError(
            "This run has no state from which it could continue.",
            received=f"a run whose state is “{run.status.state.label}”",
            remedy="Train again with more epochs.",
        )
    training = run.experiment.training
    if training.schedule is Schedule.COSINE:
        raise UserError(
            "The cosine schedule has brought the learning rate to zero at the planned end.",
            remedy="Train again with more epochs, so that it falls more slowly.",
        )
    waited = snapshot["book.since_best"] < training.patience
    if not (snapshot["book.diverged"] == 0)[waited | (not training.early_stopping)].any():
        raise UserError(
            "Every network of this run had stopped early, so more epochs would change nothing.",
            remedy="Raise the patience, or switch early stopping off, and train again.",
        )
    dataset = workspace.dataset_of(run)
    total = int(snapshot["book.last_epoch"].max()) + epochs
    longer = run.experiment.but(training=training.but(epochs=total))
    follower = workspace.new_run(dataset, longer)
    for name in (FILE, "history.jsonl"):
        shutil.copyfile(run.directory / name, follower.directory / name)
    follower.annotate(note=f"Continues where {run.notes.name} ended.")
    return follower


def _read(directory: Path) -> Snapshot | None:
    path = directory / FILE
    if not path.exists():
        return None
    with reading("run", path), np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _cut_history(path: Path, last_epochs: np.ndarray) -> None:
    """The epochs of a history up to a checkpoint, by member."""
    kept = []
    with reading("run", path):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        # What a crash cut off in the middle of a line comes after the checkpoint.
        for line in text[: text.rfind("\n") + 1].splitlines():
            record = EpochRecord(**json.loads(line))
            if record.epoch <= last_epochs[record.member - 1]:
                kept.append(line + "\n")
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text("".join(kept), encoding="utf-8")
    temporary.replace(path)
