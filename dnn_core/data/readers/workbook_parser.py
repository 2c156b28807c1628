"""Parse one sheet of an Excel workbook, in the process of `parser`."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from dnn_core.data.readers.detect import guess_header
from dnn_core.data.readers.names import join_headers
from dnn_core.data.readers.reading import MOST_COLUMNS
from dnn_core.data.readers.rows import SAMPLE_LINES, Row
from dnn_core.data.readers.workbook_cells import Column, as_text, convert
from dnn_core.errors import UserError

MOST_UNPACKED = 2 * 10**9
"""Bytes of all parts of a workbook. A sheet of a million rows of fifty cells takes about so much;
what unpacks to more is made to fill a computer's memory."""

MOST_ROWS = 1_048_576
"""Of the largest sheet of Excel."""


def parse(
    source: Path, options: dict[str, Any] | None = None
) -> tuple[list[pd.Series], dict[str, Any]]:
    """Columns of a sheet as numbers and text, and what was found beside them.

    Parameters
    ----------
    options : dict, optional
        `sheet`, `header_row` and `header_rows`; guessed where left out.
    """
    _refuse_bomb(source)
    book = openpyxl.load_workbook(source, read_only=True, data_only=True)
    sheets = {sheet.title: sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")}
    if options is None:
        name, rows = _first_table(sheets)
        header_row, header_rows = _guess_header(rows)
    else:
        name, header_row, header_rows = (options[k] for k in ("sheet", "header_row", "header_rows"))
        if name not in sheets:
            raise UserError(
                f"The workbook has no sheet “{name}”.",
                expected=", ".join(f"“{title}”" for title in sheets),
                remedy="Choose another sheet.",
            )
        rows = list(_rows(sheets[name]))
    header, body = _split(rows, header_row, header_rows)
    columns = [
        Column(title, values) for title, values in zip(header, zip(*body, strict=True), strict=True)
    ]
    # Columns before the table, or behind it, that are empty.
    columns = [column for column in columns if column.title.strip() or not column.empty]
    about: dict[str, Any] = {
        "names": [column.title for column in columns],
        "options": {"sheet": name, "header_row": header_row, "header_rows": header_rows},
        "sheets": list(sheets),
        "uncalculated": _uncalculated(source, sheets[name], name),
    }
    series = [convert(column, about) for column in columns]
    return series, about


def _refuse_bomb(source: Path) -> None:
    with zipfile.ZipFile(source) as archive:
        # zipfile never unpacks more of a part than the archive's directory declares.
        size = sum(part.file_size for part in archive.infolist())
    if size > MOST_UNPACKED:
        raise UserError(
            "This workbook unpacks to more than a computer's memory should be asked to hold.",
            expected=f"at most {MOST_UNPACKED / 1e9:.0f} GB",
            received=f"{size / 1e9:.1f} GB",
            remedy="Save the sheet as CSV (UTF-8), without empty rows and columns.",
        )


def _rows(sheet: Any) -> Iterator[list[Any]]:
    """Values of each row up to its last filled cell; an error such as #N/A stays a text."""
    # What the file says of its own size is often wrong.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if number >= MOST_ROWS or len(row) > MOST_COLUMNS:
            raise ValueError("larger than any sheet")
        cells = [None if isinstance(v, str) and not v.strip() else v for v in row]
        while cells and cells[-1] is None:
            cells.pop()
        yield cells


def _first_table(sheets: dict[str, Any]) -> tuple[str, list[list[Any]]]:
    """The first visible sheet with a header and answers.

    Rows of a single cell are notes, unless no sheet has wider ones.
    """
    narrow = None
    for name, sheet in sheets.items():
        if sheet.sheet_state != "visible":
            continue
        rows = list(_rows(sheet))
        filled = [sum(cell is not None for cell in row) for row in rows if row]
        if sum(cells > 1 for cells in filled) > 1:
            return name, rows
        if narrow is None and len(filled) > 1:
            narrow = name, rows
    if narrow is None:
        raise _no_answers()
    return narrow


def _guess_header(rows: list[list[Any]]) -> tuple[int | None, int]:
    sample = [
        Row(i, i + 1, [as_text(value) for value in row]) for i, row in enumerate(rows) if row
    ][:SAMPLE_LINES]
    # Rows end at their last filled cell, so the widest of the frequent ones is the table's width.
    counts = Counter(len(row.cells) for row in sample)
    width = max(n for n, times in counts.items() if times >= len(sample) / 5 or times == 1)
    width = max((n for n, times in counts.items() if times > 1), default=width)
    wide = [row._replace(cells=row.cells + [""] * (width - len(row.cells))) for row in sample]
    # Titles and notes stay short: only rows of more than one filled cell are filled up.
    mixed = [w if sum(map(bool, w.cells)) > 1 else r for w, r in zip(wide, sample, strict=True)]
    return guess_header(mixed, width)


def _split(
    rows: list[list[Any]], header_row: int | None, header_rows: int
) -> tuple[list[str], list[list[Any]]]:
    """Names of the columns and the rows of answers, all of one width."""
    start = 0 if header_row is None else header_row + header_rows
    body = rows[start:]
    while body and not body[-1]:
        body.pop()
    if not any(body):
        raise _no_answers()
    names: list[list[str]] = []
    if header_row is not None:
        names = [[as_text(value) for value in row] for row in rows[header_row:start]]
    width = max(len(row) for row in [*body, *names])
    header = join_headers(*names) if len(names) == 2 else names[0] if names else []
    header = [*header, *[""] * (width - len(header))]
    return header, [[*row, *[None] * (width - len(row))] for row in body]


def _uncalculated(source: Path, sheet: Any, name: str) -> int:
    """Number of formulas whose result the file does not hold."""
    path = sheet._worksheet_path
    with zipfile.ZipFile(source) as archive, archive.open(path) as part:
        if not any(b"<f" in line for line in iter(lambda: part.read(1 << 20), b"")):
            return 0
    written = openpyxl.load_workbook(source, read_only=True, data_only=False)[name]
    sheet.reset_dimensions()
    written.reset_dimensions()
    uncalculated = 0
    for formulas, values in zip(
        written.iter_rows(values_only=True), sheet.iter_rows(values_only=True), strict=True
    ):
        uncalculated += sum(
            1
            for formula, value in zip(formulas, values, strict=False)
            if value is None and isinstance(formula, str) and formula.startswith("=")
        )
    return uncalculated


def _no_answers() -> UserError:
    return UserError(
        "No sheet of this workbook holds a table with answers.",
        expected="names of variables in one row and one row for each case below",
        remedy="Choose another sheet or header row, or check that the sheet is not hidden.",
    )
