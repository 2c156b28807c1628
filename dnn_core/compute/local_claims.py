"""Runs and studies that a separate process executes, outside the cluster.

The cluster does not know them, and would hand them to a worker or record them as lost. So the
process holds a lock in their directory for as long as it lives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dnn_core.compute.lock import ProcessLock, is_held

LOCK = "process.lock"


@contextmanager
def claiming() -> Iterator[Callable[[Path], None]]:
    """Claim a run or study while this process executes it.

    Yields
    ------
    callable
        Takes the directory of one that is about to be made, before it is listed.
    """
    locks = []

    def claim(directory: Path) -> None:
        lock = ProcessLock(directory / LOCK)
        taken = lock.acquire()
        assert taken, "no other process knows this directory yet"
        locks.append(lock)

    try:
        yield claim
    finally:
        for lock in locks:
            lock.release()


def is_executed_locally(directory: Path) -> bool:
    """Whether a living process has claimed the run or study of a directory."""
    return is_held(directory / LOCK)
