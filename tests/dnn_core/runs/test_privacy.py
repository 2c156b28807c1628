"""No other account of the machine can read what lies in the workspace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dnn_core.runs.privacy import private_folder
from dnn_core.runs.workspace import Workspace

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")


ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def usual_mask():
    """What a process is started with where nobody has thought of it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(path):
    return path.stat().st_mode & 0o777


def test_a_new_workspace_is_closed_and_the_process_keeps_its_mask(tmp_path):
    workspace = Workspace(tmp_path / "home" / "workspace")
    workspace.store_upload(b"a,b\n1,2\n", "a.csv")
    assert rights(workspace.root) == 0o700
    folders = [path for path in workspace.root.iterdir() if path.is_dir()]
    assert {rights(path) for path in folders} == {0o700}
    # A notebook writes its other files as before.
    (tmp_path / "notes.txt").write_text("mine")
    assert rights(tmp_path / "notes.txt") == 0o644


def test_a_workspace_that_was_open_is_closed(tmp_path):
    (tmp_path / "uploads").mkdir()
    for path in (tmp_path, tmp_path / "uploads"):
        path.chmod(0o775)
    Workspace(tmp_path)
    assert rights(tmp_path) == rights(tmp_path / "uploads") == 0o700


def test_a_folder_of_another_account_is_used_as_it_is(tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise PermissionError("not yours")

    tmp_path.chmod(0o755)
    monkeypatch.setattr(type(tmp_path), "chmod", refuse)
    private_folder(tmp_path)
    assert "Others may be able to read" in caplog.text


SCRIPT = """
import sys
from pathlib import Path

from dnn_core.compute.preload import _dataset
from dnn_core.runs.privacy import keep_private
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, Task

keep_private()
workspace = Workspace(Path(sys.argv[1]))
workspace.store_upload(b"a", "a.csv")
task = Task(target="outcome", features=("number", "category"))
run = workspace.new_run(_dataset(), Experiment(task=task))
workspace.runs_table()
run.append("log.txt", "a line")
run.analyses.directory.mkdir()
"""


def test_a_process_of_ours_writes_for_its_account_only(tmp_path):
    home = tmp_path / "home"
    subprocess.run([sys.executable, "-c", SCRIPT, home], check=True, cwd=ROOT)
    paths = [home, *home.rglob("*")]
    names = {path.name for path in paths}
    assert {"a.csv", "frame.parquet", "notes.json", "log.txt", "analyses"} <= names
    assert {rights(path) for path in paths if path.is_dir()} == {0o700}
    assert {rights(path) for path in paths if path.is_file()} == {0o600}


@pytest.mark.training
@pytest.mark.parametrize("module", ["dnn_core", "dnn_core.compute"])
def test_commands_and_the_cluster_are_such_processes(module):
    result = f"import os, runpy, sys; sys.argv = ['x', '--help']\ntry: runpy.run_module('{module}'"
    script = f"{result}, run_name='__main__')\nexcept SystemExit: pass\nprint(oct(os.umask(0)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "0o77"
