"""Imputation of missing numbers, fitted on training rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import sklearn
from sklearn.frozen import FrozenEstimator
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from dnn_core.specs import Imputation
from dnn_core.specs.encoding import NEIGHBOUR_ROWS, NEIGHBOURS

NEIGHBOUR_SEED = 0
"""The same training rows always have the same possible neighbours."""

WORKING_MEMORY_MIB = 64
"""For distances to neighbours at a time. scikit-learn's own 1,024 took 1.6 GB and nearly
twice as long for 100,000 rows of 50 numbers."""


def fit_imputer(imputation: Imputation, numbers: pd.DataFrame) -> FrozenEstimator:
    """Fit the imputation of missing numbers.

    Parameters
    ----------
    imputation : Imputation
    numbers : pandas.DataFrame
        Training rows with NaN, shape (training rows, numbers).

    Returns
    -------
    sklearn.frozen.FrozenEstimator
        Fitted; a number that no training row has becomes 0.
    """
    if imputation is Imputation.NEIGHBOURS:
        return FrozenEstimator(_neighbours(numbers))
    # scikit-learn looks at all columns at once, for which a large table has no room.
    fills = {name: [_fill(imputation, column.dropna())] for name, column in numbers.items()}
    imputer = SimpleImputer(strategy=imputation.value, keep_empty_features=True)
    return FrozenEstimator(imputer.fit(pd.DataFrame(fills)))


def _fill(imputation: Imputation, answers: pd.Series) -> float:
    """The imputed value that does not depend on the other answers of the row."""
    match imputation:
        case _ if not len(answers):
            return 0.0
        case Imputation.MEAN:
            return float(answers.mean())
        case Imputation.MEDIAN:
            return float(np.median(answers))
    # Of several that are as frequent, the smallest.
    distinct, counts = np.unique(answers, return_counts=True)
    return float(distinct[counts.argmax()])


def impute(
    imputer: FrozenEstimator, numbers: pd.DataFrame, places: list[int]
) -> Iterator[np.ndarray]:
    """Training rows with nothing missing, column by column.

    Parameters
    ----------
    imputer : sklearn.frozen.FrozenEstimator
        Fitted with them.
    numbers : pandas.DataFrame
        As for `fit_imputer`.
    places : list of int
        Columns that are wanted.
    """
    if not isinstance(imputer.estimator, SimpleImputer):
        with sklearn.config_context(working_memory=WORKING_MEMORY_MIB):
            yield from imputer.transform(numbers)[:, places].T
        return
    for place in places:
        column = numbers.iloc[:, place].to_numpy()
        yield np.where(np.isnan(column), imputer.estimator.statistics_[place], column)


def _neighbours(numbers: pd.DataFrame) -> Pipeline:
    """Standardise, because distances depend on the scale; impute by neighbours; scale back."""
    mean = numbers.mean().fillna(0.0)
    scale = numbers.std(ddof=0).replace(0.0, np.nan).fillna(1.0)
    there = standard_scaler(mean, scale)
    back = standard_scaler((-mean / scale).to_numpy(), (1 / scale).to_numpy())
    if len(numbers) > NEIGHBOUR_ROWS:
        generator = np.random.default_rng(NEIGHBOUR_SEED)
        rows = generator.choice(len(numbers), NEIGHBOUR_ROWS, replace=False)
        numbers = numbers.iloc[np.sort(rows)]
    imputer = KNNImputer(n_neighbors=NEIGHBOURS, keep_empty_features=True)
    imputer.fit(there.transform(numbers))
    return Pipeline([("there", there), ("neighbours", imputer), ("back", back)])


def standard_scaler(mean: pd.Series | np.ndarray, scale: pd.Series | np.ndarray) -> StandardScaler:
    """Fitted to what is known already: (x - mean) / scale."""
    scaler = StandardScaler().fit(pd.DataFrame([mean]) if isinstance(mean, pd.Series) else [mean])
    scaler.mean_, scaler.scale_ = np.asarray(mean), np.asarray(scale)
    return scaler
