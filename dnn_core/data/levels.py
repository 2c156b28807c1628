"""Guess a variable's level of measurement from its values."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Level, mask_missing
from dnn_core.data.tabulate import LARGEST_ANSWER

ORDINAL_VALUES = 12
"""Up to so many whole numbers are read as a scale; 0 to 10 and a code fit in."""

IDENTIFIER_ROWS = 10
"""In fewer rows, values that are all different prove nothing."""

IDENTIFIER_DIGITS = 8
"""Whole numbers of so many digits, all different, are numbers of respondents."""

HEAD = 1000
"""Rows looked at before all of them."""

FREE_TEXT_SHARE = 0.5
FREE_TEXT_LENGTH = 25
"""Text with more distinct answers than this share, on average this long, was typed by hand."""

IDENTIFIER_LENGTH = 50
"""Longer text, all different, is free text rather than an identifier."""

_NAMED_AS_IDENTIFIER = re.compile(
    r"(^|[^a-z])(id|idno|ids|uuid|guid|lfdn|caseid|case|respondent|resp|serial|row|rownames?|index|"
    r"pid|hid|nr|no|nummer|number)([^a-z]|$)|id$"
)


def named_as_identifier(name: str) -> bool:
    """Whether a column's name says that it numbers or names rows, persons or the like."""
    return bool(_NAMED_AS_IDENTIFIER.search(name.lower()))


def guess_level(series: pd.Series) -> Level:
    """Guess the level of measurement of one column.

    Two values are binary; at most `ORDINAL_VALUES` whole numbers that recur are
    ordinal; whole numbers that are all different and look like numbers of rows
    or respondents are an identifier; other numbers are interval. Text is nominal
    unless nearly everyone has an answer of their own. A column that never
    varies is interval if it holds numbers and nominal if it holds text.

    Parameters
    ----------
    series : pandas.Series
        Raw values; missing and infinite ones are left out.
    """
    if pd.api.types.is_bool_dtype(series):
        return Level.BINARY
    if pd.api.types.is_numeric_dtype(series):
        return _level_of_numbers(series.to_numpy(dtype="float64"), str(series.name or ""))
    return _level_of_text(series)


def _level_of_numbers(values: np.ndarray, name: str) -> Level:
    values = values[np.abs(values) < LARGEST_ANSWER]
    head = values[:HEAD]
    # Most columns show in their first rows what they are.
    few = pd.unique(head)
    if len(few) > 2 and (few != np.floor(few)).any():
        return Level.INTERVAL
    if ORDINAL_VALUES < len(few) < len(head):
        return Level.INTERVAL
    distinct = pd.unique(values)
    if len(distinct) == 2:
        return Level.BINARY
    if len(distinct) < 2 or (distinct != np.floor(distinct)).any():
        return Level.INTERVAL
    if len(distinct) <= ORDINAL_VALUES and len(values) >= 2 * len(distinct):
        return Level.ORDINAL
    if len(distinct) == len(values) >= IDENTIFIER_ROWS and _numbers_rows(values, name):
        return Level.IDENTIFIER
    return Level.INTERVAL


def _numbers_rows(values: np.ndarray, name: str) -> bool:
    """Whether whole numbers, all different, count or name rows.

    Incomes of few respondents are all different, too: sorted values, values
    without gaps, long numbers or a telling name must come on top.
    """
    steps = np.diff(values)
    in_order = bool((steps > 0).all() or (steps < 0).all())
    low, high = values.min(), values.max()
    dense = high - low < 1.5 * len(values)
    long = low >= 10 ** (IDENTIFIER_DIGITS - 1)
    return in_order or dense or long or named_as_identifier(name)


def _level_of_text(series: pd.Series) -> Level:
    answers = series.dropna()
    rows = len(answers)
    distinct = answers.unique()
    if len(distinct) == 2:
        return Level.BINARY
    if len(distinct) <= FREE_TEXT_SHARE * rows or rows < IDENTIFIER_ROWS:
        return Level.NOMINAL
    length = float(np.mean([len(str(answer)) for answer in distinct]))
    if len(distinct) == rows and length <= IDENTIFIER_LENGTH:
        return Level.IDENTIFIER
    return Level.TEXT if length >= FREE_TEXT_LENGTH else Level.NOMINAL


MOST_CATEGORIES_OF_NUMBERS = 1000
"""Numbers with more different values are no categories: each would become an input column."""

WITHOUT_ORDER = (Level.NOMINAL, Level.BINARY, Level.IDENTIFIER, Level.TEXT)
"""Levels that words can have, too."""


def uncountable(answers: pd.Series) -> pd.Series:
    """The answers, NaN where missing, that cannot be the number of something."""
    return answers[(answers < 0) | (answers % 1 != 0) & answers.notna()]


def level_obstacle(series: pd.Series, missing_codes: tuple[str, ...], level: Level) -> str | None:
    """Why the answers of a column cannot have a level of measurement; None if they can.

    Parameters
    ----------
    series : pandas.Series
        Raw values.
    missing_codes : tuple of str
        As in `Variable`.
    level : Level
    """
    if level is Level.IMAGE:
        return "only images are images"
    numeric = pd.api.types.is_numeric_dtype(series)
    if level not in WITHOUT_ORDER and not numeric:
        return "it holds text"
    if level is Level.COUNT and len(wrong := uncountable(mask_missing(series, missing_codes))):
        return f"it holds {wrong.iloc[0]:g}, which is no count"
    most = {Level.BINARY: 2, Level.NOMINAL: MOST_CATEGORIES_OF_NUMBERS if numeric else None}
    limit = most.get(level)
    # Counting takes time, and most levels do not depend on it.
    if limit is None or (distinct := mask_missing(series, missing_codes).nunique()) <= limit:
        return None
    return f"it has {distinct:,} different answers"
