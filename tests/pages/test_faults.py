"""Faults of the dashboard itself: a calm sentence, a number, a log entry, and a way on."""

from __future__ import annotations

import re

import pytest
import streamlit as st
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from dnn_core.errors import UserError
from dnn_core.runs import faults as log
from dnn_core.runs.records import State
from pages.session import data_cache, variables_cache
from pages.shell import sidebar
from pages.shell.faults import show_fault
from pages.shell.navigation import MENU, PAGES

SECRET = "Müller, 4,200 €"


@pytest.fixture(autouse=True)
def served(monkeypatch):
    """Pages as the server runs them: Streamlit hands over what they fail of."""
    make = LocalScriptRunner.__init__

    def with_handler(self, *arguments, **named):
        make(self, *arguments, **named)
        self._on_script_error = show_fault

    monkeypatch.setattr(LocalScriptRunner, "__init__", with_handler)
    monkeypatch.setattr(log, "_written", {})


def fail(*_, **__):
    raise KeyError(SECRET)


def is_calm(at, words):
    """No box of Streamlit's; says so, gives a number, and keeps the ways to other pages."""
    assert not at.exception
    said = words(at)
    assert "Something went wrong in the dashboard itself" in said
    assert "Your data and runs are safe." in said
    assert SECRET not in said and "KeyError" not in said
    return re.search(r"the number \*\*([0-9a-f]{8})\*\*", said)[1]


PLACES = {
    "the page": (variables_cache, "description"),
    "the start of training processes": (data_cache, "start_compute"),
    "a link to a run": (sidebar, "follow_link"),
    "the sidebar": (sidebar, "target_words"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_fault_is_told_calmly_wherever_it_is(
    app, words, monkeypatch, sample_draft, workspace, place
):
    at = app("data", sample_draft())
    module, name = PLACES[place]
    if place == "a link to a run":
        monkeypatch.setattr(sidebar.state, "follow_link", fail)
    else:
        monkeypatch.setattr(module, name, fail)
    at.run()
    number = is_calm(at, words)
    assert {link.label for link in at.sidebar.page_link} == {page.title for page in MENU}
    entry = (workspace.logs / "dashboard.log").read_text(encoding="utf-8")
    assert f"error {number} | " in entry and "| page Data |" in entry
    assert "in fail" in entry and "builtins.KeyError" in entry
    assert re.search(r"program [0-9a-f]{12}, python 3\.", entry)
    # What exceptions say quotes the data.
    assert SECRET not in entry


def test_one_can_go_on_after_a_fault(app, words, monkeypatch, sample_draft):
    at = app("data", sample_draft())
    with monkeypatch.context() as broken:
        broken.setattr(variables_cache, "description", fail)
        at.run()
        is_calm(at, words)
        at.switch_page(PAGES["network"]).run()
        assert at.title[0].value == "Network"
        at.switch_page(PAGES["data"]).run()
    next(b for b in at.button if b.label == "Try again").click().run()
    assert "Something went wrong" not in words(at)
    assert at.title[0].value == "Data"


def test_a_fault_in_a_callback_is_told_calmly(app, words, monkeypatch, compute, in_state, button):
    run = in_state(State.RUNNING, epochs=2)
    at = app("train", run=run.id)
    monkeypatch.setattr(compute, "stop", fail)
    button(at, "Stop, keep best epoch").click().run()
    is_calm(at, words)
    # Its page is there as before.
    assert at.title[0].value == "Train"
    assert button(at, "Stop, keep best epoch")
    at.run()
    assert "Something went wrong" not in words(at)


def test_what_a_callback_cannot_do_is_said_as_on_a_page(
    app, words, monkeypatch, compute, in_state, button
):
    def refuse(_):
        raise UserError("The worker is *busy*.", remedy="Wait.")

    run = in_state(State.RUNNING, epochs=2)
    at = app("train", run=run.id)
    monkeypatch.setattr(compute, "stop", refuse)
    button(at, "Stop, keep best epoch").click().run()
    assert not at.exception
    assert r"**The worker is \*busy\*\.** Wait\." in words(at)
    assert at.title[0].value == "Train"
    at.run()
    assert "busy" not in words(at)


def test_what_steers_a_script_is_no_fault(app, words, monkeypatch, sample_draft):
    def switch(*_):
        st.switch_page(PAGES["runs"])

    at = app("data", sample_draft())
    monkeypatch.setattr(variables_cache, "description", switch)
    at.run()
    assert "Something went wrong" not in words(at)
    assert at.title[0].value == "Runs"


def test_a_log_that_cannot_be_written_is_no_second_fault(
    app, words, monkeypatch, sample_draft, workspace
):
    at = app("data", sample_draft())
    monkeypatch.setattr(variables_cache, "description", fail)
    (workspace.logs / "dashboard.log").mkdir()
    at.run()
    assert not at.exception
    assert "could not be written into a log" in words(at)
