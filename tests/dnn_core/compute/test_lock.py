from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dnn_core.compute.lock import ProcessLock, is_held

HOLD = """
import sys, time
from pathlib import Path
from dnn_core.compute.lock import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
sys.stdout.write(str(lock.acquire()) + "\\n")
sys.stdout.flush()
time.sleep(60)
"""


def test_only_one_holds_the_lock_until_it_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, second = ProcessLock(path), ProcessLock(path)

    assert first.acquire()
    assert not second.acquire()
    assert is_held(path)

    first.release()
    assert not is_held(path)
    # A file that is deleted under a waiting process would give two of them a lock.
    assert path.exists()
    assert second.acquire()
    second.release()


def test_a_lock_that_nobody_took_is_not_held(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "lock")


def test_where_files_cannot_be_locked_nothing_stands_in_for_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OSError, match="not implemented"):
        ProcessLock(tmp_path / "lock").acquire()


def test_another_thread_may_give_the_lock_back(tmp_path: Path) -> None:
    lock = ProcessLock(tmp_path / "lock")
    assert lock.acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    assert not is_held(tmp_path / "lock")


def test_a_killed_process_loses_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        held = is_held(path)
        holder.send_signal(signal.SIGKILL)

    assert held
    assert not is_held(path)
