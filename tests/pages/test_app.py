"""The frame: where one stands, the way between pages, links to runs, errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dnn_core.errors import UserError
from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import output_of
from dnn_core.runs.records import State
from dnn_core.specs import PRESETS, Kind, SplitMethod, SplitSpec, TrainingSpec
from pages.session import variables_cache
from pages.shell.navigation import MENU, PAGES

EMPTY = [
    ("variables", "There are no variables yet", "Choose data", "Data"),
    ("network", "There is nothing to predict yet", "Choose data", "Data"),
    ("train", "There is nothing to train yet", "Choose data", "Data"),
    ("diagnose", "There is no trained network yet", "Train a network", "Train"),
    ("predict", "There is no trained network yet", "Train a network", "Train"),
    ("runs", "There are no runs yet", "Train a network", "Train"),
]


@pytest.mark.parametrize(("name", "sentence", "label", "leads_to"), EMPTY)
def test_an_empty_page_says_what_comes_first_and_leads_there(
    app, button, words, name, sentence, label, leads_to
):
    at = app(name)
    assert at.title[0].value == name.capitalize()
    assert sentence in words(at)
    button(at, label).click().run()
    assert not at.exception
    assert at.title[0].value == leads_to


def test_each_page_that_can_be_empty_is_among_them():
    # Data is where one begins, the lecture has a sample; Tune, when empty, has its own tests.
    assert {name for name, *_ in EMPTY} | {"data", "tune", "lecture"} == set(PAGES)


def test_the_guide_has_a_section_for_each_page():
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "README.md").read_text("utf-8")
    sections = re.findall(r"^## \d+\. (.+)$", guide, re.MULTILINE)
    assert sections == [page.title for page in MENU]


@pytest.mark.parametrize("name", ["network", "train"])
def test_with_data_but_no_outcome_the_outcome_comes_first(app, button, file_draft, name):
    at = app(name, file_draft(b"a,b\n1,2\n3,4\n", "small.csv"))
    button(at, "Choose the outcome").click().run()
    assert not at.exception
    assert at.title[0].value == "Variables"


def test_the_sidebar_says_that_nothing_is_chosen(app):
    assert [m.value for m in app().sidebar.markdown] == ["**none yet**"] * 3


def test_the_sidebar_says_where_one_stands(app, sample_draft):
    at = app("network", sample_draft("anes96"))
    facts = [m.value for m in at.sidebar.markdown]
    details = [c.value for c in at.sidebar.caption]
    assert facts == [
        "**Presidential vote, 1996**",
        r"**vote \(Clinton / Dole\)**",
        r"**128\-64**",
    ]
    # anes96 has 944 rows, and ten columns of which one is the outcome.
    assert "944 rows × 10 variables" in details
    assert "9 predictors" in details
    assert "ridge 3" in details


def test_the_sidebar_names_every_page(app):
    at = app()
    labels = {link.label for link in at.sidebar.page_link}
    assert labels == {page.title for page in MENU}


def test_the_draft_survives_switching_pages(app, sample_draft):
    draft = sample_draft(
        network=PRESETS["Large"],
        split=SplitSpec(validation=0.3, method=SplitMethod.RANDOM, seed=7),
        seed=11,
    )
    at = app("variables", draft)
    for name in ("network", "train", "runs", "data", "variables", "network"):
        at.switch_page(PAGES[name]).run()
        assert not at.exception, name
    kept = at.session_state["draft"]
    assert (kept.network, kept.split, kept.seed) == (draft.network, draft.split, 11)
    assert kept.roles == draft.roles


def test_a_widget_changed_on_a_page_is_still_so_after_coming_back(app, sample_draft):
    at = app("network", sample_draft())
    next(n for n in at.number_input if n.label == "Epochs").set_value(7).run()
    at.switch_page(PAGES["variables"]).run()
    at.switch_page(PAGES["network"]).run()
    assert next(n for n in at.number_input if n.label == "Epochs").value == 7


# Links to runs ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["train", "diagnose", "predict"])
def test_a_run_in_the_address_is_opened(app, finished, compute, words, name):
    run = finished("binary")
    compute.answer = lambda frame: run.predictions.head(len(frame))
    at = app(name, run=run.id)
    assert "Run 1" in words(at)
    assert at.query_params["run"] == run.id
    # A fresh session goes on with the run's data, roles and settings.
    assert "944 rows × 10 variables" in [c.value for c in at.sidebar.caption]
    draft = at.session_state["draft"]
    assert draft.network == run.experiment.network
    assert draft.roles[run.experiment.task.target] == "Outcome"


@pytest.mark.parametrize("asked", ["../../etc/passwd", "x", "20200101-000000-abcdef"])
@pytest.mark.parametrize("name", ["data", "train", "diagnose", "predict", "runs"])
def test_a_wrong_run_in_the_address_gives_a_sentence_and_no_dead_end(app, words, asked, name):
    at = app("data", run=asked)
    expected = "There is no such run" if asked.startswith("2020") else "not the name of a run"
    assert expected in words(at)
    at.switch_page(PAGES[name]).run()
    assert not at.exception
    assert at.title[0].value == name.capitalize()
    assert at.session_state["draft"].run_id is None
    assert "run" not in at.query_params


def test_one_can_train_after_following_a_wrong_link(app, button, sample_draft):
    at = app("train", sample_draft(), run="20200101-000000-abcdef")
    assert button(at, "Train")


def test_a_run_that_was_deleted_meanwhile_is_let_go(app, finished, workspace, words):
    run = finished("binary")
    at = app("diagnose", run=run.id)
    workspace.delete_run(run)
    at.run()
    assert not at.exception
    assert "There is no such run" in words(at)
    assert "There is no trained network yet" in words(at)


def test_a_job_of_another_session_is_shown_with_a_link_to_it(app, in_state, words):
    run = in_state(State.RUNNING, epochs=2)
    run.annotate(name="Long *one*")
    at = app("data")
    assert [p.text for p in at.sidebar.progress] == ["Training · epoch 2 of 3"]
    # Two of three epochs are done.
    assert at.sidebar.progress[0].value == 66
    assert r"Long \*one\*" in {link.label for link in at.sidebar.page_link}


# Errors -------------------------------------------------------------------------


def test_an_error_keeps_page_and_sidebar(app, words, sample_draft):
    # A share of 0.45 + 0.45 leaves too little for training.
    at = app("variables", sample_draft(training=TrainingSpec(members=1)))
    for label in ("Validation share", "Test share"):
        next(n for n in at.number_input if n.label == label).set_value(0.45)
    at.run()
    assert not at.exception
    assert "more than 80 % of the rows" in words(at)
    assert at.title[0].value == "Variables"
    assert "**Presidential vote, 1996**" in [m.value for m in at.sidebar.markdown]
    assert at.session_state["draft"].split == SplitSpec()


def test_every_part_of_an_error_is_shown_and_escaped(app, monkeypatch, words, sample_draft):
    def fail(*_: object) -> None:
        raise UserError("It *broke*.", expected="$1$", received="[a](b)", remedy="Mend it.")

    monkeypatch.setattr(variables_cache, "description", fail)
    at = app("data", sample_draft())
    assert (
        r":red[:material/error:] **It \*broke\*\.** Expected\: \$1\$\. "
        r"Received\: \[a\]\(b\)\. Mend it\."
    ) in words(at)


def test_a_kind_that_the_guess_does_not_name_is_kept(app, sample_draft):
    at = app("variables", sample_draft("anes96"))
    next(s for s in at.selectbox if s.label == "Kind of task").set_value(Kind.MULTICLASS).run()
    at.switch_page(PAGES["network"]).run()
    assert at.session_state["draft"].kind is Kind.MULTICLASS
    draft = at.session_state["draft"]
    # Two categories as several: two output units. 9 predictors, all numbers without missing
    # answers, are 9 input columns.
    assert (
        at.metric[0].value
        == f"{count_parameters(draft.network, 9, output_of(Kind.MULTICLASS, 2)):,}"
    )
