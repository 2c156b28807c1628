"""The server: when parts of a page may refresh themselves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

import app

BUSY, IDLE = object(), None


@pytest.fixture
def passed_on(monkeypatch):
    """What reaches Streamlit after the rule."""
    asked = []
    monkeypatch.setattr(AppSession, "request_rerun", lambda session, asked_: asked.append(asked_))
    app.refresh_only_at_rest()
    return asked


@pytest.mark.parametrize(
    ("runner", "page", "expected"),
    [(IDLE, "a", True), (IDLE, "b", False), (BUSY, "a", False), (BUSY, "b", False)],
)
def test_a_part_refreshes_itself_only_at_rest_and_on_its_page(passed_on, runner, page, expected):
    session = SimpleNamespace(_scriptrunner=runner, page_script_hash="a")
    look = ClientState(page_script_hash=page, fragment_id="jobs", is_auto_rerun=True)
    AppSession.request_rerun(session, look)
    assert passed_on == ([look] if expected else [])


@pytest.mark.parametrize("runner", [IDLE, BUSY])
def test_what_a_person_does_is_passed_on_always(passed_on, runner):
    session = SimpleNamespace(_scriptrunner=runner, page_script_hash="a")
    clicks = [
        ClientState(page_script_hash="b"),
        ClientState(page_script_hash="a", fragment_id="dialog"),
        None,
    ]
    for click in clicks:
        AppSession.request_rerun(session, click)
    assert passed_on == clicks
