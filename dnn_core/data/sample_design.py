"""The sample design: weights, clusters, strata and replicate weights of the rows."""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset, Level, texts
from dnn_core.errors import UserError
from dnn_core.specs import Replicates, Task
from dnn_core.wording import plural

FEWEST_REPLICATES = 2
"""A single replicate shows no variation."""


def require_design(dataset: Dataset, task: Task) -> None:
    """Raise a `UserError` for invalid weights or replicate weights.

    So they are rejected before a run is made, not in its worker.
    """
    if task.weight is not None:
        case_weights(dataset, task.weight)
        replicate_weights(dataset, task)


def case_weights(dataset: Dataset, name: str) -> np.ndarray:
    """Case weights of all rows, scaled to mean 1.

    Returns
    -------
    numpy.ndarray
        float32, shape (rows,).

    Raises
    ------
    UserError
        If a weight is missing or negative, or all are 0.
    """
    numbers = _numbers(dataset, name)
    return (numbers / numbers.mean()).astype("float32")


def replicate_columns(dataset: Dataset, replicates: Replicates) -> tuple[str, ...]:
    """Names of the columns that hold replicate weights, in the order of the file.

    Raises
    ------
    UserError
        If a name or pattern fits no column, or they fit fewer than two.
    """
    names = [v.name for v in dataset.variables if v.level is not Level.IMAGE]
    patterns = [piece.strip() for piece in replicates.columns.split(",") if piece.strip()]
    for pattern in patterns:
        if not any(_fits(name, pattern) for name in names):
            raise UserError(
                f"No column matches “{pattern}”, so there are no such replicate weights.",
                expected="names of columns separated by commas, such as repwt*",
                remedy="Correct the columns of the replicate weights.",
            )
    matching = tuple(name for name in names if any(_fits(name, pattern) for pattern in patterns))
    if len(matching) < FEWEST_REPLICATES:
        raise UserError(
            f"“{replicates.columns}” matches only {plural(len(matching), 'column')}.",
            expected=f"at least {FEWEST_REPLICATES} replicate weights",
            remedy="Correct the columns of the replicate weights.",
        )
    return matching


def replicate_weights(dataset: Dataset, task: Task) -> np.ndarray | None:
    """Replicate weights of all rows, on the scale of the case weights; None without any.

    Returns
    -------
    numpy.ndarray
        float32, shape (rows, replicates).

    Raises
    ------
    UserError
        If columns are not found, have another role, or do not hold weights.
    """
    if task.replicates is None or task.weight is None:
        return None
    names = replicate_columns(dataset, task.replicates)
    taken = {task.target, *task.features, task.weight, task.cluster, task.strata}
    if clash := next((name for name in names if name in taken), None):
        raise UserError(
            f"“{clash}” cannot be a replicate weight and have another role as well.",
            remedy="Leave it out as a variable, or correct the columns of the replicate weights.",
        )
    mean = _numbers(dataset, task.weight).mean()
    columns = [(_numbers(dataset, name) / mean).astype("float32") for name in names]
    return np.column_stack(columns)


def labels_of(dataset: Dataset, name: str | None) -> np.ndarray | None:
    """Labels of clusters or strata of all rows; rows without an answer share one.

    Returns
    -------
    numpy.ndarray
        str, shape (rows,); None without a variable.
    """
    if name is None:
        return None
    return texts(dataset.answers(name)).fillna("").to_numpy(dtype=str)


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _numbers(dataset: Dataset, name: str) -> np.ndarray:
    values = dataset.answers(name)
    is_text = not pd.api.types.is_numeric_dtype(values)
    numbers = np.zeros(0) if is_text else values.to_numpy(dtype="float64", na_value=np.nan)
    if np.isnan(numbers).any() or (numbers < 0).any() or numbers.sum() == 0:
        raise UserError(
            f"“{name}” cannot be the weight.",
            expected="a number of at least 0 in every row, not all 0",
            received="text" if is_text else "missing or negative weights",
            remedy="Choose another weight variable, or leave the weight out.",
        )
    return numbers
