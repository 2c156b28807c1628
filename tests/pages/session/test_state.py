"""The draft: what changes it, and when widgets start anew."""

from __future__ import annotations

import dataclasses

import pytest
import streamlit as st

from dnn_core.specs import Experiment, NetworkSpec, SplitSpec, Task, TrainingSpec
from pages.session import state
from pages.session.state import DataChoice, Draft


@pytest.fixture(autouse=True)
def session(monkeypatch):
    """A session and an address without a browser."""
    result: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", result)
    monkeypatch.setattr(st, "query_params", {})
    return result


def test_a_session_begins_with_an_empty_draft():
    assert state.draft() == Draft()
    assert state.draft() is state.draft()


def test_a_draft_is_never_edited():
    with pytest.raises(dataclasses.FrozenInstanceError):
        state.draft().seed = 2


def test_what_a_widget_returns_starts_no_widget_anew():
    before = state.key("seed")
    state.change(seed=5)
    assert state.draft().seed == 5
    assert state.key("seed") == before


def test_no_change_leaves_the_draft_itself():
    before = state.draft()
    state.change(seed=before.seed, training=TrainingSpec())
    assert state.draft() is before


def test_a_change_from_outside_starts_widgets_anew():
    before = state.key("seed")
    state.renew(seed=5)
    assert state.draft().seed == 5
    assert state.key("seed") != before


def test_a_page_that_is_entered_again_starts_anew():
    state.enter("Data")
    first = state.key("a")
    state.enter("Data")
    assert state.key("a") == first
    state.enter("Network")
    state.enter("Data")
    assert state.key("a") != first


def test_the_run_in_the_address_becomes_the_sessions_own():
    st.query_params["run"] = "a"
    state.follow_link()
    assert state.draft().run_id == "a"


def test_the_sessions_run_stands_in_the_address():
    state.change(run_id="a")
    state.follow_link()
    assert st.query_params["run"] == "a"
    state.open_run("b")
    assert (state.draft().run_id, st.query_params["run"]) == ("b", "b")
    state.open_run(None)
    assert state.draft().run_id is None
    assert "run" not in st.query_params


def test_all_that_a_run_asked_for_is_adopted():
    state.change(roles={"a": "Outcome"})
    asked = Experiment(
        task=Task(target="y", features=("x",)),
        split=SplitSpec(seed=9),
        network=NetworkSpec(hidden=()),
        training=TrainingSpec(epochs=3),
        seed=4,
    )
    state.adopt(asked, state.DataChoice("kept", "the-data"), {"y": "Outcome", "x": "Predictor"})
    draft = state.draft()
    assert (draft.split, draft.network, draft.training, draft.seed) == (
        asked.split,
        asked.network,
        asked.training,
        4,
    )
    assert draft.roles == {"y": "Outcome", "x": "Predictor"}
    assert draft.choice == DataChoice("kept", "the-data")


def test_a_snapshot_stays_until_its_version_or_the_revision_changes():
    made = []

    def make():
        made.append(len(made))
        return made[-1]

    assert [state.snapshot("a", 1, make) for _ in range(2)] == [0, 0]
    assert state.snapshot("a", 2, make) == 1
    assert state.snapshot("b", 2, make) == 2
    state.renew()
    assert state.snapshot("a", 2, make) == 3


def test_passing_facts():
    assert state.recall("a") is None
    assert state.recall("a", 7) == 7
    state.remember("a", 1)
    assert state.recall("a", 7) == 1
