"""The table of runs, and what can be done with one, two or many."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.errors import UserError
from dnn_core.runs.compare import compare_metrics, compare_settings
from dnn_core.runs.records import State
from dnn_core.runs.table import runs_table
from dnn_core.specs import NetworkSpec
from pages.components.text import escape
from pages.session import data_cache


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
    assert not [t for t in at.text_input if t.label == "Name"]


def test_all_runs_archived(app, finished, words):
    finished("binary").annotate(archived=True)
    assert "All runs are archived." in words(app("runs"))


def test_deleting_asks_first(app, three, button, workspace, words):
    at = app("runs", run=three[0].id)
    tick(at, 0)
    button(at, "Delete for good").click().run()
    assert "cannot be restored" in words(at)
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
    by_name = {run.notes.name: run for run in data_cache.workspace().list_runs()}
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
    assert "these runs have the same settings, so differences are due to chance" in words(at)


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


# Many runs -----------------------------------------------------------------------


def names(at):
    return at.dataframe[0].value["name"].tolist()


def test_runs_are_searched_and_filtered(app, three, words):
    three[0].annotate(tags=("paper", "draft"), note="with income")
    three[2].annotate(tags=("paper",))
    at = app("runs")
    field(at, "text_input", "Search").set_value("INCOME").run()
    assert names(at) == ["Run 6"]
    assert "1 of 3 runs" in words(at)
    field(at, "text_input", "Search").set_value("").run()
    field(at, "multiselect", "Tags").set_value(["paper"]).run()
    assert names(at) == ["Run 6", "Run 1"]
    field(at, "multiselect", "Outcome").set_value(["PID"]).run()
    assert not at.exception
    assert "No run matches." in words(at)
    assert not at.dataframe


def test_any_setting_or_metric_can_be_a_column(app, three):
    at = app("runs")
    columns = field(at, "multiselect", "Columns")
    assert set(at.dataframe[0].value.columns) == {"name", *columns.value}
    columns.set_value(["training.learning_rate", "auc", "test_auc", "tags"]).run()
    assert not at.exception
    shown = at.dataframe[0].value
    assert list(shown.columns) == ["name", "training.learning_rate", "auc", "test_auc", "tags"]
    assert shown["training.learning_rate"].tolist() == [0.01] * 3
    pd.testing.assert_series_equal(shown["auc"], runs_table(three)["auc"])
    # Only of the run whose test part was opened.
    assert shown["test_auc"].notna().tolist() == [True, False, False]
    # The choice stays when the page is left.
    at.switch_page("prepare/data/page.py").run()
    at.switch_page("explore/runs/page.py").run()
    assert field(at, "multiselect", "Columns").value[0] == "training.learning_rate"


def test_a_run_is_tagged(app, finished):
    run = finished("binary")
    at = app("runs")
    tick(at, 0)
    field_of_run = next(m for m in at.multiselect if m.key.startswith("tags-"))
    field_of_run.set_value(["paper"]).run()
    assert not at.exception
    assert run.notes.tags == ("paper",)


def test_several_runs_are_tagged(app, three):
    three[0].annotate(tags=("old",))
    at = app("runs")
    tick(at, 0, 2)
    field(at, "multiselect", "Tags that all of them get").set_value(["old"]).run()
    at.button(key="add-tags").click().run()
    assert not at.exception
    assert [run.notes.tags for run in three] == [("old",), (), ("old",)]


def test_several_runs_are_archived_and_come_back(app, three, button):
    at = app("runs")
    tick(at, 0, 1)
    button(at, "Archive").click().run()
    assert not at.exception
    assert names(at) == ["Run 1"]
    at.toggle[0].set_value(True).run()
    tick(at, 0, 1)
    assert field(at, "button", "Archive").disabled
    button(at, "Bring back").click().run()
    assert not any(run.notes.archived for run in three)


def confirm(at, label):
    next(b for b in at.button if b.key != "confirm-delete" and b.label == label).click()
    at.button(key="confirm-delete").click().run()
    assert not at.exception


def test_several_runs_are_deleted_after_one_question(app, three, button, workspace, words):
    at = app("runs")
    tick(at, 0, 2)
    button(at, "Delete for good").click().run()
    assert "**2 runs** with their models and predictions cannot be restored" in words(at)
    assert len(workspace.list_runs()) == 3
    confirm(at, "Delete for good")
    assert [run.id for run in workspace.list_runs()] == [three[1].id]
    # That they were tried is not forgotten.
    assert len((workspace.root / "deleted.jsonl").read_text().splitlines()) == 2


def test_everything_that_is_archived_is_deleted(app, three, button, workspace):
    three[0].annotate(archived=True)
    three[1].annotate(archived=True)
    at = app("runs")
    assert not [b for b in at.button if "archived for good" in b.label]
    at.toggle[0].set_value(True).run()
    button(at, "Delete all 2 archived for good").click().run()
    confirm(at, "Delete all 2 archived for good")
    assert [run.id for run in workspace.list_runs(archived=True)] == [three[2].id]


def test_the_same_is_trained_with_another_seed(app, finished, compute, workspace):
    run = finished("binary")
    run.annotate(tags=("paper",))
    at = app("runs")
    tick(at, 0)
    assert field(at, "number_input", "Seed").value == run.experiment.seed + 1
    field(at, "number_input", "Seed").set_value(7).run()
    at.button(key=f"again-{run.id}").click().run()
    assert not at.exception
    assert at.title[0].value == "Train"
    (started,) = [r for r in workspace.list_runs() if r.id != run.id]
    assert started.experiment == run.experiment.but(seed=7)
    assert started.notes.note == "Run 1 again, with seed 7"
    assert started.notes.tags == ("paper",)
    assert compute.submitted == [started.id]
    assert at.session_state["draft"].run_id == started.id


def test_two_runs_are_compared_case_by_case(app, finished, words):
    finished("binary")
    finished("several")
    at = app("runs")
    tick(at, 0, 1)
    # One network has a validation part, several take turns: they are evaluated on different rows.
    assert "They are not evaluated on the same rows of the validation part." in words(at)
    (code,) = at.code
    assert code.language == "diff"
    assert code.value.startswith("--- Run 1\n+++ Run 5\n")


def test_paired_differences_are_shown(app, finished):
    finished("binary")
    finished("opened")
    at = app("runs")
    tick(at, 0, 1)
    table = at.dataframe[-1].value
    assert table.columns.tolist() == ["Metric", "Difference", "95% interval", "Better is", "Says"]
    # The same settings and seed: nothing differs.
    assert set(table["Difference"]) == {"0.000"}
    assert set(table["Says"]) == {"could be chance"}
    assert not at.code


def test_of_three_runs_two_are_chosen(app, finished, words):
    for name in ("binary", "opened", "several"):
        finished(name)
    at = app("runs")
    tick(at, 0, 1, 2)
    assert field(at, "selectbox", "From").value < field(at, "selectbox", "To").value
    assert "Is Run 5 better than Run 1?" in words(at)
    field(at, "selectbox", "To").select_index(1).run()
    assert not at.exception
    assert "Is Run 6 better than Run 1?" in words(at)


def test_too_many_runs_are_not_compared(app, finished, workspace, words):
    run = finished("binary")
    for _ in range(12):
        workspace.new_run(data_cache.run_dataset(run), run.experiment)
    at = app("runs")
    tick(at, *range(13))
    assert "Tick at most 12 runs to compare them." in words(at)
    assert "**13 runs**" in words(at)
