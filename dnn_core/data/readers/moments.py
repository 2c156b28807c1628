"""Convert dates and times to numbers."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pandas as pd

from dnn_core.data.encoding.tabulate import DAYS_IN_YEAR
from dnn_core.data.readers.names import listed

DATES = (datetime.date, datetime.datetime, pd.Timestamp)
TIMES = (datetime.time, datetime.timedelta, pd.Timedelta)


def years(column: pd.Series) -> pd.Series:
    """Dates as years with decimals: 1 July 2020 is 2020.5."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return (column.dt.year + (column.dt.dayofyear - 1) / DAYS_IN_YEAR).astype("float64")

    def year(value: Any) -> float:
        if pd.isna(value):
            return math.nan
        return float(value.year + (value.timetuple().tm_yday - 1) / DAYS_IN_YEAR)

    return column.map(year).astype("float64")


def hours(column: pd.Series) -> pd.Series:
    """Times of day and durations as hours with decimals."""

    def hour(value: Any) -> float:
        if pd.isna(value):
            return math.nan
        if isinstance(value, datetime.time):
            seconds = value.second + value.microsecond / 1e6
            return value.hour + value.minute / 60 + seconds / 3600
        return float(value.total_seconds() / 3600)

    return column.map(hour).astype("float64")


def describe_moments(dates: list[str], times: list[str]) -> list[str]:
    """Sentences on columns that were changed so."""
    notes = []
    if dates:
        notes.append(f"Dates were converted to years with decimals: {listed(dates)}.")
    if times:
        notes.append(f"Times of day and durations were converted to hours: {listed(times)}.")
    return notes
