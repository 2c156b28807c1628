"""What stands in for a missing number, learned from training rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
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
    """Learn what stands in for missing numbers.

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
    imputer = SimpleImputer(strategy=imputation.value, keep_empty_features=True)
    return FrozenEstimator(imputer.fit(numbers))


def _neighbours(numbers: pd.DataFrame) -> Pipeline:
    """To standard deviations, as distances depend on the scale, to the neighbours, and back."""
    mean = numbers.mean().fillna(0.0)
    scale = numbers.std(ddof=0).fillna(0.0).replace(0.0, 1.0)
    there = _scaler(mean, scale)
    back = _scaler((-mean / scale).to_numpy(), (1 / scale).to_numpy())
    if len(numbers) > NEIGHBOUR_ROWS:
        generator = np.random.default_rng(NEIGHBOUR_SEED)
        rows = generator.choice(len(numbers), NEIGHBOUR_ROWS, replace=False)
        numbers = numbers.iloc[np.sort(rows)]
    imputer = KNNImputer(n_neighbors=NEIGHBOURS, keep_empty_features=True)
    imputer.fit(there.transform(numbers))
    return Pipeline([("there", there), ("neighbours", imputer), ("back", back)])


def _scaler(mean: pd.Series | np.ndarray, scale: pd.Series | np.ndarray) -> StandardScaler:
    """Fitted to what is known already: (x - mean) / scale."""
    rows = [mean - scale, mean + scale]
    table = pd.DataFrame(rows) if isinstance(mean, pd.Series) else np.stack(rows)
    scaler = StandardScaler().fit(table)
    scaler.mean_, scaler.scale_ = np.asarray(mean), np.asarray(scale)
    return scaler
