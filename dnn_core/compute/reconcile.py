"""Record how runs ended whose worker or cluster is gone."""

from __future__ import annotations

from collections.abc import Iterable

from dnn_core.compute.local_claims import is_executed_locally
from dnn_core.compute.snapshot import (
    Snapshot,
    analysis_key,
    scheduler_address,
    task_key,
    worker_id,
)
from dnn_core.compute.tasks import KILLED
from dnn_core.errors import UserError
from dnn_core.runs.analyses import Stage
from dnn_core.runs.records import State, Status
from dnn_core.runs.run import Run

LOST = (
    "The computing process was shut down while this run was training. "
    "Its learning curve so far is kept, its network is not; train again."
)
ENDED_BY_FORCE = (
    "Stopped at your request. The run did not react in time, so its process was ended; "
    "its learning curve so far is kept, its network is not."
)
ANALYSIS_LOST = (
    "The computing process ended meanwhile. The results so far are kept; start the analysis again."
)
CANCELLED = "Cancelled before it began."


def reconcile(
    seen: Iterable[tuple[Run, Status]], cluster: Snapshot | None, address: str
) -> list[Run]:
    """Record how runs ended whose worker can no longer do it.

    Parameters
    ----------
    seen : iterable of (Run, Status)
        Runs with their status as it was *before* the cluster was looked at. A
        status that has changed since is left alone: another process still writes it.
    cluster : Snapshot or None
        None when there is no cluster.
    address : str
        The scheduler's address, "" when there is no cluster.

    Returns
    -------
    list of Run
        Waiting runs that the cluster does not know, in the order given.
    """
    unknown = []
    for run, before in seen:
        if is_executed_locally(run.directory):
            continue
        try:
            status = run.status
        except UserError:
            # Damaged or deleted a moment ago; the others go on.
            continue
        if (status.state, status.worker) != (before.state, before.worker):
            continue
        if status.state is State.QUEUED:
            if cluster is None or task_key(run.id) not in cluster.tasks:
                if status.worker:
                    # Its cluster died with it before training began: not the run's fault.
                    run.update_status(worker="")
                unknown.append(run)
        elif status.state is State.RUNNING and not _is_alive(status, cluster):
            if run.stop_requested:
                run.end(State.INTERRUPTED, ENDED_BY_FORCE)
            elif cluster is not None and scheduler_address(status.worker) == address:
                run.end(State.FAILED, KILLED)
            else:
                run.end(State.INTERRUPTED, LOST)
    return unknown


def reconcile_analysis(run: Run, cluster: Snapshot | None) -> None:
    """Record that an analysis ended whose worker is gone, or that no worker will run."""
    progress = run.analyses.progress
    if progress is None or not progress.active:
        return
    known = cluster is not None and (
        analysis_key(run.id) in cluster.tasks or worker_id(progress.worker) in cluster.workers
    )
    if not known:
        run.analyses.end(Stage.FAILED, ANALYSIS_LOST)


def queue_position(run: Run, runs: Iterable[Run]) -> int | None:
    """Place of a waiting run among all that wait, 1 for the next; None if it does not wait."""
    waiting = sorted(
        (status.created_at, other.id)
        for other in runs
        if (status := other.status).state is State.QUEUED
    )
    places = [run_id for _, run_id in waiting]
    return places.index(run.id) + 1 if run.id in places else None


def _is_alive(status: Status, cluster: Snapshot | None) -> bool:
    return cluster is not None and worker_id(status.worker) in cluster.workers
