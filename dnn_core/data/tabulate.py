"""Raw columns as the encoder expects them.

Beyond the standard library this module imports only numpy and pandas, because
its source is written into the scoring script of the replication package: one
implementation, two homes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

LARGEST_ANSWER = 1e30
"""Nobody answers with numbers like these: SPSS writes its missing answers as
-1.8e308, Stata as 9e307 and above, and their squares would overflow."""


def among_codes(numbers: pd.Series, codes: Iterable[str]) -> pd.Series:
    """Say which numbers are missing codes or lie in a range of them, such as "-999 to 0".

    Returns
    -------
    pandas.Series
        bool, of the same length.
    """
    found = pd.Series(False, index=numbers.index)
    single = []
    for code in codes:
        ends = code.split(" to ")
        try:
            low, high = float(ends[0]), float(ends[-1])
        except ValueError:
            # A code of words, where the column held text before.
            continue
        if len(ends) == 2:
            found |= numbers.between(low, high)
        else:
            single.append(low)
    return found | numbers.isin(single)


def tabulate(frame: pd.DataFrame, columns: list[dict[str, Any]]) -> pd.DataFrame:
    """Bring raw columns into the form the encoder was fitted on.

    Parameters
    ----------
    frame : pandas.DataFrame
        Raw values; columns that are not listed are ignored.
    columns : list of dict
        `name`, `numeric` and `missing_codes` of each predictor.

    Returns
    -------
    pandas.DataFrame
        float64 numbers with NaN, and text with "(missing)", shape
        (rows, len(columns)).
    """
    table = {}
    for column in columns:
        series = frame[column["name"]]
        codes = list(column["missing_codes"])
        if column["numeric"]:
            numbers = pd.to_numeric(series, errors="coerce").astype("float64")
            # Not below: what is missing already, too.
            wrong = ~(numbers.abs() < LARGEST_ANSWER) | among_codes(numbers, codes)
            table[column["name"]] = numbers.mask(wrong)
        else:
            # 1 and 1.0 are the same category, whatever the column's type.
            words = {
                value: str(int(value))
                if isinstance(value, float) and np.isfinite(value) and value == int(value)
                else str(value)
                for value in series.dropna().unique().tolist()
            }
            text = series.map(words).astype("object")
            wrong = text.isin(codes) | series.isna()
            if pd.api.types.is_numeric_dtype(series):
                wrong |= among_codes(series.astype("float64"), codes)
            table[column["name"]] = text.mask(wrong, "(missing)")
    return pd.DataFrame(table, index=frame.index)
