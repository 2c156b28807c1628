"""Scheduler and workers as `dask scheduler` and `dask worker` start them, with Dask's defaults.

Each worker stands for a machine: it shares a folder with the dashboard, and nothing else.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from dnn_core.compute.certificate import CERTIFICATE, KEY, make_certificate
from dnn_core.compute.cluster import Cluster, Compute
from dnn_core.compute.snapshot import worker_id
from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, StudySpec
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_store import new_study
from tests.dnn_core.compute.whole_studies import TRIALS, assert_whole, begin

pytestmark = pytest.mark.training

Wait = Callable[..., float]

SECONDS_TO_LOAD = 300.0
"""Two workers that load TensorFlow at once, on a machine that is busy with other things."""

CERTIFICATES = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE"
ROLES = ("SCHEDULER", "WORKER", "CLIENT")

ABLE = ("--resources", "training=1")
PRELOAD = ("--preload", "dnn_core.compute.preload")

ROOT = str(Path(__file__).parents[3])

DASHBOARD = """
import sys, time
from pathlib import Path
from dnn_core.compute.cluster import Compute
from dnn_core.runs.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
compute, run = Compute.connect(workspace, timeout=300), workspace.run(sys.argv[2])
compute.submit(run)
while run.status.active:
    time.sleep(0.1)
sys.stdout.write(f"{run.status.state!s} {compute.connection.client().scheduler.address[:3]}")
"""


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
        self.address = (
            f"{'tls' if CERTIFICATES in self._settings else 'tcp'}://127.0.0.1:{_free_port()}"
        )
        self._processes: list[subprocess.Popen[bytes]] = []
        self.start("scheduler", "--host", self.address, "--no-dashboard")

    def worker(
        self, *options: str, home: Path | None = None, python_path: str = ROOT
    ) -> subprocess.Popen[bytes]:
        """Start a worker: a nanny and the process that it looks after."""
        scratch = self._logs / f"scratch-{len(self._processes)}"
        return self.start(
            *("worker", self.address, "--host", self.address.rpartition(":")[0]),
            *("--nthreads", "2", "--no-dashboard", "--local-directory", str(scratch)),
            *options,
            home=home,
            python_path=python_path,
        )

    def start(
        self, *arguments: str, home: Path | None = None, python_path: str = ROOT
    ) -> subprocess.Popen[bytes]:
        settings = {**self._settings, "DNN_WORKBENCH_HOME": str(home or self.home)}
        log = self._logs / f"{arguments[0]}-{len(self._processes)}.log"
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("DASK_", "DNN_"))}
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                stdout=output,
                stderr=output,
                env={**kept, **settings, "PYTHONPATH": python_path},
                # Python also finds what is in the folder where it is started.
                cwd=self._logs,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self._processes):
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """What a power cut does: nanny and worker are gone at once."""
    # One that has been waited for is gone, and its number may be another's by now.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as result:
        result.bind(("127.0.0.1", 0))
        return int(result.getsockname()[1])


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
    return [site.worker(*ABLE, *PRELOAD) for _ in range(2)]


@pytest.fixture(scope="module")
def compute(
    site: Site, machines: list[subprocess.Popen[bytes]], shared: Workspace
) -> Iterator[Compute]:
    with pytest.MonkeyPatch.context() as patch:
        joined = join(site, patch, shared)
        yield joined
        joined.close()


def workers(compute: Compute) -> dict[str, int]:
    """Process ids of the workers by their address."""
    client = compute.connection.client()
    assert client is not None
    # One that has just been killed does not answer.
    result: dict[str, int] = client.run(os.getpid, on_error="ignore")
    return result


def names(compute: Compute) -> list[str]:
    """Addresses of the workers, also of those that cannot be asked."""
    snapshot = compute.connection.look()
    assert snapshot is not None
    return list(snapshot.workers.values())


def on(machine: subprocess.Popen[bytes], compute: Compute) -> list[str]:
    """Addresses of the workers of a machine; none before they have joined."""
    return [address for address, pid in workers(compute).items() if os.getpgid(pid) == machine.pid]


def address_of(study: Study, compute: Compute) -> str:
    """Of the worker that proposes."""
    snapshot = compute.connection.look()
    assert snapshot is not None
    return snapshot.workers[worker_id(study.status.worker)]


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
    proposed, address = study.status.worker, address_of(study, compute)
    (machine,) = [one for one in machines if address in on(one, compute)]
    end(machine)
    wait_for(lambda: not study.status.active)
    assert_whole(study)
    assert study.status.worker != proposed
    assert len(workers(compute)) == 1


def test_a_worker_with_another_folder_is_named_before_anything_is_handed_over(
    compute: Compute,
    site: Site,
    shared: Workspace,
    dataset: Dataset,
    asked: StudySpec,
    short: Experiment,
    wait_for: Wait,
    tmp_path: Path,
) -> None:
    stray = site.worker(*ABLE, home=tmp_path / "elsewhere")
    wait_for(lambda: on(stray, compute), seconds=SECONDS_TO_LOAD)
    (address,) = on(stray, compute)
    others = set(workers(compute)) - {address}
    assert others

    run = shared.new_run(dataset, short)
    study = new_study(shared, dataset, asked)
    for hand_over in (
        lambda: compute.submit(run),
        lambda: compute.search(study),
        lambda: compute.explain(run.id, pd.DataFrame()),
    ):
        with pytest.raises(UserError, match="does not see this workspace") as caught:
            hand_over()
        assert address in str(caught.value) and not others & set(str(caught.value).split())
        assert str(shared.root) in str(caught.value.expected)
        assert str(tmp_path / "elsewhere") in str(caught.value.received)
        assert "DNN_WORKBENCH_HOME" in str(caught.value.remedy)
    for what in (run, study):
        assert what.status.state is State.FAILED
        assert address in what.status.message
    assert not (run.directory / "history.csv").exists()
    assert not list(shared.compute.glob("seen-*"))

    end(stray)
    wait_for(lambda: address not in names(compute))
    study.wait_again()
    compute.search(study)
    wait_for(lambda: study.status.trials >= 1)
    compute.stop_study(study)
    wait_for(lambda: not study.status.active)


def test_a_worker_is_asked_once(compute: Compute, monkeypatch: pytest.MonkeyPatch) -> None:
    client, snapshot = compute.connection.client(), compute.connection.look()
    assert client is not None and snapshot is not None and snapshot.workers
    asked = []
    monkeypatch.setattr(client, "run", lambda *_, **__: asked.append(1))
    compute.connection.machines.require(client, snapshot)
    assert not asked


@pytest.fixture
def other_site(shared: Workspace, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Return a function that starts another scheduler."""
    made = []

    def start(settings: dict[str, str] | None = None) -> Site:
        made.append(Site(shared.root, tmp_path, settings))
        return made[-1]

    yield start
    for site in made:
        site.close()


def test_workers_that_do_not_train_or_lack_the_program_are_named(
    other_site: Callable[..., Site],
    shared: Workspace,
    dataset: Dataset,
    short: Experiment,
    monkeypatch: pytest.MonkeyPatch,
    wait_for: Wait,
) -> None:
    site = other_site()
    site.worker()
    joined = join(site, monkeypatch, shared)
    (address,) = workers(joined)
    run = shared.new_run(dataset, short)
    with pytest.raises(UserError, match="--resources training=1") as caught:
        joined.submit(run)
    assert address in str(caught.value)
    assert run.status.state is State.FAILED

    bare = site.worker(*ABLE, python_path="")
    wait_for(lambda: len(names(joined)) == 2, seconds=SECONDS_TO_LOAD)
    with pytest.raises(UserError, match="no DNN Workbench") as caught:
        joined.submit(shared.new_run(dataset, short))
    assert str(caught.value).count("tcp://") == 1 and address not in str(caught.value)
    end(bare)
    joined.close()


def test_a_run_waits_for_a_scheduler_that_does_not_answer(
    shared: Workspace, dataset: Dataset, short: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address := f"tcp://127.0.0.1:{_free_port()}")
    alone = Compute(shared)
    run = shared.new_run(dataset, short)
    with pytest.raises(UserError, match="cannot be joined") as caught:
        alone.submit(run)
    assert address in str(caught.value)
    assert run.status.state is State.QUEUED
    # A second look soon after is not delayed again.
    started = time.monotonic()
    assert alone.state is Cluster.OFF
    assert time.monotonic() - started < 0.5
    alone.stop(run)
    alone.close()


def test_a_run_is_submitted_over_tls(
    other_site: Callable[..., Site],
    shared: Workspace,
    dataset: Dataset,
    short: Experiment,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    make_certificate(tmp_path)
    prefix, certificate = "DASK_DISTRIBUTED__COMM__", str(tmp_path / CERTIFICATE)
    settings = {
        f"{prefix}REQUIRE_ENCRYPTION": "True",
        CERTIFICATES: certificate,
        **{f"{prefix}TLS__{role}__CERT": certificate for role in ROLES},
        **{f"{prefix}TLS__{role}__KEY": str(tmp_path / KEY) for role in ROLES},
    }
    site = other_site(settings)
    site.worker(*ABLE, *PRELOAD)
    # Without the certificate nobody is let in.
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", site.address)
    stranger = Compute(shared)
    run = shared.new_run(dataset, short)
    with pytest.raises(UserError, match="cannot be joined"):
        stranger.submit(run)
    stranger.close()

    # A process reads these settings from its environment when it starts.
    said = subprocess.run(
        [sys.executable, "-c", DASHBOARD, str(shared.root), run.id],
        env={**os.environ, **settings, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        timeout=SECONDS_TO_LOAD,
        check=True,
    )
    assert said.stdout == f"{State.FINISHED!s} tls"
    assert run.status.worker.startswith(site.address)


def test_a_study_goes_on_when_the_worker_that_proposes_is_asked_to_close(
    other_site: Callable[..., Site],
    shared: Workspace,
    dataset: Dataset,
    asked: StudySpec,
    monkeypatch: pytest.MonkeyPatch,
    wait_for: Wait,
) -> None:
    """A queueing system does that to jobs whose time is over."""
    site = other_site()
    machines = [site.worker(*ABLE, *PRELOAD) for _ in range(2)]
    joined = join(site, monkeypatch, shared)
    wait_for(lambda: len(workers(joined)) == 2, seconds=SECONDS_TO_LOAD)
    study = begin(shared, joined, dataset, asked)
    wait_for(lambda: study.status.trials >= 2)
    proposed, address = study.status.worker, address_of(study, joined)
    (machine,) = [one for one in machines if address in on(one, joined)]
    os.killpg(machine.pid, signal.SIGTERM)
    wait_for(lambda: not study.status.active)
    assert_whole(study)
    assert study.status.worker != proposed
    joined.close()
