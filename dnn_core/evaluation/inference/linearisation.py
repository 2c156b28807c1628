"""Intervals of smooth figures under weights, clusters, strata and replicate weights.

A smooth figure moves by the sum of what each case contributes to it, so that its
variance is that of a total (linearisation: Binder 1983, International Statistical
Review 51:279-292; Wolter 2007, Introduction to Variance Estimation, chapter 6). Of
independent cases this is the sandwich of White (1980), of clusters that of Liang and
Zeger (1986). It takes one pass where a bootstrap takes a thousand.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import t

from dnn_core.evaluation.inference.design_effect import effective_cases, wilson_interval
from dnn_core.evaluation.inference.survey_design import Design

LEVEL = 0.95


def linearised_interval(value: float, influence: np.ndarray, design: Design) -> tuple[float, float]:
    """95 % interval of a figure from what each unit of weight contributes to it.

    Parameters
    ----------
    value : float
        The figure.
    influence : numpy.ndarray
        Its derivative by each case's weight, shape (cases,); times the weights it
        sums to 0.
    design : Design

    Returns
    -------
    tuple of float
        By Student's t with as many degrees of freedom as clusters (or cases) less
        strata; NaN where there are none.
    """
    variance, degrees = covariance(influence[:, np.newaxis], design)
    if degrees < 1:
        return float("nan"), float("nan")
    half = float(t.ppf((1 + LEVEL) / 2, degrees) * np.sqrt(variance[0, 0]))
    return value - half, value + half


def covariance(influence: np.ndarray, design: Design) -> tuple[np.ndarray, int]:
    """Covariance of some figures, and its degrees of freedom.

    Parameters
    ----------
    influence : numpy.ndarray
        As in `linearised_interval`, shape (cases, figures).

    Returns
    -------
    tuple
        Shape (figures, figures); below one degree of freedom it means nothing.
    """
    if design.replicated is not None:
        moved = influence.T @ design.replicated.weights
        return design.replicated.factor * moved @ moved.T, design.replicated.degrees_of_freedom
    taken = design.weight > 0
    contribution = (influence * design.weight[:, np.newaxis])[taken]
    units = design.take(taken).units
    unit, stratum = units.of_case, units.stratum
    total = np.stack([np.bincount(unit, column) for column in contribution.T], axis=1)
    if units.degrees < 1:
        return np.full((influence.shape[1],) * 2, np.nan), 0
    size = np.bincount(stratum)
    mean = np.zeros((len(size), influence.shape[1]))
    np.add.at(mean, stratum, total)
    mean /= size[:, np.newaxis]
    factor = (size / (size - 1))[stratum]
    away = (total - mean[stratum]) * np.sqrt(factor)[:, np.newaxis]
    return away.T @ away, units.degrees


def share_interval(hit: np.ndarray, design: Design) -> tuple[float, float, float]:
    """Weighted share of cases with its 95 % interval.

    Wilson's interval for as many cases as would be as precise: the share's variance is
    by linearisation (Korn and Graubard 1998, Survey Methodology 24:193-201, for intervals
    of shares by an effective sample size). Where all cases are alike there is no variance
    to go by, and it is the effective number of cases, or the number of clusters.

    Parameters
    ----------
    hit : numpy.ndarray
        bool, shape (cases,).

    Returns
    -------
    tuple of float
        Share, low, high; NaN where no case has a weight.
    """
    weight = design.weight
    total = weight.sum()
    if total == 0:
        return (float("nan"),) * 3
    share = float(weight @ hit / total)
    influence = (hit - share) / total
    variance = float(covariance(influence[:, np.newaxis], design)[0][0, 0])
    worth = share * (1 - share) / variance if variance > 0 else 0.0
    if not worth > 0:
        worth = effective_cases(weight)
        if design.cluster is not None:
            worth = min(worth, float(len(np.unique(design.cluster[weight > 0]))))
    return share, *wilson_interval(share * worth, worth)
