import hashlib
import json

import numpy as np
import pytest

from dnn_core.data.prepare import prepare
from dnn_core.errors import UserError
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.execution import execute as carrying_out
from dnn_core.runs.held_out import (
    NEVER_OPENED,
    Tried,
    count_tried,
    describe_opening,
    describe_tried,
    hold_out_test_rows,
    trace_of,
)
from dnn_core.runs.records import State
from dnn_core.specs import AnalysisSpec, Answer, Kind, SplitSpec


@pytest.fixture
def begun(workspace, survey, make):
    """Make a run in the workspace whose training began; it is not trained."""

    def begin(**changes):
        experiment = make.experiment(**changes)
        run = workspace.new_run(survey, experiment)
        hold_out_test_rows(run, prepare(survey, experiment))
        run.update_status(state=State.FAILED)
        return run

    return begin


def test_the_test_part_is_sealed_before_anything_is_trained(workspace, survey, make, monkeypatch):
    run = workspace.new_run(survey, make.experiment())
    seen = []

    def stand_in(requests, **_):
        seen.append(run.held_out)
        raise UserError("Nothing is trained here.")

    monkeypatch.setattr(carrying_out, "fit_many", stand_in)
    with pytest.raises(UserError):
        carrying_out.execute(run, survey)
    (held_out,) = seen
    rows = prepare(survey, run.experiment).parts["test"].rows
    assert held_out.cases == len(rows) == 30
    # Worked out apart from the program: sha256 of the row numbers as 64-bit integers.
    assert held_out.rows_sha256 == hashlib.sha256(np.array(rows, dtype="<i8").tobytes()).hexdigest()
    assert run.status.started_at <= held_out.held_out_at
    # A training that failed has tried it all the same.
    assert workspace.tried(run) == Tried(1)


def test_a_seal_is_not_made_anew(begun, survey, make):
    run = begun()
    before = run.held_out
    hold_out_test_rows(run, prepare(survey, run.experiment))
    assert run.held_out == before
    others = prepare(survey, make.experiment(split=SplitSpec(seed=2)))
    with pytest.raises(UserError, match="not the one that was sealed"):
        hold_out_test_rows(run, others)


def test_configurations_are_counted_once_each(begun, workspace, survey, make):
    run = begun()
    begun()
    begun(answers=(Answer(code="same_id", reason="meant"),))
    assert workspace.tried(run) == Tried(1)
    begun(seed=2)
    begun(split=SplitSpec(seed=2))
    assert workspace.tried(run) == Tried(3)
    # Another outcome, and a run that never began, are none.
    begun(kind=Kind.REGRESSION)
    workspace.new_run(survey, make.experiment(seed=5))
    assert workspace.tried(run) == Tried(3)


def test_archived_and_deleted_runs_stay_counted(begun, workspace):
    run, archived, deleted = begun(), begun(seed=2), begun(seed=3)
    archived.annotate(archived=True)
    (deleted.directory / "test.json").write_text(json.dumps({"openings": []}))
    workspace.delete_run(deleted)
    assert workspace.tried(run) == Tried(3, openings=1)
    assert workspace.tried(archived) == Tried(3, openings=1)


def test_analyses_and_openings_of_others_are_counted(begun):
    run, other = begun(), begun(seed=2)
    # Being asked for is no analysis yet.
    run.analyses.ask(AnalysisSpec())
    other.analyses.ask(AnalysisSpec())
    for code in ("seeds", "more_cases"):
        other.analyses.keep(code, AnalysisResult())
    (other.directory / "test.json").write_text(json.dumps({"openings": []}))
    traces = [trace_of(run), trace_of(other)]
    assert count_tried(run, traces) == Tried(2, 1, 1)
    # Its own opening is none before it.
    assert count_tried(other, traces) == Tried(2, 1, 0)


@pytest.mark.parametrize(
    ("tried", "words"),
    [
        (Tried(), "1 configuration, this one, on the same file and outcome"),
        (Tried(2), "2 configurations, this one included, on the same file and outcome"),
        (
            Tried(1, 1, 2),
            "1 configuration, this one, and 1 analysis on the same file and outcome; their test "
            "part had been opened before, by 2 other runs",
        ),
    ],
)
def test_what_was_tried_is_said_in_words(tried, words):
    assert describe_tried(tried) == words


def test_a_sealed_part_was_never_opened(begun):
    assert describe_opening(begun()) == NEVER_OPENED == "sealed, never opened"
