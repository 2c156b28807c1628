from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

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
    assert second.acquire()
    second.release()


def test_a_lock_that_nobody_took_is_not_held(tmp_path: Path) -> None:
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
