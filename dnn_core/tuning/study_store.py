"""The studies of a workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dnn_core.data.dataset import Dataset
from dnn_core.errors import Damaged, reading
from dnn_core.runs.create import new_directory, require_id
from dnn_core.runs.damage import Damage
from dnn_core.runs.traces import collect_traces
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import StudySpec
from dnn_core.specs.analysis import RUN_ID
from dnn_core.tuning.study import Study, create_study
from dnn_core.tuning.study_record import is_complete
from dnn_core.tuning.study_result import read_study


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
    number = len(_all_studies(workspace)) + 1
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
    """Studies, newest first, without those whose standing or question is damaged."""
    return [study for study in _all_studies(workspace) if _main_damage(study) is None]


def damaged_studies(workspace: Workspace) -> list[Damage]:
    """Studies that cannot be listed, and what is wrong with them, newest first."""
    damaged = ((study, _main_damage(study)) for study in _all_studies(workspace))
    return [Damage(study.id, _name_of(study), error) for study, error in damaged if error]


def damage_of(study: Study) -> Damage | None:
    """What is wrong with a study, in any file that a page reads; None where nothing is."""
    error = _first_damage(
        lambda: (study.status, study.kind, study.about, study.evaluations),
        lambda: read_study(study),
        lambda: [study.winner_without(fold) for fold in range(study.asked.folds)],
        lambda: _look_at_traces(study),
    )
    return None if error is None else Damage(study.id, _name_of(study), error)


def _all_studies(workspace: Workspace) -> list[Study]:
    entries = workspace.studies.iterdir()
    match = sorted((path for path in entries if RUN_ID.fullmatch(path.name)), reverse=True)
    return [Study(path) for path in match if is_complete(path)]


def _main_damage(study: Study) -> Damaged | None:
    return _first_damage(lambda: (study.status, study.kind, study.about))


def _first_damage(*looks: Callable[[], object]) -> Damaged | None:
    try:
        for look in looks:
            look()
    except Damaged as error:
        return error
    return None


def _look_at_traces(study: Study) -> None:
    """Each trial that was recorded has left a line before, by which it counts as tried."""
    if study.evaluations:
        path = study.directory / "traces.jsonl"
        with reading("study", path):
            path.read_bytes()
            left, unreadable = collect_traces((), [path])
            if unreadable or len({trace.run for trace in left}) < len(study.evaluations):
                raise ValueError("trials are missing")


def _name_of(study: Study) -> str:
    """The name of a study, or its id where its status is damaged."""
    try:
        return study.status.name
    except Damaged:
        return study.id
