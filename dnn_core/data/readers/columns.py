"""Parse the columns of a sheet with pandas, and again where that lost information."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.data.encoding.tabulate import year_of
from dnn_core.data.readers.compact import is_text_type, join_pieces
from dnn_core.data.readers.detect import (
    MISSING_AMONG_NUMBERS,
    MISSING_TOKENS,
    are_country_codes,
    in_order,
    tokens_in,
)
from dnn_core.data.readers.marks import Evidence, look_at
from dnn_core.data.readers.options import Delimiter, ReadOptions
from dnn_core.data.readers.reading import Watch
from dnn_core.data.readers.sheet import Sheet
from dnn_core.errors import UserError

LARGEST_EXACT = 2.0**53
"""float64 cannot tell larger whole numbers apart."""

PIECE_BYTES = 200_000

PIECE_CELLS, PIECE_ROWS = 2_500_000, 5_000
"""pandas keeps a text and a place for every cell that it parses at once, several times the file: so
many cells, but at least so many rows, are parsed before they become columns."""

_CODE = re.compile(r"0\d+|\d{16,}")


def parse_columns(sheet: Sheet, options: ReadOptions, watch: Watch | None = None) -> pd.DataFrame:
    """Parse a sheet; True and False stay the words that they are in the file.

    Raises
    ------
    UserError
        If rows have more cells than there are names, or a quotation mark is open.
    """
    frame = _read(sheet, options, as_text=options.as_text, watch=watch)
    words = [str(name) for name, kind in frame.dtypes.items() if kind in (bool, object)]
    return _dates(_again(frame, sheet, options, words, as_text=words), options)


def _dates(frame: pd.DataFrame, options: ReadOptions) -> pd.DataFrame:
    """Dates such as 2020-07-01 and 1.7.2020 become years with decimals, as from other files."""
    years = {}
    for name in text_columns(frame):
        first = frame[name].first_valid_index()
        if name in options.as_text or first is None or math.isnan(year_of(frame[name][first])):
            continue
        words = frame[name].dropna().unique().tolist()
        result = dict(zip(words, map(year_of, words), strict=True))
        if not any(map(math.isnan, result.values())):
            years[name] = frame[name].map(result).astype("float64")
    return frame.assign(**years) if years else frame


def dated_columns(frame: pd.DataFrame, sheet: Sheet, options: ReadOptions) -> list[str]:
    """Names of the columns in which dates became years."""
    dated = []
    for number, (name, kind) in enumerate(frame.dtypes.items()):
        if kind == "float64" and name not in options.as_text:
            cells = (c for c in sheet.column(number) if c and c not in options.missing_tokens)
            if not math.isnan(year_of(next(cells, ""))):
                dated.append(str(name))
    return dated


def text_columns(frame: pd.DataFrame) -> list[str]:
    """Names of the columns that hold text."""
    return [str(name) for name, kind in frame.dtypes.items() if is_text_type(kind)]


def is_rectangular(frame: pd.DataFrame, sheet: Sheet, delimiter: Delimiter) -> bool:
    """Whether every row had as many cells as there are names.

    pandas refuses longer rows and pads shorter ones, so that counting the
    delimiters outside quotation marks is enough.
    """
    if sheet.text.find(b'"', sheet.start) < 0:
        count = sheet.text.count(delimiter.value.encode(), sheet.start)
    elif not frame.iloc[:, -1].isna().any():
        return True
    else:
        text = np.frombuffer(sheet.text, dtype=np.uint8, offset=sheet.start)
        inside = np.bitwise_xor.accumulate(text == ord('"'))
        count = int(np.count_nonzero((text == ord(delimiter.value)) & ~inside))
    return count == len(frame) * (len(sheet.header) - 1)


def revise(
    frame: pd.DataFrame, sheet: Sheet, options: ReadOptions
) -> tuple[pd.DataFrame, ReadOptions]:
    """Correct options that were guessed from the first rows by all of them.

    Missing tokens further down show as columns of text; codes that lost their
    leading zeros, or digits at the end, as whole numbers.
    """
    text = text_columns(frame)
    seen = {name: _tokens(frame[name]) for name in text}
    countries = tuple(name for name in text if _holds_countries(frame[name]))
    tokens = in_order({*options.missing_tokens, *set().union(*seen.values())})
    revised = options.but(missing_tokens=tokens, no_tokens_in=countries)
    if tokens != options.missing_tokens or countries:
        new = set(tokens) - set(options.missing_tokens)
        again = [name for name in text if frame[name].isin(list(new)).any()]
        frame = _again(frame, sheet, revised, [*{*again, *countries}])
    codes = _codes(frame, sheet, revised)
    revised = revised.but(as_text=tuple(codes))
    # A column of dates and a missing token was text until now.
    return _dates(_again(frame, sheet, revised, codes, as_text=codes), revised), revised


def evidence_of(frame: pd.DataFrame, sheet: Sheet, options: ReadOptions) -> dict[str, Evidence]:
    """Evidence on the marks in numbers, from all answers of each column.

    Columns of whole numbers show nothing. Where the first rows show that a column was read right,
    or that it holds words, they are enough; else the cells are looked at as they are in the file.
    """
    evidence: dict[str, Evidence] = {}
    again = []
    kinds = list(frame.dtypes.items())
    for number, (name, kind) in enumerate(kinds):
        if str(name) in options.as_text or kind.kind in "iu":
            continue
        cells = dict.fromkeys(sheet.column(number))
        first = look_at(c for c in cells if c and c not in options.missing_tokens)
        evidence[str(name)] = first
        if is_text_type(kind):
            if first.numbers:
                evidence[str(name)] = look_at(frame[name].dropna().unique().tolist())
        elif not first.uses["decimal", options.decimal.value] and (
            first.uses or not _all_whole(frame[name].to_numpy(dtype="float64"))
        ):
            again.append(str(name))
    if again:
        anew = _read(sheet, options, only=again, as_text=again)
        evidence |= {name: look_at(anew[name].dropna().unique().tolist()) for name in again}
    return evidence


def _read(
    sheet: Sheet,
    options: ReadOptions,
    *,
    only: Iterable[str] | None = None,
    as_text: Iterable[str] = (),
    watch: Watch | None = None,
) -> pd.DataFrame:
    names = sheet.names
    tokens = ["", *options.missing_tokens]
    literal = set(options.no_tokens_in)
    settings: dict[str, Any] = {"na_values": tokens}
    if literal:
        settings["na_values"] = {name: [""] if name in literal else tokens for name in names}
    wanted = list(names) if only is None else [name for name in names if name in set(only)]
    try:
        # Closed, or pandas would keep the whole text.
        with (
            _body(sheet) as body,
            pd.read_csv(
                body,
                sep=options.delimiter.value,
                decimal=options.decimal.value,
                header=None,
                names=list(names),
                usecols=None if only is None else wanted,
                chunksize=max(PIECE_ROWS, PIECE_CELLS // len(names)),
                dtype=dict.fromkeys(set(as_text) & set(names), str),
                index_col=False,
                keep_default_na=False,
                skipinitialspace=True,
                low_memory=False,
                **settings,
            ) as pieces,
        ):
            frame, unlike = join_pieces(_watched(pieces, body, len(sheet.text), watch), wanted)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(
            "The file cannot be split into rows and columns.",
            received=str(error).strip(),
            remedy="Check the delimiter and the header row, or export the file again.",
        ) from error

    if unlike:
        # What some pieces hold as numbers, and others as words, is all words.
        anew = _read(sheet, options, only=unlike, as_text=unlike)
        frame = frame.assign(**{name: anew[name] for name in unlike})
    return frame


def _body(sheet: Sheet) -> io.BytesIO:
    body = io.BytesIO(sheet.text)
    body.seek(sheet.start)
    return body


def _watched(
    pieces: Iterable[pd.DataFrame], body: io.BytesIO, size: int, watch: Watch | None
) -> Iterator[pd.DataFrame]:
    for piece in pieces:
        if watch is not None:
            watch(body.tell() / size)
        yield piece


def _again(
    frame: pd.DataFrame,
    sheet: Sheet,
    options: ReadOptions,
    columns: list[str],
    *,
    as_text: Iterable[str] = (),
) -> pd.DataFrame:
    """Parse some columns anew."""
    if not columns:
        return frame
    anew = _read(sheet, options, only=columns, as_text=as_text)
    return frame.assign(**{name: anew[name] for name in columns})


def _tokens(series: pd.Series) -> set[str]:
    """Missing tokens among the answers of a column that was read as text."""
    if not series.isin([*MISSING_TOKENS, *MISSING_AMONG_NUMBERS]).any():
        return set()
    return tokens_in(set(series.dropna().unique().tolist()))


def _holds_countries(series: pd.Series) -> bool:
    first = series.first_valid_index()
    if first is None or len(series[first]) != 2 or not series.isna().any():
        return False
    return are_country_codes(set(series.dropna().unique().tolist()))


def _codes(frame: pd.DataFrame, sheet: Sheet, options: ReadOptions) -> list[str]:
    """Columns of whole numbers that the file writes in a way numbers would not give back."""
    whole, large = [], []
    for name, series in frame.select_dtypes("number").items():
        values = series.to_numpy(dtype="float64")
        head = values[:1000]
        if not _all_whole(head) or not _all_whole(values):
            continue
        whole.append(str(name))
        if np.fmax.reduce(np.abs(values), initial=0.0) >= LARGEST_EXACT:
            large.append(str(name))
    zeros = bool(whole) and _has_leading_zeros(sheet, options.delimiter)
    doubtful = whole if zeros else large
    if not doubtful:
        return []
    cells = _read(sheet, options, only=doubtful, as_text=doubtful)
    return [name for name in doubtful if any(map(_CODE.fullmatch, cells[name].dropna().unique()))]


def _all_whole(values: np.ndarray) -> bool:
    return bool(((values == np.floor(values)) | np.isnan(values)).all())


def _has_leading_zeros(sheet: Sheet, delimiter: Delimiter) -> bool:
    """Whether a cell is a 0 followed by digits alone."""
    begin = sheet.start
    while begin < len(sheet.text):
        # Pieces of whole rows that fit into the processor's cache.
        end = sheet.text.find(b"\n", begin + PIECE_BYTES) + 1 or len(sheet.text)
        piece = np.frombuffer(b"\n" + sheet.text[begin:end] + b"\n\n", dtype=np.uint8)
        before = (piece == ord(delimiter.value)) | (piece <= ord(" ")) | (piece == ord('"'))
        digit = (piece - np.uint8(ord("0"))) < 10
        positions = np.flatnonzero(before[:-2] & (piece[1:-1] == ord("0")) & digit[2:]) + 2
        while len(positions):
            if before[positions].any():
                return True
            positions = positions[digit[positions]] + 1
        begin = end
    return False
