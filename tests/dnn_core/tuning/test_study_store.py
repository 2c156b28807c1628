"""Studies of a workspace: their names and order, and which are damaged."""

from __future__ import annotations

import pytest

from dnn_core.errors import UserError
from dnn_core.runs.workspace import Workspace
from dnn_core.tuning.search import execute
from dnn_core.tuning.study_store import (
    damage_of,
    damaged_studies,
    list_studies,
    new_study,
    open_study,
)


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


def test_studies_are_numbered_and_listed_the_newest_first(workspace, survey, make):
    assert list_studies(workspace) == damaged_studies(workspace) == []
    made = [new_study(workspace, survey, make.asked(), name) for name in ("", "Mine", "")]
    assert [study.status.name for study in made] == ["Study 1", "Mine", "Study 3"]
    listed = list_studies(workspace)
    # Ids begin with the second in which they were made; within it they are in no order.
    assert [study.id for study in listed] == sorted((study.id for study in made), reverse=True)
    # A folder that is no study, or that is being made, is none.
    (workspace.studies / "notes").mkdir()
    (made[1].directory / "status.json").unlink()
    assert {study.id for study in list_studies(workspace)} == {made[0].id, made[2].id}
    assert open_study(workspace, made[0].id).status.name == "Study 1"
    for wrong in ("../elsewhere", made[1].id):
        with pytest.raises(UserError):
            open_study(workspace, wrong)


def test_a_study_with_a_damaged_status_is_named_by_its_id(workspace, survey, make):
    whole, broken = (new_study(workspace, survey, make.asked()) for _ in range(2))
    (broken.directory / "status.json").write_text("{")
    assert [study.id for study in list_studies(workspace)] == [whole.id]
    (damage,) = damaged_studies(workspace)
    assert (damage.id, damage.name) == (broken.id, broken.id)
    assert damage_of(whole) is None
    (whole.directory / "about.json").unlink()
    damage = damage_of(whole)
    assert damage is not None and (damage.id, damage.name) == (whole.id, "Study 1")


def test_each_trial_has_left_its_trace(workspace, survey, make):
    study = new_study(workspace, survey, make.asked(trials=2))
    assert damage_of(study) is None
    execute(study, survey, evaluator=make.evaluates_by(lambda number, *_: float(number)))
    assert damage_of(study) is None
    path = study.directory / "traces.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    # Two trials and the experiment as it is; one line twice is no other, and a trace more is
    # one of a trial that was being written.
    assert len(lines) == 3
    path.write_text("".join([*lines, lines[0]]))
    assert damage_of(study) is None
    for damaged in (lines[:2], [*lines[:2], lines[0]], [*lines[:2], "{}\n", lines[2]], []):
        path.write_text("".join(damaged))
        assert damage_of(study) is not None
