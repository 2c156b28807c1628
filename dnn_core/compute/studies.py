"""Studies on the cluster: one task proposes and records, others train, on any worker.

The proposing task needs no processor and leaves its worker's threads free. It alone writes
into the study's directory, so that a trial is counted once whatever happens to workers. When
its worker dies the scheduler sends it to another one, where it goes on from what is written.
"""

from __future__ import annotations

import uuid
from asyncio import CancelledError
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dnn_core.compute.machines import Machine, describe_here, insist
from dnn_core.compute.snapshot import PIECE_PREFIX, TRAINING, worker_label
from dnn_core.data.dataset_files import load_dataset
from dnn_core.outcome.metrics import Metric
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.tuning.batches import Displaced, Evaluator, Halt, Halted, TrialEvaluation, Work
from dnn_core.tuning.folds import ResamplingPlan
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_store import open_study

if TYPE_CHECKING:
    from distributed import Future

SECONDS_TO_LOOK = 0.5
"""Seconds after which the proposing task checks for a request to stop."""

MOST_ATTEMPTS = 2
"""Workers that a piece of work may lose before it is taken to be what kills them."""

KILLED = (
    "The process that trained this configuration ended abruptly, twice: it was killed or ran out "
    "of memory."
)

PIECES_LAST = 1e11
"""Seconds since 1970: of a lower priority than any run, of a higher one than analyses."""


def search(study_id: str) -> None:
    """Run a study, or resume it where another worker was lost."""
    from distributed import Reschedule, get_worker, secede

    from dnn_core.tuning.search import execute, recorded

    workspace = Workspace()
    study = open_study(workspace, study_id)
    status = study.status
    if not status.active:
        return
    if status.state is State.RUNNING:
        study.requeue()
    # From here on it only waits: its thread is free for others.
    secede()
    with recorded(study, study.end):
        dataset = load_dataset(workspace.datasets / str(study.asked.experiment.data))
    try:
        execute(study, dataset, evaluator=_evaluator(study), worker=worker_label(get_worker()))
    except Displaced:
        # Whether this worker closes in good order or was given up: another one goes on.
        raise Reschedule from None


def evaluate_batch(
    study_id: str, work: Work, metric: str, proposer: Machine
) -> list[TrialEvaluation]:
    """Train and evaluate a piece of work; see `dnn_core.tuning.evaluate_trials`.

    Raises
    ------
    UserError
        If this worker, which may have come long after the study began, does not see its
        directory or differs from the one that proposes.
    """
    from distributed import get_worker

    from dnn_core.tuning.evaluate_trials import evaluate_trials
    from dnn_core.tuning.search import Clock

    workspace = Workspace()
    here = describe_here(workspace, sees=(workspace.studies / study_id).exists())
    insist({get_worker().address: here}, proposer)
    study = open_study(workspace, study_id)
    attempts = _attempts(study, work)
    with attempts.open("ab") as file:
        file.write(b".")
    if attempts.stat().st_size > MOST_ATTEMPTS:
        return [TrialEvaluation(number, message=KILLED) for number, _ in work.trials]
    try:
        return evaluate_trials(_plan(study_id, work.without), work, metric, Clock(study))
    finally:
        # It kills nobody: what is begun again, after a stop or for another proposer, may be.
        attempts.unlink(missing_ok=True)


def _attempts(study: Study, work: Work) -> Path:
    """A file with one byte for each time that this piece of work was begun and not ended."""
    folder = study.directory / "attempts"
    folder.mkdir(exist_ok=True)
    (number, _), (fold, seed) = work.trials[0], work.rounds[0]
    nested = "" if work.without is None else f"nested-{work.without}-"
    return folder / f"{nested}{number}-{fold}-{seed}"


@lru_cache(maxsize=2)
def _plan(study_id: str, without: int | None) -> ResamplingPlan:
    workspace = Workspace()
    asked = open_study(workspace, study_id).asked
    return ResamplingPlan.of(
        load_dataset(workspace.datasets / str(asked.experiment.data)), asked, without
    )


def _evaluator(study: Study) -> Evaluator:
    """Has pieces of work evaluated by all workers of the cluster."""

    def evaluator(
        plan: ResamplingPlan, works: Sequence[Work], metric: Metric, halt: Halt
    ) -> Iterator[list[TrialEvaluation]]:
        from distributed import get_client
        from distributed.client import ClosedClientError
        from distributed.scheduler import KilledWorker

        client = get_client()
        created = study.status.created_at.timestamp()
        proposer = describe_here(Workspace())

        def submit(work: Work) -> Future:
            return client.submit(
                evaluate_batch,
                study.id,
                work,
                metric.name,
                proposer,
                key=f"{PIECE_PREFIX}{study.id}-{uuid.uuid4().hex}",
                pure=False,
                retries=0,
                resources={TRAINING: 1},
                priority=-PIECES_LAST - created,
            )

        waiting = {submit(work): work for work in works}
        try:
            while waiting:
                if halt():
                    raise Halted
                for future in _ended(list(waiting)):
                    work = waiting.pop(future)
                    try:
                        outcome = future.result()
                    except KilledWorker:
                        # It may only have waited on workers that others killed; one that
                        # kills them itself knows how often it was begun.
                        waiting[submit(work)] = work
                    else:
                        yield outcome
        except CancelledError:
            # Nobody else cancels: this worker has lost its scheduler, or is closing.
            raise Displaced from None
        finally:
            with suppress(ClosedClientError):
                client.cancel(list(waiting))

    return evaluator


def _ended(futures: list[Future]) -> list[Future]:
    from distributed import wait

    try:
        return list(wait(futures, timeout=SECONDS_TO_LOOK, return_when="FIRST_COMPLETED").done)
    except TimeoutError:
        return []
