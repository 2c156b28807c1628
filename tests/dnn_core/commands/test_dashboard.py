"""`dnn-workbench dashboard`: what Streamlit is asked; that it comes up is in `tests/browser`."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import pytest

from dnn_core.commands.line import main
from dnn_core.installation import DASHBOARD


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What stands behind `python -m streamlit` in the end."""
    words: list[str] = []
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setenv("DNN_WORKBENCH_HOME", "unchanged")

    def run_module(name: str, **_: object) -> None:
        words.extend([name, *sys.argv[1:]])

    monkeypatch.setattr(runpy, "run_module", run_module)
    return words


def test_the_dashboard_of_this_installation_is_run(asked: list[str]) -> None:
    assert main(["dashboard"]) == 0
    assert asked == ["streamlit", "run", str(DASHBOARD / "app.py")]
    assert (DASHBOARD / ".streamlit" / "config.toml").is_file()
    assert os.environ["DNN_WORKBENCH_HOME"] == "unchanged"


def test_what_is_said_reaches_streamlit(asked: list[str], tmp_path: Path) -> None:
    words = ["--port", "8600", "--no-browser", "--workspace", str(tmp_path)]
    assert main(["dashboard", *words, "--", "--server.address", "0.0.0.0"]) == 0
    assert asked[3:] == [
        *("--server.address", "0.0.0.0"),
        *("--server.port", "8600"),
        *("--server.headless", "true"),
    ]
    assert os.environ["DNN_WORKBENCH_HOME"] == str(tmp_path)
