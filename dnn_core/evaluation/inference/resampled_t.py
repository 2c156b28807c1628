"""Intervals of figures from cross-validation, whose folds share training cases."""

from __future__ import annotations

import numpy as np
from scipy.stats import t


def nadeau_bengio_interval(
    scores: np.ndarray, evaluated: np.ndarray, learnt: np.ndarray, level: float
) -> tuple[float, float]:
    """Interval of the mean score over folds, corrected for their overlap.

    The variance of the mean of J scores is taken as (1/J + n₂/n₁) s², with n₂ evaluated and n₁
    training cases, because folds that share training cases are not independent: s²/J alone is far
    too small (Nadeau and Bengio 2003, Machine Learning 52:239-281; for repeated folds: Bouckaert
    and Frank 2004). Student's t with J - 1 degrees of freedom.

    Parameters
    ----------
    scores : numpy.ndarray
        Of each fold of each repeat, or differences of two models there, shape (J,).
    judged, learnt : numpy.ndarray
        Numbers of evaluated and training cases of each fold (effective numbers or clusters where
        cases are weighted or clustered), shape (J,).
    level : float
        Such as 0.95.

    Returns
    -------
    tuple of float
        NaN where a score is not finite or there are fewer than two.
    """
    count = len(scores)
    if count < 2 or not np.isfinite(scores).all():
        return float("nan"), float("nan")
    variance = (1 / count + float(np.mean(evaluated / learnt))) * float(np.var(scores, ddof=1))
    half = float(t.ppf((1 + level) / 2, count - 1)) * np.sqrt(variance)
    middle = float(np.mean(scores))
    return float(middle - half), float(middle + half)


POWER = 0.8
"""Power, by convention (Cohen 1988, section 2.4)."""


def smallest_detectable(
    half_width: float, degrees: float = np.inf, level: float = 0.95, power: float = POWER
) -> float:
    """Smallest true difference that an interval of this width detects with the given power.

    The sum of two quantiles of Student's t, one for the level and one for the power, times
    the standard error (Bloom 1995, Evaluation Review 19:547-556).

    Parameters
    ----------
    half_width : float
        Of the interval of the difference.
    degrees : float
        Of freedom of that interval; infinite for the normal distribution.
    level, power : float
    """
    quantile = float(t.ppf((1 + level) / 2, degrees))
    return half_width / quantile * (quantile + float(t.ppf(power, degrees)))
