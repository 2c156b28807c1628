"""What is said of workers that cannot do the work; real ones are in `test_other_cluster.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from distributed.scheduler import KilledWorker

from dnn_core.compute.machines import Machine, Machines, describe, describe_here, insist
from dnn_core.compute.snapshot import Snapshot
from dnn_core.compute.studies import KILLED, MOST_ATTEMPTS, _evaluator, evaluate_batch
from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.outcome.metrics import metric
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, Sampler, StudySpec, Vary
from dnn_core.tuning.batches import Halted, TrialEvaluation, Work, pieces
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_store import new_study

if TYPE_CHECKING:
    from dnn_core.tuning.folds import ResamplingPlan

HERE = Machine(home="/shared", sees=True, program="abc", versions={"python": "3.11", "keras": "3"})


def said(**workers: Machine | None) -> UserError:
    with pytest.raises(UserError) as caught:
        insist(workers, HERE)
    return caught.value


def test_workers_like_the_dashboard_pass() -> None:
    # A folder may have another name there.
    for workers in ({}, {"a": HERE, "b": replace(HERE, home="/mnt/shared")}):
        assert insist(workers, HERE) is None


def test_other_versions_are_named() -> None:
    older = replace(HERE, versions={"python": "3.11", "keras": "2"})
    error = said(a=HERE, b=older, c=older)
    assert error.problem == "The workers at b, c have other versions, so results would differ."
    assert (error.expected, error.received) == ("keras 3", "keras 2 at b")


def test_packages_of_another_release_are_named() -> None:
    older = replace(HERE, versions={"python": "3.11", "theano": "1"})
    error = said(b=older)
    assert error.expected == "keras 3, theano (not used)"
    assert error.received == "keras (not used), theano 1 at b"


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


# Pieces of a study, which may go to workers that have come since -----------------------


@pytest.fixture
def study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Dataset, short: Experiment
) -> Study:
    monkeypatch.setenv("DNN_WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setattr("distributed.get_worker", lambda: SimpleNamespace(address="tcp://a:1"))
    vary = Vary(hyperparameter="units", values=(2, 3))
    asked = StudySpec(experiment=short, vary=(vary,), sampler=Sampler.GRID, trials=2, folds=2)
    return new_study(Workspace(), dataset, asked)


def piece(study: Study) -> Work:
    return next(pieces(study.asked.experiment, [(1, {"units": 2})], [(0, 0)]))


def test_a_piece_is_not_judged_by_a_worker_that_differs(study: Study) -> None:
    proposer = describe_here(Workspace())
    with pytest.raises(UserError, match="tcp://a:1 has another version of DNN Workbench"):
        evaluate_batch(study.id, piece(study), "rmse", replace(proposer, program="other"))
    with pytest.raises(UserError, match="tcp://a:1 does not see this workspace"):
        evaluate_batch("20260101-000000-abcdef", piece(study), "rmse", proposer)


def test_only_a_piece_that_ends_its_process_counts_as_what_kills(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[type[BaseException]] = []

    def evaluate_trials(*_: object) -> list[TrialEvaluation]:
        raise ends[-1]

    monkeypatch.setattr("dnn_core.tuning.evaluate_trials.evaluate_trials", evaluate_trials)
    monkeypatch.setattr("dnn_core.compute.studies._plan", lambda *_: None)
    proposer, work = describe_here(Workspace()), piece(study)
    ends.append(Halted)
    for _ in range(MOST_ATTEMPTS + 1):
        with pytest.raises(Halted):
            evaluate_batch(study.id, work, "rmse", proposer)
    # What two killed processes leave behind.
    (study.directory / "attempts" / "1-0-0").write_bytes(b"." * MOST_ATTEMPTS)
    (result,) = evaluate_batch(study.id, work, "rmse", proposer)
    assert (result.number, result.message) == (1, KILLED)


def test_a_piece_that_dask_gives_up_is_sent_again(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, cancelled = [], []

    class Future:
        def __init__(self, *, lost: bool) -> None:
            self.lost = lost

        def result(self) -> list[TrialEvaluation]:
            if self.lost:
                raise KilledWorker("piece", None, 3)
            return [TrialEvaluation(1)]

    class Client:
        def submit(
            self, _: object, study_id: str, work: Work, *__: object, **___: object
        ) -> Future:
            sent.append(work)
            return Future(lost=len(sent) == 1)

        def cancel(self, futures: list[object]) -> None:
            cancelled.extend(futures)

    monkeypatch.setattr("distributed.get_client", Client)
    monkeypatch.setattr("dnn_core.compute.studies._ended", lambda futures: futures)
    work = piece(study)
    outcome = list(
        _evaluator(study)(cast("ResamplingPlan", None), [work], metric("rmse"), lambda: False)
    )
    assert [one.number for part in outcome for one in part] == [1]
    assert sent == [work, work]
    assert not cancelled
