"""Losses and predictions of raw outputs, and the losses that metrics are made of.

A raw output is what a network gives before its activation: the linear predictor of a
regression. The engine writes the losses of its epochs with these functions, calibration
regressions are fitted with them, and the slopes that the engine itself takes by TensorFlow
are tested against these.
"""

from __future__ import annotations

from typing import assert_never

import numpy as np
from scipy.special import expit, logsumexp, softmax, xlogy

from dnn_core.outcome.row import Domain, Link, Loss, Outcome

PROBABILITY_FLOOR = 1e-7
"""Nothing is taken to be impossible, nor certain; `keras.config.epsilon`."""

EXPECTED_FLOOR = 1e-7
"""Expected counts are kept above it, as a count that was expected never to happen has an
infinite deviance when it does."""


SMALLEST_AMOUNT = float(np.finfo("float32").tiny)
"""Expected amounts are kept above it: whatever their unit, they are none of 0."""


def predictions_of(outcome: Outcome, raw: np.ndarray) -> np.ndarray:
    """Apply the inverse link to raw outputs.

    Parameters
    ----------
    outcome : Outcome
    raw : numpy.ndarray
        Shape (..., raw units).

    Returns
    -------
    numpy.ndarray
        Shape (..., units); of ordered categories one more than thresholds.
    """
    match outcome.link:
        case Link.IDENTITY:
            return raw
        case Link.LOG:
            return np.exp(raw)
        case Link.LOGIT:
            return expit(raw)
        case Link.SOFTMAX:
            return softmax(raw, axis=-1)
        case Link.CUMULATIVE:
            return category_probabilities(raw)
        case never:
            assert_never(never)


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


def raw_losses(outcome: Outcome, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """The loss of each case, as Keras has it: without the part that predictions have no say in.

    Parameters
    ----------
    outcome : Outcome
    y : numpy.ndarray
        As it is learnt: standardised, divided by its mean, or positions of classes, shape (...,
        cases).
    raw : numpy.ndarray
        Shape (..., cases, raw units).

    Returns
    -------
    numpy.ndarray
        float64, shape (..., cases).
    """
    raw = raw.astype("float64")
    if outcome.loss is not Loss.CROSS_ENTROPY:
        return linear_losses(outcome.loss, y, raw[..., 0])
    at = y[..., np.newaxis]
    if outcome.link is Link.CUMULATIVE:
        given = np.take_along_axis(category_probabilities(raw), at, axis=-1)[..., 0]
        losses: np.ndarray = -np.log(np.clip(given, PROBABILITY_FLOOR, None))
        return losses
    observed = np.take_along_axis(raw, at, axis=-1)[..., 0]
    beside: np.ndarray = logsumexp(raw, axis=-1) - observed
    return beside


def linear_losses(loss: Loss, y: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """The loss of each case at its linear predictor; parts that `y` alone decides are left out.

    Parameters
    ----------
    loss : Loss
        Of one raw output: all but the cross-entropy of several categories.
    y, linear : numpy.ndarray
        Of one shape, which the result has as well.
    """
    match loss:
        case Loss.SQUARED_ERROR:
            losses: np.ndarray = (y - linear) ** 2
        case Loss.BINARY_CROSS_ENTROPY:
            # log(1 + e^z) - y z, without overflow.
            losses = np.logaddexp(0, linear) - y * linear
        case Loss.POISSON:
            losses = np.exp(linear) - y * linear
        case Loss.GAMMA:
            losses = y * np.exp(-linear) + linear
        case Loss.CROSS_ENTROPY:
            raise ValueError("The cross-entropy of several categories has several raw outputs.")
        case never:
            assert_never(never)
    return losses


def linear_slopes(loss: Loss, y: np.ndarray, linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative of `linear_losses` by the linear predictor.

    Predicted minus observed where the link is the canonical one of the loss (McCullagh and
    Nelder 1989); the squared error is not halved.
    """
    match loss:
        case Loss.SQUARED_ERROR:
            return 2 * (linear - y), np.full(np.shape(linear), 2.0)
        case Loss.BINARY_CROSS_ENTROPY:
            mean = expit(linear)
            return mean - y, mean * (1 - mean)
        case Loss.POISSON:
            mean = np.exp(linear)
            return mean - y, mean
        case Loss.GAMMA:
            observed_by_mean = y * np.exp(-linear)
            return 1 - observed_by_mean, observed_by_mean
        case Loss.CROSS_ENTROPY:
            raise ValueError("The cross-entropy of several categories has several raw outputs.")
        case never:
            assert_never(never)


def number_losses(outcome: Outcome, observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Squared error, or the unit deviance, of predicted numbers in the outcome's own units.

    Parameters
    ----------
    outcome : Outcome
        Of a number.
    observed, predicted : numpy.ndarray
        Of one shape, which the result has as well.

    Returns
    -------
    numpy.ndarray
        Twice what the log likelihood of each case lacks (McCullagh and Nelder 1989, section
        2.3), for a variance of 1.
    """
    observed = np.asarray(observed, dtype="float64")
    predicted = np.asarray(predicted, dtype="float64")
    match outcome.loss:
        case Loss.SQUARED_ERROR:
            losses: np.ndarray = (observed - predicted) ** 2
        case Loss.POISSON:
            expected = np.maximum(predicted, EXPECTED_FLOOR)
            losses = 2 * (xlogy(observed, observed / expected) - observed + expected)
        case Loss.GAMMA:
            expected = np.maximum(predicted, SMALLEST_AMOUNT)
            losses = 2 * (observed / expected - 1 - np.log(observed / expected))
        case Loss.BINARY_CROSS_ENTROPY | Loss.CROSS_ENTROPY:
            raise ValueError("Categories have no deviance of a number; see `log_losses`.")
        case never:
            assert_never(never)
    return losses


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


def squared_errors(outcome: Outcome, observed: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Brier score of each case: of one probability of two, of all of several, shape (cases,).

    Brier (1950), Monthly Weather Review 78:1-3.
    """
    squared = (probabilities - np.eye(probabilities.shape[1])[observed]) ** 2
    each: np.ndarray = squared[:, 1] if outcome.link is Link.LOGIT else squared.sum(axis=1)
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


def prediction_losses(outcome: Outcome, observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The loss of each prediction by which models of a kind are fitted, shape (cases,).

    The squared error of a quantity, the deviance of another number, minus the log of the
    probability of the observed category.
    """
    if outcome.is_categorical:
        return log_losses(observed, predicted)
    return number_losses(outcome, observed, predicted)


def impossible(outcome: Outcome, values: np.ndarray) -> np.ndarray:
    """Which numbers cannot be observed of this kind; bool, shape (cases,)."""
    match outcome.domain:
        case Domain.ANY:
            return np.zeros(len(values), dtype=bool)
        case Domain.WHOLE:
            refused: np.ndarray = (values < 0) | (values != np.round(values))
        case Domain.POSITIVE:
            refused = ~(values > 0)
        case never:
            assert_never(never)
    return refused
