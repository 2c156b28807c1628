"""Detect damaged files of runs, without affecting other runs."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.errors import Damaged, reading
from dnn_core.runs.run import Run

TABLES = ("scores", "gains", "calibration")


class Damage(NamedTuple):
    """The damage of a run or a study, with its id and its name where it has one."""

    id: str
    name: str
    error: Damaged


def find_damage(run: Run) -> Damaged | None:
    """The first file of a run that is not what was written; None where all are.

    Looks at each file that a page reads, which takes some milliseconds.
    """
    try:
        for look in _looks(run):
            look()
    except Damaged as error:
        return error
    return None


def _looks(run: Run) -> Iterator[Callable[[], object]]:
    names = ("notes", "status", "kind", "about", "history", "audit", "openings", "log")
    for name in (*names, *TABLES, "intervals"):
        yield partial(getattr, run, name)
    yield lambda: run.analyses.progress
    for path in sorted(run.analyses.directory.glob("*.json")):
        if path.name != "progress.json":
            yield partial(run.analysis, path.stem)
    if run.status.done:
        yield lambda: (run.facts, run.held_out, run.predictions)
        yield lambda: Encoder.load(run.directory)
        yield lambda: _look_at_network(run)


def _look_at_network(run: Run) -> None:
    """A network is an archive; that it is whole can be seen without Keras."""
    path = run.directory / "model.keras"
    with reading("run", path), zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            raise ValueError("a member does not match its checksum")


def name_of(run: Run) -> str:
    """The name of a run, or its id where the notes are damaged."""
    try:
        return run.notes.name
    except Damaged:
        return run.id
