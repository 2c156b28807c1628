"""The time of a study, how it ends and waits again, and its logs."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from dnn_core.errors import Damaged
from dnn_core.runs.records import State, now
from dnn_core.tuning.study_record import StudyRecord, StudyStatus, is_complete


def status(**changes: object) -> StudyStatus:
    return StudyStatus(name="s", created_at=now(), **changes)


def test_a_study_that_waits_has_taken_no_time():
    waits = status()
    assert (waits.trials, waits.share, waits.title) == (0, 0, "")
    assert (waits.elapsed_seconds, waits.counted_seconds) == (0, 0)


@pytest.mark.parametrize(
    ("state", "seconds"), [(State.RUNNING, 160), (State.QUEUED, 160), (State.FAILED, 100)]
)
def test_of_one_that_is_under_way_this_sitting_counts_too(state, seconds):
    began = now() - timedelta(seconds=60)
    known = status(state=state, started_at=began, busy_seconds=100.0, granted_seconds=70.0)
    assert known.elapsed_seconds == pytest.approx(seconds, abs=20)
    assert known.counted_seconds == pytest.approx(seconds - 70, abs=20)
    assert status(state=state, busy_seconds=100.0).elapsed_seconds == 100


def test_minutes_begin_anew_where_somebody_asks_it_to_go_on(new_study):
    study = new_study()
    study.update(state=State.RUNNING, started_at=now() - timedelta(seconds=60), worker="w")
    study.end(State.FAILED, "Broken.")
    ended = study.status
    assert (ended.state, ended.message) == (State.FAILED, "Broken.")
    assert ended.ended_at is not None and ended.busy_seconds == pytest.approx(60, abs=20)
    study.wait_again()
    waits = study.status
    assert (waits.state, waits.worker, waits.message, waits.ended_at) == (
        *(State.QUEUED, "", "", None),
    )
    assert waits.granted_seconds == waits.busy_seconds == ended.busy_seconds
    assert waits.counted_seconds == 0


@pytest.mark.parametrize(("began", "sign", "busy"), [(100, 40, 70), (40, 100, 10), (None, 5, 10)])
def test_of_one_whose_process_is_gone_the_time_until_its_last_sign_counts(
    new_study, began, sign, busy
):
    study = new_study()
    moment = now()
    started = None if began is None else moment - timedelta(seconds=began)
    study.update(state=State.RUNNING, started_at=started, worker="gone", busy_seconds=10.0)
    # The status was written so many seconds ago for the last time.
    written = moment.timestamp() - sign
    os.utime(study.directory / "status.json", (written, written))
    study.requeue()
    waits = study.status
    assert (waits.state, waits.worker, waits.started_at) == (State.QUEUED, "", None)
    assert waits.busy_seconds == pytest.approx(busy, abs=0.01)
    # Nobody has asked it to go on: what it took counts.
    assert waits.counted_seconds == waits.busy_seconds


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "new\n"),
        ("", "new\n"),
        ("old\n", "old\nnew\n"),
        # What a killed process was writing is no line.
        ("old\nhalf of", "old\nnew\n"),
        ("half of", "new\n"),
    ],
)
def test_a_line_is_written_behind_whole_lines(new_study, before, after):
    study = new_study()
    path = study.directory / "log.txt"
    if before is not None:
        path.write_text(before)
    study.append("log.txt", "new")
    assert path.read_text() == after


def test_a_folder_is_a_study_by_its_status_or_its_trials(tmp_path):
    assert not is_complete(tmp_path)
    (tmp_path / "study.json").touch()
    assert not is_complete(tmp_path)
    for name in ("status.json", "trials.jsonl"):
        (tmp_path / name).touch()
        assert is_complete(tmp_path)
        StudyRecord(tmp_path)
        (tmp_path / name).unlink()


def test_one_that_does_not_name_its_kind_is_damaged(new_study):
    study = new_study()
    experiment = study.asked.experiment
    without = study.asked.but(experiment=experiment.but(task=experiment.task.but(kind=None)))
    (study.directory / "study.json").write_text(without.model_dump_json())
    with pytest.raises(Damaged, match="kind of task"):
        _ = study.kind
