"""The table of predictions: its columns are written and read here.

row, part, observed, predicted; of categories `probability_<label>` for each label in
order; where a level was asked for, `low_<level>` and `high_<level>`, or `set_<level>`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dnn_core.data.target import TargetCoding

PROBABILITY = "probability_"


def probability_column(label: str) -> str:
    """Name of the column with the probability of a category."""
    return f"{PROBABILITY}{label}"


def probability_columns(labels: Sequence[str]) -> list[str]:
    """Names of the columns with the probabilities of categories, in their order."""
    return [probability_column(label) for label in labels]


def probabilities_of(table: pd.DataFrame, labels: Sequence[str]) -> np.ndarray:
    """Probabilities in a table of predictions, float64, shape (cases, categories)."""
    return table[probability_columns(labels)].to_numpy(dtype="float64")


def prediction_table(
    target: TargetCoding,
    rows: np.ndarray,
    part: str,
    observed: np.ndarray | None,
    predicted: np.ndarray,
) -> pd.DataFrame:
    """Predictions as a researcher reads them.

    Parameters
    ----------
    target : TargetCoding
    rows : numpy.ndarray
        Row numbers in the data set, counted from 0, shape (cases,).
    part : str
        Part of the data, the same for all rows.
    observed : numpy.ndarray or None
        As in `Part.y`, shape (cases,); None where the outcome is not known.
    predicted : numpy.ndarray
        By the convention of `dnn_core.outcome.metrics`.

    Returns
    -------
    pandas.DataFrame
        row, part, observed, predicted, and for categories `probability_<label>`;
        observed and predicted are numbers in own units (float32, as in training) or labels.
    """
    table = pd.DataFrame({"row": rows.astype("int64"), "part": part})
    if target.kind.numeric:
        unknown = np.full(len(rows), np.nan)
        table["observed"] = (unknown if observed is None else observed).astype("float32")
        table["predicted"] = predicted.astype("float32")
        return table
    labels = pd.Series(target.labels, dtype="str")
    positions = np.full(len(rows), -1) if observed is None else observed
    table["observed"] = labels.reindex(positions).to_numpy()
    table["predicted"] = answers(target, predicted)
    table = table.astype({"part": "str", "observed": "str", "predicted": "str"})
    return table.join(pd.DataFrame(predicted, columns=probability_columns(target.labels)))


def answers(target: TargetCoding, predicted: np.ndarray) -> np.ndarray:
    """Numbers, or the label of the most probable category; ties go to the first."""
    if target.kind.numeric:
        return predicted
    labels: np.ndarray = np.array(target.labels, dtype="object")[predicted.argmax(axis=1)]
    return labels
