"""The table of runs, and what can be done with one, two or many."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.errors import UserError
from dnn_core.runs.compare import compare_metrics, compare_settings, runs_table
from dnn_core.runs.records import State
from dnn_core.specs import NetworkSpec
from pages.components import services
from pages.components.text import escape


def tick(at, *rows):
    """Tick rows of the table of runs."""
    at.session_state[at.dataframe[0].key] = {"selection": {"rows": list(rows), "columns": []}}
    at.run()
    assert not at.exception


def field(at, kind, label):
    return next(element for element in getattr(at, kind) if element.label == label)


@pytest.fixture
def three(finished, workspace):
    """Three runs, newest first, as the page lists them."""
    for name in ("binary", "multiclass", "opened"):
        finished(name)
    return workspace.list_runs()


def test_every_run_is_listed_with_its_figures(app, three):
    shown = app("runs").dataframe[0].value
    expected = runs_table(three)
    for column in ("name", "state", "data", "outcome", "network", "interval"):
        assert shown[column].tolist() == expected[column].tolist(), column
    pd.testing.assert_series_equal(shown["value"], expected["value"], check_names=False)
    assert shown["name"].tolist() == ["Run 6", "Run 2", "Run 1"]


@pytest.mark.parametrize("state", list(State))
def test_a_run_in_any_state_is_listed_and_can_be_ticked(app, in_state, state):
    run = in_state(state, epochs=0 if state is State.QUEUED else 2)
    at = app("runs")
    assert at.dataframe[0].value["state"].tolist() == [state.label]
    tick(at, 0)
    deletable = not field(at, "button", "Delete for good").disabled
    assert deletable == (not run.status.active)


@pytest.mark.parametrize(
    ("state", "leads_to"), [(State.FINISHED, "Diagnose"), (State.FAILED, "Train")]
)
def test_a_run_is_opened_where_it_can_be_seen(app, in_state, button, state, leads_to):
    run = in_state(state)
    at = app("runs")
    tick(at, 0)
    button(at, "Open").click().run()
    assert not at.exception
    assert at.title[0].value == leads_to
    assert at.session_state["draft"].run_id == run.id
    assert at.query_params["run"] == run.id


def test_a_run_is_renamed_and_annotated(app, finished, words):
    run = finished("binary")
    at = app("runs")
    tick(at, 0)
    field(at, "text_input", "Name").set_value("  With *all* items ").run()
    field(at, "text_input", "Note").set_value("for the paper").run()
    assert not at.exception
    assert (run.notes.name, run.notes.note) == ("With *all* items", "for the paper")
    assert at.dataframe[0].value["name"].tolist() == ["With *all* items"]
    assert r"With \*all\* items" in words(at)


def test_a_run_keeps_its_name_if_the_new_one_is_empty(app, finished):
    run = finished("binary")
    at = app("runs")
    tick(at, 0)
    field(at, "text_input", "Name").set_value("   ").run()
    assert not at.exception
    assert run.notes.name == "Run 1"


def test_settings_are_adopted(app, finished, button, sample_draft):
    run = finished("binary")
    at = app("runs", sample_draft(network=NetworkSpec(hidden=())))
    tick(at, 0)
    button(at, "Adopt its settings").click().run()
    assert not at.exception
    assert at.title[0].value == "Network"
    draft = at.session_state["draft"]
    assert (draft.network, draft.training) == (run.experiment.network, run.experiment.training)
    assert at.data_editor[0].value["units"].tolist() == [8]


def test_archived_runs_leave_the_table_and_come_back(app, three, button, words):
    at = app("runs")
    tick(at, 1)
    button(at, "Archive").click().run()
    assert not at.exception
    assert at.dataframe[0].value["name"].tolist() == ["Run 6", "Run 1"]
    at.toggle[0].set_value(True).run()
    assert at.dataframe[0].value["name"].tolist() == ["Run 6", "Run 2", "Run 1"]
    tick(at, 1)
    button(at, "Bring back").click().run()
    assert at.dataframe[0].value["name"].tolist() == ["Run 6", "Run 2", "Run 1"]
    assert not three[1].notes.archived


def test_ticks_do_not_move_to_other_runs(app, three):
    three[0].annotate(archived=True)
    at = app("runs")
    at.toggle[0].set_value(True).run()
    tick(at, 2)
    assert [t.value for t in at.text_input if t.label == "Name"] == ["Run 1"]
    # Now only two are listed, and there is no third row.
    at.toggle[0].set_value(False).run()
    assert not at.exception
    assert at.dataframe[0].value["name"].tolist() == ["Run 2", "Run 1"]
    assert not at.text_input


def test_all_runs_archived(app, finished, words):
    finished("binary").annotate(archived=True)
    assert "All runs are archived." in words(app("runs"))


def test_deleting_asks_first(app, three, button, workspace, words):
    at = app("runs", run=three[0].id)
    tick(at, 0)
    button(at, "Delete for good").click().run()
    assert "cannot be brought back" in words(at)
    assert len(workspace.list_runs()) == 3
    # A dialog reruns alone; here page and dialog run again together.
    next(b for b in at.button if b.key != "confirm-delete" and b.label == "Delete for good").click()
    at.button(key="confirm-delete").click().run()
    assert not at.exception
    assert [run.id for run in workspace.list_runs()] == [three[1].id, three[2].id]
    # It was the session's own run.
    assert at.session_state["draft"].run_id is None
    assert "run" not in at.query_params


def test_a_run_that_cannot_be_deleted_says_why(app, finished, workspace, words, monkeypatch):
    finished("binary")
    at = app("runs")
    tick(at, 0)
    field(at, "button", "Delete for good").click().run()

    def refuse(self, run):
        raise UserError("This run is still active and cannot be deleted.")

    monkeypatch.setattr(type(workspace), "delete_run", refuse)
    next(b for b in at.button if b.key != "confirm-delete" and b.label == "Delete for good").click()
    at.button(key="confirm-delete").click().run()
    assert not at.exception
    assert "still active and cannot be deleted" in words(at)


def test_runs_are_compared(app, finished, charts):
    finished("binary")
    finished("opened")
    at = app("runs")
    tick(at, 0, 1)
    by_name = {run.notes.name: run for run in services.workspace().list_runs()}
    chosen = [by_name[name] for name in at.dataframe[0].value["name"]]
    assert len(charts(at)) == 1
    metrics = at.dataframe[1].value
    assert metrics.to_numpy().tolist() == compare_metrics(chosen, "validation").to_numpy().tolist()


@pytest.mark.parametrize("rows", [(0, 1), (0, 1, 2)])
def test_runs_with_different_outcomes_are_not_ranked(app, three, charts, words, rows):
    at = app("runs")
    tick(at, *rows)
    chosen = [three[row] for row in rows]
    assert "These runs predict different things." in words(at)
    assert charts(at) == []
    settings = at.dataframe[1].value
    expected = compare_settings(chosen)
    assert settings.columns.tolist() == expected.columns.tolist()
    assert settings.to_numpy().tolist() == expected.to_numpy().tolist()


def test_runs_that_asked_for_the_same_differ_by_chance(app, finished, words):
    finished("binary")
    finished("opened")
    at = app("runs")
    tick(at, 0, 1)
    assert "these runs asked for the same, so differences are chance" in words(at)


def test_runs_without_figures_can_be_compared(app, in_state, finished):
    in_state(State.FAILED, epochs=0)
    finished("regression")
    at = app("runs")
    tick(at, 0, 1)
    assert not at.exception
    assert len(at.dataframe[0].value) == 2


def test_names_of_runs_stay_text(app, finished, words):
    finished("binary").annotate(name="$x$ [a](b) :red[x] <b>", note="=cmd")
    at = app("runs")
    assert at.dataframe[0].value["note"].tolist() == ["=cmd"]
    tick(at, 0)
    assert escape("$x$ [a](b) :red[x] <b>") in words(at)
    assert "$x$ [a](b)" not in words(at)
