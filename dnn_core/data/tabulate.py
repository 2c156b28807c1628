"""Raw columns as the encoder expects them.

Beyond the standard library this module imports only numpy and pandas, because
its source is written into the scoring script of the replication package: one
implementation, two homes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

LARGEST_ANSWER = 1e30
"""Nobody answers with numbers like these: SPSS writes its missing answers as
-1.8e308, Stata as 9e307 and above, and their squares would overflow."""


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
            coded = pd.to_numeric(pd.Series(codes, dtype="object"), errors="coerce").dropna()
            # Not below: what is missing already, too.
            wrong = ~(numbers.abs() < LARGEST_ANSWER) | numbers.isin(coded.to_list())
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
            table[column["name"]] = text.mask(text.isin(codes) | series.isna(), "(missing)")
    return pd.DataFrame(table, index=frame.index)
