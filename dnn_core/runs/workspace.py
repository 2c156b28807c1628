"""The workspace: uploads, data sets, runs and studies."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from dnn_core.data.dataset import Dataset
from dnn_core.data.dataset_files import load_dataset
from dnn_core.errors import UserError
from dnn_core.runs.create import create_run, new_directory, require_id
from dnn_core.runs.damage import Damage, find_damage, name_of
from dnn_core.runs.deletion import delete_run, delete_study
from dnn_core.runs.held_out import Tried, count_tried
from dnn_core.runs.index import ARCHIVED, RunIndex, is_complete
from dnn_core.runs.run import Run
from dnn_core.runs.traces import collect_traces
from dnn_core.runs.workspace_folders import WorkspaceFolders
from dnn_core.specs import Experiment
from dnn_core.specs.analysis import RUN_ID

NUMBERED = re.compile(r"Run ([0-9]{1,9})")


class Workspace(WorkspaceFolders):
    """Runs and studies in the folder of a workspace.

    Parameters
    ----------
    root : Path, optional
        By default `DNN_WORKBENCH_HOME`, or the user's data folder.
    """

    def __init__(self, root: Path | None = None) -> None:
        super().__init__(root)
        self._settled: set[str] = set()
        self._index = RunIndex(self.runs, self.cache / "runs")

    def dataset_of(self, run: Run) -> Dataset:
        """The data set that a run was trained on."""
        return load_dataset(self.datasets / str(run.experiment.data))

    def new_run(
        self,
        dataset: Dataset,
        experiment: Experiment,
        before_listed: Callable[[Path], object] | None = None,
    ) -> Run:
        """Make the directory of a run that waits to be executed.

        Parameters
        ----------
        dataset : Dataset
        experiment : Experiment
        before_listed : callable, optional
            Is given the run's directory before anybody else can find the run in it.
        """
        self.keep_dataset(dataset)
        directory = new_directory(self.runs, before_listed)
        return create_run(dataset, experiment, directory, name=f"Run {self._next_number()}")

    def _next_number(self) -> int:
        """One more than the highest number in the name of a run; names are not given twice."""
        names = [*self.runs_table()["name"], *(damage.name for damage in self.damaged_runs())]
        numbers = [int(match[1]) for name in names if (match := NUMBERED.fullmatch(name))]
        return max(numbers, default=0) + 1

    def run(self, run_id: str) -> Run:
        """Open a run by its id, which may come from a link.

        Raises
        ------
        UserError
            If the id is malformed or there is no such run.
        """
        require_id(run_id, "run", page="Runs")
        return Run(self.runs / run_id)

    def list_runs(self, *, archived: bool = False) -> list[Run]:
        """Runs, newest first; archived ones only when asked for."""
        rows = self._index.rows()
        return [
            Run(self.runs / run_id)
            for run_id, row in reversed(rows.items())
            if archived or not row[ARCHIVED]
        ]

    def runs_table(self) -> pd.DataFrame:
        """All runs, newest first, with every setting and figure; see `table.tabulate`.

        Archived runs are among them. The table is shared: not to be changed.
        """
        return self._index.table()

    def active_runs(self) -> list[Run]:
        """Runs that wait or train, oldest first."""
        waiting = []
        # A run with a network never becomes active again: look at each only once.
        with os.scandir(self.runs) as entries:
            names = {entry.name for entry in entries} - self._settled
        for name in sorted(filter(RUN_ID.fullmatch, names)):
            # Only a directory with notes is complete.
            if not is_complete(self.runs / name):
                continue
            run = Run(self.runs / name)
            try:
                status, _ = run.status, run.notes
            except UserError:
                # Damaged, and listed as such; or deleted meanwhile.
                self._index.look_again(name)
                continue
            if status.active:
                waiting.append(run)
            elif status.done:
                self._settled.add(name)
        return waiting

    def damaged_runs(self) -> list[Damage]:
        """Runs that cannot be listed, and what is wrong with them, newest first."""
        damaged = self._index.damaged()
        return [
            Damage(run_id, name_of(Run(self.runs / run_id)), damaged[run_id])
            for run_id in reversed(damaged)
        ]

    def damage_of(self, run: Run) -> Damage | None:
        """What is wrong with a run, in any of its files; None where nothing is."""
        error = find_damage(run)
        if error is None:
            return None
        self._index.look_again(run.id)
        return Damage(run.id, name_of(run), error)

    def tried(self, run: Run) -> Tried:
        """What has been tried on the file and outcome of a run.

        Trials of studies count, and so does what was deleted. What is damaged counts as long
        as anything of it says what it tried; else that it cannot be told is part of the count.
        """
        ids = [*self._index.rows(), *self._index.damaged()]
        files = [self._deleted, *self.studies.glob("*/traces.jsonl")]
        return count_tried(run, *collect_traces((Run(self.runs / one) for one in ids), files))

    @property
    def _deleted(self) -> Path:
        return self.root / "deleted.jsonl"

    def delete_run(self, run: Run) -> None:
        """Delete a run; the record of what was tried keeps it.

        A damaged one is deleted, too, and stays on record if anything of it says what it tried.

        Raises
        ------
        UserError
            If it is still waiting or training.
        """
        delete_run(run, record=self._deleted)

    def delete_study(self, directory: Path) -> None:
        """Delete a study; the record of what was tried keeps its trials.

        Raises
        ------
        UserError
            If it is still waiting or under way.
        """
        delete_study(directory, record=self._deleted)
