"""The cluster's own process: a scheduler and its workers, on loopback only.

It outlives the dashboard that started it and ends after a time without work.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import secrets
import signal
import time
from typing import Any

import dask
from dask.system import CPU_COUNT
from distributed import Nanny, Scheduler
from distributed.system import MEMORY_LIMIT

from dnn_core.compute.certificate import make_certificate, security
from dnn_core.compute.lock import ProcessLock
from dnn_core.compute.process import FILE, LOCK, ClusterFile, code_version, find_cluster
from dnn_core.compute.snapshot import TRAINING
from dnn_core.runs.privacy import private_folder
from dnn_core.runs.records import now
from dnn_core.runs.workspace import Workspace

HOST = "127.0.0.1"
WORKERS = "DNN_WORKBENCH_WORKERS"
IDLE_MINUTES = "DNN_WORKBENCH_IDLE_MINUTES"

THREADS = 2
"""Threads of a worker: one trains, the other answers requests that need no training."""

MOST_WORKERS = 4
BYTES_PER_WORKER = 3 * 2**30
"""TensorFlow takes half a gigabyte, MNIST while it is prepared more than one."""

ALLOWED_FAILURES = 100
"""A run that waits on a worker that dies is sent to its successor, each time.
The run that killed the worker is sent too, and `tasks.train` leaves it alone."""

SECONDS_FOR_PREDECESSOR = 60.0
SECONDS_TO_CLOSE = 2.0

# Below Dask's logger, which writes to the cluster's log.
logger = logging.getLogger("distributed.dnn_workbench")


def serve(workspace: Workspace) -> int:
    """Run the cluster of a workspace until it is idle or told to end.

    Returns
    -------
    int
        Exit status: 0 also when another process already runs the cluster.
    """
    folder = workspace.compute
    private_folder(folder)
    lock = ProcessLock(folder / LOCK)
    deadline = time.monotonic() + SECONDS_FOR_PREDECESSOR
    while not lock.acquire():
        cluster = find_cluster(workspace)
        if cluster is not None and cluster.version == code_version():
            return 0
        if time.monotonic() > deadline:
            logger.error("Another cluster holds %s and does not end.", folder / LOCK)
            return 1
        time.sleep(0.1)
    try:
        (folder / FILE).unlink(missing_ok=True)
        make_certificate(folder)
        with dask.config.set(_settings(_workers())):
            return asyncio.run(_run(workspace))
    finally:
        (folder / FILE).unlink(missing_ok=True)
        for child in multiprocessing.active_children():
            child.kill()
        lock.release()


async def _run(workspace: Workspace) -> int:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    # It would log each look at the scheduler; the workers' own processes log as ever.
    logging.getLogger("distributed.worker").setLevel(logging.WARNING)
    keys = security(workspace.compute)
    scheduler = await Scheduler(
        host=HOST,
        protocol="tls",
        security=keys,
        dashboard=False,
        # Dask opens a web server in any case; it has no pages (see _settings).
        dashboard_address=f"{HOST}:0",
        idle_timeout=_idle_seconds(),
    )
    cluster = ClusterFile(
        id=secrets.token_hex(8),
        address=scheduler.address,
        pid=os.getpid(),
        started_at=now().isoformat(),
        version=code_version(),
    )
    cluster.write(workspace.compute)
    logger.info("Cluster %s accepts connections at %s.", cluster.id, cluster.address)
    nannies = [_nanny(scheduler, workspace, number) for number in range(_workers())]
    return await _watch(workspace, scheduler, nannies, told)


async def _watch(
    workspace: Workspace, scheduler: Scheduler, nannies: list[Nanny], told: asyncio.Event
) -> int:
    """Start the workers, wait for an end of any kind, and close everything."""
    workers = asyncio.create_task(_keep(nannies))
    ends = [workers, asyncio.create_task(scheduler.finished()), asyncio.create_task(told.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    # From here on nobody shall join: a new cluster may be started at once.
    (workspace.compute / FILE).unlink(missing_ok=True)
    failed = workers.done()
    if failed:
        logger.error("The workers could not be started.", exc_info=workers.exception())
    for end in ends:
        end.cancel()
    closing = asyncio.gather(
        *(nanny.close(timeout=SECONDS_TO_CLOSE) for nanny in nannies),
        scheduler.close(reason="cluster-ends"),
        return_exceptions=True,
    )
    await asyncio.wait([closing], timeout=SECONDS_TO_CLOSE)
    # A worker that still loads TensorFlow, or trains, does not listen.
    for child in multiprocessing.active_children():
        child.kill()
    await asyncio.wait([closing], timeout=SECONDS_TO_CLOSE)
    return 1 if failed else 0


async def _keep(nannies: list[Nanny]) -> None:
    """Start all workers and wait for ever; ends only when one cannot be started."""
    await asyncio.gather(*nannies)
    await asyncio.Event().wait()


def _nanny(scheduler: Scheduler, workspace: Workspace, number: int) -> Nanny:
    return Nanny(
        scheduler.address,
        name=f"worker-{number + 1}",
        host=HOST,
        protocol="tls",
        security=scheduler.security,
        nthreads=THREADS,
        resources={TRAINING: 1},
        memory_limit=MEMORY_LIMIT // _workers(),
        local_directory=str(workspace.compute / "scratch"),
        preload=["dnn_core.compute.preload"],
        env={"DNN_WORKBENCH_HOME": str(workspace.root)},
    )


def _workers() -> int:
    """How many runs are trained at once."""
    chosen = os.environ.get(WORKERS)
    if chosen:
        return max(1, int(chosen))
    return max(1, min(CPU_COUNT // 2, MEMORY_LIMIT // BYTES_PER_WORKER, MOST_WORKERS))


def _idle_seconds() -> float:
    return 60 * float(os.environ.get(IDLE_MINUTES) or 30)


def _settings(workers: int) -> dict[str, Any]:
    """Dask's options where its default does not suit; workers inherit them."""
    threads = str(max(1, CPU_COUNT // workers))
    return {
        "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
        "distributed.scheduler.worker-ttl": "60s",
        # Otherwise many requests at once would wait for runs that wait for the resource.
        "distributed.scheduler.worker-saturation": float("inf"),
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.profile.enabled": False,
        # Nothing is spilled, so pausing would only make the worker deaf; one that
        # needs too much is ended before the machine runs out of memory.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.worker.memory.terminate": 0.95,
        "distributed.admin.system-monitor.gil.enabled": False,
        "distributed.admin.large-graph-warning-threshold": "1GB",
        "distributed.nanny.pre-spawn-environ": {
            "MALLOC_TRIM_THRESHOLD_": 65536,
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "TF_NUM_INTRAOP_THREADS": threads,
            "TF_CPP_MIN_LOG_LEVEL": "2",
            # Workers share a graphics card, where there is one.
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "KERAS_BACKEND": "tensorflow",
        },
    }
