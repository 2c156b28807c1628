"""An index of all runs' rows in the table, so that thousands can be listed at once.

The index is a cache: it may be deleted at any time and is then made anew. A row is kept
under the time at which the run's directory was last changed. Every file of a run is
written under a temporary name and renamed, which changes that time; only the history and
the log grow without, and they do so only while a run is active. Rows of active runs are
never kept.

On disk it lies in files of some rows each, by the last letters of the ids. Each is written
whole; of two processes that write one at the same moment the later wins, and what the other
one knew is read again from the run. No database: workspaces lie on network disks, where the
locks of SQLite cannot be relied on (sqlite.org/faq.html, question 5).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import pandas as pd

from dnn_core.errors import Damaged, UserError
from dnn_core.runs.record_folder import write_whole
from dnn_core.runs.records import ACTIVE
from dnn_core.runs.run import Run
from dnn_core.runs.table import COLUMNS, Row, read_row, tabulate
from dnn_core.specs.analysis import RUN_ID

VERSION = 2
"""Increase it when the meaning of a column changes."""

LETTERS = 2
"""Last characters of an id, which are random, that name a file: 256 files at most."""

NAMES = [column.name for column in COLUMNS]
STATE = NAMES.index("state")
ARCHIVED = NAMES.index("archived")

TICK_NS = 100_000_000
COARSE_TICK_NS = 3_000_000_000
"""Longer than a tick of the clock of a file system: 10 ms, or 2 s where it counts in seconds (FAT).

A second change within one tick leaves the time as it is, so only older times are believed.
"""


class Known(NamedTuple):
    """A row and the time of the directory it was read from; 0 where that may still be changing."""

    changed: int
    row: Row


def is_complete(directory: Path) -> bool:
    """Whether a directory holds a run: its notes come last, and are there before it trains."""
    return (directory / "notes.json").exists() or (directory / "test_set.json").exists()


class RunIndex:
    """Rows of all runs in a folder; safe with several threads and processes.

    Parameters
    ----------
    runs : Path
        The folder of the runs.
    kept : Path
        The folder of the index; need not exist.
    """

    def __init__(self, runs: Path, kept: Path) -> None:
        self._runs = runs
        self._kept = kept
        self._lock = Lock()
        self._known: dict[str, Known] | None = None
        self._damaged: dict[str, Damaged] = {}
        self._table: pd.DataFrame | None = None

    def rows(self) -> dict[str, Row]:
        """Rows by id, oldest first, as the runs are now."""
        with self._lock:
            self._look()
            assert self._known is not None
            return {run_id: known.row for run_id, known in self._known.items()}

    def look_again(self, run_id: str) -> None:
        """Read a run anew at the next look, whatever its directory's time says."""
        with self._lock:
            if self._known is not None and run_id in self._known:
                self._known[run_id] = self._known[run_id]._replace(changed=0)

    def damaged(self) -> dict[str, Damaged]:
        """What is wrong with runs that cannot be listed, by id, oldest first."""
        with self._lock:
            self._look()
            return dict(self._damaged)

    def table(self) -> pd.DataFrame:
        """All runs, newest first; columns as in `tabulate`. Not to be changed."""
        with self._lock:
            self._look()
            assert self._known is not None
            if self._table is None:
                self._table = tabulate([known.row for known in reversed(self._known.values())])
            return self._table

    def _look(self) -> None:
        """Read what has changed since the last look."""
        before = self._load() if self._known is None else self._known
        with os.scandir(self._runs) as entries:
            runs = sorted((e.name, e) for e in entries if RUN_ID.fullmatch(e.name))
        result: dict[str, Known] = {}
        self._damaged = {}
        for name, entry in runs:
            known = self._at_present(entry, before.get(name))
            if known is not None:
                result[name] = known
        changed = {name for name in {*before, *result} if before.get(name) is not result.get(name)}
        if changed or self._known is None:
            self._table = None
        self._known = result
        self._save(changed)

    def _at_present(self, entry: os.DirEntry[str], known: Known | None) -> Known | None:
        """The row of a run, the one that is known if nothing has changed; None if there is none."""
        try:
            # Looked at before reading: what is written meanwhile is seen the next time.
            changed = entry.stat().st_mtime_ns
            if known is not None and known.changed == changed:
                return known
            directory = Path(entry.path)
            if not is_complete(directory):
                return None
            age = time.time_ns() - changed
            row = read_row(Run(directory))
        except Damaged as error:
            self._damaged[entry.name] = error
            return None
        except (FileNotFoundError, NotADirectoryError, UserError):
            # Deleted by somebody else while it was looked at.
            return None
        tick = TICK_NS if changed % 1_000_000_000 else COARSE_TICK_NS
        settled = age > tick and row[STATE] not in {state.label for state in ACTIVE}
        return Known(changed if settled else 0, row)

    def _load(self) -> dict[str, Known]:
        result: dict[str, Known] = {}
        for path in sorted(self._kept.glob("*.json")):
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
                if (content["version"], content["columns"]) == (VERSION, NAMES):
                    result |= {name: Known(*known) for name, known in content["runs"].items()}
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                # A cache that cannot be read is none.
                continue
        return result

    def _save(self, changed: set[str]) -> None:
        """Write the files that hold a row that has come, changed or gone."""
        assert self._known is not None
        stale = {name[-LETTERS:] for name in changed if self._is_to_keep(name)}
        if not stale:
            return
        files: dict[str, dict[str, Known]] = {ending: {} for ending in stale}
        for name, known in self._known.items():
            if known.changed and name[-LETTERS:] in files:
                files[name[-LETTERS:]][name] = known
        try:
            self._kept.mkdir(parents=True, exist_ok=True)
            for ending, runs in files.items():
                content = {"version": VERSION, "columns": NAMES, "runs": runs}
                write_whole(self._kept / f"{ending}.json", json.dumps(content, ensure_ascii=False))
        except OSError:
            # A full or read-only disk: listing is slower then, but right.
            return

    def _is_to_keep(self, name: str) -> bool:
        """Whether the file of a changed row is to be written: not for a run that goes on."""
        assert self._known is not None
        known = self._known.get(name)
        return known is None or known.changed != 0
