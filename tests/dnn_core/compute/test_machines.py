"""What is said of workers that cannot do the work; real ones are in `test_other_cluster.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dnn_core.compute.machines import Machine, Machines, describe, describe_here, insist
from dnn_core.compute.snapshot import Snapshot
from dnn_core.errors import UserError
from dnn_core.runs.workspace import Workspace

HERE = Machine(home="/shared", sees=True, program="abc", versions={"python": "3.11", "keras": "3"})


def said(**workers: Machine | None) -> UserError:
    with pytest.raises(UserError) as caught:
        insist(workers, HERE)
    return caught.value


def test_workers_like_the_dashboard_pass() -> None:
    insist({}, HERE)
    # A folder may have another name there.
    insist({"a": HERE, "b": replace(HERE, home="/mnt/shared")}, HERE)


def test_other_versions_are_named() -> None:
    older = replace(HERE, versions={"python": "3.11", "keras": "2"})
    error = said(a=HERE, b=older, c=older)
    assert error.problem == "The workers at b, c have other versions, so that results would differ."
    assert (error.expected, error.received) == ("keras 3", "keras 2 at b")


def test_another_version_of_the_program_is_named() -> None:
    error = said(a=HERE, b=replace(HERE, program="abd"))
    assert error.problem.startswith("The worker at b has another version of DNN Workbench")


def test_a_worker_without_the_program_is_named_first() -> None:
    error = said(a=replace(HERE, sees=False), b=None)
    assert error.problem.startswith("The worker at b has no DNN Workbench")


def test_of_many_workers_three_are_named() -> None:
    error = said(**{name: replace(HERE, sees=False) for name in "abcde"})
    assert error.problem == "The workers at a, b, c and 2 more do not see this workspace."


def test_a_worker_says_where_it_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path)
    workspace.compute.mkdir()
    (workspace.compute / "seen-1").touch()
    monkeypatch.setenv("DNN_WORKBENCH_HOME", str(tmp_path))
    assert describe("seen-1") == describe_here(workspace)
    assert not describe("seen-2").sees
    file = tmp_path / "file"
    file.touch()
    # A folder that cannot be made is not seen, and nothing is raised.
    monkeypatch.setenv("DNN_WORKBENCH_HOME", str(file / "below"))
    blind = describe("seen-1")
    assert not blind.sees and str(file / "below") in blind.home


class Answering:
    """A client whose workers answer."""

    def __init__(self, answer: object) -> None:
        self.answer, self.asked = answer, list[str]()

    def run(self, _: object, token: str, *, workers: list[str], **__: object) -> dict[str, object]:
        self.asked.extend(workers)
        return dict.fromkeys(workers, self.answer)


def test_only_workers_that_have_come_since_are_asked(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    machines, client = Machines(workspace), Answering(describe_here(workspace))
    trainers = frozenset("12")
    # A cluster that has no workers yet may get some.
    machines.require(client, Snapshot({}, frozenset()))
    machines.require(client, Snapshot({"1": "a"}, frozenset(), trainers))
    machines.require(client, Snapshot({"1": "a", "2": "b"}, frozenset(), trainers))
    assert client.asked == ["a", "b"]
    # A successor at the same address is another worker.
    machines.require(client, Snapshot({"3": "a", "2": "b"}, frozenset(), trainers))
    assert client.asked == ["a", "b", "a"]
    with pytest.raises(UserError, match="--resources training=1"):
        machines.require(client, Snapshot({"3": "a"}, frozenset(), frozenset()))


def test_a_worker_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    machines, client = Machines(Workspace(tmp_path)), Answering(Exception("CommClosedError()"))
    seen = Snapshot({"1": "a"}, frozenset(), frozenset("1"))
    machines.require(client, seen)
    client.answer = Exception("ModuleNotFoundError(\"No module named 'dnn_core'\")")
    with pytest.raises(UserError, match="no DNN Workbench"):
        machines.require(client, seen)
    assert client.asked == ["a", "a"]
