"""Parsers that crash, hang or eat memory, and damaged files of every kind that is parsed apart."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.data.readers import parsing, read_dataset
from dnn_core.errors import UserError


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "survey.parquet"
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_parquet(path)
    return path


@pytest.mark.parametrize("failure", ["raise SystemExit(3)", "import os; os.abort()"])
def test_a_parser_that_dies_takes_nobody_along(table, monkeypatch, tmp_path, failure):
    dying = tmp_path / "dying_parser.py"
    dying.write_text(failure)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(parsing, "MODULE", "dying_parser")
    with pytest.raises(UserError, match="parser ended"):
        read_dataset(table)


def test_a_parser_that_hangs_is_ended(table, monkeypatch, tmp_path):
    (tmp_path / "hanging_parser.py").write_text("import time; time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(parsing, "MODULE", "hanging_parser")
    monkeypatch.setattr(parsing, "SECONDS_TO_PARSE", 0.5)
    with pytest.raises(UserError, match=r"still ran after 0\.5 seconds"):
        read_dataset(table)


def test_a_parser_that_eats_memory_is_ended(table, monkeypatch):
    # Less than the libraries alone take.
    monkeypatch.setattr(parsing, "GIGABYTES_TO_PARSE", 0.05)
    with pytest.raises(UserError, match="damaged"):
        read_dataset(table)
