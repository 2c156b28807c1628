"""Separate header and body of a table: rows of another width are corrected or rejected."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from dnn_core.data.readers.mended_rows import describe_mending, line_numbers
from dnn_core.data.readers.names import join_headers, unique_names
from dnn_core.data.readers.options import ReadOptions
from dnn_core.data.readers.rows import SAMPLE_BYTES, SAMPLE_LINES, Row, parse
from dnn_core.data.readers.text import first_lines, line_offset
from dnn_core.errors import UserError

MAX_LONG_SHARE = 0.05
"""With more over-long rows than this the fault lies in the file, not in single rows."""

MAX_LONG_ROWS = 3
"""So many over-long rows are left out of any table, however small."""

_SENTINEL = "\x1f"


@dataclass(frozen=True)
class Sheet:
    """A table of text and where its answers begin.

    `header` has a name, perhaps empty, for each column; the answers begin at
    byte `start` of `text` (which is not copied: files are large), on line
    `first_line` of the file, counted from 0; `sample` holds the cells of the
    first rows; `warnings` say what was mended; `repeats` are the lines, counted
    from 1, in which the header came again and was left out.
    """

    header: tuple[str, ...]
    text: bytes
    start: int
    sample: tuple[list[str], ...]
    first_line: int
    warnings: tuple[str, ...] = ()
    repeats: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return unique_names(self.header)[0]

    def column(self, number: int) -> list[str]:
        """Cells of one column in the sample."""
        return [cells[number] for cells in self.sample]


def open_sheet(text: bytes, options: ReadOptions) -> Sheet:
    r"""Take the header off and bring it to the width of the first rows.

    Where they differ in width, the whole table is mended at once; rows further
    down are the caller's to check, with `mend`.

    Parameters
    ----------
    text : bytes
        UTF-8 with `\n` at line ends.

    Raises
    ------
    UserError
        If there is no header row or no answer, or too many rows do not fit.
    """
    start, header, first_line = _take_header(text, options)
    text, repeats = _without_repeats(text, start, options, first_line)
    lines = first_lines(text, SAMPLE_LINES, SAMPLE_BYTES, start)
    rows = [row.cells for row in parse(lines, options.delimiter.value) if not row.blank]
    if not rows:
        raise no_answers(len(header or []))
    if len(rows) > 1 and len(lines) == SAMPLE_LINES:
        rows.pop()  # The sample may end within a row.
    widths = {len(cells) for cells in rows}
    if header is not None and len(widths) == 1:
        header = _fit_header(header, rows)
        _refuse_short(header, len(rows[0]))
    names = tuple(header or [""] * len(rows[0]))
    sheet = Sheet(names, text, start, tuple(rows), first_line, repeats=repeats)
    if widths == {len(sheet.header)}:
        return sheet
    return mend(sheet, options, named=header is not None)


def _take_header(text: bytes, options: ReadOptions) -> tuple[int, list[str] | None, int]:
    """Return the byte and the line on which the answers begin, and between them the names."""
    if options.header_row is None:
        return 0, None, 0
    start = line_offset(text, options.header_row)
    if start < 0:
        raise UserError(
            f"The file has no line {options.header_row + 1}.",
            remedy="Choose an earlier header row.",
        )
    source = io.BytesIO(text)
    source.seek(start)
    lines = io.TextIOWrapper(source, encoding="utf-8", newline="")
    rows = (row for row in parse(lines, options.delimiter.value) if not row.blank)
    first_rows = list(islice(rows, options.header_rows))
    end = line_offset(text, first_rows[-1].end, start) if first_rows else -1
    if end < 0:
        raise no_answers(len(first_rows[0].cells) if first_rows else 0)
    header = (
        first_rows[0].cells
        if len(first_rows) == 1
        else join_headers(first_rows[0].cells, first_rows[1].cells)
    )
    return end, header, options.header_row + first_rows[-1].end


def _without_repeats(
    text: bytes, start: int, options: ReadOptions, first_line: int
) -> tuple[bytes, tuple[int, ...]]:
    """Empty the lines in which the header comes again, as where tables were put together.

    The lines stay, empty, so that lines keep their numbers.
    """
    header = text[text.rfind(b"\n", 0, start - 1) + 1 : start].rstrip(b"\n")
    # Of a single column, a name can be an answer; of two header rows, neither comes alone.
    if (
        options.header_row is None
        or options.header_rows > 1
        or options.delimiter.value.encode() not in header
        or text.find(b"\n" + header, start - 1) < 0
    ):
        return text, ()
    repeats: list[int] = []
    line, counted = first_line, start

    def empty(match: re.Match[bytes]) -> bytes:
        nonlocal line, counted
        line += text.count(b"\n", counted, start + match.start())
        counted = start + match.start()
        repeats.append(line + 1)
        return b""

    body = re.sub(rb"(?m)^" + re.escape(header) + rb"$", empty, text[start:])
    return text[:start] + body, tuple(repeats)


def no_answers(names: int) -> UserError:
    """Say that nothing stands below the header."""
    return UserError(
        "The file has no rows of answers.",
        expected="names of variables in one row and one row for each case below",
        received=f"{names:,} names and nothing below them" if names else "no cell with content",
        remedy="Check the header row and the delimiter, or export the file again.",
    )


def _fit_header(header: list[str], rows: list[list[str]]) -> list[str]:
    """Bring a header that is a cell longer or shorter than the rows to their width."""
    width = len(rows[0])
    header = _trim(header, width)
    if len(header) + 1 == width:
        # Either every row ends with a delimiter, or the first column holds row
        # names without a heading, as R's write.table leaves it.
        ends_empty = not any(cells[-1] for cells in rows)
        return [*header, ""] if ends_empty else ["", *header]
    return header


def _trim(cells: list[str], width: int) -> list[str]:
    """Leave out empty cells at the end that go beyond a width."""
    end = len(cells)
    while end > width and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _refuse_short(header: list[str], width: int) -> None:
    if len(header) > width:
        raise UserError(
            f"Every row has fewer cells than the header has names ({len(header):,}), so names and "
            "answers cannot be matched.",
            expected=f"{width:,} names, as many as there are cells in each row",
            remedy="Check the header row and the delimiter, or put names that contain the "
            "delimiter into quotation marks.",
        )


def mend(sheet: Sheet, options: ReadOptions, *, named: bool = True) -> Sheet:
    """Parse row by row: pad short rows, leave long ones out, and name both.

    Parameters
    ----------
    named : bool
        Whether the sheet's header stood in the file and sets the width.

    Raises
    ------
    UserError
        If a quotation mark is left open or too many rows are too long.
    """
    delimiter, first_line = options.delimiter.value, sheet.first_line
    rows = _closed_rows(sheet.text[sheet.start :], delimiter, first_line)
    width = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    rows, notes = _without_notes(rows, width, top=not named)
    header = [""] * width
    if named:
        header = _fit_header(
            list(sheet.header), [row.cells for row in rows if len(row.cells) == width]
        )
        width = len(header)
    kept, short, long = _sort_rows(rows, width, first_line + 1)
    _refuse_long(long, len(rows), width)
    warnings = describe_mending([row.begin + first_line + 1 for row in notes], long, short, width)
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows(kept)
    body = buffer.getvalue().encode("utf-8")
    return Sheet(
        header=tuple(header),
        text=body,
        start=0,
        sample=tuple(kept[:SAMPLE_LINES]),
        first_line=first_line,
        warnings=tuple(warnings),
        repeats=sheet.repeats,
    )


def _sort_rows(
    rows: list[Row], width: int, first_line: int
) -> tuple[list[list[str]], list[int], list[int]]:
    """Return rows of the right width, and the lines of those too short and too long."""
    kept: list[list[str]] = []
    short: list[int] = []
    long: list[int] = []
    for row in rows:
        cells = _trim(row.cells, width)
        if len(cells) > width:
            long.append(row.begin + first_line)
            continue
        if len(cells) < width:
            short.append(row.begin + first_line)
        kept.append([*cells, *[""] * (width - len(cells))])
    return kept, short, long


def _closed_rows(body: bytes, delimiter: str, first_line: int) -> list[Row]:
    # A line of its own at the end shows whether a quotation mark is still open.
    text = body.decode("utf-8").rstrip("\n") + f"\n{_SENTINEL}\n"
    rows = list(parse(io.StringIO(text, newline="\n"), delimiter))
    last = rows.pop()
    if last.cells != [_SENTINEL]:
        raise UserError(
            "A quotation mark is opened and never closed.",
            received=f"the row that begins in line {last.begin + first_line + 1}",
            remedy="Correct that row in the file, or export the file again.",
        )
    return [row for row in rows if not row.blank]


def _without_notes(rows: list[Row], width: int, *, top: bool) -> tuple[list[Row], list[Row]]:
    """Take titles before and footnotes after the table off: rows of a single cell."""
    if width < 3:
        return rows, []
    first, end = 0, len(rows)
    while top and len(rows[first].cells) == 1:
        first += 1
    while len(rows[end - 1].cells) == 1:
        end -= 1
    return rows[first:end], [*rows[:first], *rows[end:]]


def _refuse_long(long: list[int], rows: int, width: int) -> None:
    if not long or (len(long) <= max(MAX_LONG_ROWS, MAX_LONG_SHARE * rows) and len(long) < rows):
        return
    raise UserError(
        f"{len(long):,} of {rows:,} rows have more cells than there are columns.",
        expected=f"{width:,} cells in each row",
        received=f"more of them in {line_numbers(long)}",
        remedy="Check the delimiter and the header row, or put answers that contain the "
        "delimiter into quotation marks.",
    )
