"""Scheduler and workers as `dask scheduler` and `dask worker` start them, with Dask's defaults.

Each worker stands for a machine: it shares a folder with the dashboard, and nothing else.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dnn_core.compute.cluster import Cluster, Compute
from dnn_core.compute.snapshot import worker_id
from dnn_core.data.dataset import Dataset
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, Sampler, StudySpec, Vary
from dnn_core.tuning.reading import read_study
from dnn_core.tuning.shelf import new_study
from dnn_core.tuning.study import Study

Wait = Callable[..., float]

TRIALS = 12
SECONDS_TO_LOAD = 300.0
"""Two workers that load TensorFlow at once, on a machine that is busy with other things."""

ABLE = ("--resources", "training=1")


class Site:
    """A scheduler, and workers that a test starts and ends.

    Parameters
    ----------
    home : Path
        The workspace on the folder that all share.
    logs : Path
    settings : dict
        Variables of the environment for scheduler and workers.
    """

    def __init__(self, home: Path, logs: Path, settings: dict[str, str] | None = None) -> None:
        self.home, self._logs = home, logs
        self._settings = settings or {}
        self.address = f"{'tls' if settings else 'tcp'}://127.0.0.1:{_free_port()}"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.start("scheduler", "--host", self.address, "--no-dashboard")

    def worker(self, *options: str, home: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a worker: a nanny and the process that it looks after."""
        scratch = self._logs / f"scratch-{len(self._processes)}"
        return self.start(
            *("worker", self.address, "--host", self.address.rpartition(":")[0]),
            *("--nthreads", "2", "--no-dashboard", "--local-directory", str(scratch)),
            *options,
            home=home,
        )

    def start(self, *arguments: str, home: Path | None = None) -> subprocess.Popen[bytes]:
        settings = {**self._settings, "DNN_WORKBENCH_HOME": str(home or self.home)}
        log = self._logs / f"{arguments[0]}-{len(self._processes)}.log"
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("DASK_", "DNN_"))}
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                stdout=output,
                stderr=output,
                env={**kept, **settings, "PYTHONPATH": str(Path(__file__).parents[3])},
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self._processes):
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """What a power cut does: nanny and worker are gone at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def join(site: Site, patch: pytest.MonkeyPatch, workspace: Workspace) -> Compute:
    patch.setenv("DASK_SCHEDULER_ADDRESS", site.address)
    return Compute.connect(workspace, timeout=SECONDS_TO_LOAD)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def site(shared: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(shared.root, tmp_path_factory.mktemp("site"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def machines(site: Site) -> list[subprocess.Popen[bytes]]:
    """Two workers; a test that ends one starts another."""
    return [site.worker(*ABLE, "--preload", "dnn_core.compute.preload") for _ in range(2)]


@pytest.fixture(scope="module")
def compute(
    site: Site, machines: list[subprocess.Popen[bytes]], shared: Workspace
) -> Iterator[Compute]:
    with pytest.MonkeyPatch.context() as patch:
        joined = join(site, patch, shared)
        yield joined
        joined.close()


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


def workers(compute: Compute) -> dict[str, int]:
    """Process ids of the workers by their address."""
    client = compute._join()
    assert client is not None
    found: dict[str, int] = client.run(os.getpid)
    return found


def address_of(study: Study, compute: Compute) -> str:
    """Of the worker that proposes."""
    snapshot = compute._look()
    assert snapshot is not None
    return snapshot.workers[worker_id(study.status.worker)]


def begin(workspace: Workspace, compute: Compute, dataset: Dataset, asked: StudySpec) -> Study:
    study = new_study(workspace, dataset, asked)
    compute.search(study)
    return study


def assert_whole(study: Study) -> None:
    """Every trial once, with the rows that it was judged on."""
    assert study.status.state is State.FINISHED, study.status.message
    lines = (study.directory / "trials.jsonl").read_text().splitlines()
    # The experiment as it is comes first, under the number 0.
    assert len(lines) == TRIALS + 1
    assert [trial.number for trial in study.trials] == list(range(1, TRIALS + 1))
    assert {trial.values["units"] for trial in study.trials} == set(range(2, 2 + TRIALS))
    for trial in study.trials:
        assert trial.complete, trial.message
        assert study.predictions(trial.number).shape == (1, len(study.cases["rows"]))
    traces = (study.directory / "traces.jsonl").read_text().splitlines()
    assert len(traces) == TRIALS + 1
    reading = read_study(study)
    assert reading is not None and reading.facts["trials"] == TRIALS


def test_a_run_is_trained_on_another_machine(
    compute: Compute,
    site: Site,
    shared: Workspace,
    dataset: Dataset,
    short: Experiment,
    wait_for: Wait,
) -> None:
    assert compute.state is Cluster.READY
    run = shared.new_run(dataset, short)
    compute.submit(run)
    wait_for(lambda: not run.status.active)
    assert run.status.state is State.FINISHED, run.status.message
    assert run.status.worker.startswith(site.address)
    assert not shared.compute.exists() or not (shared.compute / "scheduler.json").exists()


def test_a_study_survives_a_worker_that_trains(
    compute: Compute, shared: Workspace, dataset: Dataset, asked: StudySpec, wait_for: Wait
) -> None:
    wait_for(lambda: len(workers(compute)) == 2, seconds=SECONDS_TO_LOAD)
    study = begin(shared, compute, dataset, asked)
    wait_for(lambda: study.status.trials >= 2)
    assert study.status.trials < TRIALS / 2
    proposes, pids = address_of(study, compute), workers(compute)
    (other,) = set(pids) - {proposes}
    os.kill(pids[other], signal.SIGKILL)
    # Nobody looks: the scheduler alone sends its work to the other one.
    wait_for(lambda: not study.status.active)
    assert_whole(study)
    assert proposes in workers(compute)


def test_a_study_survives_the_machine_that_proposes(
    compute: Compute,
    site: Site,
    machines: list[subprocess.Popen[bytes]],
    shared: Workspace,
    dataset: Dataset,
    asked: StudySpec,
    wait_for: Wait,
) -> None:
    # The nanny has started a successor of the one that was killed.
    wait_for(lambda: len(workers(compute)) == 2, seconds=SECONDS_TO_LOAD)
    study = begin(shared, compute, dataset, asked)
    wait_for(lambda: study.status.trials >= 2)
    assert study.status.trials < TRIALS / 2
    proposed, pids = study.status.worker, workers(compute)
    pid = pids[address_of(study, compute)]
    (machine,) = [one for one in machines if os.getpgid(pid) == one.pid]
    end(machine)
    wait_for(lambda: not study.status.active)
    assert_whole(study)
    assert study.status.worker != proposed
    assert len(workers(compute)) == 1
