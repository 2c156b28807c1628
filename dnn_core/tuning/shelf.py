"""The studies of a workspace."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.runs.records import now
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
    made = now()
    fraction = f"{made.microsecond // 16:04x}{secrets.token_hex(1)}"
    directory = workspace.root / "studies" / f"{made:%Y%m%d-%H%M%S}-{fraction}"
    if before_listed is not None:
        directory.mkdir(parents=True)
        before_listed(directory)
    number = len(list_studies(workspace)) + 1
    return create_study(dataset, asked, directory, name=name or f"Study {number}")


def open_study(workspace: Workspace, study_id: str) -> Study:
    """Open a study by its id, which may come from a link.

    Raises
    ------
    UserError
        If the id is malformed or there is no such study.
    """
    if not RUN_ID.fullmatch(study_id):
        raise UserError(
            "This is not the name of a study.",
            expected="a name such as 20260131-120000-a1b2c3",
            received=study_id[:60],
            remedy="Choose a study on the page Tune.",
        )
    return Study(workspace.root / "studies" / study_id)


def list_studies(workspace: Workspace) -> list[Study]:
    """Studies, newest first."""
    folder = workspace.root / "studies"
    if not folder.exists():
        return []
    found = sorted((p for p in folder.iterdir() if RUN_ID.fullmatch(p.name)), reverse=True)
    return [Study(path) for path in found if (path / "status.json").exists()]
