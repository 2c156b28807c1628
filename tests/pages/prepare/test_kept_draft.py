"""What was chosen before the first run: after a reload, under “Used before”, started afresh."""

from __future__ import annotations

import re

import pytest

from dnn_core.runs.drafts import DataChoice, Draft, Keeper
from dnn_core.specs import PRESETS
from pages.session import data_cache
from pages.session.task import LEFT_OUT, OUTCOME, PREDICTOR
from pages.shell.navigation import PAGES

ROWS = (f"{i % 2},{20 + i},{-99 if i < 3 else i % 5}" for i in range(60))
SURVEY = "\n".join(["vote,age,trust", *ROWS]).encode()

MARK = "Continued where you left off on"


def without_run(draft):
    return {name: value for name, value in vars(draft).items() if name != "run_id"}


@pytest.fixture
def worked(app, button):
    """A session in which somebody has worked on an uploaded file; nothing was trained."""
    at = app()
    at.file_uploader[0].upload("survey.csv", SURVEY, "text/csv").run()
    at.switch_page(PAGES["variables"]).run()
    next(s for s in at.selectbox if s.label == "Outcome").set_value("vote").run()
    (key,) = [editor.key for editor in at.data_editor]
    row = at.dataframe[0].value["variable"].tolist().index("trust")
    edited = {"edited_rows": {row: {"codes": "-99", "label": "Trust"}}}
    at.session_state[key] = {**edited, "added_rows": [], "deleted_rows": []}
    at.run()
    at.switch_page(PAGES["network"]).run()
    next(n for n in at.number_input if n.label == "Epochs").set_value(7).run()
    at.segmented_control[0].set_value("Large").run()
    assert not at.exception
    draft = at.session_state["draft"]
    assert draft.edits["trust"].missing_codes == ("-99",)
    assert draft.roles["vote"] == OUTCOME
    assert draft.network == PRESETS["Large"] and draft.training.epochs == 7
    return at


@pytest.mark.parametrize("name", ["data", "variables", "network", "train"])
def test_a_reload_brings_everything_back(app, worked, words, name):
    at = app(name, data=worked.query_params["data"])
    assert without_run(at.session_state["draft"]) == without_run(worked.session_state["draft"])
    assert "60 rows × 3 variables" in [c.value for c in at.sidebar.caption]
    assert at.query_params["data"] == worked.query_params["data"]
    if name == "variables":
        table = at.dataframe[0].value.set_index("variable")
        assert table.loc["trust", ["label", "codes"]].tolist() == ["Trust", "-99"]
        assert table["role"].to_dict() == at.session_state["draft"].roles
    if name == "network":
        assert next(n for n in at.number_input if n.label == "Epochs").value == 7


def test_it_is_said_once_what_came_back(app, worked, words):
    assert MARK not in words(worked)
    at = app("data", data=worked.query_params["data"])
    line = next(m.value for m in at.markdown if MARK in m.value)
    assert re.search(r"\d{1,2} \w+ \d{4}, \d\d:\d\d: ", line)
    assert "1 variable changed, outcome vote, network 128-64-32" in line.replace("\\", "")
    assert line.replace("\\", "").endswith("training settings.]")


def test_without_the_address_a_session_begins_empty(app, worked, words):
    at = app("variables")
    assert "There are no variables yet" in words(at)
    assert "data" not in at.query_params


def test_used_before_brings_everything_back(app, worked, button, words):
    at = app()
    button(at, r"survey\.csv").click().run()
    assert without_run(at.session_state["draft"]) == without_run(worked.session_state["draft"])
    assert MARK in words(at)


def test_the_same_content_under_another_name_brings_it_back(app, worked, words):
    at = app()
    at.file_uploader[0].upload("survey (1).csv", SURVEY, "text/csv").run()
    draft, before = at.session_state["draft"], worked.session_state["draft"]
    assert (draft.edits, draft.roles, draft.network) == (before.edits, before.roles, before.network)
    assert draft.choice.name.endswith("/survey (1).csv")
    assert MARK in words(at)


def test_changing_the_data_loses_nothing(app, worked, button, words):
    worked.switch_page(PAGES["data"]).run()
    button(worked, "Change data").click().run()
    assert "data" not in worked.query_params
    assert worked.session_state["draft"] == Draft()
    button(worked, r"survey\.csv").click().run()
    assert worked.session_state["draft"].network == PRESETS["Large"]
    assert MARK in words(worked)


def test_one_click_starts_afresh_and_one_takes_it_back(app, worked, button, words):
    at = app("data", data=worked.query_params["data"])
    before = at.session_state["draft"]
    button(at, "Start afresh").click().run()
    draft = at.session_state["draft"]
    assert draft.edits == {} and draft.network == Draft().network
    # Every age stands there once, as a number of a person would.
    assert draft.roles == {"vote": PREDICTOR, "age": LEFT_OUT, "trust": PREDICTOR}
    assert MARK not in words(at) and "You started afresh" in words(at)
    # A reload now finds nothing to go on with.
    assert app("data", data=at.query_params["data"]).session_state["draft"] == draft
    button(at, "Undo").click().run()
    assert at.session_state["draft"] == before
    assert MARK in words(at)
    assert app("data", data=at.query_params["data"]).session_state["draft"] == before


def test_untouched_data_come_back_after_a_reload_without_a_word(app, words, workspace):
    at = app()
    at.file_uploader[0].upload("survey.csv", SURVEY, "text/csv").run()
    again = app("variables", data=at.query_params["data"])
    assert again.session_state["draft"] == at.session_state["draft"]
    assert MARK not in words(app("data", data=at.query_params["data"]))
    assert not list(workspace.drafts.iterdir())


@pytest.mark.parametrize("opener", ["Open the sample", "Small digits"])
def test_samples_and_digits_come_back_as_well(app, button, words, opener):
    at = app()
    button(at, opener).click().run()
    at.switch_page(PAGES["network"]).run()
    at.segmented_control[0].set_value("Small" if opener != "Small digits" else "256-128-64").run()
    assert not at.exception
    again = app("data", data=at.query_params["data"])
    assert without_run(again.session_state["draft"]) == without_run(at.session_state["draft"])
    assert MARK in words(again)
    opened = app()
    button(opened, opener).click().run()
    assert without_run(opened.session_state["draft"]) == without_run(at.session_state["draft"])


def test_a_damaged_draft_is_told_and_the_file_opened_afresh(app, worked, button, words, workspace):
    (path,) = workspace.drafts.iterdir()
    path.write_text("{", encoding="utf-8")
    told = "The earlier settings for these data cannot be read and are ignored"
    at = app("data", data=worked.query_params["data"])
    assert told in words(at)
    assert at.session_state["draft"].network == Draft().network
    assert "60 rows × 3 variables" in [c.value for c in at.sidebar.caption]
    again = app()
    button(again, r"survey\.csv").click().run()
    assert told in words(again)
    # What is done from now on is kept again.
    again.switch_page(PAGES["variables"]).run()
    next(s for s in again.selectbox if s.label == "Outcome").set_value("age").run()
    assert MARK in words(app("data", data=again.query_params["data"]))


@pytest.mark.parametrize("asked", ["../../uploads", "0" * 16, "x", "a" * 64])
def test_data_that_are_not_here_are_told_and_no_dead_end(app, words, asked):
    at = app("data", data=asked)
    assert "The data that this address names are not here" in words(at)
    assert len(at.file_uploader) == 1
    assert "data" not in at.query_params


def test_a_file_that_is_gone_is_told(app, worked, words, workspace):
    for path in workspace.list_uploads():
        path.unlink()
    at = app("data", data=worked.query_params["data"])
    assert "The uploaded file is no longer in the workspace" in words(at)
    # Uploaded again, it is as it was left.
    at.file_uploader[0].upload("survey.csv", SURVEY, "text/csv").run()
    assert without_run(at.session_state["draft"]) == without_run(worked.session_state["draft"])


def test_a_run_and_what_was_changed_after_it_come_back(app, finished, button):
    run = finished("binary")
    at = app("network", run=run.id)
    # As the run asked for it: the address alone leads back to it.
    assert not list(data_cache.workspace().drafts.iterdir())
    at.segmented_control[0].set_value("Large").run()
    again = app("network", run=run.id, data=at.query_params["data"])
    draft = again.session_state["draft"]
    assert (draft.network, draft.run_id) == (PRESETS["Large"], run.id)
    assert draft.choice == DataChoice("kept", str(run.experiment.data))
    # A session with the run alone begins with its experiment.
    assert app("network", run=run.id).session_state["draft"].network == run.experiment.network


def test_links_between_pages_name_the_data(app, worked):
    data = worked.query_params["data"]
    links = {link.label: link.proto.query_string for link in worked.sidebar.page_link}
    assert set(links.values()) == {f"data={data}"}


def test_a_rerun_that_changes_nothing_costs_nothing(app, worked, monkeypatch):
    monkeypatch.setattr(
        Keeper, "_text", lambda *_: pytest.fail("a draft was written that has not changed")
    )
    worked.run()
    worked.switch_page(PAGES["variables"]).run()
    assert not worked.exception
