"""Where the cells of a table lie in its bytes, found without parsing them one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NEWLINE, _QUOTE, _SPACE = 10, 34, 32


@dataclass(frozen=True)
class Grid:
    """Starts and ends of all cells of a table in which every row is as wide.

    `starts` and `ends` have shape (rows * width,), row by row, without the
    quotation marks around a cell.
    """

    text: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    width: int

    def columns_with(self, token: bytes) -> list[int]:
        """Columns in which a cell is exactly this token."""
        cells = np.flatnonzero(self.ends - self.starts == len(token))
        for position, byte in enumerate(token):
            cells = cells[self.text[self.starts[cells] + position] == byte]
        return [int(column) for column in np.unique(cells % self.width)]

    def is_empty(self, column: int) -> bool:
        """Whether no row has anything in this column."""
        cells = slice(column, None, self.width)
        return bool((self.starts[cells] == self.ends[cells]).all())

    def cells(self, column: int, limit: int) -> list[str]:
        """Text of the first `limit` cells of a column."""
        numbers = range(column, min(len(self.starts), limit * self.width), self.width)
        return [self.cell(number) for number in numbers]

    def cell(self, number: int) -> str:
        raw = self.text[self.starts[number] : self.ends[number]].tobytes()
        return raw.decode("utf-8", errors="replace")


def find_grid(body: bytes, delimiter: str) -> Grid | None:
    """Find all cells, or None where rows differ in width.

    Quotation marks are assumed to come in pairs. Where they do not, widths
    differ and the caller parses the table row by row.
    """
    text = np.frombuffer(body if body.endswith(b"\n") else body + b"\n", dtype=np.uint8)
    is_newline = text == _NEWLINE
    separator = is_newline | (text == ord(delimiter))
    quotes = text == _QUOTE
    quoted = bool(quotes.any())
    if quoted:
        inside = np.bitwise_xor.accumulate(quotes)
        separator &= ~inside
    ends = np.flatnonzero(separator)
    starts = np.concatenate([[0], ends[:-1] + 1])
    row_ends = np.flatnonzero(is_newline[ends])
    if not len(row_ends) or row_ends[-1] != len(ends) - 1:
        return None
    widths = np.diff(row_ends, prepend=-1)
    blank = (widths == 1) & (ends[row_ends] == starts[row_ends])
    if blank.any():
        keep = np.ones(len(ends), dtype=bool)
        keep[row_ends[blank]] = False
        starts, ends, widths = starts[keep], ends[keep], widths[~blank]
    if not len(widths) or (widths != widths[0]).any():
        return None
    return Grid(text, *_trim(text, starts, ends, quoted), int(widths[0]))


def _trim(
    text: np.ndarray, starts: np.ndarray, ends: np.ndarray, quoted: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Leave spaces before a cell and the quotation marks around it out."""
    while True:
        spaced = (text[starts] == _SPACE) & (starts < ends)
        if not spaced.any():
            break
        starts = starts + spaced
    if quoted:
        wrapped = (ends - starts >= 2) & (text[starts] == _QUOTE)
        wrapped &= text[ends - 1] == _QUOTE
        starts, ends = starts + wrapped, ends - wrapped
    return starts, ends
