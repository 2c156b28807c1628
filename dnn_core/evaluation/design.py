"""What weights cost in precision: Kish's design effect and effective number of cases."""

from __future__ import annotations

import numpy as np


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
