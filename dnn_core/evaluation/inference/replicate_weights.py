"""Intervals from replicate weights.

The variance of a figure is c Σ (θ_r - θ)², with θ_r the figure under the r-th
replicate weight, θ under the full one, and c as in `Replicates.factor` (Wolter
2007, Introduction to Variance Estimation, chapters 3 and 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from dnn_core.specs import Replicates


@dataclass(frozen=True, eq=False)
class Replicated:
    """Replicate weights of the evaluated cases, and their factor.

    Parameters
    ----------
    weights : numpy.ndarray
        Not negative, shape (cases, replicates).
    factor : float
        What the sum of squared deviations is multiplied with.
    """

    weights: np.ndarray
    factor: float

    @classmethod
    def of(cls, weights: np.ndarray | None, asked: Replicates | None) -> Replicated | None:
        """None where there are no replicate weights."""
        if weights is None or asked is None:
            return None
        return cls(weights.astype("float64"), asked.factor(weights.shape[1]))

    @property
    def degrees_of_freedom(self) -> int:
        """Rank of the replicate weights less 1, as in R's survey package (`degf`)."""
        return int(np.linalg.matrix_rank(self.weights)) - 1


def standard_error(value: float, replicates: np.ndarray, factor: float) -> float:
    """Standard error of a figure; NaN where a replicate has no figure."""
    return float(np.sqrt(factor * np.sum((replicates - value) ** 2)))


def replicate_interval(
    value: float, replicates: np.ndarray, factor: float, degrees: int, level: float
) -> tuple[float, float]:
    """Symmetric interval by Student's t.

    Parameters
    ----------
    value : float
        Under the full weight.
    replicates : numpy.ndarray
        Under each replicate weight, shape (replicates,).
    factor : float
        As in `Replicated`.
    degrees : int
        Of freedom.
    level : float
        Such as 0.95.

    Returns
    -------
    tuple of float
        NaN where a replicate has no figure or there are no degrees of freedom.
    """
    if degrees < 1:
        return float("nan"), float("nan")
    half = float(t.ppf((1 + level) / 2, degrees)) * standard_error(value, replicates, factor)
    return value - half, value + half
