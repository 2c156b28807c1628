"""CSV for spreadsheets: what would run as a formula stays text."""

from __future__ import annotations

import re

import pandas as pd

_STARTS_FORMULA = re.compile(r"[=+\-@\t\r\0]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def guard_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before text and column names that a spreadsheet would run.

    That is text that starts with `=`, `+`, `-`, `@`, tab, carriage return or a
    zero byte (OWASP, CSV injection). Numbers stay numbers, also those that are
    stored as text, such as “-5”.

    Returns
    -------
    pandas.DataFrame
        A copy with the same shape.
    """
    guarded = frame.copy()
    for position, kind in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            guarded.isetitem(position, _guard_column(frame.iloc[:, position]).array)
    guarded.columns = pd.Index([_guard(name) for name in frame.columns])
    return guarded


def write_csv(frame: pd.DataFrame) -> bytes:
    r"""Write a table as CSV, guarded against formulas.

    UTF-8 with a byte-order mark, because Excel takes a file without one for
    Windows-1252 and garbles umlauts; commas and decimal points, as every
    statistics program reads them by default; `\r\n` at line ends (RFC 4180).
    """
    text = guard_formulas(frame).to_csv(index=False, lineterminator="\r\n")
    return b"\xef\xbb\xbf" + text.encode("utf-8")


def _guard_column(series: pd.Series) -> pd.Series:
    guarded = {value: _guard(value) for value in series.dropna().unique()}
    return series.astype("object").map(guarded, na_action="ignore")


def _guard(value: object) -> object:
    if not isinstance(value, str) or not _STARTS_FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"
