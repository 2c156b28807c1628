"""Look variables up, edit many at once, declare missing codes, save and apply codebooks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dnn_core.data.codebook import read_codebook
from dnn_core.data.dataset import Level
from pages.session import data_cache, variables_cache
from pages.session.task import LEFT_OUT, OUTCOME, PREDICTOR
from pages.shell.navigation import PAGES

# vote 1 and 2, 9 in every tenth of 60 rows; trust 0 to 10 and -99 in four; party in words.
TABLE = "vote,trust,party,weight\n" + "".join(
    f"{9 if i % 10 == 0 else 1 + i % 2},{-99 if i % 15 == 1 else i % 11},"
    f"{'abc'[i % 3]},{1 + i % 2}\n"
    for i in range(60)
)


@pytest.fixture
def survey(file_draft):
    return lambda **changes: file_draft(TABLE.encode(), "survey.csv", "vote", **changes)


def tick(at, *rows):
    """Tick rows of the table as it is shown, and no others."""
    (key,) = [e.key for e in at.data_editor if "editor" in e.key]
    at.session_state[key] = {
        "edited_rows": {row: {"tick": True} for row in rows},
        "added_rows": [],
        "deleted_rows": [],
    }
    at.run()
    assert not at.exception


def press(at, label):
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception


def choose(at, label, value):
    next(s for s in at.selectbox if s.label == label).set_value(value).run()
    assert not at.exception


def enter(at, label, value):
    fields = [*at.text_input, *at.text_area]
    next(f for f in fields if f.label == label).set_value(value).run()
    assert not at.exception


def hold(at, label):
    """Keep a dialog open: it reruns alone, and here page and dialog run again together."""
    next(b for b in at.button if b.label == label).click()


def labels(at):
    return [b.label for b in at.button]


# Look up ----------------------------------------------------------------------------


def test_a_ticked_variable_is_looked_up(app, words, charts, survey):
    at = app("variables", survey())
    assert "Outcome" in [s.label for s in at.selectbox]
    tick(at, 1)
    # 56 of 60 rows have an answer other than -99, which is not declared yet.
    assert r"trust · ordinal · 60 of 60 answered \(100\.0%\) · 12 different answers" in words(at)
    assert charts(at) == ["Distribution of trust"]
    assert r"It holds \-99, which looks like “no answer”\." in words(at)
    values = at.dataframe[-1].value.set_index("value")["count"]
    assert values["-99"] == 4
    # What is predicted, and how, steps aside until nothing is ticked.
    assert "Outcome" not in [s.label for s in at.selectbox]
    press(at, "Close")
    assert "Outcome" in [s.label for s in at.selectbox]
    assert not at.data_editor[0].value["tick"].any()


def test_weighted_shares_stand_beside_the_others(app, survey):
    draft = survey()
    at = app("variables", replace(draft, roles={**draft.roles, "weight": "Weight"}))
    tick(at, 2)
    # Weights alternate between 1 and 2; a, b and c have each weight ten times.
    table = at.dataframe[-1].value
    assert table["share"].tolist() == pytest.approx([100 / 3] * 3)
    assert table["weighted"].tolist() == pytest.approx([100 / 3] * 3)


def test_a_search_finds_answers_and_says_where(app, sample_draft):
    at = app("variables", sample_draft("simulated_survey"))
    at.text_input[0].set_value("don't KNOW").run()
    table = at.data_editor[0].value.set_index("variable")["found"]
    assert set(table.index) == {"income", "trust", "lrscale", "news", "polling_place_wait"}
    assert set(table) == {"-98 = Don't know"}


def test_ticks_outlive_a_search(app, words, survey):
    at = app("variables", survey())
    tick(at, 0)
    at.text_input[0].set_value("party").run()
    tick(at, 0)
    assert r"What is to change in 2 variables?" in words(at)
    at.text_input[0].set_value("").run()
    ticks = at.data_editor[0].value.set_index("variable")["tick"]
    assert ticks.to_dict() == {"vote": True, "trust": False, "party": True, "weight": False}


# Edit many at once ---------------------------------------------------------------------


def test_many_are_edited_at_once_and_that_can_be_undone(app, words, survey):
    draft = survey()
    at = app("variables", draft)
    tick(at, 0, 1)
    assert next(b for b in at.button if b.label.startswith("Apply to")).disabled
    choose(at, "Level", Level.NOMINAL)
    enter(at, "Codes", "9, -99")
    enter(at, "Value labels", "1 = yes, 2 = no")
    preview = at.dataframe[-1].value
    assert [tuple(row) for row in preview.itertuples(index=False)] == [
        ("vote", "Level", "Ordinal", "Nominal"),
        ("vote", "Missing codes", "", "9, -99"),
        ("vote", "Value labels", "", "1 = yes, 2 = no"),
        ("trust", "Level", "Ordinal", "Nominal"),
        ("trust", "Missing codes", "", "9, -99"),
        ("trust", "Value labels", "", "1 = yes, 2 = no"),
    ]
    # Nothing is done yet.
    assert at.session_state["draft"].edits == {}
    press(at, "Apply to 2 variables")
    edits = at.session_state["draft"].edits
    assert set(edits) == {"vote", "trust"}
    assert edits["trust"].level is Level.NOMINAL
    assert edits["trust"].missing_codes == ("9", "-99")
    assert edits["vote"].value_labels == {"1": "yes", "2": "no"}
    table = at.data_editor[0].value.set_index("variable")
    assert table.loc["trust", "level"] == "nominal"
    assert table.loc["trust", "codes"] == "9, -99"
    assert r"2 variables changed\." in words(at)
    press(at, "Undo")
    assert at.session_state["draft"].edits == {}
    assert at.session_state["draft"].roles == draft.roles
    assert "Undo" not in labels(at)


def test_undo_leaves_what_was_edited_before_and_elsewhere(app, survey):
    at = app("variables", survey())
    tick(at, 0)
    enter(at, "Label", "Vote")
    press(at, "Apply to 1 variable")
    tick(at, 0)
    choose(at, "Level", Level.NOMINAL)
    press(at, "Apply to 1 variable")
    assert at.session_state["draft"].edits["vote"].level is Level.NOMINAL
    press(at, "Undo")
    assert at.session_state["draft"].edits["vote"].label == "Vote"
    assert at.session_state["draft"].edits["vote"].level is Level.ORDINAL


def test_a_level_that_cannot_be_is_passed_over_with_the_reason(app, words, survey):
    at = app("variables", survey())
    press(at, "Tick all 4 shown")
    choose(at, "Level", Level.INTERVAL)
    assert r"The level of party stays\: in party, it holds text\." in words(at)
    press(at, "Apply to 3 variables")
    assert set(at.session_state["draft"].edits) == {"vote", "trust", "weight"}


def test_roles_of_many_can_be_undone_as_well(app, survey):
    draft = survey(kind=None)
    at = app("variables", draft)
    tick(at, 1, 2)
    # Only one variable can be the outcome.
    assert OUTCOME not in next(s for s in at.selectbox if s.label == "Role").options
    choose(at, "Role", LEFT_OUT)
    press(at, "Apply to 2 variables")
    roles = at.session_state["draft"].roles
    assert (roles["trust"], roles["party"], roles["weight"]) == (LEFT_OUT, LEFT_OUT, PREDICTOR)
    press(at, "Undo")
    assert at.session_state["draft"].roles == draft.roles


def test_undo_makes_no_second_outcome(app, survey):
    at = app("variables", survey())
    tick(at, 0)
    choose(at, "Role", LEFT_OUT)
    press(at, "Apply to 1 variable")
    press(at, "Close")
    choose(at, "Outcome", "party")
    press(at, "Undo")
    roles = at.session_state["draft"].roles
    assert (roles["vote"], roles["party"]) == (OUTCOME, PREDICTOR)


def test_labels_that_cannot_be_read_get_a_sentence(app, words, survey):
    at = app("variables", survey())
    tick(at, 0, 1)
    enter(at, "Value labels", "yes, no")
    assert "These value labels cannot be read" in words(at)
    enter(at, "Value labels", "1 = yes")
    assert "cannot be read" not in words(at)


def test_the_step_is_forgotten_with_other_data(app, survey, sample_draft):
    at = app("variables", survey())
    tick(at, 0)
    enter(at, "Label", "Vote")
    press(at, "Apply to 1 variable")
    at.session_state["draft"] = sample_draft("anes96")
    at.run()
    assert not at.exception
    assert "Undo" not in labels(at)
    assert not at.data_editor[0].value["tick"].any()


# Codes that look like missing answers -----------------------------------------------


def test_codes_are_declared_with_one_click_on_data(app, words, survey):
    at = app("data", survey())
    assert r"vote \(9\) and trust \(\-99\) hold codes that look like “no answer”\." in words(at)
    press(at, "Declare all")
    vote = at.session_state["draft"].edits["vote"]
    # Without 9, two answers are left.
    assert (vote.missing_codes, vote.level) == (("9",), Level.BINARY)
    assert "Declare all" not in labels(at)
    press(at, "Undo")
    assert at.session_state["draft"].edits == {}


def test_the_codes_of_a_single_variable_are_said_with_the_reason(app, words, file_draft):
    at = app("data", file_draft(TABLE.replace("-99", "5").encode(), "survey.csv", "vote"))
    assert r"vote holds 9, which looks like “no answer”\." in words(at)
    assert r"9 \(6 rows\)\: above the other answers, which end at 2, a usual code\." in words(at)
    press(at, "Declare as missing")
    assert at.session_state["draft"].edits["vote"].missing_codes == ("9",)
    assert "Declare as missing" not in labels(at)


def test_all_codes_are_declared_with_one_click_on_variables(app, words, survey):
    at = app("variables", survey())
    assert r"vote \(9\) and trust \(\-99\) hold codes that look like “no answer”\." in words(at)
    press(at, "Declare all")
    edits = at.session_state["draft"].edits
    assert {name: edit.missing_codes for name, edit in edits.items()} == {
        "vote": ("9",),
        "trust": ("-99",),
    }
    assert "look like “no answer”" not in words(at)
    dataset = data_cache.dataset(at.session_state["draft"])
    assert int(dataset.answers("trust").notna().sum()) == 56


def test_each_code_can_be_an_answer_after_all(app, survey):
    at = app("variables", survey())
    press(at, "Look at each")
    table = next(e for e in at.data_editor if "codes-table" in e.key)
    assert table.value["why"].tolist() == [
        "above the other answers, which end at 2; a usual code",
        "negative, while all other answers are 0 or more; all nines",
    ]
    assert table.value["rows"].tolist() == [6, 4]
    at.session_state[table.key] = {
        "edited_rows": {0: {"tick": False}},
        "added_rows": [],
        "deleted_rows": [],
    }
    hold(at, "Look at each")
    at.run()
    hold(at, "Look at each")
    press(at, "Declare 1 code as missing")
    assert set(at.session_state["draft"].edits) == {"trust"}


# Codebooks -----------------------------------------------------------------------------


def test_a_codebook_is_saved_and_applied_to_the_next_wave(app, words, survey, file_draft):
    at = app("variables", survey())
    press(at, "Declare all")
    press(at, "Codebook")
    assert [b.label for b in at.download_button] == ["Save the codebook (JSON)"]
    content = variables_cache.codebook_text(data_cache.dataset(at.session_state["draft"])).encode()
    assert read_codebook(content).variables["trust"].missing_codes == ("-99",)
    # The next wave: vote has been dropped, trust is asked again, age is new.
    wave = "trust,party,age\n" + "".join(
        f"{-99 if i == 3 else i % 11},{'abd'[i % 3]},{20 + i}\n" for i in range(40)
    )
    at = app("variables", file_draft(wave.encode(), "wave2.csv"))
    press(at, "Codebook")
    hold(at, "Codebook")
    at.file_uploader[0].upload("codebook.json", content, "application/json").run()
    assert not at.exception
    assert "2 variables of the codebook are in these data; 1 will change." in words(at)
    assert r"vote and weight\." in words(at)
    hold(at, "Codebook")
    press(at, "Apply to 1 variable")
    assert at.session_state["draft"].edits["trust"].missing_codes == ("-99",)
    assert r"The codebook codebook\.json was applied to 1 variable\." in words(at)
    press(at, "Undo")
    assert at.session_state["draft"].edits == {}


def test_what_is_no_codebook_gets_a_sentence(app, words, survey):
    at = app("variables", survey())
    press(at, "Codebook")
    hold(at, "Codebook")
    at.file_uploader[0].upload("x.json", json.dumps([1]).encode(), "application/json").run()
    assert not at.exception
    assert "This JSON file is not a codebook" in words(at)
    assert not at.session_state["draft"].edits


def test_edits_are_part_of_what_is_trained(app, survey, workspace):
    at = app("variables", survey())
    press(at, "Declare all")
    at.switch_page(PAGES["train"]).run()
    press(at, "Train")
    (run,) = workspace.list_runs()
    assert set(run.about["edits"]) == {"vote", "trust"}
    assert workspace.dataset_of(run).variable("vote").missing_codes == ("9",)
    book = read_codebook((run.directory / "codebook.json").read_bytes())
    assert book.variables["vote"].missing_codes == ("9",)
