"""A lock between processes that ends with the process that holds it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO


class ProcessLock:
    """At most one process holds the lock of one file.

    The operating system releases it when the holder ends, however it ends, so
    that there is no stale lock to recognise.

    Parameters
    ----------
    path : Path
        Made when needed, and never deleted.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; False if another process holds it."""
        file = self._path.open("ab")
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None


def is_held(path: Path) -> bool:
    """Whether some process holds the lock of this file."""
    if not path.exists():
        return False
    lock = ProcessLock(path)
    taken = lock.acquire()
    lock.release()
    return not taken


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
