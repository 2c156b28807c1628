"""What becomes of sums over cases: the formula of each metric, written once.

What differs between those who compute a metric is how cases are summed: one set of
predictions under many weightings (`dnn_core.evaluation.metrics.scorers`), its derivative by each
case's weight (`dnn_core.evaluation.metrics.influence`), or many networks at once, epoch after epoch
(`dnn_core.training.scores`). What a single case adds to the sums is in
`dnn_core.outcome.losses`. The last axis of each sum is what the metric is computed for:
weightings, or networks.
"""

from __future__ import annotations

import numpy as np


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the denominator is not positive: a weighted mean of two sums."""
    numerator, denominator = np.asarray(numerator), np.asarray(denominator)
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


def share_explained(errors: np.ndarray, around: np.ndarray) -> np.ndarray:
    """R² and D²: one minus the sum of losses by that of predicting everybody with one mean."""
    return 1 - ratio(errors, around)


def pairs_won(positives: np.ndarray, below: np.ndarray, tied: np.ndarray) -> np.ndarray:
    """The area under the ROC curve: the share of pairs in which the positive case is higher.

    Ties count one half (Hanley and McNeil 1982, Radiology 143:29-36); with weights a pair
    counts as the product of its two weights. NaN without pairs.

    Parameters
    ----------
    positives : numpy.ndarray
        Weight of the positive cases at each step of the scores, shape (steps, columns).
    below, tied : numpy.ndarray
        Weight of the negative cases below and at each step, shape (steps + 1, columns), of
        which the last of `below` is that of all negative cases, and (steps, columns).
    """
    won = np.einsum("ij,ij->j", positives, below[:-1] + 0.5 * tied)
    return ratio(won, positives.sum(axis=0) * below[-1])


def cohen_kappa(actual: np.ndarray, named: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Agreement beyond chance (Cohen 1960, Educational and Psychological Measurement 20:37-46).

    Parameters
    ----------
    actual, named, hits : numpy.ndarray
        Weight of each category as observed, as predicted, and as both, shape (classes,
        columns).
    """
    total = actual.sum(axis=0)
    by_chance = ratio((actual * named).sum(axis=0), total)
    return ratio(hits.sum(axis=0) - by_chance, total - by_chance)


def squared_steps(classes: int) -> np.ndarray:
    """By how much an error counts in the weighted kappa, shape (classes, classes)."""
    place = np.arange(classes)
    steps: np.ndarray = np.subtract.outer(place, place) ** 2.0
    return steps


def quadratic_kappa(actual: np.ndarray, named: np.ndarray, squared: np.ndarray) -> np.ndarray:
    """Agreement in which an error counts by the square of its steps (Cohen 1968).

    Psychological Bulletin 70:213-220.

    Parameters
    ----------
    actual, named : numpy.ndarray
        Weight of each category as observed and as predicted, shape (classes, columns).
    squared : numpy.ndarray
        Weighted sum of squared steps between the two, shape (columns,).
    """
    steps = squared_steps(len(actual))
    by_chance = ratio(np.einsum("iw,ij,jw->w", actual, steps, named), actual.sum(axis=0))
    return 1 - ratio(squared, by_chance)
