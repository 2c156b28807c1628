"""Runs on the cluster: handed over, stopped, and looked after when their worker is gone."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from dnn_core.compute import tasks
from dnn_core.compute.cluster_link import ClusterLink
from dnn_core.compute.reconcile import CANCELLED, reconcile
from dnn_core.compute.snapshot import TRAINING, task_key, worker_id
from dnn_core.errors import UserError
from dnn_core.runs.records import State
from dnn_core.runs.run import Run

SECONDS_TO_STOP = 5.0
SECONDS_TO_END = 10.0


class RunQueue(ClusterLink):
    """What is asked of the cluster about runs."""

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
        self._hand_over(
            tasks.train,
            run.id,
            task_key(run.id),
            partial(run.end, State.FAILED),
            resources={TRAINING: 1},
            # Higher is sooner, also for a run that is handed over again.
            priority=-run.status.created_at.timestamp(),
        )

    def stop(self, run: Run) -> None:
        """Ask a run to stop; one that trains keeps its best epoch."""
        run.request_stop()
        with self._lock:
            if run.status.state is State.QUEUED:
                # Its task finds it no longer waiting, and does nothing.
                run.end(State.INTERRUPTED, CANCELLED)

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
