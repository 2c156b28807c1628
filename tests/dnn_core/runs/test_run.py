import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from dnn_core.errors import UserError
from dnn_core.runs.records import DONE, Phase, State, Status
from dnn_core.runs.run import METRIC_COLUMNS, Run, load_run


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


@pytest.fixture
def run(workspace, survey, make):
    return workspace.new_run(survey, make.experiment())


def test_what_was_asked_is_strict_json(run):
    files = sorted(run.directory.glob("*.json"))
    assert [path.stem for path in files] == ["about", "codebook", "experiment", "notes", "status"]
    for path in files:
        json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_a_run_is_opened_by_its_directory(run):
    assert load_run(str(run.directory)).experiment == run.experiment


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(UserError, match="no such run"):
        load_run(tmp_path)


def test_the_status_is_replaced_as_a_whole(run):
    run.update_status(state=State.RUNNING, phase=Phase.TRAINING, epoch=3, epoch_share=0.5)
    status = Run(run.directory).status
    assert (status.state, status.phase, status.epoch) == (State.RUNNING, Phase.TRAINING, 3)
    assert status.epochs == run.experiment.training.epochs
    assert not list(run.directory.glob(".*"))


def test_the_share_counts_whole_epochs_and_the_part_of_the_present_one():
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert Status(created_at=made).share == 0.0
    assert Status(created_at=made, epochs=10).share == 0.0
    # Two whole epochs of ten and half of the third.
    assert Status(created_at=made, epochs=10, epoch=3, epoch_share=0.5).share == 0.25
    assert Status(created_at=made, epochs=10, epoch=10, epoch_share=1.0).share == 1.0


def test_seconds_count_from_the_start_to_the_end():
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert Status(created_at=made).elapsed_seconds == 0.0
    started = Status(created_at=made, started_at=made + timedelta(seconds=5))
    assert started.elapsed_seconds > 0
    ended = started.model_copy(update={"ended_at": made + timedelta(seconds=12)})
    assert ended.elapsed_seconds == 7.0


@pytest.mark.parametrize("state", list(State))
def test_a_state_is_active_or_done_or_neither(state):
    status = Status(created_at=datetime.now(UTC), state=state)
    assert status.active == (state in (State.QUEUED, State.RUNNING))
    assert status.done == (state in DONE)
    assert not (status.active and status.done)


def test_notes_change_one_by_one(run):
    run.annotate(name="Mit Einkommen")
    run.annotate(note="Zeile 1\nZeile 2 ✓", archived=True)
    notes = Run(run.directory).notes
    assert (notes.name, notes.note, notes.archived) == (
        "Mit Einkommen",
        "Zeile 1\nZeile 2 ✓",
        True,
    )


def test_a_stop_is_asked_for_by_a_file(run):
    assert not run.stop_requested
    assert run.seconds_since_stop_request == 0
    run.request_stop()
    run.request_stop()
    assert Run(run.directory).stop_requested
    assert 0 <= Run(run.directory).seconds_since_stop_request < 60


def test_the_history_is_read_while_it_is_written(run, make):
    assert run.history.empty
    assert run.best_epochs.middle is None
    make.finish(run, losses=(0.5, 0.4, 0.6))
    with (run.directory / "history.jsonl").open("a") as file:
        file.write('{"epoch": 4, "member": 1, "lo')
    assert run.history["epoch"].tolist() == [1, 2, 3]
    assert run.best_epochs.middle == 2


def test_a_waiting_run_has_nothing_to_judge(run):
    with pytest.raises(UserError, match="nothing to evaluate"):
        _ = run.facts
    with pytest.raises(UserError, match=r"no trained network: its state is “Waiting”"):
        run.require_model()
    with pytest.raises(UserError, match="no trained network"):
        run.predictor()
    assert run.predictions.empty
    assert run.metrics.empty
    assert list(run.metrics.columns) == list(METRIC_COLUMNS)
    assert run.log == ""


def test_metrics_are_those_of_the_network_and_null_is_missing(run, make):
    make.finish(
        run,
        scores=[
            make.score("network", "validation", "accuracy", 0.8, 0.7, 0.9),
            make.score("majority", "validation", "accuracy", 0.4, 0.3, 0.5),
            make.score("network", "validation", "auc", None),
        ],
    )
    assert run.metrics["metric"].tolist() == ["accuracy", "auc"]
    assert run.metrics["value"].isna().tolist() == [False, True]
    assert run.scores["model"].tolist() == ["network", "majority", "network"]


def test_an_opening_that_broke_off_is_none(run, make):
    make.finish(run)
    table = pd.DataFrame({"row": [1, 2], "part": "validation"})
    table.to_parquet(run.directory / "predictions.parquet")
    table.assign(part="test").to_parquet(run.directory / "test_predictions.parquet")
    assert not run.test_opened
    assert run.openings == []
    assert run.predictions["part"].tolist() == ["validation"] * 2


def test_other_data_are_refused(run, survey, make):
    run.require_data(survey)
    other = make.read_survey(make.survey_bytes(seed=8))
    with pytest.raises(UserError, match="not the data that the run was trained on"):
        run.require_data(other)
    without_code = survey.with_variables(
        tuple(v.model_copy(update={"missing_codes": ()}) for v in survey.variables)
    )
    with pytest.raises(UserError, match="not the data"):
        run.require_data(without_code)


def test_reading_a_file_that_is_replaced_never_sees_a_part(run):
    text = json.dumps({"name": "x" * 100_000})
    run.write("notes.json", text)
    # The old file stays readable through its open handle while the new one takes its name.
    with (run.directory / "notes.json").open() as before:
        run.write("notes.json", json.dumps({"name": "new"}))
        assert json.loads(before.read())["name"] == "x" * 100_000
    assert run.notes.name == "new"
    assert sorted(path.name for path in run.directory.iterdir()) == [
        "about.json",
        "codebook.json",
        "experiment.json",
        "notes.json",
        "status.json",
    ]
