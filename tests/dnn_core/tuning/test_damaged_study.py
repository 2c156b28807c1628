"""Every file of a study, damaged in every way: the other studies go on, and it is said which."""

from __future__ import annotations

import shutil

import pytest

from dnn_core.errors import Damaged
from dnn_core.runs.workspace import Workspace
from dnn_core.tuning.search import execute
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_store import (
    damage_of,
    damaged_studies,
    list_studies,
    new_study,
    open_study,
)

DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "garbage": lambda path: path.write_bytes(bytes(range(255, 0, -1)) * 9),
    "missing": lambda path: path.unlink(),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "list": lambda path: path.write_text("[]\n"),
    "object": lambda path: path.write_text("{}\n"),
}
MAIN = ("about.json", "status.json", "study.json")
MAY_BE_CUT = ("trials.jsonl", "nested-0.jsonl", "nested-1.jsonl")
"""A line that is not whole was being written."""


@pytest.fixture
def lab(tmp_path, survey, make):
    """A workspace with a nested study that has ended, and one that waits."""
    workspace = Workspace(tmp_path / "workspace")
    study = new_study(workspace, survey, make.asked(trials=3, folds=2, nested=True))
    execute(study, survey, evaluator=make.evaluates_by(lambda number, *_: float(number)))
    return workspace, study, new_study(workspace, survey, make.asked())


@pytest.mark.parametrize("damage", DAMAGES)
def test_any_damaged_file_is_named_and_all_else_goes_on(lab, damage):
    workspace, study, waiting = lab
    for path in sorted(p for p in study.directory.iterdir() if p.is_file()):
        if path.name in ("codebook.json", "cases.npz"):
            continue
        kept = path.read_bytes()
        DAMAGES[damage](path)
        listed = [one.id for one in list_studies(workspace)]
        damaged = [one.id for one in damaged_studies(workspace)]
        assert sorted([*listed, *damaged]) == sorted([study.id, waiting.id]), path.name
        assert damaged == ([study.id] if path.name in MAIN else []), path.name
        damages = damage_of(Study(study.directory))
        may_be_so = path.name in MAY_BE_CUT and damage in ("empty", "cut", "missing")
        may_be_so |= path.name == "reading.json" and damage == "missing"
        assert may_be_so or damages is not None, path.name
        if damages is not None:
            assert damages.error.path == path
            assert "delete the study on the page Tune" in damages.error.remedy
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        path.write_bytes(kept)
    assert damage_of(study) is None


@pytest.mark.parametrize("name", ["cases.npz", "predictions/00001.npy"])
def test_what_only_a_search_reads_is_named_when_it_is_read(lab, name):
    _, study, _ = lab
    (study.directory / name).write_bytes(b"")
    with pytest.raises(Damaged, match="is empty"):
        _ = study.cases if name == "cases.npz" else study.predictions(1)


def test_a_damaged_study_can_be_deleted_and_its_trials_stay_on_record(lab):
    workspace, study, waiting = lab
    before = (study.directory / "traces.jsonl").read_text()
    (study.directory / "status.json").write_bytes(b"")
    workspace.delete_study(study.directory)
    assert (workspace.root / "deleted.jsonl").read_text() == before != ""
    assert [one.id for one in list_studies(workspace)] == [waiting.id]
    assert damaged_studies(workspace) == []


def test_a_study_that_lost_its_status_is_not_gone(lab):
    workspace, study, _ = lab
    (study.directory / "status.json").unlink()
    (result,) = damaged_studies(workspace)
    assert (result.id, result.name) == (study.id, study.id)
    with pytest.raises(Damaged, match="is missing"):
        _ = open_study(workspace, study.id).status
