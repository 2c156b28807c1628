"""The studies of a workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dnn_core.data.dataset import Dataset
from dnn_core.runs.create import new_directory, require_id
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import StudySpec
from dnn_core.specs.appraisal import RUN_ID
from dnn_core.tuning.study import Study, create_study


def new_study(
    workspace: Workspace,
    dataset: Dataset,
    asked: StudySpec,
    name: str = "",
    before_listed: Callable[[Path], object] | None = None,
) -> Study:
    """Make the directory of a study that waits.

    Parameters
    ----------
    workspace : Workspace
    dataset : Dataset
    asked : StudySpec
    name : str
        Without one it gets the next number.
    before_listed : callable, optional
        Is given the study's directory before anybody else can find the study in it.
    """
    workspace.keep_dataset(dataset)
    directory = new_directory(workspace.studies, before_listed)
    number = len(list_studies(workspace)) + 1
    return create_study(dataset, asked, directory, name=name or f"Study {number}")


def open_study(workspace: Workspace, study_id: str) -> Study:
    """Open a study by its id, which may come from a link.

    Raises
    ------
    UserError
        If the id is malformed or there is no such study.
    """
    require_id(study_id, "study", page="Tune")
    return Study(workspace.studies / study_id)


def list_studies(workspace: Workspace) -> list[Study]:
    """Studies, newest first."""
    entries = workspace.studies.iterdir()
    found = sorted((path for path in entries if RUN_ID.fullmatch(path.name)), reverse=True)
    return [Study(path) for path in found if (path / "status.json").exists()]
