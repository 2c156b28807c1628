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

from dnn_core.outcome.formulas import (
    cohen_kappa,
    pairs_won,
    quadratic_kappa,
    ratio,
    share_explained,
)
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import (
    log_losses,
    number_losses,
    ranked_probability_scores,
    squared_errors,
)
from dnn_core.outcome.metrics import metric
from dnn_core.specs import Kind

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
    if not kind.numeric:
        return CategoryScorer(kind, y, predicted)
    if training_mean is None:
        raise ValueError("R² and D² need the training mean.")
    return NumberScorer(kind, y, predicted, training_mean)


class NumberScorer:
    """Metrics of a number: a quantity by squared errors, others by their deviance as well."""

    def __init__(
        self, kind: Kind, y: np.ndarray, predicted: np.ndarray, training_mean: float
    ) -> None:
        self._outcome = outcome_of(kind)
        observed = np.asarray(y, dtype="float64")
        expected = np.asarray(predicted, dtype="float64")
        error = observed - expected
        self._columns = np.stack(
            [
                np.ones(len(error)),
                number_losses(self._outcome, observed, expected),
                number_losses(self._outcome, observed, np.full(len(error), training_mean)),
                error**2,
                np.abs(error),
            ]
        )

    def __call__(self, weights: np.ndarray, names: Names = None) -> dict[str, np.ndarray]:
        total, losses, around_mean, squared, absolute = self._columns @ weights
        return {
            self._outcome.main: share_explained(losses, around_mean),
            # Of a quantity this is the mean squared error, which its root replaces.
            self._outcome.loss_metric: ratio(losses, total),
            "rmse": np.sqrt(ratio(squared, total)),
            "mae": ratio(absolute, total),
        }


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
        sums = [
            log_losses(observed, probabilities),
            squared_errors(outcome_of(kind), observed, probabilities),
        ]
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
        named = [1] if kind is Kind.BINARY else range(classes)
        ranked = named if kind in metric("auc").kinds else ()
        self._rankings = [Ranking(probabilities[:, c], observed == c) for c in ranked]

    def __call__(self, weights: np.ndarray, names: Names = None) -> dict[str, np.ndarray]:
        log_loss, brier, *of_order = self._sums @ weights
        total = weights.sum(axis=0)
        values = {"log_loss": ratio(log_loss, total), "brier": ratio(brier, total)}
        if self._kind is Kind.ORDINAL:
            values["rps"] = ratio(of_order[0], total)
        elif names is None or "auc" in names:
            values["auc"] = np.mean([ranking.auc(weights) for ranking in self._rankings], axis=0)
        if names is not None and set(names) <= set(values):
            return values
        return values | self._of_categories(weights, *of_order[1:])

    def _of_categories(self, weights: np.ndarray, *squared: np.ndarray) -> dict[str, np.ndarray]:
        """Figures of which category was named, not of how probable it was."""
        actual, named, hits = (self._counts @ weights).reshape(3, self._classes, -1)
        recall = ratio(hits, actual)
        values = {
            "accuracy": ratio(hits.sum(axis=0), actual.sum(axis=0)),
            "balanced_accuracy": recall.mean(axis=0),
        }
        if self._kind is Kind.ORDINAL:
            return {**values, "qwk": quadratic_kappa(actual, named, *squared)}
        # A category without a case has no F1, even where it was named.
        f1 = np.where(actual > 0, ratio(2 * hits, actual + named), np.nan)
        values["kappa"] = cohen_kappa(actual, named, hits)
        if self._kind is Kind.BINARY:
            return {**values, "f1": f1[1], "sensitivity": recall[1], "specificity": recall[0]}
        return {**values, "f1": f1.mean(axis=0)}


class Ranking:
    """How often positive cases lie above negative ones.

    What does not depend on weights is worked out once, for `pairs_won`.

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
        negatives = self._negatives @ weights
        below = np.cumsum(negatives, axis=0)[::2]
        return pairs_won(self._positives @ weights, below, negatives[1::2])


def _membership(group: np.ndarray, case: np.ndarray, groups: int, cases: int) -> sparse.csr_array:
    """Matrix that sums weights of cases by group, shape (groups, cases)."""
    return sparse.csr_array((np.ones(len(case)), (group, case)), shape=(groups, cases))
