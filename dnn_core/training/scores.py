"""Losses and main metrics of raw outputs, as Keras would report them.

Worked out by NumPy, for members with the same number of cases at a time; what is
compared with the truth are raw outputs, before sigmoid and softmax.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logsumexp, xlogy

from dnn_core.specs import Kind

PROBABILITY_FLOOR = 1e-7
"""Of the log of a probability, as Keras has it (`keras.config.epsilon`)."""

THRESHOLDS = 200
"""Of Keras' AUC, which is an approximation by that many bins."""


class ScoredRows(NamedTuple):
    """Cases of one member.

    y : as it is learnt: standardised, or positions of classes, shape (cases,).
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
    """Score members; those with the same number of cases at once, as that is quicker.

    Returns
    -------
    numpy.ndarray
        Shape (members,); not a number for a member without cases.
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
        As it is learnt: standardised, or positions of classes, shape (members, cases).
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
        # What is beyond a float32 is infinite for Keras, and a sign of divergence.
        losses = case_losses(kind, y, raw)
        mean = (losses if weight is None else losses * weight).mean(axis=1).astype("float32")
    return mean.astype("float64")


def case_losses(kind: Kind, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """Squared error, or minus the log of the probability of what was observed.

    Of a count, as Keras has it, without the part that predictions have no say in.

    Shapes as in `mean_loss`; the result has shape (members, cases).
    """
    raw = raw.astype("float64")
    match kind:
        case Kind.REGRESSION:
            losses: np.ndarray = (y - raw[..., 0]) ** 2
        case Kind.BINARY:
            # log(1 + e^z) - y z, without overflow.
            losses = np.logaddexp(0, raw[..., 0]) - y * raw[..., 0]
        case Kind.MULTICLASS:
            observed = np.take_along_axis(raw, y[..., np.newaxis], axis=2)[..., 0]
            losses = logsumexp(raw, axis=2) - observed
        case Kind.ORDINAL:
            given = np.take_along_axis(category_probabilities(raw), y[..., np.newaxis], axis=2)
            losses = -np.log(np.clip(given[..., 0], PROBABILITY_FLOOR, None))
        case Kind.COUNT:
            losses = np.exp(raw[..., 0]) - y * raw[..., 0]
    return losses


def main_score(kind: Kind, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """The main metric of the kind, shape (members,); parameters as in `mean_loss`.

    Not a number where a metric has no value, as the AUC where a category is absent.
    """
    weights = np.ones(y.shape) if weight is None else weight.astype("float64")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        match kind:
            case Kind.REGRESSION:
                return _r2(y.astype("float64"), raw[..., 0].astype("float64"), weights)
            case Kind.BINARY:
                return _auc(y, expit(raw[..., 0]), weights)
            case Kind.MULTICLASS:
                return _mean((raw.argmax(axis=2) == y).astype("float64"), weights)
            case Kind.ORDINAL:
                named = category_probabilities(raw).argmax(axis=2)
                return _quadratic_kappa(y, named, weights, raw.shape[2] + 1)
            case Kind.COUNT:
                return _d2(y.astype("float64"), raw[..., 0].astype("float64"), weights)


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (values * weights).sum(axis=1) / weights.sum(axis=1)


def _r2(y: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    around_mean = _mean((y - _mean(y, weights)[:, np.newaxis]) ** 2, weights)
    score = 1 - _mean((y - predicted) ** 2, weights) / around_mean
    return np.where(np.isinf(score), 0.0, score)


def category_probabilities(raw: np.ndarray) -> np.ndarray:
    """Probabilities of ordered categories from raw outputs, one for each threshold.

    Parameters
    ----------
    raw : numpy.ndarray
        Log odds of being above each threshold, shape (..., classes - 1).

    Returns
    -------
    numpy.ndarray
        Shape (..., classes).
    """
    none = np.zeros_like(raw[..., :1])
    above = np.concatenate([none + 1, expit(raw), none], axis=-1)
    # Thresholds that have crossed, as after too large a step, leave nothing between them.
    return np.maximum(above[..., :-1] - above[..., 1:], 0.0)


def _quadratic_kappa(
    y: np.ndarray, named: np.ndarray, weights: np.ndarray, classes: int
) -> np.ndarray:
    """Agreement beyond chance, errors counted by their square (Cohen 1968)."""
    observed = _mean((y - named) ** 2.0, weights)
    # What two independent readings with these shares would differ by.
    shares = [
        np.stack([_mean(of == k, weights) for k in range(classes)], axis=1) for of in (y, named)
    ]
    steps = np.subtract.outer(np.arange(classes), np.arange(classes)) ** 2.0
    by_chance = np.einsum("mi,ij,mj->m", shares[0], steps, shares[1])
    return np.where(by_chance > 0, 1 - observed / by_chance, np.nan)


def _d2(y: np.ndarray, raw: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of the Poisson deviance that is accounted for; `raw` is the log of what is expected."""
    mean = _mean(y, weights)[:, np.newaxis]
    # What cancels in the difference of two deviances, y log y, is left out.
    explained = _mean(y * (raw - np.log(mean)) - (np.exp(raw) - mean), weights)
    around_mean = _mean(xlogy(y, y / mean) - (y - mean), weights)
    score = explained / around_mean
    return np.where(np.isinf(score), 0.0, score)


def _auc(y: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve at `THRESHOLDS` evenly spaced probabilities, by trapezoids."""
    members = len(y)
    bins = np.ceil(np.nan_to_num(probability) * (THRESHOLDS - 1)).astype("int64") - 1
    # One count for every member, category and bin, in a single pass over all cases.
    place = np.maximum(bins, 0) + THRESHOLDS * (y == 1)
    place += 2 * THRESHOLDS * np.arange(members)[:, np.newaxis]
    counts = np.bincount(place.ravel(), weights.ravel(), 2 * THRESHOLDS * members)
    # Share of negatives, and of positives, above each threshold, from the highest one down.
    above = counts.reshape(members, 2, THRESHOLDS)[:, :, ::-1].cumsum(axis=2)
    alarms, hits = np.moveaxis(above / above[:, :, -1:], 1, 0)
    area = np.trapezoid(hits, alarms, axis=1)
    return np.where(np.isfinite(probability).all(axis=1), area, np.nan)
