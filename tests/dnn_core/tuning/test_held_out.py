"""Trials count as configurations that were tried before a test part is opened."""

from __future__ import annotations

import pytest

from dnn_core.data.prepare import prepare
from dnn_core.errors import UserError
from dnn_core.runs.held_out import Tried, hold_out_test_rows
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.tuning.search import execute
from dnn_core.tuning.study import create_study


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def run(workspace, survey, make):
    experiment = make.experiment()
    run = workspace.new_run(survey, experiment)
    hold_out_test_rows(run, prepare(survey, experiment))
    run.update_status(state=State.FAILED)
    return run


@pytest.fixture
def search(workspace, survey, make):
    """Carry a study out in the workspace, without training."""

    def carried_out(name, **changes):
        study = create_study(survey, make.asked(**changes), workspace.studies / name)
        execute(study, survey, evaluator=make.evaluates_by(lambda number, *_: float(number)))
        return study

    return carried_out


def test_every_trial_counts_also_one_that_was_given_up(workspace, run, search):
    assert workspace.tried(run) == Tried(1)
    study = search("a", trials=4, folds=2, halving=True)
    assert sum(trial.complete for trial in study.trials) == 2
    assert workspace.tried(run) == Tried(5)
    # The same configurations once more are none more; others are.
    search("b", trials=6)
    assert workspace.tried(run) == Tried(7)
    search("c", trials=3, seed=2)
    assert workspace.tried(run) == Tried(10)


def test_another_outcome_is_another_matter(workspace, run, survey, make):
    for target, tried in (("income", 1), ("vote", 2)):
        asked = make.asked(make.experiment(target))
        study = create_study(survey, asked, workspace.studies / target)
        study.record([make.trial(1, 1.0, {"units": 2, "learning_rate": 0.01})])
        assert workspace.tried(run) == Tried(tried)


def test_a_trial_that_is_adopted_is_not_counted_twice(workspace, run, search, survey):
    study = search("a", trials=4)
    experiment = study.experiment(study.trials[2])
    adopted = workspace.new_run(survey, experiment)
    hold_out_test_rows(adopted, prepare(survey, experiment))
    assert workspace.tried(run) == workspace.tried(adopted) == Tried(5)


def test_trials_stay_counted_when_their_study_is_deleted(workspace, run, search):
    study, kept = search("a", trials=4), search("b", trials=2, seed=2)
    # A line that is being written is none yet.
    with (study.directory / "traces.jsonl").open("a") as file:
        file.write('{"run": "a/5", "fi')
    assert workspace.tried(run) == Tried(7)
    workspace.delete_study(study.directory)
    assert workspace.tried(run) == Tried(7)
    assert [path.name for path in workspace.studies.iterdir()] == [kept.id]
    workspace.delete_run(run)
    workspace.delete_study(kept.directory)
    assert list(workspace.studies.iterdir()) == []
    # Four and two trials, the experiment of either as it is, and the run.
    assert len((workspace.root / "deleted.jsonl").read_text().splitlines()) == 6 + 2 + 1


def test_a_study_that_is_under_way_cannot_be_deleted(workspace, search):
    study = search("a")
    study.update(state=State.RUNNING)
    with pytest.raises(UserError, match=r"still active.*Stop it first"):
        workspace.delete_study(study.directory)
    assert len(study.trials) == 4


def test_a_study_without_a_trial_can_be_deleted(workspace, survey, make):
    study = create_study(survey, make.asked(), workspace.studies / "a")
    study.update(state=State.STOPPED)
    workspace.delete_study(study.directory)
    assert list(workspace.studies.iterdir()) == []
