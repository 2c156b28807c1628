"""A study on a real cluster, whose parts are killed while it goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import psutil
import pytest

from dnn_core.compute.cluster import Compute
from dnn_core.compute.process import find_cluster
from dnn_core.data.dataset import Dataset
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, Sampler, StudySpec, Vary
from dnn_core.tuning.reading import read_study
from dnn_core.tuning.shelf import new_study
from dnn_core.tuning.study import Study

TRIALS = 12


@pytest.fixture
def asked(short: Experiment) -> StudySpec:
    """Twelve architectures, so that each is a piece of work of its own."""
    return StudySpec(
        experiment=short.but(training=short.training.but(epochs=30, early_stopping=False)),
        vary=(Vary(knob="units", values=tuple(range(2, 2 + TRIALS))),),
        sampler=Sampler.GRID,
        trials=TRIALS,
        folds=2,
    )


@pytest.fixture(scope="module")
def compute(workspace: Workspace) -> Iterator[Compute]:
    joined = Compute.connect(workspace)
    yield joined
    joined.close()


def begin(workspace: Workspace, compute: Compute, dataset: Dataset, asked: StudySpec) -> Study:
    study = new_study(workspace, dataset, asked)
    compute.search(study)
    return study


def assert_whole(study: Study) -> None:
    """Every trial once, with the rows that it was judged on."""
    assert study.status.state is State.FINISHED, study.status.message
    assert [trial.number for trial in study.trials] == list(range(1, TRIALS + 1))
    lines = (study.directory / "trials.jsonl").read_text().splitlines()
    # The experiment as it is comes first, under the number 0.
    assert len(lines) == TRIALS + 1
    assert {trial.values["units"] for trial in study.trials} == set(range(2, 2 + TRIALS))
    for trial in study.trials:
        assert trial.complete, trial.message
        assert study.predictions(trial.number).shape == (1, len(study.cases["rows"]))
    reading = read_study(study)
    assert reading is not None and reading.facts["trials"] == TRIALS


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
