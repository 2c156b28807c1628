"""Loss of precision from weights: Kish's design effect and effective number of cases."""

from __future__ import annotations

import math

import numpy as np

NORMAL_QUANTILE = 1.959963984540054
"""The 0.975 quantile, for 95 % intervals."""


def design_effect(weight: np.ndarray) -> float:
    """How much unequal weights enlarge the variance of a mean: n Σw² / (Σw)².

    Kish (1965), Survey Sampling, section 11.7; Kish (1992), Journal of Official
    Statistics 8:183-200. It is 1 for equal weights, and holds for outcomes that
    have nothing to do with the weights; clusters and strata are not in it.

    Parameters
    ----------
    weight : numpy.ndarray
        Not negative and not all 0, shape (cases,); their scale does not matter.
    """
    weight = np.asarray(weight, dtype="float64")
    return float(len(weight) * (weight**2).sum() / weight.sum() ** 2)


def effective_cases(weight: np.ndarray) -> float:
    """How many equally weighted cases are as precise: (Σw)² / Σw²."""
    return len(weight) / design_effect(weight)


def weighted_median(values: np.ndarray, weight: np.ndarray | None = None) -> float:
    """The value that half of the weight lies below; the usual median without weights.

    Where exactly half lies below a value, the mean of it and of the next one.
    """
    if weight is None:
        return float(np.median(values))
    order = np.argsort(values, kind="stable")
    order = order[weight[order] > 0]
    below = np.cumsum(weight[order], dtype="float64")
    half = below[-1] / 2
    first = np.searchsorted(below, half * (1 - 1e-12))
    last = np.searchsorted(below, half * (1 + 1e-12), side="right")
    return float(values[order[[first, last]]].mean())


def wilson_interval(hits: float, cases: float) -> tuple[float, float]:
    """95 % interval of a share.

    Wilson (1927), Journal of the American Statistical Association 22:209-212; of
    weighted cases, both are effective numbers (Kish 1965, section 11.7). It stays
    within 0 and 1, unlike the usual one.
    """
    z2 = NORMAL_QUANTILE**2
    share = hits / cases
    centre = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = NORMAL_QUANTILE * math.sqrt(share * (1 - share) / cases + z2 / (4 * cases**2))
    half /= 1 + z2 / cases
    return max(0.0, centre - half), min(1.0, centre + half)
