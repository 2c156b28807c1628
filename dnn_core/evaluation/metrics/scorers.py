"""Metrics as ratios of weighted sums over cases, for many weightings at once.

A bootstrap sample is a weighting: each case counts as often as it was drawn.
What does not depend on the weights (errors, ranks) is computed once, and each
metric then is a product with a matrix of weights of shape (cases, weightings).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import numpy as np
from scipy import sparse
from scipy.special import xlogy

from dnn_core.evaluation.calibration.prediction_sets import PROBABILITY_FLOOR
from dnn_core.specs import Kind

EXPECTED_FLOOR = 1e-7
"""Expected counts are kept above it, as a count that was expected never to happen has an
infinite deviance when it does."""

Names = Collection[str] | None
"""Figures that are needed, all by default; others that take long are left out."""


class Scorer(Protocol):
    """Metrics of fixed predictions as a function of the weights."""

    def __call__(self, weights: np.ndarray, names: Names = None) -> dict[str, np.ndarray]:
        """From weights, shape (cases, weightings), to values, each shape (weightings,)."""


def scorer(
    kind: Kind, y: np.ndarray, predicted: np.ndarray, *, training_mean: float | None
) -> Scorer:
    """Return the scorer that fits a kind of task; see `metrics.evaluate`."""
    match kind:
        case Kind.REGRESSION | Kind.COUNT:
            if training_mean is None:
                raise ValueError("R² and D² need the training mean.")
            scores = QuantityScorer if kind is Kind.REGRESSION else CountScorer
            return scores(y, predicted, training_mean)
        case _:
            return CategoryScorer(kind, y, predicted)


class QuantityScorer:
    """Metrics of a quantity."""

    def __init__(self, y: np.ndarray, predicted: np.ndarray, training_mean: float) -> None:
        observed = np.asarray(y, dtype="float64")
        error = observed - np.asarray(predicted, dtype="float64")
        self._columns = np.stack(
            [np.ones(len(error)), error**2, np.abs(error), (observed - training_mean) ** 2]
        )

    def __call__(self, weights: np.ndarray, names: Names = None) -> dict[str, np.ndarray]:
        total, squared, absolute, around_mean = self._columns @ weights
        return {
            "r2": 1 - _ratio(squared, around_mean),
            "rmse": np.sqrt(_ratio(squared, total)),
            "mae": _ratio(absolute, total),
        }


class CountScorer:
    """Metrics of a count, whose errors are judged by the Poisson deviance."""

    def __init__(self, y: np.ndarray, predicted: np.ndarray, training_mean: float) -> None:
        observed = np.asarray(y, dtype="float64")
        expected = np.maximum(np.asarray(predicted, dtype="float64"), EXPECTED_FLOOR)
        error = observed - expected
        self._columns = np.stack(
            [
                np.ones(len(error)),
                poisson_deviance(observed, expected),
                poisson_deviance(observed, np.full(len(error), training_mean)),
                error**2,
                np.abs(error),
            ]
        )

    def __call__(self, weights: np.ndarray, names: Names = None) -> dict[str, np.ndarray]:
        total, deviance, around_mean, squared, absolute = self._columns @ weights
        return {
            "d2": 1 - _ratio(deviance, around_mean),
            "deviance": _ratio(deviance, total),
            "rmse": np.sqrt(_ratio(squared, total)),
            "mae": _ratio(absolute, total),
        }


def poisson_deviance(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Twice what the log likelihood of each case lacks (McCullagh and Nelder 1989, section 2.3)."""
    deviance: np.ndarray = 2 * (xlogy(observed, observed / expected) - observed + expected)
    return deviance


def case_losses(kind: Kind, observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The loss of each case by which models of a kind of task are fitted, shape (cases,).

    The squared error of a quantity, the Poisson deviance of a count, minus the log of the
    probability of the observed category.
    """
    match kind:
        case Kind.REGRESSION:
            squared: np.ndarray = (observed.astype("float64") - predicted) ** 2
            return squared
        case Kind.COUNT:
            expected = np.maximum(predicted, EXPECTED_FLOOR)
            return poisson_deviance(observed.astype("float64"), expected)
    return log_losses(observed, predicted)


def log_losses(observed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Minus the logarithm of the probability that each case's category was given.

    Probabilities are kept `PROBABILITY_FLOOR` from 0 and 1, as Keras does
    (`keras.config.epsilon`), so that networks and baselines are treated alike.

    Parameters
    ----------
    observed : numpy.ndarray
        Positions of categories, shape (cases,).
    probabilities : numpy.ndarray
        Shape (cases, classes).

    Returns
    -------
    numpy.ndarray
        Shape (cases,).
    """
    given = probabilities[np.arange(len(observed)), observed]
    losses: np.ndarray = -np.log(np.clip(given, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR))
    return losses


def squared_errors(kind: Kind, observed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Brier score of each case: of one probability of two, of all of several, shape (cases,)."""
    squared = (probabilities - np.eye(probabilities.shape[1])[observed]) ** 2
    each: np.ndarray = squared[:, 1] if kind is Kind.BINARY else squared.sum(axis=1)
    return each


def ranked_probability_scores(observed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Mean squared distance of cumulative probabilities from what was observed, for each case.

    Epstein (1969), Journal of Applied Meteorology 8:985-987, in the quadratic form of
    Murphy (1971), ibid. 10:155-156, divided by the number of thresholds: from 0 to 1.

    Parameters
    ----------
    observed : numpy.ndarray
        Positions of categories, shape (cases,).
    probabilities : numpy.ndarray
        Shape (cases, classes).

    Returns
    -------
    numpy.ndarray
        Shape (cases,).
    """
    below = probabilities.cumsum(axis=1)[:, :-1]
    actual = observed[:, np.newaxis] <= np.arange(below.shape[1])
    scores: np.ndarray = ((below - actual) ** 2).mean(axis=1)
    return scores


class CategoryScorer:
    """Metrics of categories: two, several, or several in order."""

    def __init__(self, kind: Kind, y: np.ndarray, predicted: np.ndarray) -> None:
        self._kind = kind
        probabilities = np.asarray(predicted, dtype="float64")
        cases, classes = probabilities.shape
        observed = np.asarray(y, dtype="int64")
        # Ties go to the first category; of two, 0.5 is not yet the positive one.
        chosen = probabilities.argmax(axis=1)
        self._classes = classes
        sums = [log_losses(observed, probabilities), squared_errors(kind, observed, probabilities)]
        if kind is Kind.ORDINAL:
            sums += [
                ranked_probability_scores(observed, probabilities),
                (observed - chosen) ** 2.0,
            ]
        self._sums = np.stack(sums)
        hit = np.flatnonzero(chosen == observed)
        every = np.arange(cases)
        group = np.concatenate([observed, classes + chosen, 2 * classes + observed[hit]])
        self._counts = _membership(group, np.concatenate([every, every, hit]), 3 * classes, cases)
        # Ordered categories have no ranking of one against all others.
        ranked = {Kind.BINARY: [1], Kind.ORDINAL: []}.get(kind, range(classes))
        self._rankings = [Ranking(probabilities[:, c], observed == c) for c in ranked]

    def __call__(self, weights: np.ndarray, names: Names = None) -> dict[str, np.ndarray]:
        log_loss, brier, *of_order = self._sums @ weights
        total = weights.sum(axis=0)
        values = {"log_loss": _ratio(log_loss, total), "brier": _ratio(brier, total)}
        if self._kind is Kind.ORDINAL:
            values["rps"] = _ratio(of_order[0], total)
        elif names is None or "auc" in names:
            values["auc"] = np.mean([ranking.auc(weights) for ranking in self._rankings], axis=0)
        if names is not None and set(names) <= set(values):
            return values
        return values | self._of_categories(weights, *of_order[1:])

    def _of_categories(self, weights: np.ndarray, *squared: np.ndarray) -> dict[str, np.ndarray]:
        """Figures of which category was named, not of how probable it was."""
        actual, named, hits = (self._counts @ weights).reshape(3, self._classes, -1)
        recall = _ratio(hits, actual)
        values = {
            "accuracy": _ratio(hits.sum(axis=0), actual.sum(axis=0)),
            "balanced_accuracy": recall.mean(axis=0),
        }
        if self._kind is Kind.ORDINAL:
            return {**values, "qwk": _quadratic_kappa(actual, named, *squared)}
        # A category without a case has no F1, even where it was named.
        f1 = np.where(actual > 0, _ratio(2 * hits, actual + named), np.nan)
        values["kappa"] = _kappa(actual, named, hits)
        if self._kind is Kind.BINARY:
            return {**values, "f1": f1[1], "sensitivity": recall[1], "specificity": recall[0]}
        return {**values, "f1": f1.mean(axis=0)}


class Ranking:
    """How often positive cases lie above negative ones.

    The area under the ROC curve is the share of pairs of a positive and a
    negative case in which the positive one scores higher, ties counting one
    half (Hanley and McNeil 1982, Radiology 143:29-36); with weights a pair
    counts as the product of its two weights.

    Parameters
    ----------
    scores : numpy.ndarray
        Shape (cases,).
    positive : numpy.ndarray
        bool, shape (cases,).
    """

    def __init__(self, scores: np.ndarray, positive: np.ndarray) -> None:
        cases = len(scores)
        above, below = np.flatnonzero(positive), np.flatnonzero(~positive)
        steps, step_of_positive = np.unique(scores[above], return_inverse=True)
        # Bin 2j + 1 holds the negatives that tie with step j of the positives'
        # scores, bin 2j those between the steps j - 1 and j.
        place = np.searchsorted(steps, scores[below])
        tied = np.searchsorted(steps, scores[below], side="right") - place
        self._positives = _membership(step_of_positive, above, len(steps), cases)
        self._negatives = _membership(2 * place + tied, below, 2 * len(steps) + 1, cases)

    def auc(self, weights: np.ndarray) -> np.ndarray:
        """Weighted area for each column of weights, NaN without pairs, shape (weightings,)."""
        positives = self._positives @ weights
        negatives = self._negatives @ weights
        tied = negatives[1::2]
        passed = np.cumsum(negatives, axis=0)
        won = np.einsum("ij,ij->j", positives, passed[0:-1:2] + 0.5 * tied)
        return _ratio(won, positives.sum(axis=0) * passed[-1])


def _membership(group: np.ndarray, case: np.ndarray, groups: int, cases: int) -> sparse.csr_array:
    """Matrix that sums weights of cases by group, shape (groups, cases)."""
    return sparse.csr_array((np.ones(len(case)), (group, case)), shape=(groups, cases))


def _kappa(actual: np.ndarray, named: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Cohen (1960), Educational and Psychological Measurement 20:37-46."""
    total = actual.sum(axis=0)
    by_chance = _ratio((actual * named).sum(axis=0), total)
    return _ratio(hits.sum(axis=0) - by_chance, total - by_chance)


def _quadratic_kappa(actual: np.ndarray, named: np.ndarray, squared: np.ndarray) -> np.ndarray:
    """Agreement in which an error counts by the square of its steps (Cohen 1968).

    Psychological Bulletin 70:213-220.

    Parameters
    ----------
    actual, named : numpy.ndarray
        Weight of each category as observed and as predicted, shape (classes, weightings).
    squared : numpy.ndarray
        Weighted sum of squared steps between the two, shape (weightings,).
    """
    place = np.arange(len(actual))
    steps = np.subtract.outer(place, place) ** 2.0
    by_chance = _ratio(np.einsum("iw,ij,jw->w", actual, steps, named), actual.sum(axis=0))
    return 1 - _ratio(squared, by_chance)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the denominator is not positive."""
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient
