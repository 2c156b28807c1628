"""The notebooks of `examples` run from top to bottom, as somebody would run them first."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))

SECONDS = 120
"""For a cell, on a machine that is busy; on a quiet one a notebook takes less than fifteen."""


def cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: NotebookNode) -> str:
    return "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs)


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the notebooks' folder with the samples beside it, into which they may write."""
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    (tmp_path / "examples").mkdir()
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")
    return tmp_path / "examples"


def test_there_are_three_notebooks_and_none_keeps_its_outputs() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["first_run", "scikit_learn", "study"]
    for path in NOTEBOOKS:
        code = cells(nbformat.read(path, as_version=4))
        assert code and not any(cell.outputs or cell.execution_count for cell in code), path.name


@pytest.mark.training
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, beside: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": beside}}
    ).execute()
    last = shown(cells(notebook)[-1])
    expected = {
        "first_run": "['first', 'first.html', 'first.zip']",
        "study": "auc",
        "scikit_learn": "0.",
    }
    assert expected[path.stem] in last
