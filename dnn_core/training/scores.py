"""Losses and main metrics of raw outputs, as Keras would report them.

Computed by NumPy, for members with the same number of cases at a time, from raw outputs,
before sigmoid and softmax.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from dnn_core.outcome.formulas import pairs_won, quadratic_kappa, ratio, share_explained
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import (
    category_probabilities,
    number_losses,
    predictions_of,
    raw_losses,
)
from dnn_core.outcome.row import Outcome
from dnn_core.specs import Kind

THRESHOLDS = 200
"""Number of thresholds of Keras' AUC, which is an approximation by bins."""


class ScoredRows(NamedTuple):
    """Cases of one member.

    y : coded outcome: standardised, divided by its mean, or positions of classes, (cases,).
    raw : raw outputs, shape (cases, units).
    weight : shape (cases,), or None.
    """

    y: np.ndarray
    raw: np.ndarray
    weight: np.ndarray | None


def for_each(
    score: Callable[[Kind, np.ndarray, np.ndarray, np.ndarray | None], np.ndarray],
    kind: Kind,
    members: Sequence[ScoredRows],
) -> np.ndarray:
    """Score members, those with the same number of cases at once, which is quicker.

    Returns
    -------
    numpy.ndarray
        Shape (members,); NaN for a member without cases.
    """
    sizes = np.array([len(member.y) for member in members])
    losses = np.full(len(members), np.nan)
    for size in np.unique(sizes[sizes > 0]):
        where = np.flatnonzero(sizes == size)
        some = [members[i] for i in where.tolist()]
        weight = None
        if any(member.weight is not None for member in some):
            weight = np.stack(
                [np.ones(size) if member.weight is None else member.weight for member in some]
            )
        y, raw = np.stack([m.y for m in some]), np.stack([m.raw for m in some])
        losses[where] = score(kind, y, raw, weight)
    return losses


def mean_loss(kind: Kind, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Weighted loss divided by the number of cases, as Keras has it.

    Parameters
    ----------
    kind : Kind
    y : numpy.ndarray
        Coded outcome: standardised, divided by its mean, or positions of classes, shape
        (members, cases).
    raw : numpy.ndarray
        Raw outputs, shape (members, cases, units).
    weight : numpy.ndarray or None
        Shape (members, cases).

    Returns
    -------
    numpy.ndarray
        Shape (members,).
    """
    with np.errstate(over="ignore", invalid="ignore"):
        # A loss beyond float32 is infinite in Keras, and a sign of divergence.
        losses = raw_losses(outcome_of(kind), y, raw)
        mean = (losses if weight is None else losses * weight).mean(axis=1).astype("float32")
    return mean.astype("float64")


def main_score(kind: Kind, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """The main metric of the kind, shape (members,); parameters as in `mean_loss`.

    NaN where a metric is undefined, such as the AUC where a category is absent.
    """
    outcome = outcome_of(kind)
    weights = np.ones(y.shape) if weight is None else weight.astype("float64")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        match outcome.main:
            case "r2" | "d2":
                return _share_explained(outcome, y, raw, weights)
            case "auc":
                return _auc(y, expit(raw[..., 0]), weights)
            case "accuracy":
                hits = (raw.argmax(axis=2) == y).astype("float64")
                return ratio(_sum(hits, weights), weights.sum(axis=1))
            case "qwk":
                named = category_probabilities(raw).argmax(axis=2)
                return _quadratic_kappa(y, named, weights, raw.shape[2] + 1)
    raise ValueError(f"The engine does not know the metric {outcome.main!r}.")


def _sum(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted sum over the cases of each member, shape (members,)."""
    total: np.ndarray = (values * weights).sum(axis=1)
    return total


def _share_explained(
    outcome: Outcome, y: np.ndarray, raw: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """R² or D² against the mean of the same cases, as in Keras.

    It is 0 in Keras where all cases are equal or predictions overflow.
    """
    observed = y.astype("float64")
    predicted = predictions_of(outcome, raw.astype("float64"))[..., 0]
    mean = _sum(observed, weights) / weights.sum(axis=1)
    around = _sum(number_losses(outcome, observed, mean[:, np.newaxis]), weights)
    errors = _sum(number_losses(outcome, observed, predicted), weights)
    if outcome.mean_divided:
        # Where every count is 0 there is no deviance to explain.
        around = np.where(mean > 0, around, np.nan)
    beyond = np.isinf(predicted).any(axis=1) | ((around == 0) & (errors > 0))
    return np.where(beyond, 0.0, share_explained(errors, around))


def _quadratic_kappa(
    y: np.ndarray, named: np.ndarray, weights: np.ndarray, classes: int
) -> np.ndarray:
    actual, said = (
        np.stack([_sum(of == category, weights) for category in range(classes)])
        for of in (y, named)
    )
    return quadratic_kappa(actual, said, _sum((y - named) ** 2.0, weights))


def _auc(y: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve as in Keras: probabilities within a bin of `THRESHOLDS` tie."""
    members = len(y)
    bins = np.ceil(np.nan_to_num(probability) * (THRESHOLDS - 1)).astype("int64") - 1
    # One count for every member, category and bin, in a single pass over all cases.
    place = np.maximum(bins, 0) + THRESHOLDS * (y == 1)
    place += 2 * THRESHOLDS * np.arange(members)[:, np.newaxis]
    counts = np.bincount(place.ravel(), weights.ravel(), 2 * THRESHOLDS * members)
    negatives, positives = counts.reshape(members, 2, THRESHOLDS).transpose(1, 2, 0)
    below = np.concatenate([np.zeros((1, members)), negatives.cumsum(axis=0)])
    area = pairs_won(positives, below, negatives)
    return np.where(np.isfinite(probability).all(axis=1), area, np.nan)
