"""The expected calibration error of probabilities, with its interval."""

from __future__ import annotations

import numpy as np

from dnn_core.evaluation.inference.linearisation import LEVEL, covariance
from dnn_core.evaluation.inference.survey_design import Design

Figure = tuple[float, float, float]
"""A value and the ends of its interval."""

GROUPS = 10
"""Groups of similar predictions of equal size, as in the test of Hosmer and Lemeshow (1980)."""


FEWEST_IN_GROUP = 20
"""With fewer the observed share of a group scatters by more than ten points."""


DRAWS = 2000


SEED = 1


def groups(probability: np.ndarray) -> np.ndarray:
    """Number the groups of similar predictions, shape (cases,).

    Equal predictions share a group, so that groups may be fewer or unequal.
    """
    count = min(GROUPS, max(1, len(probability) // FEWEST_IN_GROUP))
    inner = np.quantile(probability, np.arange(1, count) / count)
    return np.searchsorted(inner, probability, side="left")


def calibration_error(
    probability: np.ndarray, happened: np.ndarray, group: np.ndarray, weight: np.ndarray
) -> float:
    """Mean distance of predicted from observed shares, weighted by group size.

    The expected calibration error of Naeini, Cooper and Hauskrecht (2015); of
    weighted cases, size is the sum of weights.
    """
    distance = np.bincount(group, weight * (happened - probability))
    return float(np.abs(distance).sum() / weight.sum())


def error_interval(
    probability: np.ndarray, happened: np.ndarray, design: Design
) -> tuple[Figure, float]:
    """Expected calibration error with its 95 % interval, and its small-sample bias.

    A mean of absolute distances is never negative, so the figure is too large where
    groups are small: even perfect probabilities show an error, which is given beside it.
    The signed distances of the groups vary as normal variables around the true ones,
    with a covariance by linearisation, from which the error's own distribution is drawn.
    The interval begins at 0 where perfect probabilities may show as much, else at the
    basic bootstrap's end (Davison and Hinkley 1997, section 5.2.1), and ends at the
    percentile's: it errs towards being too wide.

    Returns
    -------
    tuple
        Value, low, high; and what perfect probabilities would show on average.
    """
    group = groups(probability)
    share = design.weight.sum()
    inside = group[:, np.newaxis] == np.unique(group)
    distance = np.where(inside, (happened - probability)[:, np.newaxis], 0.0)
    mean = design.weight @ distance / share
    value = float(np.abs(mean).sum())
    variance, degrees = covariance((distance - mean) / share, design)
    if degrees < 1:
        return (value, float("nan"), float("nan")), float("nan")
    random = np.random.default_rng(SEED)
    spread, axes = np.linalg.eigh(variance)
    normal = random.normal(size=(DRAWS, len(spread))) * np.sqrt(np.maximum(spread, 0.0))
    # Of few clusters the covariance itself is uncertain: Student's t instead of the normal.
    away = normal @ axes.T / np.sqrt(random.chisquare(degrees, (DRAWS, 1)) / degrees)
    by_chance = np.abs(away).sum(axis=1)
    high = float(np.quantile(np.abs(mean + away).sum(axis=1), (1 + LEVEL) / 2))
    perfect = value <= float(np.quantile(by_chance, (1 + LEVEL) / 2))
    # Above 0: what is added at the other end is no more than what the value was found to exceed.
    low = 0.0 if perfect else 2 * value - high
    return (value, low, high), float(by_chance.mean())
