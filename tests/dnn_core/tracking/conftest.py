"""A tracking server of MLflow, and runs to send to it."""

import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import requests

from dnn_core.data.readers import read_bytes
from dnn_core.runs.execution.execute import execute
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, HiddenLayer, NetworkSpec, Task, TrainingSpec

SECONDS_TO_START = 120


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a real `mlflow server`."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", "sqlite:///store.db", "--artifacts-destination", "./files"),
        *("--workers", "1"),
    ]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **quiet},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not _answers(address):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield address
    finally:
        _end(process)


def _answers(address):
    try:
        return requests.get(f"{address}/health", timeout=1).ok
    except requests.RequestException:
        return False


def _end(process):
    """End the server with the workers that it started."""
    if sys.platform == "win32":
        process.terminate()
    else:
        os.killpg(process.pid, 15)
    process.wait(30)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    return Workspace(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="session")
def run(workspace):
    """Two networks that were trained on a small survey."""
    rng = np.random.default_rng(3)
    age, trust = rng.integers(18, 90, 300), rng.integers(0, 11, 300)
    voted = age / 20 + trust / 3 + rng.normal(0, 1, 300) > 4.5
    rows = [f"{a},{t},{'yes' if v else 'no'}" for a, t, v in zip(age, trust, voted, strict=True)]
    table = "\n".join(["age,trust,voted", *rows]) + "\n"
    asked = Experiment(
        task=Task(target="voted", features=("age", "trust")),
        network=NetworkSpec(hidden=(HiddenLayer(units=4), HiddenLayer(units=3, dropout=0.1))),
        training=TrainingSpec(epochs=4, members=2, early_stopping=False),
    )
    dataset = read_bytes(table.encode(), "survey.csv")
    made = workspace.new_run(dataset, asked)
    execute(made, dataset)
    return made
