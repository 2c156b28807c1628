"""Convert raw columns to the form that the encoder expects."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

LARGEST_ANSWER = 1e30
"""Nobody answers with numbers like these: SPSS writes its missing answers as
-1.8e308, Stata as 9e307 and above, and their squares would overflow."""

NO_ANSWER = "(missing)"
"""An answer that is missing, and nobody says why, or too few cases share the reason."""

DAYS_IN_YEAR = 365.2425

DATE = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?"
    r"|(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"
)
"""2020-07-01, with or without a time of day, and 1.7.2020; 1/7/2020 can mean two days."""


def among_codes(numbers: pd.Series, codes: Iterable[str]) -> pd.Series:
    """Say which numbers are missing codes or lie in a range of them, such as "-999 to 0".

    Returns
    -------
    pandas.Series
        bool, of the same length.
    """
    mask = pd.Series(False, index=numbers.index)
    single = []
    for code in codes:
        ends = code.split(" to ")
        try:
            low, high = float(ends[0]), float(ends[-1])
        except ValueError:
            # A code of words, where the column held text before.
            continue
        if len(ends) == 2:
            mask |= numbers.between(low, high)
        else:
            single.append(low)
    return mask | numbers.isin(single)


def year_of(date: str) -> float:
    """A written date as a year with decimals, 1 July 2020 as 2020.5; NaN if it is none."""
    match = DATE.fullmatch(date.strip())
    if match is None:
        return math.nan
    parts = [match[i] or match[j] for i, j in (("y", "year"), ("m", "month"), ("d", "day"))]
    try:
        day = datetime.date(*map(int, parts))
    except ValueError:
        # The 31st of June.
        return math.nan
    return day.year + (day.timetuple().tm_yday - 1) / DAYS_IN_YEAR


def to_numbers(series: pd.Series) -> pd.Series:
    """Numbers, and dates as years with decimals; what is neither is NaN."""
    if pd.api.types.is_numeric_dtype(series):
        return series if series.dtype == np.float64 else series.astype("float64")
    numbers = pd.to_numeric(series, errors="coerce").astype("float64")
    words = series[numbers.isna() & series.notna()]
    if len(words):
        years = {word: year_of(str(word)) for word in words.unique().tolist()}
        numbers.loc[words.index] = words.map(years).astype("float64")
    return numbers


def look(
    series: pd.Series, column: dict[str, Any], kinds: Iterable[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Separate answers and kinds of missing answers of one column.

    Parameters
    ----------
    series : pandas.Series
        Raw values.
    column : dict
        As for `tabulate`.
    kinds : iterable of str
        Kinds of missing answer to tell apart, among the names in `reasons`.

    Returns
    -------
    values : numpy.ndarray
        float64 or text; what stands where no answer is, is of no meaning; shape (rows,).
    why : numpy.ndarray
        0 where there is an answer, 1 where there is none and its kind is not in
        `kinds`, otherwise 2 and the position in `kinds`; shape (rows,).
    """
    if column["numeric"]:
        return _tell_apart(series, column, kinds)
    # Each answer is looked at once, however many give it.
    places, answers = pd.factorize(series)
    values, why = _tell_apart(pd.Series(answers), column, kinds)
    # The last is that of the place -1, where an answer is missing.
    words = np.array([*values.tolist(), None], dtype="object")
    return words[places], np.append(why, 1)[places]


def _tell_apart(
    series: pd.Series, column: dict[str, Any], kinds: Iterable[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Do the same as `look`, value by value."""
    codes = list(column["missing_codes"])
    if column["numeric"]:
        coded = to_numbers(series)
        values = coded.to_numpy()
        # Not below: what is missing already, too.
        missing = ~(np.abs(values) < LARGEST_ANSWER)
        if codes:
            missing = missing | among_codes(coded, codes).to_numpy()
        if column.get("count"):
            missing |= values < 0
    else:
        # 1 and 1.0 are the same category, whatever the column's type.
        words = {
            value: str(int(value))
            if isinstance(value, float) and np.isfinite(value) and value == int(value)
            else str(value)
            for value in series.dropna().tolist()
        }
        coded = series.map(words).astype("object")
        values = coded.to_numpy()
        missing = (coded.isin(codes) | series.isna()).to_numpy()
        if pd.api.types.is_numeric_dtype(series):
            coded = series.astype("float64")
            missing = missing | among_codes(coded, codes).to_numpy()
    why = missing.astype("int16")
    places = {kind: 2 + place for place, kind in enumerate(kinds)}
    if not places or not why.any():
        return values, why
    rows = np.flatnonzero(why)
    left = coded.iloc[rows]
    for code, kind in column.get("reasons", ()):
        if kind in places:
            numeric = pd.api.types.is_numeric_dtype(left)
            with_reason = (among_codes(left, [code]) if numeric else left == code).to_numpy()
            # A code of its own comes before the range that it lies in.
            why[rows[with_reason & (why[rows] == 1)]] = places[kind]
    return values, why


def marker(name: str, kind: str) -> str:
    """Column in which one kind of missing number is marked; no name in a file has two blanks."""
    return f"{name}  {kind}"


def tabulate(frame: pd.DataFrame, columns: list[dict[str, Any]]) -> pd.DataFrame:
    """Bring raw columns into the form the encoder was fitted on.

    Parameters
    ----------
    frame : pandas.DataFrame
        Raw values; columns that are not listed are ignored.
    columns : list of dict
        `name`, `numeric` and `missing_codes` of each predictor; `reasons`, pairs
        of a code and the name of its kind of missing answer; `kinds`, the kinds
        that are told apart; `count`, whether the number counts something.

    Returns
    -------
    pandas.DataFrame
        float64 numbers with NaN, each followed by a 0/1 column for each of its
        kinds of missing answer, and text with these kinds as categories.
    """
    table = {}
    for column in columns:
        name, kinds = column["name"], list(column.get("kinds", ()))
        numeric = column["numeric"]
        reasons = [kind for kind in kinds if kind != NO_ANSWER]
        values, why = look(frame[name], column, reasons)
        if not numeric:
            kind_of = np.array([None, NO_ANSWER, *reasons], dtype="object")
            table[name] = np.where(why > 0, kind_of[why], values)
            continue
        table[name] = _without_missing(values, why, column)
        for kind in kinds:
            place = 1 if kind == NO_ANSWER else 2 + reasons.index(kind)
            table[marker(name, kind)] = (why == place) * 1.0
    return pd.DataFrame(table, index=frame.index, copy=False)


def tabulate_numbers(series: pd.Series, column: dict[str, Any]) -> np.ndarray:
    """Bring one numeric column into the form of `tabulate`, without those of its kinds.

    Returns
    -------
    numpy.ndarray
        float64, NaN where an answer is missing; shape (rows,).
    """
    return _without_missing(*look(series, column, ()), column)


def _without_missing(values: np.ndarray, why: np.ndarray, column: dict[str, Any]) -> np.ndarray:
    numbers = np.where(why > 0, np.nan, values) if why.any() else values
    # From no child to one is a longer way than from five to six.
    return np.log1p(numbers) if column.get("count") else numbers
