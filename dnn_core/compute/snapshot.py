"""The scheduler's state at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Scheduler, Worker

TRAINING = "training"
"""Resource of which each worker has one: it trains one run at a time."""

TASK_PREFIX, ANALYSIS_PREFIX = "train-", "analyse-"
STUDY_PREFIX, PIECE_PREFIX = "study-", "piece-"


@dataclass(frozen=True)
class Snapshot:
    """Workers and their long tasks, seen together.

    `workers` maps the id of a worker, which no successor shares, to its
    address. `tasks` holds the keys of runs that wait, train or are analysed.
    `trainers` are ids of workers that take them.
    """

    workers: dict[str, str]
    tasks: frozenset[str]
    trainers: frozenset[str] = frozenset()


def task_key(run_id: str) -> str:
    """Key of a run's task; the scheduler runs one key once."""
    return f"{TASK_PREFIX}{run_id}"


def analysis_key(run_id: str) -> str:
    """Key of the task that analyses a run."""
    return f"{ANALYSIS_PREFIX}{run_id}"


def study_key(study_id: str) -> str:
    """Key of the task that runs a study."""
    return f"{STUDY_PREFIX}{study_id}"


def worker_label(worker: Worker) -> str:
    """The label of a worker in a run's status."""
    return f"{worker.scheduler.address} {worker.id}"


def worker_id(label: str) -> str:
    """The id in a label made by `worker_label`."""
    return label.rpartition(" ")[2]


def scheduler_address(label: str) -> str:
    """The scheduler's address in a label made by `worker_label`."""
    return label.partition(" ")[0]


def look(dask_scheduler: Scheduler) -> Snapshot:
    """Run on the scheduler, whose event loop makes the two parts consistent."""
    return Snapshot(
        workers={state.server_id: state.address for state in dask_scheduler.workers.values()},
        tasks=frozenset(
            str(key)
            for key in dask_scheduler.tasks
            if str(key).startswith((TASK_PREFIX, ANALYSIS_PREFIX, STUDY_PREFIX))
        ),
        trainers=frozenset(
            state.server_id
            for state in dask_scheduler.workers.values()
            if state.resources.get(TRAINING)
        ),
    )
