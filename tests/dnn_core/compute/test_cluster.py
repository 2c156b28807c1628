"""One real cluster with one worker; the tests that break it come last."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from dnn_core.compute.cluster import Cluster, Compute, queue_position, start_if_needed
from dnn_core.compute.process import find_cluster
from dnn_core.compute.reconcile import CANCELLED, ENDED_BY_FORCE, LOST
from dnn_core.compute.tasks import KILLED
from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.runs.analyses import Stage
from dnn_core.runs.held_out import tried_before
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import AnalysisSpec, Experiment

pytestmark = pytest.mark.training

Wait = Callable[..., float]
Submit = Callable[[Experiment], Run]

DASHBOARD = """
import sys
from pathlib import Path
from dnn_core.compute.cluster import Compute
from dnn_core.runs.workspace import Workspace
before = "distributed" in sys.modules
compute = Compute.connect(Workspace(Path(sys.argv[1])))
loaded = [name for name in ("tensorflow", "keras", "streamlit") if name in sys.modules]
sys.stdout.write(f"{before} {compute.state} {loaded}")
"""


@pytest.fixture(scope="module")
def compute(workspace: Workspace) -> Iterator[Compute]:
    connected = Compute.connect(workspace, timeout=120)
    yield connected
    connected.close()


@pytest.fixture
def submit(workspace: Workspace, compute: Compute, dataset: Dataset) -> Iterator[Submit]:
    """Return a function that submits a run; what is still active afterwards is stopped."""
    runs = []

    def submit(experiment: Experiment) -> Run:
        run = workspace.new_run(dataset, experiment)
        compute.submit(run)
        runs.append(run)
        return run

    yield submit
    for run in runs:
        compute.stop(run)


@pytest.fixture(scope="module")
def finished(
    workspace: Workspace, compute: Compute, dataset: Dataset, short: Experiment, wait_for: Wait
) -> Run:
    run = workspace.new_run(dataset, short)
    compute.submit(run)
    wait_for(lambda: not run.status.active)
    assert run.status.state is State.FINISHED, run.status.message
    return run


def new_cases() -> pd.DataFrame:
    return pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, -1.0]})


def is_training(run: Run) -> bool:
    status = run.status
    assert status.active, status.message
    return status.state is State.RUNNING and status.epoch > 0


def worker_process(workspace: Workspace) -> psutil.Process:
    """The process that trains: the cluster's child with most memory, which holds TensorFlow."""
    cluster = find_cluster(workspace)
    assert cluster is not None
    children = psutil.Process(cluster.pid).children(recursive=True)
    return max(children, key=lambda child: child.memory_info().rss)


# What an undisturbed cluster does --------------------------------------------


def test_runs_are_trained_in_turn(
    workspace: Workspace, submit: Submit, short: Experiment, endless: Experiment, wait_for: Wait
) -> None:
    first, second, third = submit(endless), submit(short), submit(short)
    wait_for(lambda: is_training(first))

    runs = workspace.active_runs()
    assert [queue_position(run, runs) for run in (first, second, third)] == [None, 1, 2]

    first.request_stop()
    wait_for(lambda: not third.status.active)

    assert first.status.state is State.STOPPED
    assert second.status.state is State.FINISHED
    assert third.status.state is State.FINISHED
    assert second.status.started_at < third.status.started_at
    assert len(second.history) == 2


def test_a_run_stops_soon_and_keeps_its_network(
    compute: Compute, submit: Submit, endless: Experiment, wait_for: Wait
) -> None:
    run = submit(endless)
    wait_for(lambda: is_training(run))
    compute.stop(run)
    # The signal is checked five times a second; evaluating the network takes longer.
    wait_for(lambda: run.status.phase != "training", seconds=3)
    wait_for(lambda: not run.status.active)

    assert run.status.state is State.STOPPED
    assert len(compute.predict(run.id, new_cases())) == 2


def test_a_waiting_run_is_cancelled_at_once(
    compute: Compute, submit: Submit, endless: Experiment, wait_for: Wait
) -> None:
    running, waiting = submit(endless), submit(endless)
    wait_for(lambda: is_training(running))
    compute.stop(waiting)

    assert waiting.status.state is State.INTERRUPTED
    assert waiting.status.message == CANCELLED


def test_a_run_whose_data_are_gone_says_so(
    workspace: Workspace, compute: Compute, dataset: Dataset, short: Experiment, wait_for: Wait
) -> None:
    source = replace(dataset.source, sha256="2" * 64)
    run = workspace.new_run(replace(dataset, source=source), short)
    shutil.rmtree(workspace.datasets / str(run.experiment.data))

    compute.submit(run)
    wait_for(lambda: not run.status.active)

    assert run.status.state is State.FAILED
    assert "no longer in the workspace" in run.status.message


def test_predictions_are_answered_while_another_run_trains(
    compute: Compute, submit: Submit, finished: Run, endless: Experiment, wait_for: Wait
) -> None:
    running = submit(endless)
    wait_for(lambda: is_training(running))
    epoch = running.status.epoch

    predictions = compute.predict(finished.id, new_cases())

    assert is_training(running) and running.status.epoch >= epoch
    assert np.isfinite(predictions["predicted"].to_numpy("float64")).all()


def test_predictions_are_those_of_the_run(
    compute: Compute, workspace: Workspace, finished: Run
) -> None:
    evaluated = finished.predictions.set_index("row").sort_index()
    answered = compute.predict(finished.id, workspace.dataset_of(finished).frame)

    expected = evaluated["predicted"].to_numpy("float64")
    received = answered.set_index("row").loc[evaluated.index, "predicted"].to_numpy("float64")
    np.testing.assert_allclose(received, expected, rtol=1e-5)


def test_the_test_part_is_opened(compute: Compute, finished: Run) -> None:
    compute.open_test(finished.id)

    # The worker counts what there is in the workspace.
    (opening,) = finished.openings
    assert tried_before(opening).configurations >= 1
    assert set(finished.metrics["part"]) == {"training", "validation", "test"}


def test_a_run_is_analysed_by_a_worker(compute: Compute, finished: Run, wait_for: Wait) -> None:
    compute.analyse(finished, AnalysisSpec(folds=2, seeds=1, sizes=0))
    with pytest.raises(UserError, match="already"):
        compute.analyse(finished, AnalysisSpec())
    wait_for(lambda: not finished.analyses.active)
    progress = finished.analyses.progress
    assert progress is not None and progress.stage is Stage.FINISHED, progress
    result = finished.analysis("resampling")
    assert result is not None and "network" in set(result.tables["scores"]["model"])


def test_what_the_researcher_can_mend_comes_back_as_it_was_raised(
    compute: Compute, finished: Run
) -> None:
    with pytest.raises(UserError) as caught:
        compute.predict(finished.id, new_cases().drop(columns="a"))

    assert "a" in str(caught.value)


@pytest.mark.parametrize("name", ["../../etc", "/etc", "20260101-000000-000000"])
def test_a_worker_finds_runs_in_its_own_workspace_only(compute: Compute, name: str) -> None:
    with pytest.raises(UserError):
        compute.predict(name, new_cases())


def test_a_late_answer_says_so(compute: Compute) -> None:
    with pytest.raises(UserError, match="has not answered"):
        compute.call(time.sleep, 2, timeout=0.2)


def test_the_cluster_listens_on_loopback_only(compute: Compute, workspace: Workspace) -> None:
    cluster = find_cluster(workspace)
    assert cluster is not None
    serving = psutil.Process(cluster.pid)
    hosts = {
        connection.laddr.ip
        for process in (serving, *serving.children(recursive=True))
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }

    assert hosts == {"127.0.0.1"}


def test_nobody_connects_without_the_certificate(compute: Compute, workspace: Workspace) -> None:
    cluster = find_cluster(workspace)
    assert cluster is not None
    host, port = cluster.address.removeprefix("tls://").split(":")
    stranger = ssl.create_default_context()
    stranger.check_hostname = False
    stranger.verify_mode = ssl.CERT_NONE

    # With TLS 1.3 the refusal comes with the first bytes that are read.
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        pytest.raises(ssl.SSLError, match="certificate required"),
        stranger.wrap_socket(plain) as connection,
    ):
        connection.recv(1)


def test_key_and_certificate_are_for_their_owner_only(
    compute: Compute, workspace: Workspace
) -> None:
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in workspace.compute.iterdir()
        if path.suffix in {".pem", ".json"}
    }

    assert modes == {"key.pem": 0o600, "certificate.pem": 0o600, "scheduler.json": 0o600}
    assert workspace.compute.stat().st_mode & 0o777 == 0o700


def test_the_dashboard_loads_no_tensorflow_and_ends_without_hanging(
    compute: Compute, workspace: Workspace
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DASHBOARD, str(workspace.root)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ended.stdout == "False ready []"


# What a disturbed cluster does --------------------------------------------------


def test_a_killed_worker_fails_its_run_only(
    compute: Compute,
    workspace: Workspace,
    submit: Submit,
    short: Experiment,
    endless: Experiment,
    wait_for: Wait,
) -> None:
    running, waiting = submit(endless), submit(short)
    wait_for(lambda: is_training(running) and not running.history.empty)

    worker_process(workspace).send_signal(signal.SIGKILL)

    def settled() -> bool:
        compute.reconcile([running, waiting])
        return not running.status.active

    assert wait_for(settled) < 10
    assert running.status.state is State.FAILED
    assert running.status.message == KILLED
    assert not running.history.empty

    assert compute.state is Cluster.STARTING
    wait_for(lambda: not waiting.status.active)
    assert waiting.status.state is State.FINISHED


def test_a_run_that_does_not_react_is_ended_by_force(
    compute: Compute, workspace: Workspace, submit: Submit, endless: Experiment, wait_for: Wait
) -> None:
    run = submit(endless)
    wait_for(lambda: is_training(run))
    worker_process(workspace).suspend()

    compute.kill(run)

    assert run.status.state is State.INTERRUPTED
    assert run.status.message == ENDED_BY_FORCE


def test_a_killed_cluster_interrupts_its_run_and_hands_on_those_that_wait(
    compute: Compute,
    workspace: Workspace,
    submit: Submit,
    short: Experiment,
    endless: Experiment,
    wait_for: Wait,
) -> None:
    running, waiting = submit(endless), submit(short)
    wait_for(lambda: is_training(running))
    first = find_cluster(workspace)
    assert first is not None

    os.killpg(first.pid, signal.SIGKILL)
    wait_for(lambda: find_cluster(workspace) is None)
    with pytest.raises(UserError, match="starting"):
        compute.predict(running.id, new_cases())
    compute.reconcile([running, waiting])

    assert running.status.state is State.INTERRUPTED and running.status.message == LOST
    assert waiting.status.state is State.QUEUED

    start_if_needed(workspace)

    def settled() -> bool:
        compute.reconcile([waiting])
        return not waiting.status.active

    wait_for(settled)
    assert waiting.status.state is State.FINISHED
    second = find_cluster(workspace)
    assert second is not None and second.id != first.id
