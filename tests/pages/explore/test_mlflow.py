"""Sending runs from the page Runs; what is sent is tested beside `dnn_core.tracking`."""

from __future__ import annotations

import pytest

from dnn_core.errors import UserError
from pages.explore.runs import mlflow
from tests.pages.explore.test_runs import field, tick

ADDRESS = "http://tracking.example:5000"


@pytest.fixture
def sent(monkeypatch):
    """What is asked to be sent, instead of sending it."""
    asked = []

    def send(workspace, run_ids, address, experiment, *, reports):
        asked.append((list(run_ids), address, experiment, reports))
        return f"Run [1] sent, {address}/#/experiments/1/runs/abc"

    monkeypatch.setattr(mlflow, "send_in_subprocess", send)
    monkeypatch.setattr(mlflow, "is_installed", lambda: True)
    return asked


def test_one_run_is_sent_with_its_report_to_the_server_that_is_named(app, finished, sent):
    run = finished("binary")
    at = app("runs")
    tick(at, 0)
    assert field(at, "button", "Send").disabled
    field(at, "text_input", "Address of the server").input(ADDRESS).run()
    field(at, "button", "Send").click().run()
    assert not at.exception
    assert sent == [([run.id], ADDRESS, "DNN Workbench", True)]
    # Names come from people, and are escaped.
    said = next(m.value for m in at.markdown if "[open it]" in m.value)
    assert said == rf"Run \[1\] sent: [open it]({ADDRESS}/#/experiments/1/runs/abc)"


def test_several_ticked_runs_are_sent_at_once_and_the_address_is_remembered(
    app, finished, workspace, sent, monkeypatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", ADDRESS)
    runs = [finished("binary"), finished("multiclass")]
    at = app("runs")
    tick(at, 0, 1)
    field(at, "button", "Send 2 runs").click().run()
    ((ids, address, _, reports),) = sent
    assert set(ids) == {run.id for run in runs}
    assert (address, reports) == (ADDRESS, False)


def test_why_nothing_was_sent_is_said_where_it_happens(app, finished, sent, monkeypatch):
    def refuse(*words, **more):
        raise UserError("There is no answer from there.", remedy="Check the address.")

    monkeypatch.setattr(mlflow, "send_in_subprocess", refuse)
    finished("binary")
    at = app("runs")
    tick(at, 0)
    field(at, "text_input", "Address of the server").input(ADDRESS).run()
    field(at, "button", "Send").click().run()
    assert any("There is no answer from there" in m.value for m in at.markdown)
    assert field(at, "text_input", "Address of the server").value == ADDRESS


def test_without_mlflow_it_is_said_what_to_install(app, finished, sent, monkeypatch):
    monkeypatch.setattr(mlflow, "is_installed", lambda: False)
    finished("binary")
    at = app("runs")
    tick(at, 0)
    assert any("requirements-mlflow.txt" in m.value for m in at.markdown)
    assert not [button for button in at.button if button.label == "Send"]
