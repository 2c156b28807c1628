"""The dashboard's side of the cluster: submit, ask, stop, and see what became of runs.

Importing this module is cheap; Dask is loaded with the first connection.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from dnn_core.compute import studies, tasks
from dnn_core.compute.connection import Cluster, Connection, not_ready
from dnn_core.compute.local_claims import is_executed_locally
from dnn_core.compute.process import is_starting, start_if_needed
from dnn_core.compute.reconcile import (
    CANCELLED,
    end,
    queue_position,
    reconcile,
    reconcile_analysis,
)
from dnn_core.compute.snapshot import (
    TRAINING,
    analysis_key,
    study_key,
    task_key,
    worker_id,
)
from dnn_core.errors import UserError
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import AnalysisSpec
from dnn_core.tuning.study import Study

if TYPE_CHECKING:
    pass

__all__ = ["Cluster", "Compute", "load", "queue_position", "start_if_needed"]

SECONDS_TO_ANSWER = 30.0
SECONDS_TO_OPEN = 300.0
SECONDS_TO_STOP = 5.0
SECONDS_TO_END = 10.0

ANALYSES_LAST = 1e12
"""Seconds since 1970, in the year 33658: of a lower priority than any run."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


def load() -> None:
    """Load Dask now, so that the first click on Train need not wait for it."""
    import distributed  # noqa: F401


class Compute:
    """Connection to the cluster of a workspace, which mends itself.

    Nothing here waits for a cluster to start, except `connect`. One object can
    serve all sessions of a dashboard: its methods may be called from any thread.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.RLock()
        self.connection = Connection(workspace, self._lock)
        atexit.register(self.close)

    @classmethod
    def connect(cls, workspace: Workspace, timeout: float = 60.0) -> Compute:
        """Connect as soon as a worker is ready.

        Raises
        ------
        UserError
            If that takes longer than `timeout` seconds.
        """
        compute = cls(workspace)
        deadline = time.monotonic() + timeout
        while compute.state is not Cluster.READY:
            if time.monotonic() > deadline:
                compute.close()
                raise not_ready(Cluster.STARTING)
            time.sleep(0.1)
        return compute

    def close(self) -> None:
        """Leave the cluster; it goes on."""
        with self._lock:
            atexit.unregister(self.close)
            self.connection.leave()

    @property
    def alive(self) -> bool:
        """Whether there is a cluster and this object is connected to it."""
        return self.connection.client() is not None

    @property
    def state(self) -> Cluster:
        """Off, starting, or ready to train at once."""
        snapshot = self.connection.look()
        if snapshot is not None and snapshot.workers:
            return Cluster.READY
        if snapshot is not None or is_starting(self._workspace):
            return Cluster.STARTING
        return Cluster.OFF

    # Runs ------------------------------------------------------------------

    def submit(self, run: Run) -> None:
        """Hand a waiting run to the cluster.

        Where no cluster runs yet one is started, and `reconcile` hands the run
        over once it accepts connections.

        Raises
        ------
        UserError
            If a cluster that was started elsewhere does not answer, or cannot do it; in
            that case the run has failed.
        """
        client, elsewhere = self.connection.join_or_start()
        if client is None:
            return
        try:
            self.connection.require_able(client, elsewhere)
        except UserError as error:
            end(run, State.FAILED, str(error))
            raise
        from distributed import fire_and_forget

        future = client.submit(
            tasks.train,
            run.id,
            key=task_key(run.id),
            pure=False,
            retries=0,
            resources={TRAINING: 1},
            # Higher is sooner, also for a run that is handed over again.
            priority=-run.status.created_at.timestamp(),
        )
        fire_and_forget(future)

    def stop(self, run: Run) -> None:
        """Ask a run to stop; one that trains keeps its best epoch."""
        run.request_stop()
        with self._lock:
            if run.status.state is State.QUEUED:
                # Its task finds it no longer waiting, and does nothing.
                end(run, State.INTERRUPTED, CANCELLED)

    def kill(self, run: Run) -> None:
        """Stop a run, and end its worker if it does not react within seconds.

        Waits for up to 15 seconds. The worker's successor needs a while to load
        TensorFlow; runs that wait are sent to it.
        """
        self.stop(run)
        deadline = time.monotonic() + SECONDS_TO_STOP
        while run.status.active and time.monotonic() < deadline:
            time.sleep(0.1)
        status, snapshot, client = run.status, self.connection.look(), self.connection.client()
        if not status.active or snapshot is None or client is None:
            self.reconcile([run])
            return
        address = snapshot.workers.get(worker_id(status.worker))
        if address is not None:
            client.sync(
                client.scheduler.restart_workers,
                workers=[address],
                timeout=SECONDS_TO_END,
                wait_for_workers=False,
                on_error="return",
                stimulus_id=f"kill-{run.id}",
            )
        self.reconcile([run])

    def reconcile(self, runs: Iterable[Run]) -> None:
        """Record how active runs ended whose worker is gone; hand over forgotten ones.

        Call it whenever active runs are shown. Where the cluster cannot be
        asked although its process lives, nothing is changed.
        """
        with self._lock:
            seen = []
            for run in runs:
                # One that was damaged or deleted a moment ago is left to the next look.
                with suppress(UserError):
                    status = run.status
                    seen += [(run, status)] if status.active else []
            if not seen:
                return
            snapshot = self.connection.look()
            target = self.connection.target()
            if snapshot is None and target is not None:
                return
            for run in reconcile(seen, snapshot, target.address if target else ""):
                # The run itself says why it was not taken.
                with suppress(UserError):
                    self.submit(run)

    # Analyses -------------------------------------------------------------

    def analyse(self, run: Run, asked: AnalysisSpec) -> None:
        """Let a worker analyse a trained run, after the runs that wait.

        Raises
        ------
        UserError
            If the cluster is not there yet or cannot do it, or the run is being analysed
            already.
        """
        client = self.connection.able()
        from distributed import fire_and_forget

        # In a lock, so that nobody sees it asked for and not yet handed over.
        with self._lock:
            run.analyses.ask(asked)
            future = client.submit(
                tasks.analyse,
                run.id,
                key=analysis_key(run.id),
                pure=False,
                retries=0,
                resources={TRAINING: 1},
                # Runs have minus their time: somebody waits for them.
                priority=-ANALYSES_LAST,
            )
            fire_and_forget(future)

    def reconcile_analysis(self, run: Run) -> None:
        """Record how the analysis of a run ended whose worker is gone."""
        with self._lock:
            if run.analyses.active:
                snapshot = self.connection.look()
                if snapshot is not None or self.connection.target() is None:
                    reconcile_analysis(run, snapshot)

    # Studies ------------------------------------------------------------------

    def search(self, study: Study) -> None:
        """Hand a waiting study to the cluster; where none runs yet, `reconcile_study` does it.

        Raises
        ------
        UserError
            If a cluster that was started elsewhere does not answer, or cannot do it; in
            that case the study has failed, and can go on.
        """
        client, elsewhere = self.connection.join_or_start()
        if client is None:
            return
        try:
            self.connection.require_able(client, elsewhere)
        except UserError as error:
            study.end(State.FAILED, str(error))
            raise
        from distributed import fire_and_forget

        # It proposes and waits; what it proposes is trained after runs that wait.
        future = client.submit(
            studies.search, study.id, key=study_key(study.id), pure=False, retries=0
        )
        fire_and_forget(future)

    def stop_study(self, study: Study) -> None:
        """Ask a study to stop; what it has found is kept."""
        study.request_stop()
        with self._lock:
            if study.status.state is State.QUEUED:
                study.end(State.STOPPED, CANCELLED)

    def reconcile_study(self, study: Study) -> None:
        """Let a study go on whose process or cluster is gone, from where it was."""
        with self._lock:
            if not study.status.active or is_executed_locally(study.directory):
                return
            snapshot = self.connection.look()
            if snapshot is None and self.connection.target() is not None:
                return
            known = snapshot is not None and study_key(study.id) in snapshot.tasks
            # Looked at once more: it may have ended since.
            if known or not study.status.active:
                return
            if study.stop_requested:
                study.end(State.STOPPED, CANCELLED)
            else:
                # The study itself says why it was not taken.
                with suppress(UserError):
                    self.search(study)

    # Questions ---------------------------------------------------------------

    def call(self, task: Callable[..., T], *args: Any, timeout: float = SECONDS_TO_ANSWER) -> T:
        """Run a function of `dnn_core.compute.tasks` on a worker and wait for it.

        A worker that trains answers too.

        Raises
        ------
        UserError
            The one that the task raised, or one that says why there is no
            answer within `timeout` seconds.
        """
        client = self.connection.able()
        key = f"{task.__name__}-{uuid.uuid4().hex}"
        future = client.submit(task, *args, key=key, pure=False, retries=0)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            raise not_ready(self.state) from None
        except asyncio.CancelledError:
            # The connection was lost, and Dask cancels what was asked over it.
            raise not_ready(Cluster.OFF) from None

    def predict(self, run_id: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Predictions of a trained run for raw rows; see `Predictor.predictions`."""
        return self.call(tasks.predict, run_id, frame)

    def explain(self, run_id: str, case: pd.DataFrame) -> pd.DataFrame:
        """What each predictor contributes to one prediction; see `Explainer.explain`."""
        return self.call(tasks.explain, run_id, case)

    def predict_images(self, run_id: str, images: np.ndarray) -> pd.DataFrame:
        """Predictions of a trained run for images; see `Predictor.predict_images`."""
        return self.call(tasks.predict_images, run_id, images)

    def open_test(self, run_id: str) -> None:
        """Score the sealed test part of a run; see `dnn_core.runs.execution.execute.open_test`."""
        self.call(tasks.open_test_part, run_id, timeout=SECONDS_TO_OPEN)
