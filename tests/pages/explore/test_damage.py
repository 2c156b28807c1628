"""A damaged run or study: shown as such, deleted on its page, and in nobody's way."""

from __future__ import annotations

import pytest

from dnn_core.tuning.study_store import list_studies
from pages.components.text import escape
from pages.shell.navigation import PAGES
from tests.pages.explore.test_runs import field, tick
from tests.pages.explore.test_tune import _end_a_study

EMPTY = ("status.json", "notes.json", "experiment.json", "about.json", "metrics.json")


def is_said(words, at, name):
    assert not at.exception
    assert escape(f"its file “{name}”") in words(at)


@pytest.mark.parametrize("name", EMPTY)
def test_a_damaged_run_is_shown_as_such_and_the_others_go_on(app, finished, words, name):
    broken, whole = finished("binary"), finished("multiclass")
    (broken.directory / name).write_bytes(b"")
    at = app("runs", run=whole.id)
    is_said(words, at, name)
    assert "1 run is damaged." in words(at) and "All other runs are not affected." in words(at)
    assert at.dataframe[0].value["name"].tolist() == ["Run 2"]
    tick(at, 0)
    assert field(at, "button", "Open")


def test_a_damaged_run_is_deleted_on_runs(app, finished, workspace, words):
    broken = finished("binary")
    (broken.directory / "status.json").write_bytes(b"")
    at = app("runs")
    field(at, "button", "Delete for good").click().run()
    assert "The record of what was tried keeps the run" in words(at)
    # A dialog reruns alone; here page and dialog run again together.
    at.button(key=f"delete-damaged-{broken.id}").click()
    at.button(key="confirm-delete-damaged").click().run()
    assert not at.exception
    assert not broken.directory.exists()
    assert (workspace.root / "deleted.jsonl").read_text(encoding="utf-8").count("\n") == 1
    at.run()
    assert "There are no runs yet" in words(at)


@pytest.mark.parametrize("name", ["predictions.parquet", "model.keras", "encoder.skops"])
def test_what_the_list_does_not_read_is_looked_at_when_a_run_is_ticked(app, finished, words, name):
    broken, whole = finished("binary"), finished("multiclass")
    path = broken.directory / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    at = app("runs")
    assert "damaged" not in words(at)
    ids = [run.id for run in sorted((broken, whole), key=lambda run: run.id, reverse=True)]
    tick(at, 0, 1)
    is_said(words, at, name)
    assert [t.value for t in at.text_input if t.label == "Name"] == ["Run 2"]
    tick(at, ids.index(broken.id))
    assert [t.value for t in at.text_input if t.label == "Name"] == []


@pytest.mark.parametrize("name", ["status.json", "notes.json", "experiment.json", "about.json"])
def test_a_link_to_a_damaged_run_says_so_and_leads_into_no_dead_end(app, finished, words, name):
    run = finished("binary")
    (run.directory / name).write_bytes(b"")
    at = app("data", run=run.id)
    is_said(words, at, name)
    for page in ("train", "diagnose", "predict"):
        at.switch_page(PAGES[page]).run()
        assert not at.exception
        assert at.title[0].value == page.capitalize()


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("diagnose", "metrics.json"),
        ("diagnose", "facts.json"),
        ("diagnose", "predictions.parquet"),
        ("predict", "predictions.parquet"),
        ("predict", "conformal.json"),
        ("train", "history.jsonl"),
    ],
)
@pytest.mark.parametrize("content", [b"{}\n", b"\xff\x00garbage\n"], ids=["shape", "garbage"])
def test_a_page_says_which_file_of_its_run_is_damaged(app, finished, words, where, name, content):
    run = finished("binary")
    (run.directory / name).write_bytes(content)
    at = app(where, run=run.id)
    is_said(words, at, name)
    assert {link.label for link in at.sidebar.page_link} >= {"Data", "Runs"}


def test_damaged_data_of_a_run_are_no_obstacle_elsewhere(app, finished, words, workspace):
    run = finished("binary")
    (workspace.datasets / run.experiment.data / "frame.parquet").write_bytes(b"")
    at = app("predict", run=run.id)
    is_said(words, at, "frame.parquet")
    at = app("runs", run=run.id)
    assert at.dataframe[0].value["name"].tolist() == ["Run 1"]


@pytest.mark.parametrize("name", ["status.json", "study.json", "trials.jsonl", "reading.json"])
def test_a_damaged_study_is_shown_as_such_and_deleted(app, workspace, words, sample_draft, name):
    whole, broken = _end_a_study(workspace), _end_a_study(workspace)
    (broken.directory / name).write_bytes(b"garbage\n")
    at = app("tune", sample_draft())
    is_said(words, at, name)
    assert "1 study is damaged." in words(at)
    at.button(key=f"delete-damaged-{broken.id}").click().run()
    at.button(key=f"delete-damaged-{broken.id}").click()
    at.button(key="confirm-delete-damaged").click().run()
    assert not at.exception
    assert [study.id for study in list_studies(workspace)] == [whole.id]
    assert "damaged" not in words(at)
