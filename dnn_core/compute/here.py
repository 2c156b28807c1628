"""Runs that a process of its own carries out, outside the cluster.

The cluster does not know of such a run, and would hand it to a worker or take it for
lost. So the process holds a lock in the run's directory for as long as it lives.
"""

from __future__ import annotations

from pathlib import Path

from dnn_core.compute.lock import ProcessLock, is_held
from dnn_core.runs.run import Run

LOCK = "process.lock"


def claim(directory: Path) -> ProcessLock:
    """Take a run that is about to be made, before anybody can find it."""
    lock = ProcessLock(directory / LOCK)
    taken = lock.acquire()
    assert taken, "nobody knows of the directory yet"
    return lock


def is_carried_out_here(run: Run) -> bool:
    """Whether a living process has claimed a run."""
    return is_held(run.directory / LOCK)
