from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from dnn_core.compute import process
from dnn_core.compute.lock import ProcessLock
from dnn_core.compute.process import (
    FILE,
    LOCK,
    ClusterFile,
    code_version,
    find_cluster,
    is_starting,
    start_if_needed,
)
from dnn_core.runs.workspace import Workspace

ROOT = Path(__file__).parents[3]


@pytest.fixture
def started(
    other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[object, ...]]:
    """What would be started; nothing is."""
    calls: list[tuple[object, ...]] = []

    def pretend(workspace: Workspace, after_seconds: float) -> subprocess.Popen[bytes]:
        calls.append((workspace.root,))
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        return ended

    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    monkeypatch.setattr(process, "_spawn", pretend)
    return calls


@contextmanager
def pretended_cluster(workspace: Workspace, version: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing, with the file and the lock of a cluster."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as sleeper:
        workspace.compute.mkdir(exist_ok=True)
        lock = ProcessLock(workspace.compute / LOCK)
        assert lock.acquire()
        file = ClusterFile(
            id="1", address="tls://127.0.0.1:1", pid=sleeper.pid, started_at="", version=version
        )
        file.write(workspace.compute)
        try:
            yield sleeper
        finally:
            lock.release()
            sleeper.kill()


def test_the_file_of_a_dead_cluster_does_not_count(
    other_workspace: Workspace, started: list[object]
) -> None:
    with pretended_cluster(other_workspace, code_version()):
        assert find_cluster(other_workspace) is not None
        start_if_needed(other_workspace)
        assert started == []

    assert (other_workspace.compute / FILE).exists()
    assert find_cluster(other_workspace) is None
    start_if_needed(other_workspace)
    assert started == [(other_workspace.root,)]


@pytest.mark.parametrize("content", [b"", b'{"id": "1"', b"\xff\x00", b"[]"])
def test_a_damaged_file_of_a_cluster_takes_nothing_down(
    other_workspace: Workspace, content: bytes
) -> None:
    with pretended_cluster(other_workspace, code_version()):
        (other_workspace.compute / FILE).write_bytes(content)
        assert find_cluster(other_workspace) is None
        assert is_starting(other_workspace)


def test_the_file_is_for_its_owner_only(other_workspace: Workspace) -> None:
    with pretended_cluster(other_workspace, "1"):
        assert (other_workspace.compute / FILE).stat().st_mode & 0o777 == 0o600


def test_a_cluster_with_older_code_is_replaced(
    other_workspace: Workspace, started: list[object]
) -> None:
    with pretended_cluster(other_workspace, "older") as sleeper:
        start_if_needed(other_workspace)
        assert sleeper.wait(10) != 0

    assert started == [(other_workspace.root,)]


def test_a_cluster_with_older_code_may_finish_training(
    other_workspace: Workspace, started: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_is_training", lambda workspace: True)
    with pretended_cluster(other_workspace, "older") as sleeper:
        start_if_needed(other_workspace)
        assert sleeper.poll() is None

    assert started == []


def test_a_named_scheduler_is_used_instead(
    other_workspace: Workspace, started: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:1")

    start_if_needed(other_workspace)

    assert started == []


def test_a_cluster_that_holds_the_lock_and_wrote_no_file_is_starting(
    other_workspace: Workspace,
) -> None:
    assert not is_starting(other_workspace)

    lock = ProcessLock(other_workspace.compute / LOCK)
    assert lock.acquire()
    assert is_starting(other_workspace)
    lock.release()


@pytest.mark.training
def test_a_process_that_gives_the_page_a_start_counts_as_starting(
    other_workspace: Workspace, wait_for: Callable[..., float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DNN_WORKBENCH_WORKERS", "1")
    begun = time.monotonic()
    start_if_needed(other_workspace, after_seconds=2)
    assert is_starting(other_workspace)
    # It is asked for again, as by a click on Train: there shall be one, not two.
    start_if_needed(other_workspace)

    wait_for(lambda: find_cluster(other_workspace) is not None)
    cluster = find_cluster(other_workspace)
    assert cluster is not None
    starter = process._starters[other_workspace.root]
    assert cluster.pid == starter.pid
    assert time.monotonic() - begun > 2
    starter.terminate()
    assert starter.wait(30) == 0


def _serve(workspace: Workspace) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "dnn_core.compute", "--home", str(workspace.root.resolve())],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.training
def test_two_starters_make_one_cluster_which_ends_when_told(
    other_workspace: Workspace, wait_for: Callable[..., float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DNN_WORKBENCH_WORKERS", "1")
    starters = [_serve(other_workspace), _serve(other_workspace)]

    wait_for(lambda: any(starter.poll() is not None for starter in starters))
    cluster = find_cluster(other_workspace)

    assert cluster is not None
    codes = {starter.pid: starter.poll() for starter in starters}
    assert codes.pop(cluster.pid) is None
    assert list(codes.values()) == [0]

    (serving,) = [starter for starter in starters if starter.pid == cluster.pid]
    children = psutil.Process(serving.pid).children(recursive=True)
    serving.terminate()
    assert serving.wait(30) == 0
    assert find_cluster(other_workspace) is None
    assert not (other_workspace.compute / FILE).exists()
    assert psutil.wait_procs(children, timeout=10)[1] == []


@pytest.mark.training
def test_a_cluster_that_never_had_work_ends_when_idle(
    other_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DNN_WORKBENCH_WORKERS", "1")
    monkeypatch.setenv("DNN_WORKBENCH_IDLE_MINUTES", "0.01")

    assert _serve(other_workspace).wait(60) == 0
    assert not (other_workspace.compute / FILE).exists()
