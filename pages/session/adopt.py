"""Make what a run asked for the session's draft."""

from __future__ import annotations

from dnn_core.runs.run import Run
from pages.session import data_cache, state
from pages.session.state import DataChoice
from pages.session.task import roles_in


def adopt(run: Run) -> None:
    """Make what a run asked for the session's draft.

    Raises
    ------
    UserError
        If the run's data are no longer in the workspace.
    """
    names = data_cache.run_dataset(run).names
    state.adopt(
        run.experiment,
        DataChoice("kept", str(run.experiment.data)),
        roles_in(run.experiment.task, names),
    )
