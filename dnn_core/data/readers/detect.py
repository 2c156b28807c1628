"""Guess how a text file is to be read; the researcher confirms or corrects it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from dnn_core.data.readers.marks import decide_marks, is_number, look_at
from dnn_core.data.readers.options import Delimiter, Encoding, ReadOptions
from dnn_core.data.readers.rows import SAMPLE_BYTES, SAMPLE_LINES, Row, parse
from dnn_core.data.readers.sheet import Sheet, no_answers
from dnn_core.data.readers.text import first_lines

MISSING_TOKENS = (
    "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "NULL", "null", "#NULL!",
    "#DIV/0!", "#VALUE!", "#REF!", "?", "(missing)",
)  # fmt: skip
"""Texts that stand for a missing answer wherever they occur."""

MISSING_AMONG_NUMBERS = (".", "..", "-", "–", "...", "…", "None", "none", "missing")
"""Texts that stand for a missing answer only where all the others are numbers."""

_SURE = frozenset(MISSING_TOKENS)
_AMONG_NUMBERS = frozenset(MISSING_AMONG_NUMBERS)

_COUNTRY_CODE = re.compile(r"[A-Z]{2}")


def detect_layout(text: bytes, encoding: Encoding) -> ReadOptions:
    r"""Guess delimiter and header from the first lines of a file.

    Parameters
    ----------
    text : bytes
        UTF-8 with `\n` at line ends.
    """
    lines = first_lines(text, SAMPLE_LINES, SAMPLE_BYTES)
    # Comments at the top would outvote a short table.
    plain = [line for line in lines if not line.startswith("#")] or lines
    delimiter, width = guess_delimiter(plain)
    rows = [row for row in parse(lines, delimiter.value) if not row.blank]
    if not rows:
        raise no_answers(0)
    header_row, header_rows = guess_header(rows, width)
    return ReadOptions(
        delimiter=delimiter, encoding=encoding, header_row=header_row, header_rows=header_rows
    )


def guess_delimiter(lines: list[str]) -> tuple[Delimiter, int]:
    """Take the delimiter that gives the most rows one and the same width.

    Returns
    -------
    delimiter : Delimiter
    width : int
        The most frequent number of cells in a row; 1 if no delimiter fits.
    """
    best, best_share, best_width = Delimiter.COMMA, 0.0, 1
    for delimiter in (Delimiter.TAB, Delimiter.SEMICOLON, Delimiter.PIPE, Delimiter.COMMA):
        if not any(delimiter.value in line for line in lines):
            continue
        widths = [len(row.cells) for row in parse(lines, delimiter.value) if not row.blank]
        width, rows = Counter(widths).most_common(1)[0]
        share = rows / len(widths)
        if width > 1 and share >= 0.5 and share > best_share + 0.02:
            best, best_share, best_width = delimiter, share, width
    return best, best_width


def guess_header(rows: list[Row], width: int) -> tuple[int | None, int]:
    """Find the row with the names.

    Rows before the table (titles, sources, comments) have few cells that are
    filled. Where a row with gaps is followed by one without, the names are in
    the latter; where the next row only fills the gaps, the names take both.

    Returns
    -------
    header_row : int or None
        Line counted from 0; None if the first row holds answers already.
    header_rows : int
    """
    first = next((i for i, row in enumerate(rows) if _starts_table(row, width)), 0)
    body = [row.cells for row in rows[first + 1 :]]
    cells = rows[first].cells
    if _gaps(cells) >= (1 if any(map(is_number, cells)) else 2):
        for ahead, row in enumerate(rows[first + 1 : first + 6], start=1):
            below = [later.cells for later in rows[first + ahead + 1 :]]
            if _is_complete(row.cells, width) and _contrasts(row.cells, below):
                return row.begin, 1
        if body and _fills_gaps(cells, body[0]) and _contrasts(body[0], body[1:]):
            return rows[first].begin, 2
    return (None if _is_data(cells, body) else rows[first].begin), 1


def _starts_table(row: Row, width: int) -> bool:
    filled = sum(1 for cell in row.cells if cell.strip())
    # A header may lack the name of the first column.
    wide = len(row.cells) >= width - 1
    return wide and filled >= min(width, 2) and not row.cells[0].startswith("#")


def _gaps(cells: list[str]) -> int:
    """Empty cells before the last filled one."""
    filled = [i for i, cell in enumerate(cells) if cell.strip()]
    return filled[-1] + 1 - len(filled) if filled else 0


def _is_complete(cells: list[str], width: int) -> bool:
    names = [cell.strip() for cell in cells if cell.strip()]
    return (
        len(cells) == width
        and len(names) >= width - 1
        and _gaps(cells) == 0
        and len(set(names)) == len(names)
        and not any(map(is_number, names))
    )


def _contrasts(cells: list[str], body: list[list[str]]) -> bool:
    """Whether a row without numbers stands above columns of numbers."""
    if any(map(is_number, cells)):
        return False
    return any(_mostly_numbers(column) for column in zip(*body[:50], strict=False))


def _fills_gaps(cells: list[str], below: list[str]) -> bool:
    filled = sum(1 for a, b in zip(cells, below, strict=False) if not a.strip() and b.strip())
    return filled >= 0.8 * _gaps(cells)


def _is_data(cells: list[str], body: list[list[str]]) -> bool:
    """Whether a first row holds answers: numbers, or words that come again below it.

    A header that comes again as a whole stands, each time, in columns of numbers.
    """
    others = [row for row in body if row != cells]
    if len(others) < len(body) and not _SURE.intersection(cells) and _contrasts(cells, others):
        return False
    words = [i for i, cell in enumerate(cells) if cell.strip() and not is_number(cell)]
    numbers = [cell for cell in cells if is_number(cell)]
    if not words and numbers:
        return True
    again = sum(
        1 for i in words if any(len(row) > i and row[i].strip() == cells[i].strip() for row in body)
    )
    if again > len(words) / 2:
        return True
    return bool(numbers) and not _are_names(numbers)


def _are_names(numbers: list[str]) -> bool:
    """Whether numbers head columns: years in order, or items counted on by the same step."""
    if not all(re.fullmatch(r"\d{1,9}", cell.strip()) for cell in numbers):
        return False
    values = [int(cell) for cell in numbers]
    steps = {b - a for a, b in pairwise(values)}
    ascending = all(step > 0 for step in steps)
    years = all(1900 <= value <= 2100 for value in values)
    return ascending and (years or len(steps) == 1)


def _mostly_numbers(cells: tuple[str, ...]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) > 0 and sum(map(is_number, filled)) >= 0.8 * len(filled)


def detect_cells(sheet: Sheet, layout: ReadOptions) -> ReadOptions:
    """Guess marks of numbers and missing tokens from the first rows."""
    columns = [set(sheet.column(number)) - {""} for number in range(len(sheet.header))]
    tokens = [tokens_in(answers) for answers in columns]
    evidence = [look_at(a - t) for a, t in zip(columns, tokens, strict=True)]
    decimal, thousands = decide_marks(evidence, layout.delimiter)
    return layout.but(
        decimal=decimal, thousands=thousands, missing_tokens=in_order(set().union(*tokens))
    )


def tokens_in(answers: set[str]) -> set[str]:
    """Texts among the distinct answers of a column that stand for a missing one."""
    sure = answers & _SURE
    among_numbers = answers & _AMONG_NUMBERS
    if among_numbers and _all_numbers(answers - sure - among_numbers):
        return sure | among_numbers
    return set() if sure == {"NA"} and are_country_codes(answers) else sure


def in_order(tokens: Iterable[str]) -> tuple[str, ...]:
    """Missing tokens in the order in which they are declared here."""
    distinct = set(tokens)
    return tuple(t for t in (*MISSING_TOKENS, *MISSING_AMONG_NUMBERS) if t in distinct)


def are_country_codes(answers: set[str]) -> bool:
    """Whether distinct answers are codes of two letters, where NA is Namibia."""
    words = answers - {"", "NA"}
    codes = [word for word in words if _COUNTRY_CODE.fullmatch(word)]
    return len(codes) >= 5 and len(codes) >= 0.8 * len(words)


def _all_numbers(answers: set[str]) -> bool:
    filled = answers - {""}
    return len(filled) > 0 and all(map(is_number, filled))
