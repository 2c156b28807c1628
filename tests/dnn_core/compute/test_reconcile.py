from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from dnn_core.compute.reconcile import (
    ENDED_BY_FORCE,
    LOST,
    queue_position,
    reconcile,
    reconcile_analysis,
)
from dnn_core.compute.snapshot import Snapshot, analysis_key, task_key
from dnn_core.compute.tasks import KILLED
from dnn_core.data.dataset import Dataset
from dnn_core.runs.analyses import Stage
from dnn_core.runs.create import create_run
from dnn_core.runs.records import Phase, State, now
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec, Experiment

ADDRESS = "tls://127.0.0.1:1000"
LABEL = f"{ADDRESS} Worker-1"
NO_TASKS: frozenset[str] = frozenset()
WORKER_1 = Snapshot({"Worker-1": "tls://127.0.0.1:1001"}, NO_TASKS)
WORKER_2 = Snapshot({"Worker-2": "tls://127.0.0.1:1002"}, NO_TASKS)


@pytest.fixture
def make_run(tmp_path: Path, dataset: Dataset, short: Experiment) -> Callable[..., Run]:
    def make(name: str = "run", **status: object) -> Run:
        run = create_run(dataset, short, tmp_path / name, name=name)
        run.update_status(**status)
        return run

    return make


def test_a_run_whose_worker_lives_is_left_alone(make_run: Callable[..., Run]) -> None:
    run = make_run(state=State.RUNNING, worker=LABEL)

    assert reconcile([(run, run.status)], WORKER_1, ADDRESS) == []
    assert run.status.state is State.RUNNING


def test_a_run_whose_worker_was_replaced_has_failed(make_run: Callable[..., Run]) -> None:
    run = make_run(state=State.RUNNING, worker=LABEL, epoch=3)

    reconcile([(run, run.status)], WORKER_2, ADDRESS)

    status = run.status
    assert status.state is State.FAILED and status.message == KILLED
    assert status.phase is Phase.ENDED and status.ended_at is not None
    assert status.epoch == 3


@pytest.mark.parametrize(
    ("cluster", "address"), [(None, ""), (WORKER_2, "tls://127.0.0.1:2000")], ids=["none", "next"]
)
def test_a_run_whose_cluster_is_gone_is_interrupted(
    make_run: Callable[..., Run], cluster: Snapshot | None, address: str
) -> None:
    run = make_run(state=State.RUNNING, worker=LABEL)

    reconcile([(run, run.status)], cluster, address)

    assert run.status.state is State.INTERRUPTED and run.status.message == LOST


def test_a_run_that_was_ended_by_force_is_not_called_a_failure(
    make_run: Callable[..., Run],
) -> None:
    run = make_run(state=State.RUNNING, worker=LABEL)
    run.request_stop()

    reconcile([(run, run.status)], WORKER_2, ADDRESS)

    assert run.status.state is State.INTERRUPTED and run.status.message == ENDED_BY_FORCE


def test_a_final_state_written_meanwhile_stays(make_run: Callable[..., Run]) -> None:
    run = make_run(state=State.RUNNING, worker=LABEL)
    before = run.status
    run.update_status(state=State.FINISHED)

    reconcile([(run, before)], WORKER_2, ADDRESS)

    assert run.status.state is State.FINISHED


def test_a_run_that_began_meanwhile_is_left_alone(make_run: Callable[..., Run]) -> None:
    run = make_run()
    before = run.status
    run.update_status(state=State.RUNNING, worker=f"{ADDRESS} Worker-3")

    # The snapshot was taken before Worker-3 joined.
    assert reconcile([(run, before)], WORKER_2, ADDRESS) == []
    assert run.status.state is State.RUNNING


def test_only_waiting_runs_that_the_cluster_does_not_know_are_handed_over(
    make_run: Callable[..., Run],
) -> None:
    known, unknown = make_run("known"), make_run("unknown")
    seen = [(run, run.status) for run in (known, unknown)]
    cluster = Snapshot({}, frozenset({task_key("known")}))

    assert reconcile(seen, cluster, ADDRESS) == [unknown]
    assert reconcile(seen, None, "") == [known, unknown]
    assert known.status.state is unknown.status.state is State.QUEUED


def test_a_first_attempt_that_died_with_its_cluster_does_not_count(
    make_run: Callable[..., Run],
) -> None:
    run = make_run(worker=LABEL)

    assert reconcile([(run, run.status)], None, "") == [run]
    assert run.status.worker == ""


def test_places_in_the_queue_follow_the_time_of_asking(make_run: Callable[..., Run]) -> None:
    early, late = now(), now() + timedelta(seconds=5)
    second = make_run("a", created_at=late)
    first = make_run("b", created_at=early)
    running = make_run("c", created_at=early, state=State.RUNNING)
    runs = [second, first, running]

    assert queue_position(first, runs) == 1
    assert queue_position(second, runs) == 2
    assert queue_position(running, runs) is None


def test_an_analysis_whose_worker_lives_is_left_alone(make_run: Callable[..., Run]) -> None:
    run = make_run()
    run.analyses.ask(AnalysisSpec())
    reconcile_analysis(run, Snapshot({}, frozenset({analysis_key(run.id)})))
    assert run.analyses.active
    run.analyses.update(stage=Stage.RUNNING, worker=LABEL)
    reconcile_analysis(run, WORKER_1)
    assert run.analyses.active


@pytest.mark.parametrize("cluster", [None, WORKER_2])
def test_an_analysis_whose_worker_is_gone_has_failed(
    make_run: Callable[..., Run], cluster: Snapshot | None
) -> None:
    run = make_run()
    run.analyses.ask(AnalysisSpec())
    run.analyses.update(stage=Stage.RUNNING, worker=LABEL)
    reconcile_analysis(run, cluster)
    progress = run.analyses.progress
    assert progress is not None and progress.stage is Stage.FAILED
    assert "start the analysis again" in progress.message


def test_a_run_that_is_damaged_meanwhile_keeps_none_of_the_others_waiting(
    make_run: Callable[..., Run],
) -> None:
    broken = make_run("broken", state=State.RUNNING, worker=LABEL)
    other = make_run("other", state=State.RUNNING, worker=LABEL)
    seen = [(broken, broken.status), (other, other.status)]
    (broken.directory / "status.json").write_bytes(b"")

    reconcile(seen, WORKER_2, ADDRESS)

    assert other.status.state is State.FAILED
