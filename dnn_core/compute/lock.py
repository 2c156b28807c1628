"""A lock between processes that ends with the process that holds it."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout


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
        self._lock = FileLock(
            path,
            blocking=False,
            # Whoever releases it need not be the thread that took it.
            thread_local=False,
            # Where a file system cannot lock, a file in place of a lock would survive a crash.
            fallback_to_soft=False,
            preserve_lock_file=True,
        )

    def acquire(self) -> bool:
        """Take the lock without waiting; False if it is held already.

        Raises
        ------
        OSError
            If the file cannot be opened, or its file system knows no locks.
        """
        try:
            self._lock.acquire()
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()


def is_held(path: Path) -> bool:
    """Whether some process holds the lock of this file."""
    if not path.exists():
        return False
    lock = ProcessLock(path)
    taken = lock.acquire()
    lock.release()
    return not taken
