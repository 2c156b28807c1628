"""Parse a table of text row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dnn_core.data.readers.reading import MOST_COLUMNS, refuse_wide
from dnn_core.errors import UserError

SAMPLE_LINES = 300
SAMPLE_BYTES = 1_000_000
"""Bytes of a table that are parsed cell by cell."""


class Row(NamedTuple):
    """One record: the lines it spans, counted from 0, and its cells."""

    begin: int
    end: int
    cells: list[str]

    @property
    def blank(self) -> bool:
        """Whether the line holds nothing, not even an empty cell."""
        return not self.cells or (len(self.cells) == 1 and not self.cells[0].strip())


def parse(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Parse a table row by row, as pandas would.

    Raises
    ------
    UserError
        If a cell is so long that a quotation mark must be missing, or a row has more cells than
        any table has columns.
    """
    reader = csv.reader(_not_too_wide(lines, delimiter), delimiter=delimiter, skipinitialspace=True)
    begin = 0
    try:
        for cells in reader:
            refuse_wide(len(cells), f" in line {begin + 1:,}")
            yield Row(begin, reader.line_num, cells)
            begin = reader.line_num
    except csv.Error as error:
        raise UserError(
            f"The row that begins in line {begin + 1} cannot be split into cells.",
            expected=f"cells of at most {csv.field_size_limit():,} characters",
            received=str(error),
            remedy="A quotation mark may be missing there, or the delimiter is wrong.",
        ) from error


def _not_too_wide(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    """Lines whose delimiters alone, where nothing is quoted, do not make too many cells.

    Millions of cells need not be made to be refused.
    """
    for number, line in enumerate(lines, start=1):
        if len(line) >= MOST_COLUMNS and '"' not in line:
            refuse_wide(line.count(delimiter) + 1, f" in line {number:,}")
        yield line
