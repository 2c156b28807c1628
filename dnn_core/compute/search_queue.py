"""Studies and analyses of runs on the cluster: handed over, stopped, looked after."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from dnn_core.compute import studies, tasks
from dnn_core.compute.cluster_link import ClusterLink, submit
from dnn_core.compute.local_claims import is_executed_locally
from dnn_core.compute.reconcile import CANCELLED, reconcile_analysis
from dnn_core.compute.snapshot import TRAINING, analysis_key, study_key
from dnn_core.errors import UserError
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec
from dnn_core.tuning.study import Study

ANALYSES_LAST = 1e12
"""Seconds since 1970, in the year 33658: of a lower priority than any run."""


class SearchQueue(ClusterLink):
    """What is asked of the cluster about studies and about analyses of runs."""

    def analyse(self, run: Run, asked: AnalysisSpec) -> None:
        """Let a worker analyse a trained run, after the runs that wait.

        Raises
        ------
        UserError
            If the cluster is not there yet or cannot do it, or the run is being analysed
            already.
        """
        client = self.connection.able()
        # In a lock, so that nobody sees it asked for and not yet handed over.
        with self._lock:
            run.analyses.ask(asked)
            submit(
                client,
                tasks.analyse,
                run.id,
                analysis_key(run.id),
                resources={TRAINING: 1},
                # Runs have minus their time: somebody waits for them.
                priority=-ANALYSES_LAST,
            )

    def reconcile_analysis(self, run: Run) -> None:
        """Record how the analysis of a run ended whose worker is gone."""
        with self._lock:
            if run.analyses.active:
                snapshot = self.connection.look()
                if snapshot is not None or self.connection.target() is None:
                    reconcile_analysis(run, snapshot)

    def search(self, study: Study) -> None:
        """Hand a waiting study to the cluster; where none runs yet, `reconcile_study` does it.

        Raises
        ------
        UserError
            If a cluster that was started elsewhere does not answer, or cannot do it; in
            that case the study has failed, and can go on.
        """
        # It proposes and waits; what it proposes is trained after runs that wait.
        self._hand_over(
            studies.search, study.id, study_key(study.id), partial(study.end, State.FAILED)
        )

    def stop_study(self, study: Study) -> None:
        """Ask a study to stop; its results so far are kept."""
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
