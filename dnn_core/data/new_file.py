"""A new file with the predictors of a trained network, read as the training file was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from dnn_core.data.dataset import Dataset
from dnn_core.data.encoding.encoder import Column
from dnn_core.data.readers import WORKBOOK_SUFFIXES, Options, options_of, read_bytes
from dnn_core.data.readers.columns import text_columns
from dnn_core.data.readers.marks import grouped, plain_number
from dnn_core.data.readers.options import Encoding, ReadOptions, WorkbookOptions
from dnn_core.data.readers.text import guess_encoding
from dnn_core.errors import UserError
from dnn_core.specs import describe_fields

TELLING_ENCODINGS = (
    Encoding.UTF_8,
    Encoding.UTF_16,
    Encoding.UTF_16_LE,
    Encoding.UTF_16_BE,
)
"""Bytes show that they are written so; one code page looks like another."""

HOW_WRITTEN = (
    "delimiter",
    "encoding",
    "decimal",
    "thousands",
    "header_row",
    "header_rows",
    "sheet",
)
"""Fields of the options that say how a file is written; the others name its columns."""


def read_new_file(
    content: bytes, file_name: str, reading: Mapping[str, Any], columns: Sequence[Column]
) -> Dataset:
    """Read the bytes of a new file as the training file was read.

    A guess from a few new rows may differ from that for the training file: 1.169 alone is a
    little more than one. So the guess is taken only where the file cannot be read in the
    recorded way, or that finds fewer of the predictors; the source's warnings say so.

    Parameters
    ----------
    content : bytes
    file_name : str
        Its ending chooses the reader.
    reading : mapping
        `Source.options` of the training data; empty where their file said itself how it is to
        be read.
    columns : sequence of Column
        The predictors, as their encoder knows them.

    Returns
    -------
    Dataset
        In a column of numbers, a word that stands among them costs its own row only.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    recorded = _suited(options_of(reading), content, file_name)
    dataset = _read(content, file_name, recorded, columns)
    used = options_of(dataset.source.options)
    if not isinstance(used, ReadOptions):
        return dataset
    numbers = {column.name for column in columns if column.numeric}.difference(used.as_text)
    plain = {
        name: _plain_numbers(dataset.frame[name], used)
        for name in text_columns(dataset.frame)
        if name in numbers
    }
    return replace(dataset, frame=dataset.frame.assign(**plain))


def _suited(recorded: Options, content: bytes, file_name: str) -> Options:
    """The recorded options as far as they can hold for this file; None where they cannot."""
    workbook = Path(file_name).suffix.lower() in WORKBOOK_SUFFIXES
    if isinstance(recorded, WorkbookOptions) != workbook:
        return None
    if isinstance(recorded, ReadOptions):
        encoding, doubts = guess_encoding(content)
        if encoding in TELLING_ENCODINGS and not doubts:
            return recorded.but(encoding=encoding)
    return recorded


def _read(content: bytes, file_name: str, recorded: Options, columns: Sequence[Column]) -> Dataset:
    """Read in the recorded way, or by a guess where that finds more of the predictors."""
    names = {column.name for column in columns}
    alike: Dataset | None = None
    if recorded is not None:
        # Why it cannot be read so is of no interest where it can be read otherwise.
        with suppress(UserError):
            alike = _with_words(content, file_name, recorded, columns)
    if alike is not None and names <= set(alike.names):
        return alike
    try:
        guessed = _with_words(content, file_name, None, columns)
    except UserError:
        if alike is None:
            raise
        return alike
    if alike is not None and len(names & set(guessed.names)) <= len(names & set(alike.names)):
        return alike
    return guessed if recorded is None else _told(guessed, recorded)


def _with_words(
    content: bytes, file_name: str, options: Options, columns: Sequence[Column]
) -> Dataset:
    """Read a file; what is words in the training file stays so, be it numbers here."""
    dataset = read_bytes(content, file_name, options)
    used = options_of(dataset.source.options)
    if not isinstance(used, ReadOptions):
        return dataset
    numbers = set(dataset.names).difference(text_columns(dataset.frame))
    wrong = [column.name for column in columns if column.words and column.name in numbers]
    if not wrong:
        return dataset
    return read_bytes(content, file_name, used.but(as_text=(*used.as_text, *wrong)))


def _told(guessed: Dataset, recorded: ReadOptions | WorkbookOptions) -> Dataset:
    """The data set with a warning in what its file differs from the training file."""
    used = options_of(guessed.source.options)
    if type(used) is not type(recorded):
        return guessed
    differences = [
        f"{field.title.lower()} “{field.show(now)}”, not “{field.show(then)}”"
        for field in describe_fields(type(recorded))
        if field.name in HOW_WRITTEN
        and (now := getattr(used, field.name)) != (then := getattr(recorded, field.name))
    ]
    if not differences:
        return guessed
    told = f"The file is not written as the training file was: {'; '.join(differences)}."
    source = replace(guessed.source, warnings=(told, *guessed.source.warnings))
    return replace(guessed, source=source)


def _plain_numbers(series: pd.Series, options: ReadOptions) -> pd.Series:
    """Write the numbers of a column of text as a computer does; words stay as they are."""
    pattern = grouped(options.thousands, options.decimal)
    answers = {
        answer: plain_number(answer, options) if pattern.fullmatch(answer) else answer
        for answer in series.dropna().unique().tolist()
    }
    return series.map(answers).astype("str")
