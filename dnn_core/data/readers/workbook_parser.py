"""Parse one sheet of a workbook, in the process of `parser`."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from dnn_core.data.readers.detect import guess_header
from dnn_core.data.readers.foreign import protected
from dnn_core.data.readers.names import join_headers
from dnn_core.data.readers.reading import MOST_COLUMNS
from dnn_core.data.readers.rows import SAMPLE_LINES, Row
from dnn_core.data.readers.workbook_cells import (
    Column,
    as_text,
    convert,
    open_document_value,
    sheet_value,
)
from dnn_core.data.readers.workbook_lost import read_lost_cells
from dnn_core.errors import UserError

MOST_UNPACKED = 2 * 10**9
"""Bytes of all parts of a workbook. A sheet of a million rows of fifty cells takes about so much;
what unpacks to more is made to fill a computer's memory."""

MOST_ROWS = 1_048_576
"""Rows of the largest sheet of Excel."""


def parse(
    source: Path, options: dict[str, Any] | None = None
) -> tuple[list[pd.Series], dict[str, Any]]:
    """Columns of a sheet as numbers and text, with metadata.

    Parameters
    ----------
    options : dict, optional
        `sheet`, `header_row` and `header_rows`; guessed where left out.
    """
    _refuse_bomb(source)
    try:
        book = CalamineWorkbook.from_path(source)
    except PasswordError as error:
        raise protected() from error
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if options is None:
        shown = [s.name for s in sheets if s.visible is SheetVisibleEnum.Visible]
        name, rows = _first_table(book, shown)
        header_row, header_rows = _guess_header(rows)
    else:
        name, header_row, header_rows = (options[k] for k in ("sheet", "header_row", "header_rows"))
        if name not in names:
            raise UserError(
                f"The workbook has no sheet “{name}”.",
                expected=", ".join(f"“{title}”" for title in names),
                remedy="Choose another sheet.",
            )
        rows = list(_rows(book, name))
    header, body = _split(rows, header_row, header_rows)
    lost = read_lost_cells(source, name, first_row=len(rows) - len(body))
    columns = [
        Column(title, values, None if lost is None else place in lost.errors)
        for place, (title, values) in enumerate(zip(header, zip(*body, strict=True), strict=True))
    ]
    # Columns before the table, or behind it, that are empty.
    columns = [column for column in columns if column.title.strip() or not column.empty]
    about: dict[str, Any] = {
        "names": [column.title for column in columns],
        "options": {"sheet": name, "header_row": header_row, "header_rows": header_rows},
        "sheets": names,
        "uncalculated": 0 if lost is None else lost.uncalculated,
    }
    series = [convert(column, about) for column in columns]
    return series, about


def _refuse_bomb(source: Path) -> None:
    if source.suffix == ".xls":
        # Not packed: no larger than the file.
        return
    with zipfile.ZipFile(source) as archive:
        # zipfile never unpacks more of a part than the archive's directory declares.
        size = sum(part.file_size for part in archive.infolist())
    if size > MOST_UNPACKED:
        raise UserError(
            "This workbook is too large when unpacked.",
            expected=f"at most {MOST_UNPACKED / 1e9:.0f} GB",
            received=f"{size / 1e9:.1f} GB",
            remedy="Save the sheet as CSV (UTF-8), without empty rows and columns.",
        )


def _rows(book: CalamineWorkbook, name: str) -> Iterator[list[Any]]:
    """Values of each row up to its last filled cell; a cell with an error counts as empty."""
    value = open_document_value if str(book.path).endswith(".ods") else sheet_value
    sheet = book.get_sheet_by_name(name)
    if sheet.end is not None and (sheet.end[0] >= MOST_ROWS or sheet.end[1] >= MOST_COLUMNS):
        raise ValueError("larger than any sheet")
    for row in sheet.iter_rows():
        cells = [value(v) for v in row]
        while cells and cells[-1] is None:
            cells.pop()
        yield cells


def _first_table(book: CalamineWorkbook, names: list[str]) -> tuple[str, list[list[Any]]]:
    """The first of these sheets with a header and answers.

    Rows of a single cell are notes, unless no sheet has wider ones.
    """
    narrow = None
    for name in names:
        rows = list(_rows(book, name))
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


def _no_answers() -> UserError:
    return UserError(
        "No sheet of this workbook contains a table with answers.",
        expected="names of variables in one row and one row for each case below",
        remedy="Choose another sheet or header row, or check that the sheet is not hidden.",
    )
