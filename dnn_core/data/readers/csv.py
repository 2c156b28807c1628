"""Tables of plain text: CSV, TSV and their relatives."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.data.readers.detect import detect_cells, detect_layout, grouped
from dnn_core.data.readers.foreign import refuse_other_formats
from dnn_core.data.readers.options import Encoding, ReadOptions, Thousands
from dnn_core.data.readers.sheet import Sheet, listed, no_answers, open_sheet
from dnn_core.data.readers.text import guess_encoding, to_utf8
from dnn_core.errors import UserError


@dataclass(frozen=True)
class Reading:
    """What came out of a file: raw values, how they were read, what was mended."""

    frame: pd.DataFrame
    warnings: tuple[str, ...]
    options: ReadOptions


def detect_options(content: bytes) -> ReadOptions:
    """Guess how a text file is to be read.

    Raises
    ------
    UserError
        If the bytes are empty, another format or no table.
    """
    return _detect(content)[0]


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
    refuse_other_formats(content)
    return _read(open_sheet(to_utf8(content, options.encoding), options), options)


def read_text_table(content: bytes, options: ReadOptions | None) -> Reading:
    """Read a text file; where options are guessed, the table is looked at only once."""
    if options is None:
        options, sheet = _detect(content)
        return Reading(*_read(sheet, options), options)
    return Reading(*read_csv(content, options), options)


def _detect(content: bytes) -> tuple[ReadOptions, Sheet]:
    refuse_other_formats(content)
    encoding = guess_encoding(content)
    text = to_utf8(content, encoding)
    layout = detect_layout(text, encoding)
    sheet = open_sheet(text, layout)
    return detect_cells(sheet, layout), sheet


def _read(sheet: Sheet, options: ReadOptions) -> tuple[pd.DataFrame, tuple[str, ...]]:
    frame = _parse(sheet, options)
    if options.thousands is not Thousands.NONE:
        frame = _without_thousands(frame, options)
    frame, dropped = _without_empty_rows(frame)
    if frame.empty:
        raise no_answers(len(sheet.names))
    mended = (f"Rows without any answer were left out: {dropped:,}.",) if dropped else ()
    return frame, (*sheet.warnings, *mended, *_doubts(frame, options))


def _parse(sheet: Sheet, options: ReadOptions) -> pd.DataFrame:
    kept = len(sheet.names)
    literal = set(options.no_tokens_in) & set(sheet.names)
    tokens = ["", *options.missing_tokens]
    settings: dict[str, Any] = {
        "sep": options.delimiter.value,
        "decimal": options.decimal.value,
        "header": None,
        "index_col": False,
        "names": [*sheet.names, *(f"\0{i}" for i in range(sheet.width - kept))],
        "keep_default_na": False,
        "na_values": {name: [""] if name in literal else tokens for name in sheet.names}
        if literal
        else tokens,
        "skipinitialspace": True,
        "low_memory": False,
    }
    wanted = {name: str for name in sheet.names if name in set(options.as_text)}
    columns = range(kept) if kept < sheet.width else None
    try:
        frame = pd.read_csv(io.BytesIO(sheet.body), dtype=wanted, usecols=columns, **settings)
        logical = [name for name, kind in frame.dtypes.items() if kind.kind in "bO"]
        if logical:
            # True and TRUE are answers as they stand in the file, not numbers.
            words = pd.read_csv(io.BytesIO(sheet.body), dtype=str, usecols=logical, **settings)
            frame = frame.assign(**{name: words[name] for name in logical})
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(
            "The file cannot be taken apart into rows and columns.",
            received=str(error).strip(),
            remedy="Check the delimiter and the header row, or export the file again.",
        ) from error
    return frame


def _without_thousands(frame: pd.DataFrame, options: ReadOptions) -> pd.DataFrame:
    """Turn text columns into numbers where every answer is a grouped number."""
    pattern = grouped(options.thousands, options.decimal)
    numbers: dict[str, pd.Series] = {}
    for name in frame.select_dtypes("str").columns.difference(list(options.as_text)):
        answers = frame[name].dropna().unique().tolist()
        if not answers or not all(pattern.fullmatch(answer) for answer in answers):
            continue
        values = {
            answer: float(
                answer.replace(options.thousands.value, "").replace(options.decimal.value, ".")
            )
            for answer in answers
        }
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
    numbers = frame.select_dtypes("float64")
    infinite = numbers.columns[np.isinf(numbers.to_numpy()).any(axis=0)].tolist()
    if infinite:
        doubts.append(f"Infinite values count as missing answers in {listed(infinite)}.")
    kept = [name for name in frame.columns if name in set(options.no_tokens_in)]
    if kept:
        doubts.append(
            f"{listed(kept)}: looks like country codes, so that “NA” is an answer there."
        )
    if options.encoding is Encoding.LATIN_1:
        doubts.append(
            "Some letters have no meaning in the usual encodings; check umlauts and accents."
        )
    return doubts
