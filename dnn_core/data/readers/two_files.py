"""Data that are published as two files: a training file and a test file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from textwrap import shorten

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset, Source, Variable
from dnn_core.data.levels.guess import guess_level
from dnn_core.data.readers import READERS, options_of, read_bytes
from dnn_core.data.readers.columns import text_columns
from dnn_core.data.readers.compact import is_text, join
from dnn_core.data.readers.csv import read_text_table
from dnn_core.data.readers.foreign import refuse_other_formats
from dnn_core.data.readers.names import listed
from dnn_core.data.readers.options import Encoding, ReadOptions
from dnn_core.data.readers.rows import SAMPLE_BYTES, SAMPLE_LINES, parse
from dnn_core.data.readers.text import first_lines, line_offset, to_utf8
from dnn_core.errors import UserError

PACKED_SUFFIXES = (".gz", ".zip")

LONGEST_SHOWN = 60
"""Characters of a skipped line."""


def read_two_files(
    content: bytes,
    file_name: str,
    test_content: bytes,
    test_name: str,
    options: ReadOptions | None = None,
) -> Dataset:
    """Read two tables of text as one data set, the second below the first as its test part.

    A first line of the second file that is no row of the table is skipped, and full stops that
    end each of its answers are dropped where the first file has the answers without them, as in
    the Adult data (Kohavi 1996, KDD-96:202-207). Both are said among the source's warnings.

    Parameters
    ----------
    content, test_content : bytes
        Of the training file and of the file of the test part.
    file_name, test_name : str
        The first's ending chooses the reader; the second is text whatever it ends in, unless it
        is packed.
    options : ReadOptions, optional
        How both are to be read; guessed from the first where left out.

    Returns
    -------
    Dataset
        Its `official_test` are the rows of the second file.

    Raises
    ------
    UserError
        If one of them cannot be read as a table of text, or their columns differ.
    """
    first = read_bytes(content, file_name, options)
    used = options_of(first.source.options)
    if not isinstance(used, ReadOptions):
        raise UserError(
            "Only a table of text can have its test part in a second file.",
            expected="CSV or TSV",
            received=file_name,
            remedy="Save both tables as CSV (UTF-8).",
        )
    test, warnings = _read_test(test_content, test_name, used, first.names)
    _refuse_other_columns(first.names, test, test_name, named=used.header_row is not None)
    learned, test = first.frame, test[list(first.names)]
    unlike = [n for n in first.names if is_text(learned[n]) != is_text(test[n])]
    if unlike:
        # What one file holds as numbers, or as dates, and the other as words, is all words.
        words = used.but(as_text=(*used.as_text, *unlike))
        learned_words = read_bytes(content, file_name, words).frame
        test_words, _ = _read_test(test_content, test_name, words, first.names)
        learned = learned.assign(**{name: learned_words[name] for name in unlike})
        test = test.assign(**{name: test_words[name] for name in unlike})
    test, ended = _without_full_stops(learned, test)
    if ended:
        warnings = (*warnings, _describe_full_stops(ended, test_name))
    frame = pd.DataFrame({n: join([learned[n], test[n]]) for n in first.names}, copy=False)
    return replace(
        first,
        frame=frame,
        variables=tuple(
            Variable(name=str(name), level=guess_level(series)) for name, series in frame.items()
        ),
        source=_source(first.source, test_content, test_name, warnings),
        official_test=np.arange(len(learned), len(frame)),
    )


def _source(first: Source, content: bytes, name: str, warnings: tuple[str, ...]) -> Source:
    hashes = first.sha256 + hashlib.sha256(content).hexdigest()
    return replace(
        first,
        file_name=f"{first.file_name} and {name}",
        sha256=hashlib.sha256(hashes.encode()).hexdigest(),
        size_bytes=first.size_bytes + len(content),
        # What both files share need not be said twice.
        warnings=(*first.warnings, *(w for w in warnings if w not in first.warnings)),
    )


def _read_test(
    content: bytes, name: str, options: ReadOptions, names: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows of the second file, and what was mended in it."""
    suffix = Path(name).suffix.lower()
    skipped: tuple[str, ...] = ()
    try:
        if suffix in PACKED_SUFFIXES:
            reading = READERS[suffix](content, options, None)
        else:
            refuse_other_formats(content)
            text, damaged = to_utf8(content, options.encoding)
            text, skipped = _without_first_line(text, name, options, names)
            skipped = (*(f"In “{name}”: {each}" for each in damaged), *skipped)
            reading = read_text_table(text, options.but(encoding=Encoding.UTF_8))
    except UserError as error:
        raise UserError(
            f"The file of the test part, “{name}”, cannot be read like the first file. "
            f"{error.problem}",
            expected=error.expected,
            received=error.received,
            remedy=error.remedy,
        ) from error
    return reading.frame, (*skipped, *(f"In “{name}”: {each}" for each in reading.warnings))


def _without_first_line(
    text: bytes, name: str, options: ReadOptions, names: tuple[str, ...]
) -> tuple[bytes, tuple[str, ...]]:
    """Empty a first line that has fewer cells than all others, unless it holds the names.

    The line stays, empty, so that lines keep their numbers.
    """
    # Further up than its header, the first file has lines of its own that are skipped, too.
    if options.header_row not in (None, 0):
        return text, ()
    lines = first_lines(text, SAMPLE_LINES, SAMPLE_BYTES)
    rows = [row for row in parse(lines, options.delimiter.value) if not row.blank]
    if len(lines) == SAMPLE_LINES:
        rows.pop()  # The sample may end within a row.
    # Above row names without a heading, the header is one cell short.
    if len(rows) < 2 or all(" ".join(cell.split()) in names for cell in rows[0].cells):
        return text, ()
    if len(rows[0].cells) >= min(len(row.cells) for row in rows[1:]):
        return text, ()
    begin, end = line_offset(text, rows[0].begin), line_offset(text, rows[0].end)
    line = shorten(text[begin:end].decode("utf-8"), LONGEST_SHOWN, placeholder=" …")
    emptied = text[:begin] + b"\n" * (rows[0].end - rows[0].begin) + text[end:]
    return emptied, (
        f"The first line of “{name}” is not a row of the table and was skipped: “{line}”.",
    )


def _refuse_other_columns(
    names: tuple[str, ...], test: pd.DataFrame, test_name: str, *, named: bool
) -> None:
    result = [str(name) for name in test.columns]
    if set(result) == set(names):
        return
    remedy = "Check the header row and the delimiter, or choose another file for the test part."
    problem = (
        f"The file of the test part, “{test_name}”, does not have the columns of the first file."
    )
    if not named:
        raise UserError(
            problem, expected=f"{len(names):,} columns", received=f"{len(result):,}", remedy=remedy
        )
    lacks = [name for name in names if name not in set(result)]
    more = [name for name in result if name not in set(names)]
    differences = [
        f"{words} {listed(columns)}"
        for words, columns in (("without", lacks), ("with", more))
        if columns
    ]
    raise UserError(
        problem,
        expected=f"the same {len(names):,} columns",
        received=f"{len(result):,}, {' and '.join(differences)}",
        remedy=remedy,
    )


def _without_full_stops(
    learned: pd.DataFrame, test: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Drop the full stop that ends every answer of a column, if only then answers are known."""
    mended: dict[str, pd.Series] = {}
    for name in text_columns(test):
        answers = set(test[name].dropna().unique())
        if not answers or not all(answer.endswith(".") for answer in answers):
            continue
        known = set(learned[name].dropna().unique())
        if not answers <= known and {answer[:-1] for answer in answers} <= known:
            mended[name] = test[name].str.removesuffix(".")
    return test.assign(**mended), list(mended)


def _describe_full_stops(names: list[str], test_name: str) -> str:
    return (
        f"Every answer in {listed(names)} ends in a full stop in “{test_name}”. The full stop was "
        "removed, because the first file has the same answers without it."
    )
