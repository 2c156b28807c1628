"""Deleting runs and studies, of which what was tried stays on record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from dnn_core.errors import Damaged, UserError, reading
from dnn_core.runs.records import Standing
from dnn_core.runs.run import Run
from dnn_core.runs.traces import keep_lines, keep_trace, read_lines


def delete_run(run: Run, *, record: Path) -> None:
    """Delete a run for good; see `Workspace.delete_run`.

    Parameters
    ----------
    run : Run
    record : Path
        The file in which it is kept that the run was tried.
    """
    if _is_so(lambda: run.status.active):
        raise UserError("This run is still active and cannot be deleted.", remedy="Stop it first.")
    if _is_so(lambda: run.analyses.active):
        raise UserError(
            "This run is being analysed and cannot be deleted.",
            remedy="Stop that first, on the page Diagnose.",
        )
    # Deleting what did not work must not make what did look like the first try.
    keep_trace(run, record)
    # Renamed first, so that nobody lists a half-deleted run.
    doomed = run.directory.rename(run.directory.with_name(f".deleted-{run.id}"))
    shutil.rmtree(doomed)


def delete_study(directory: Path, *, record: Path) -> None:
    """Delete a study for good; see `Workspace.delete_study`.

    Parameters
    ----------
    directory : Path
    record : Path
        The file in which it is kept that its trials were tried.
    """
    status = directory / "status.json"
    if _is_so(lambda: _read_standing(status).active):
        raise UserError(
            "This study is still active and cannot be deleted.", remedy="Stop it first."
        )
    keep_lines(read_lines(directory / "traces.jsonl"), record)
    doomed = directory.rename(directory.with_name(f".deleted-{directory.name}"))
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
