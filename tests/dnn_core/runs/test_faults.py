"""The log of the program's own faults."""

from __future__ import annotations

import pytest

from dnn_core.runs import faults
from dnn_core.runs.faults import number_of, record_fault


@pytest.fixture(autouse=True)
def nothing_written(monkeypatch):
    monkeypatch.setattr(faults, "_written", {})


def _fail(text):
    raise ValueError(text)


def _caught(text):
    try:
        try:
            _fail(text)
        except ValueError as error:
            raise TypeError(f"again {text}") from error
    except TypeError as error:
        return error


def test_one_fault_has_one_number_whatever_it_says():
    assert number_of(_caught("a")) == number_of(_caught("b"))
    with pytest.raises(ValueError, match="c") as caught:
        _fail("c")
    assert number_of(caught.value) != number_of(_caught("c"))


def test_the_log_says_where_and_nothing_of_the_data(tmp_path):
    number = record_fault(_caught("Köln"), tmp_path / "logs", page="Runs", program="abc")
    text = (tmp_path / "logs" / "dashboard.log").read_text(encoding="utf-8")
    assert text.startswith(f"error {number} | ") and "| page Runs | program abc, python" in text
    assert "in _fail" in text and "builtins.TypeError" in text and "builtins.ValueError" in text
    assert "Köln" not in text


def test_a_fault_that_comes_back_every_second_is_written_once_a_minute(tmp_path, monkeypatch):
    def entries():
        record_fault(_caught("a"), tmp_path, page="Runs", program="abc")
        return (tmp_path / "dashboard.log").read_text(encoding="utf-8").count("error ")

    assert [entries() for _ in range(3)] == [1, 1, 1]
    monkeypatch.setattr(faults, "SECONDS_BETWEEN_ENTRIES", 0.0)
    assert entries() == 2


def test_a_long_log_begins_anew_and_one_before_it_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(faults, "SECONDS_BETWEEN_ENTRIES", 0.0)
    monkeypatch.setattr(faults, "LARGEST_LOG_BYTES", 10)
    for _ in range(3):
        record_fault(_caught("a"), tmp_path, page="Runs", program="abc")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dashboard.log",
        "dashboard.old.log",
    ]


def test_a_log_that_cannot_be_written_gives_no_number(tmp_path):
    (tmp_path / "logs").write_text("no folder")
    assert record_fault(_caught("a"), tmp_path / "logs", page="Runs", program="abc") is None
