"""Guess a variable's level of measurement from its values and their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Level, mask_missing
from dnn_core.data.encoding.tabulate import LARGEST_ANSWER
from dnn_core.data.levels.label_order import labels_show_order, without_code
from dnn_core.data.missing.missing_words import labels_of_missing

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


FEWEST_LABELLED = 3
"""Two values are binary whatever their labels."""

SAYS_ORDER = {"nominal": Level.NOMINAL, "ordinal": Level.ORDINAL}
"""Measures of a file that somebody chose; “scale” is what SPSS gives to every number."""


def guess_level(
    series: pd.Series, labels: Mapping[str, str] | None = None, measure: str = ""
) -> Level:
    """Guess the level of measurement of one column.

    Two values are binary; whole numbers that are all different and look like numbers
    of rows or respondents are an identifier. Other numbers have the level that the file
    says, if it is nominal or ordinal, and then that of their labels, see
    `level_of_labels`. Without either, at most `ORDINAL_VALUES` whole numbers that recur are
    ordinal unless the file says scale, and others are interval. Text is nominal unless nearly
    everyone has an answer of their own. A column that never varies is interval if it
    holds numbers and nominal if it holds text.

    Parameters
    ----------
    series : pandas.Series
        Raw values; missing and infinite ones are left out.
    labels : mapping of str to str, optional
        Value labels, by the text of the value.
    measure : str
        What the file says: nominal, ordinal or scale; empty if nothing.
    """
    if pd.api.types.is_bool_dtype(series):
        return Level.BINARY
    if not pd.api.types.is_numeric_dtype(series):
        return _level_of_text(series)
    guessed = _level_of_numbers(series.to_numpy(dtype="float64"), str(series.name or ""))
    if guessed in (Level.BINARY, Level.IDENTIFIER):
        return guessed
    if said := SAYS_ORDER.get(measure) or level_of_labels(series, labels or {}):
        return said
    return Level.INTERVAL if measure == "scale" else guessed


def level_of_labels(series: pd.Series, labels: Mapping[str, str]) -> Level | None:
    """Say what value labels tell of the level of numbers.

    Where each of three or more codes that occur has a label, the numbers are names of
    categories: ordinal if the labels show an order, see `labels_show_order`, and nominal
    otherwise. Labels that say “no answer” count for nothing here, and a label that only
    repeats its code is none.

    Returns
    -------
    Level or None
        None where a code has no label, as those between the ends of a scale, or where there
        are more codes than a nominal variable can have.
    """
    substantive, silent = _sorted_out(labels)
    if len(substantive) < FEWEST_LABELLED or not _all_in(series.iloc[:HEAD], substantive, silent):
        return None
    values = pd.unique(series.to_numpy(dtype="float64"))
    codes = [v for v in values[np.abs(values) < LARGEST_ANSWER].tolist() if v not in silent]
    if not FEWEST_LABELLED <= len(codes) <= MOST_CATEGORIES_OF_NUMBERS:
        return None
    if not all(code in substantive for code in codes):
        return None
    # Labels that nobody chose tell of the others, but may be something beside the scale.
    given = {code: substantive[code] for code in codes}
    ordered = labels_show_order(substantive) or labels_show_order(given)
    return Level.ORDINAL if ordered else Level.NOMINAL


def _sorted_out(labels: Mapping[str, str]) -> tuple[dict[float, str], set[float]]:
    """Labels of answers by code, and codes of which the label says that there is no answer."""
    substantive, silent = dict[float, str](), set[float]()
    missing = labels_of_missing(labels)
    for text, label in labels.items():
        try:
            code = float(text)
        except ValueError:
            continue
        if text in missing:
            silent.add(code)
        elif without_code(label, code):
            substantive[code] = label
    return substantive, silent


def _all_in(series: pd.Series, substantive: Mapping[float, str], silent: set[float]) -> bool:
    """Whether no value is without a label; most columns show in their first rows that one is."""
    values = series.dropna()
    return bool(values.isin([*substantive, *silent]).all())


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
