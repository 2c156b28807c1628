"""Runs on a real tracking server."""

import shutil
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from mlflow.tracking import MlflowClient

from dnn_core import UserError, export_to_mlflow
from dnn_core.commands.line import BAD_INPUT, main
from dnn_core.runs.execution.execute import open_test
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.tracking import server as sending
from dnn_core.tracking.contents import parameters
from dnn_core.tracking.server import check_address
from dnn_core.tracking.subprocess_export import _environment, send_in_subprocess

pytestmark = pytest.mark.training


def _there(server, store):
    client = MlflowClient(tracking_uri=server)
    experiment = client.get_experiment_by_name(store)
    return client, client.search_runs([experiment.experiment_id])


def test_a_run_is_there_with_all_that_is_known_of_it(server, run, workspace):
    (sent,) = export_to_mlflow([run], server, experiment_name="Whole", data_of=workspace.dataset_of)
    client, (there,) = _there(server, "Whole")

    assert sent.anew and there.info.run_id in sent.url
    assert there.data.params == parameters(run)
    assert there.info.status == "FINISHED" and there.info.run_name == run.notes.name
    seconds = (there.info.end_time - there.info.start_time) / 1000
    assert seconds == pytest.approx(run.status.elapsed_seconds, abs=0.01)
    history = run.history.query("member == 2")
    curve = client.get_metric_history(there.info.run_id, "network_2/val_loss")
    assert {p.step: p.value for p in curve} == dict(
        zip(history["epoch"], history["val_loss"], strict=True)
    )
    auc = run.metrics.query("part == 'validation' and metric == 'auc'").iloc[0]
    assert there.data.metrics["validation/auc_low"] == auc["low"]
    assert there.data.tags["dnn_workbench.test_part"] == "sealed, never opened"
    assert there.data.tags["dnn_workbench.fingerprint"] == run.experiment.data
    assert "In the validation part" in there.data.tags["mlflow.note.content"]
    assert there.inputs.dataset_inputs[0].dataset.digest == run.experiment.data
    files = {item.path for item in client.list_artifacts(there.info.run_id)}
    assert {"model.keras", "experiment.json", "report.html", "metrics.csv"} <= files


def test_what_is_sent_twice_is_brought_up_to_date_and_not_doubled(server, run, workspace, tmp_path):
    copied = Run(shutil.copytree(run.directory, tmp_path / run.id))
    export_to_mlflow([copied], server, experiment_name="Twice")
    copied.annotate(name="The better name", note="Second thoughts.")
    open_test(copied, workspace.dataset_of(run), tried=workspace.tried(copied))
    (again,) = export_to_mlflow([copied], server, experiment_name="Twice")

    client, (there,) = _there(server, "Twice")
    assert not again.anew
    curve = client.get_metric_history(there.info.run_id, "curves/loss")
    assert [p.step for p in curve] == [1, 2, 3, 4]
    assert len(client.get_metric_history(there.info.run_id, "validation/auc")) == 1
    assert len(there.inputs.dataset_inputs) == 1
    assert there.info.run_name == "The better name"
    assert there.data.tags["dnn_workbench.note"] == "Second thoughts."
    assert there.data.tags["dnn_workbench.test_part"].startswith("opened ")
    assert "test/auc" in there.data.metrics


def test_a_failed_run_says_so(server, run, tmp_path):
    failed = Run(shutil.copytree(run.directory, tmp_path / run.id))
    failed.update_status(state=State.FAILED, message="Training diverged.")
    export_to_mlflow([failed], server, experiment_name="Failed")
    _, (there,) = _there(server, "Failed")
    assert there.info.status == "FAILED"


def test_the_dashboard_sends_from_a_process_of_its_own(server, run, workspace):
    said = send_in_subprocess(workspace.root, [run.id], server, "Apart", reports=False)
    _, (there,) = _there(server, "Apart")
    assert said == f"{run.notes.name} sent, {server}/#/experiments/" + (
        f"{there.info.experiment_id}/runs/{there.info.run_id}"
    )


def test_the_command_says_where_the_runs_are(server, run, workspace, capsys):
    words = ["mlflow", run.id, "--uri", server, "--workspace", str(workspace.root)]
    assert main(words) == 0
    assert f"{server}/#/experiments/" in capsys.readouterr().out
    assert main([*words[:1], "20200101-000000-aaaaaa", *words[2:]]) == BAD_INPUT


@pytest.mark.parametrize(
    "address",
    ["", "localhost:5000", "file:///tmp/runs", "sqlite:///runs.db", "http://", "http://h/?q=1"],
)
def test_only_addresses_of_the_web_are_used(address):
    with pytest.raises(UserError, match="not the address"):
        check_address(address)


def test_a_password_in_an_address_is_neither_used_nor_repeated():
    with pytest.raises(UserError) as said:
        check_address("http://me:secret@host:5000")
    assert "secret" not in str(said.value)


def test_passwords_are_for_the_server_that_they_were_set_for(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://ours/")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    assert _environment("https://ours", "/empty")["MLFLOW_TRACKING_TOKEN"] == "secret"
    foreign = _environment("https://theirs", "/empty")
    assert "secret" not in foreign.values() and foreign["HOME"] == "/empty"


def test_a_server_that_is_not_there_is_said_within_seconds(run):
    started = time.monotonic()
    with pytest.raises(UserError, match="There is no answer"):
        export_to_mlflow([run], "http://127.0.0.1:9")
    assert time.monotonic() - started < 10


@pytest.fixture
def other_server():
    """Something that answers every question with a page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Something else</html>")

        do_POST = do_GET  # noqa: N815

        def log_message(self, *words):
            pass

    serving = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()


def test_a_server_that_is_none_of_mlflow_is_said_within_seconds(run, other_server):
    started = time.monotonic()
    with pytest.raises(UserError, match="did not accept the runs"):
        export_to_mlflow([run], other_server)
    assert time.monotonic() - started < 20


def test_a_server_that_never_ends_is_given_up(run, workspace, monkeypatch):
    """The process is ended, whatever it waits for."""
    monkeypatch.setattr("dnn_core.tracking.subprocess_export.SECONDS_TO_START", 0.5)
    monkeypatch.setattr("dnn_core.tracking.subprocess_export.SECONDS_FOR_A_RUN", 0.0)
    with pytest.raises(UserError, match="took longer"):
        send_in_subprocess(workspace.root, [run.id], "http://127.0.0.1:9", "Slow", reports=False)


def test_without_mlflow_it_is_said_what_to_install(run, monkeypatch):
    monkeypatch.setattr(sending, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"requirements-mlflow\.txt"):
        export_to_mlflow([run], "http://127.0.0.1:9")


def test_a_run_that_trains_is_not_sent(run, tmp_path):
    active = Run(shutil.copytree(run.directory, tmp_path / run.id))
    active.update_status(state=State.RUNNING)
    with pytest.raises(UserError, match="has not ended"):
        export_to_mlflow([active], "http://127.0.0.1:9")


def test_files_are_not_written_to_a_folder_that_the_server_names(run, tmp_path):
    with pytest.raises(UserError, match="does not accept files"):
        sending._send_files(None, "id", f"file://{tmp_path}/store", run, None)
    assert list(tmp_path.iterdir()) == []
