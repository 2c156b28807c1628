"""Convert columns of a sheet to numbers or text, in the process of `parser`."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.data.dataset import value_text
from dnn_core.data.readers.detect import tokens_in
from dnn_core.data.readers.marks import look_at
from dnn_core.data.readers.moments import DATES, TIMES, hours, years
from dnn_core.data.readers.options import Decimal, Thousands

_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,14})(\.\d+)?")
"""Numbers that lose nothing by becoming numbers: neither leading zeros nor digits at the end."""


_DURATION = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+(?:\.\d+)?)S")

ERROR_CODES = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
"""Errors of formulas, also where a program wrote them as words."""


@dataclass(frozen=True)
class Column:
    """One column as the sheet holds it; None for an empty cell.

    `errors` says whether cells with an error are among the empty ones; None where the file
    cannot be asked.
    """

    title: str
    values: tuple[Any, ...]
    errors: bool | None = False

    @property
    def empty(self) -> bool:
        return all(value is None for value in self.values)


def sheet_value(value: Any) -> Any:
    """One cell of a sheet; None for an empty one."""
    return None if isinstance(value, str) and not value.strip() else value


def open_document_value(value: Any) -> Any:
    """One cell of a sheet of OpenDocument, in which a day and more is a word: PT30H15M00S."""
    if isinstance(value, str) and (duration := _DURATION.fullmatch(value)):
        sign, *parts = duration.groups()
        hours, minutes, seconds = (float(sign + part) for part in parts)
        return datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return sheet_value(value)


def as_text(value: Any) -> str:
    """One cell as a word."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value_text(value)


def convert(column: Column, about: dict[str, Any]) -> pd.Series:
    """Numbers, or text where a cell is something else; notes in `about` what was changed."""
    values, name = column.values, column.title
    errors = {v for v in values if isinstance(v, str) and v in ERROR_CODES}
    if errors or column.errors:
        _note(about, "errors", name)
    if column.errors is None and None in values:
        _note(about, "blanks", name)
    if errors:
        values = tuple(None if v in errors else v for v in values)
    kinds = {type(v) for v in values if v is not None}
    _note(about, "booleans", kinds == {bool})
    if kinds == {bool}:
        return _series(values)
    if kinds and kinds <= set(DATES):
        _note(about, "dates", name)
        return years(pd.Series(values, dtype="object"))
    if kinds and kinds <= set(TIMES):
        _note(about, "times", name)
        return hours(pd.Series(values, dtype="object"))
    if kinds <= {int, float}:
        return _series(values)
    return _words(values, kinds, name, about)


def _words(
    values: tuple[Any, ...], kinds: set[type], name: str, about: dict[str, Any]
) -> pd.Series:
    words = [None if value is None else as_text(value) for value in values]
    tokens = tokens_in({word for word in words if word is not None})
    if tokens:
        _note(about, "tokens", name)
        words = [None if word in tokens else word for word in words]
    answers = {word for word in words if word is not None}
    shown = look_at({v for v in values if isinstance(v, str)} & answers)
    if shown.uses and not shown.words and kinds <= {int, float, str}:
        # Excel knows the marks of numbers, but not those of numbers that it took for text.
        if not shown.fits(Decimal.POINT, Thousands.NONE):
            _note(about, "marks", name)
        elif not shown.uses["decimal", "."]:
            _note(about, "either", name)
    if all(map(_NUMBER.fullmatch, answers)) and kinds <= {int, float, str}:
        if any(isinstance(v, str) and v not in tokens for v in values):
            _note(about, "as_text", name)
        return _series([None if word is None else float(word) for word in words])
    if len(kinds) > 1:
        _note(about, "mixed", name)
    return pd.Series(words, dtype="object").astype("str")


def _series(values: Any) -> pd.Series:
    numbers = np.array([np.nan if value is None else value for value in values], dtype="float64")
    whole = bool(np.isfinite(numbers).all() and (np.abs(numbers) < 2.0**53).all())
    if whole and (numbers == np.floor(numbers)).all():
        return pd.Series(numbers.astype("int64"))
    return pd.Series(numbers)


def _note(about: dict[str, Any], what: str, value: Any) -> None:
    about.setdefault(what, []).append(value)
