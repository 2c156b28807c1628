"""Tables of plain text: CSV, TSV and their relatives."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from dnn_core.data.readers.columns import (
    dated_columns,
    evidence_of,
    is_rectangular,
    parse_columns,
    revise,
    text_columns,
)
from dnn_core.data.readers.detect import detect_cells, detect_layout
from dnn_core.data.readers.foreign import refuse_other_formats
from dnn_core.data.readers.marks import (
    Evidence,
    decide_marks,
    describe_marks,
    grouped,
    plain_number,
)
from dnn_core.data.readers.mended_rows import describe_repeats
from dnn_core.data.readers.moments import describe_moments
from dnn_core.data.readers.names import listed, unique_names
from dnn_core.data.readers.options import Delimiter, ReadOptions, Thousands
from dnn_core.data.readers.parsing import Job, parse_in_subprocess
from dnn_core.data.readers.reading import Reading, Watch, refuse_wide
from dnn_core.data.readers.sheet import Sheet, mend, no_answers, open_sheet
from dnn_core.data.readers.text import guess_encoding, to_utf8
from dnn_core.errors import UserError

SMALL = 5_000_000
"""Bytes of a table that is parsed in the process that asks for it, in about a second whatever it
holds. What is larger, or unpacks to more, is parsed in a process of its own, which takes nearly a
second to start."""

SECONDS_TO_READ = 600
"""The largest table that is read, of 1 GB, takes about a minute where nothing else runs."""


def detect_options(content: bytes) -> ReadOptions:
    """Guess how a text file is to be read.

    Raises
    ------
    UserError
        If the bytes are empty, another format or no table.
    """
    options = read_text_table(content, None).options
    assert isinstance(options, ReadOptions)
    return options


def read_csv(content: bytes, options: ReadOptions) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a text file as it is declared.

    Returns
    -------
    frame : pandas.DataFrame
        One row for each case, index 0 .. n - 1; text as `str`, all else numeric.
    warnings : tuple of str
        Plain sentences on what was mended or looks wrong.

    Raises
    ------
    UserError
        If the file cannot be read that way.
    """
    reading = read_text_table(content, options)
    return reading.frame, reading.warnings


def read_text_table(
    content: bytes, options: ReadOptions | None, watch: Watch | None = None
) -> Reading:
    """Read a text file; options that are left out are guessed."""
    if len(content) <= SMALL:
        return read_here(content, options, watch)
    refuse_endless_line(content)
    return read_in_subprocess(content, ".csv", options, watch)


def refuse_endless_line(content: bytes) -> None:
    """Raise if the first line alone has more cells than any table has columns.

    That is seen at once, without a process to be started.

    Raises
    ------
    UserError
    """
    end = content.find(b"\n")
    line, where = content[:end], " in line 1"
    if end < 0:
        line, where = content, " or more in line 1"
    if b'"' not in line:
        for delimiter in Delimiter:
            refuse_wide(line.count(delimiter.value.encode()) + 1, where)


def read_in_subprocess(
    content: bytes, suffix: str, options: ReadOptions | None, watch: Watch | None
) -> Reading:
    """Read a text file, packed if its ending says so, in a process of its own.

    Raises
    ------
    UserError
        If it cannot be read, or takes too much time or memory.
    """
    settings = {"options": None if options is None else options.model_dump(mode="json")}
    job = Job("text", suffix, "a table of plain text", settings, SECONDS_TO_READ)
    frame, about = parse_in_subprocess(content, job, watch)
    return Reading(
        frame.set_axis(pd.Index(about["names"], dtype="str"), axis=1),
        ReadOptions.model_validate(about["options"]),
        tuple(about["warnings"]),
    )


def read_here(content: bytes, options: ReadOptions | None, watch: Watch | None = None) -> Reading:
    """Read a text file in this process.

    Options are guessed from the first rows, and corrected where columns further
    down turn out to be something else, so that the file is parsed only once
    unless there is a surprise.
    """
    refuse_other_formats(content)
    guessed, doubts = guess_encoding(content)
    encoding = guessed if options is None else options.encoding
    text, damage = to_utf8(content, encoding)
    # A guess is told as long as it holds, whatever else is changed.
    notices = (*(doubts if encoding is guessed else ()), *damage)
    if options is not None:
        frame, sheet = _parse(open_sheet(text, options), options, watch)
        return _finish(frame, sheet, options, evidence_of(frame, sheet, options), notices)
    layout = detect_layout(text, encoding)
    sheet = open_sheet(text, layout)
    guess = detect_cells(sheet, layout)
    frame, sheet = _parse(sheet, guess, watch)
    frame, guess = revise(frame, sheet, guess)
    evidence = evidence_of(frame, sheet, guess)
    decimal, thousands = decide_marks(evidence.values(), guess.delimiter)
    if (decimal, thousands) != (guess.decimal, guess.thousands):
        # Rows further down show other marks than the first.
        guess = guess.but(decimal=decimal, thousands=thousands)
        frame, guess = revise(parse_columns(sheet, guess), sheet, guess)
    return _finish(frame, sheet, guess, evidence, notices)


def _parse(sheet: Sheet, options: ReadOptions, watch: Watch | None) -> tuple[pd.DataFrame, Sheet]:
    """Parse as fast as can be, and mend the rows only if that goes wrong."""
    try:
        frame = parse_columns(sheet, options, watch)
        if is_rectangular(frame, sheet, options.delimiter):
            return frame, sheet
    except UserError:
        if sheet.warnings:
            raise
    mended = mend(sheet, options, named=options.header_row is not None)
    return parse_columns(mended, options), mended


def _finish(
    frame: pd.DataFrame,
    sheet: Sheet,
    options: ReadOptions,
    evidence: dict[str, Evidence],
    notices: tuple[str, ...],
) -> Reading:
    frame, sheet = _without_last(frame, sheet)
    if options.thousands is not Thousands.NONE:
        frame = _without_thousands(frame, options)
    frame, dropped = _without_empty_rows(frame)
    if frame.empty:
        raise no_answers(len(sheet.header))
    numeric = set(frame.columns) - set(text_columns(frame))
    warnings = [*notices, *describe_marks(evidence, numeric, options)]
    warnings += [*describe_repeats(sheet.repeats), *sheet.warnings]
    warnings += describe_moments(dated_columns(frame, sheet, options), [])
    if options.header_row is not None:
        warnings += unique_names(sheet.header)[1]
    if dropped:
        warnings.append(f"Rows without any answer were left out: {dropped:,}.")
    return Reading(frame, options, (*warnings, *_doubts(frame, options)))


def _without_last(frame: pd.DataFrame, sheet: Sheet) -> tuple[pd.DataFrame, Sheet]:
    """Leave out what delimiters at the end of rows leave behind: no name, no answer."""
    width = len(sheet.header)
    while width > 1 and not sheet.header[width - 1].strip() and _is_empty(frame.iloc[:, width - 1]):
        width -= 1
    return frame.iloc[:, :width], replace(sheet, header=sheet.header[:width])


def _is_empty(series: pd.Series) -> bool:
    return bool(series.isna().all())


def _without_thousands(frame: pd.DataFrame, options: ReadOptions) -> pd.DataFrame:
    """Turn text columns into numbers where every answer is a grouped number."""
    pattern = grouped(options.thousands, options.decimal)
    numbers: dict[str, pd.Series] = {}
    for name in text_columns(frame):
        if name in options.as_text:
            continue
        answers = frame[name].dropna().unique().tolist()
        if not answers or not all(pattern.fullmatch(answer) for answer in answers):
            continue
        values = {answer: float(plain_number(answer, options)) for answer in answers}
        numbers[name] = frame[name].map(values).astype("float64")
    return frame.assign(**numbers)


def _without_empty_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    doubtful = frame.index[frame.iloc[:, 0].isna()]
    if not len(doubtful) or len(frame.columns) == 1:
        return frame, 0
    empty = doubtful[frame.loc[doubtful].isna().all(axis=1)]
    return (frame.drop(index=empty).reset_index(drop=True) if len(empty) else frame), len(empty)


def _doubts(frame: pd.DataFrame, options: ReadOptions) -> list[str]:
    """Say what a researcher should look at before going on."""
    doubts = []
    if len(frame.columns) == 1:
        doubts.append(
            "The table has only one column. If the file has more, choose another delimiter."
        )
    kept = [name for name in frame.columns if name in set(options.no_tokens_in)]
    if kept:
        doubts.append(
            f"“NA” is kept as an answer in {listed(kept)}, because there it can be the "
            "country code of Namibia."
        )
    return doubts
