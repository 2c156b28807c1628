"""A study on a real cluster, whose parts are killed while it goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import psutil
import pytest

from dnn_core.compute.cluster import Compute
from dnn_core.compute.process import find_cluster
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.tuning.study import Study
from tests.dnn_core.compute.whole_studies import TRIALS, assert_whole, begin

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def compute(workspace: Workspace) -> Iterator[Compute]:
    joined = Compute.connect(workspace)
    yield joined
    joined.close()


def finished(study: Study, compute: Compute) -> Callable[[], bool]:
    def look() -> bool:
        compute.reconcile_study(study)
        return not study.status.active

    return look


def workers_of(workspace: Workspace) -> list[psutil.Process]:
    """The processes that train, as the system sees them."""
    cluster = find_cluster(workspace)
    assert cluster is not None
    return [
        child
        for child in psutil.Process(cluster.pid).children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    ]


def test_a_study_survives_its_worker(workspace, compute, dataset, asked, wait_for) -> None:
    study = begin(workspace, compute, dataset, asked)
    wait_for(lambda: study.status.trials >= 2)
    assert study.status.active
    for worker in workers_of(workspace):
        worker.send_signal(signal.SIGKILL)
    # Nobody looks: the scheduler alone sends it on.
    wait_for(lambda: not study.status.active)
    assert_whole(study)


def test_a_study_survives_the_compute_process(workspace, compute, dataset, asked, wait_for) -> None:
    study = begin(workspace, compute, dataset, asked)
    wait_for(lambda: study.status.trials >= 2)
    cluster = find_cluster(workspace)
    assert cluster is not None and study.status.active
    for process in (*workers_of(workspace), psutil.Process(cluster.pid)):
        process.send_signal(signal.SIGKILL)
    wait_for(finished(study, compute))
    assert_whole(study)


def test_nested_searches_are_judged_by_the_workers(
    workspace, compute, dataset, asked, wait_for
) -> None:
    nested = asked.but(nested=True, trials=2, folds=2)
    study = begin(workspace, compute, dataset, nested)
    wait_for(finished(study, compute))
    assert (study.status.state, study.status.message) == (State.FINISHED, "")
    assert (study.status.trials, study.status.share) == (6, 1)
    predicted = study.nested_predictions
    assert predicted is not None and predicted.shape == study.predictions(1).shape
    # Fold by fold it is the prediction of that fold's winner for rows outside its training.
    there = study.cases["fold"] == 0
    best = study.winner_without(0)
    assert best is not None
    same = [t.number for t in study.trials if t.values == best.values]
    for number in same:
        assert predicted[:, there] == pytest.approx(study.predictions(number)[:, there], abs=1e-4)


def test_stop_keeps_what_there_is(workspace, compute, dataset, asked, wait_for) -> None:
    compute_again = Compute.connect(workspace)
    study = begin(workspace, compute_again, dataset, asked)
    wait_for(lambda: study.status.trials >= 2)
    compute_again.stop_study(study)
    wait_for(finished(study, compute_again))
    stopped = study.status
    assert stopped.state is State.STOPPED
    assert 2 <= len(study.trials) < TRIALS
    kept = {trial.number: trial for trial in study.trials}
    study.wait_again()
    compute_again.search(study)
    wait_for(finished(study, compute_again))
    assert_whole(study)
    assert {n: t for n, t in {t.number: t for t in study.trials}.items() if n in kept} == kept
    compute_again.close()
