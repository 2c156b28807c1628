"""Piecewise-linear encoding of numbers: one column for each bin between two quantiles.

A bin's column is 0 below the bin, rises from 0 to 1 within it, and is 1 above
it; a linear model of these columns is a piecewise-linear function of the number
(Gorishniy et al. 2022, "On Embeddings for Numerical Features in Tabular Deep
Learning"). Beyond the outermost edges nothing changes any more.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import MinMaxScaler

FEWEST_VALUES = 3
"""With two different values one slope says everything that bins could say."""

ROWS_FOR_DISTINCT = 10_000
"""Above this many answers half of the edges follow the distinct values: where
most people answer 0, the rows' quantiles are nearly all 0."""


def bin_edges(answers: np.ndarray, bins: int) -> np.ndarray | None:
    """Choose the edges of the bins of one predictor.

    Parameters
    ----------
    answers : numpy.ndarray
        Training rows without missing answers, shape (answers,).
    bins : int
        At least 1; ties between quantiles make it fewer.

    Returns
    -------
    numpy.ndarray or None
        Different answers in ascending order, shape (edges,), at least the
        smallest and the largest; None with fewer than three different answers.
    """
    distinct = np.unique(answers)
    if len(distinct) < FEWEST_VALUES:
        return None
    if len(answers) <= ROWS_FOR_DISTINCT:
        return np.unique(_quantiles(answers, bins))
    # Both share the outermost edges, so that together they make as many bins as asked for.
    by_rows = (bins + 1) // 2
    by_values = bins + 1 - by_rows
    return np.union1d(_quantiles(answers, by_rows), _quantiles(distinct, by_values))


def _quantiles(values: np.ndarray, bins: int) -> np.ndarray:
    # Edges are answers that occur: between 2 and 3 children there is nothing to bend at.
    return np.quantile(values, np.linspace(0, 1, bins + 1), method="inverted_cdf")


def bin_transformer(edges: list[np.ndarray]) -> ColumnTransformer:
    """Make what turns numbers without gaps into the columns of their bins.

    Parameters
    ----------
    edges : list of numpy.ndarray
        Of each predictor, in the order of the columns.

    Returns
    -------
    sklearn.compose.ColumnTransformer
        From shape (cases, predictors) to (cases, bins of all predictors).
    """
    low = np.concatenate([ends[:-1] for ends in edges])
    high = np.concatenate([ends[1:] for ends in edges])
    # Each predictor is taken once for each of its bins, and each copy is scaled so that
    # the bin is 0 to 1. Frozen: the edges are known already, rows have no say in them.
    ramps = FrozenEstimator(MinMaxScaler(clip=True).fit(np.stack([low, high])))
    taken = np.repeat(np.arange(len(edges)), [len(ends) - 1 for ends in edges])
    return ColumnTransformer([("ramps", ramps, taken.tolist())])


def bin_names(name: str, edges: np.ndarray) -> list[str]:
    """Name the columns of one predictor: `age, bin 3: 40 to 47`."""
    return [
        f"{name}, bin {i}: {low:.7g} to {high:.7g}"
        for i, (low, high) in enumerate(pairwise(edges), start=1)
    ]


def step_edges(answers: np.ndarray, rare_cases: int) -> np.ndarray | None:
    """Choose the thresholds of one predictor with ordered categories.

    With the categories as edges of bins, a bin's column is 1 from the upper category
    upwards and 0 from the lower one downwards: the cumulative coding of ordered
    categories (Walter, Feinstein & Wells 1987, "Coding ordinal independent variables in
    multiple regression analyses").

    Parameters
    ----------
    answers : numpy.ndarray
        Training rows without missing answers, shape (answers,).
    rare_cases : int
        Categories with fewer cases are no edge: they lie between their neighbours.

    Returns
    -------
    numpy.ndarray or None
        Categories in ascending order, shape (edges,); None with fewer than two.
    """
    values, counts = np.unique(answers, return_counts=True)
    frequent = values[counts >= rare_cases]
    return frequent if len(frequent) > 1 else None


def step_names(name: str, edges: np.ndarray) -> list[str]:
    """Name the columns of one predictor: `educ >= 3`."""
    return [f"{name} >= {category:.7g}" for category in edges[1:]]
