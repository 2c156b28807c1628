"""Runs and studies that a process of its own runs, outside the cluster.

The cluster does not know of such a one, and would hand it to a worker or take it for
lost. So the process holds a lock in its directory for as long as it lives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dnn_core.compute.lock import ProcessLock, is_held

LOCK = "process.lock"


@contextmanager
def claiming() -> Iterator[Callable[[Path], None]]:
    """Hold a run or study for as long as it is run.

    Yields
    ------
    callable
        Takes the directory of one that is about to be made, before anybody can find it.
    """
    locks = []

    def claim(directory: Path) -> None:
        lock = ProcessLock(directory / LOCK)
        taken = lock.acquire()
        assert taken, "nobody knows of the directory yet"
        locks.append(lock)

    try:
        yield claim
    finally:
        for lock in locks:
            lock.release()


def is_executed_locally(directory: Path) -> bool:
    """Whether a living process has claimed the run or study of a directory."""
    return is_held(directory / LOCK)
