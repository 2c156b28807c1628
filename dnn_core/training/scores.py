"""Losses and main metrics of raw outputs, as Keras would report them.

Worked out by NumPy, for one part of the data and one member at a time; what is
compared with the truth are raw outputs, before sigmoid and softmax.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logsumexp

from dnn_core.specs import Kind

THRESHOLDS = 200
"""Of Keras' AUC, which is an approximation by that many bins."""


def mean_loss(kind: Kind, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None) -> float:
    """Weighted loss divided by the number of cases, as Keras has it.

    Parameters
    ----------
    kind : Kind
    y : numpy.ndarray
        As it is learnt: standardised, or positions of classes, shape (cases,).
    raw : numpy.ndarray
        Raw outputs, shape (cases, units).
    weight : numpy.ndarray or None
        Shape (cases,).
    """
    losses = case_losses(kind, y, raw)
    with np.errstate(over="ignore"):
        # What is beyond a float32 is infinite for Keras, and a sign of divergence.
        return float(np.float32(np.mean(losses if weight is None else losses * weight)))


def case_losses(kind: Kind, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """Squared error, or minus the log of the probability of what was observed, shape (cases,)."""
    raw = raw.astype("float64")
    match kind:
        case Kind.REGRESSION:
            losses: np.ndarray = (y - raw[:, 0]) ** 2
        case Kind.BINARY:
            # log(1 + e^z) - y z, without overflow.
            losses = np.logaddexp(0, raw[:, 0]) - y * raw[:, 0]
        case Kind.MULTICLASS:
            losses = logsumexp(raw, axis=1) - raw[np.arange(len(raw)), y]
    return losses


def main_score(kind: Kind, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None) -> float:
    """R², AUC or accuracy; parameters as in `mean_loss`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        match kind:
            case Kind.REGRESSION:
                return _r2(y.astype("float64"), raw[:, 0].astype("float64"), weight)
            case Kind.BINARY:
                return _auc(y, expit(raw[:, 0].astype("float64")), weight)
            case Kind.MULTICLASS:
                return float(np.average(raw.argmax(axis=1) == y, weights=weight))


def _r2(y: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None) -> float:
    mean = np.average(y, weights=weight)
    error = np.average((y - predicted) ** 2, weights=weight)
    score = 1 - error / np.average((y - mean) ** 2, weights=weight)
    return 0.0 if np.isinf(score) else float(score)


def _auc(y: np.ndarray, probability: np.ndarray, weight: np.ndarray | None) -> float:
    """Area under the ROC curve at `THRESHOLDS` evenly spaced probabilities, by trapezoids."""
    if np.isnan(probability).any():
        return float("nan")
    weights = np.ones(len(y)) if weight is None else weight
    bins = np.maximum(np.ceil(probability * (THRESHOLDS - 1)).astype("int64") - 1, 0)
    positive = y == 1
    counts = [
        np.bincount(bins[of], weights=weights[of], minlength=THRESHOLDS)
        for of in (positive, ~positive)
    ]
    # Share of positives, and of negatives, above each threshold, from the highest one down.
    hits, alarms = (np.cumsum(count[::-1]) / count.sum() for count in counts)
    return float(np.trapezoid(np.append(0.0, hits), np.append(0.0, alarms)))
