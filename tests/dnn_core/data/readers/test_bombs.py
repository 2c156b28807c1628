"""Files that are made to take a computer's time or memory are refused, or read in linear time.

What counts is how often cells are looked at or copied, and what is never made, not how long it
takes: that depends on the machine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dnn_core.data.readers import parser, read_bytes, reading, rows, sheet
from dnn_core.data.readers.foreign import MOST_JSON, recognise
from dnn_core.data.readers.reading import MOST_COLUMNS
from dnn_core.errors import UserError


class CountedCells(list[str]):
    """Cells that count how many of them are looked at or copied."""

    looked_at = 0

    def __getitem__(self, place: Any) -> Any:
        result = super().__getitem__(place)
        if isinstance(place, slice):
            self.looked_at += len(result)
            return CountedCells(result)
        self.looked_at += 1
        return result


def test_empty_cells_at_the_end_of_a_row_are_looked_at_once() -> None:
    cells = CountedCells(["1", "2", *[""] * 10_000])
    kept, _, _ = sheet._sort_rows([rows.Row(0, 1, cells)], 2, 1)
    assert kept == [["1", "2"]]
    # All but one of them, and the two that are kept.
    assert cells.looked_at <= 10_003


def test_empty_cells_at_the_end_of_a_header_are_looked_at_once() -> None:
    header = CountedCells(["a", "b", *[""] * 10_000])
    assert sheet._fit_header(header, [["1", "2"]]) == ["a", "b"]
    assert header.looked_at <= 10_003


@pytest.mark.parametrize(
    "content",
    [
        b"," * 20_000_000 + b"\n",
        (b"," * MOST_COLUMNS + b"\n") * 3,
        b"a,b\n1,2\n" + b"," * MOST_COLUMNS + b"\n",
        b'"a",b\n1,2\n"3"' + b"," * MOST_COLUMNS + b"\n",
        # Below the rows that are looked at first.
        b"a,b\n" + b"1,2\n" * 500 + b"," * MOST_COLUMNS + b"\n",
    ],
    ids=["one line", "three lines", "a long row", "quoted", "far down"],
)
def test_too_many_columns_are_refused(content: bytes) -> None:
    with pytest.raises(UserError, match=r"too many columns.*16,384") as caught:
        read_bytes(content, "commas.csv")
    assert caught.value.remedy


def test_an_endless_row_is_refused_before_its_cells_are_made() -> None:
    lines = rows._not_too_wide(["a,b\n", "," * MOST_COLUMNS], ",")
    assert next(lines) == "a,b\n"
    with pytest.raises(UserError, match=r"16,385 in line 2"):
        next(lines)
    # Within quotation marks, commas make no cells.
    quoted = f'"{"," * MOST_COLUMNS}",1\n'
    assert [len(row.cells) for row in rows.parse([quoted], ",")] == [2]


def test_as_many_columns_as_excel_has_are_read() -> None:
    names = ",".join(f"v{i}" for i in range(MOST_COLUMNS))
    rows = ",".join("1" * MOST_COLUMNS)
    assert sheet.open_sheet(f"{names}\n{rows}\n{rows}\n".encode(), sheet.ReadOptions()).header[
        -1
    ] == (f"v{MOST_COLUMNS - 1}")


def test_other_files_have_no_more_columns_either(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reading, "MOST_COLUMNS", 3)
    pd.DataFrame([[1] * 4] * 2, columns=list("abcd")).to_parquet(tmp_path / "wide.parquet")
    parser._execute("parquet", tmp_path / "wide.parquet", {})
    about = json.loads((tmp_path / "about.json").read_text())
    assert about["refusal"]["received"] == "4"


def test_comments_are_skipped_one_after_the_other() -> None:
    # Ways to take 500 comments for fewer, longer ones double with each: 2 to the power of 500.
    content = b"<!---->" * 500 + b"a,b\n1,2\n3,4\n"
    assert len(read_bytes(content, "x.csv")) == 2
    assert recognise(b"<!-- a -->\n <!-- b --> <html>x") is not None


def test_only_short_lists_are_parsed_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recognise(b"[1, 2, 3]") is not None
    parsed: list[bytes] = []
    monkeypatch.setattr("dnn_core.data.readers.foreign.json.loads", parsed.append)
    assert recognise(b"[" + b"1" * MOST_JSON + b"]") is None
    assert not parsed


def test_the_limit_is_said_with_what_was_found() -> None:
    reading.refuse_wide(MOST_COLUMNS)
    with pytest.raises(UserError, match=r"Received: 16,385 in line 1\."):
        reading.refuse_wide(MOST_COLUMNS + 1, " in line 1")
