"""Partial dependence and accumulated local effects of one predictor.

Partial dependence (Friedman 2001, Annals of Statistics 29:1189-1232) gives every case
the same answer and averages; the single cases are its individual conditional expectations
(Goldstein, Kapelner, Bleich and Pitkin 2015, Journal of Computational and Graphical Statistics
24:44-65). Where predictors are correlated that asks for cases that do not exist;
accumulated local effects (Apley and Zhu 2020, Journal of the Royal Statistical Society B
82:1059-1086) move each case only as far as its neighbours are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Predict = Callable[[np.ndarray], np.ndarray]
"""From encoded rows, shape (rows, inputs), to outputs, shape (rows, outputs)."""

MIDDLE = (0.025, 0.975)
"""Quantiles between which numbers are drawn: few answers lie beyond, and far apart."""

MOST_POINTS = 20
"""Maximum number of points of a curve; more answers than this are drawn at quantiles."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Predictions along the answers to one question.

    Parameters
    ----------
    mean : numpy.ndarray
        Weighted mean of all cases, shape (points, outputs).
    each : numpy.ndarray or None
        Predictions for each case, shape (cases, points, outputs); None of accumulated
        local effects, which have none.
    """

    mean: np.ndarray
    each: np.ndarray | None = None


def grid(answers: np.ndarray, points: int = MOST_POINTS) -> np.ndarray:
    """Answers at which a number is drawn: all in the middle 95 %, or quantiles of many.

    Parameters
    ----------
    answers : numpy.ndarray
        NaN where there is none, shape (cases,).

    Returns
    -------
    numpy.ndarray
        Ascending, each once, all of them answers that occur; empty without an answer.
    """
    known = answers[np.isfinite(answers)]
    if len(known) == 0:
        return np.empty(0)
    distinct = np.unique(known)
    if len(distinct) <= points:
        return distinct
    levels = np.linspace(*MIDDLE, points)
    result: np.ndarray = np.unique(np.quantile(known, levels, method="inverted_cdf"))
    return result


def partial_dependence(
    x: np.ndarray,
    columns: np.ndarray,
    encoded: np.ndarray,
    predict: Predict,
    weight: np.ndarray | None = None,
) -> Curve:
    """Predictions where every case gives the same answer, one answer after the other.

    Parameters
    ----------
    x : numpy.ndarray
        Encoded cases, shape (cases, inputs).
    columns : numpy.ndarray
        Positions of the predictor's columns, shape (width,).
    encoded : numpy.ndarray
        What is in them for each answer, shape (points, width).
    predict : Predict
    weight : numpy.ndarray, optional
        Case weights, shape (cases,).
    """
    each = []
    for answer in encoded:
        rows = x.copy()
        rows[:, columns] = answer
        each.append(predict(rows))
    together = np.stack(each, axis=1).astype("float64")
    return Curve(np.average(together, axis=0, weights=weight), together)


def accumulated_local_effects(
    x: np.ndarray,
    columns: np.ndarray,
    encoded: np.ndarray,
    answers: np.ndarray,
    points: np.ndarray,
    predict: Predict,
    weight: np.ndarray | None = None,
) -> Curve:
    """Mean moves of the prediction from point to point, of the cases that lie there, added up.

    Parameters
    ----------
    x, columns, encoded, predict, weight
        As in `partial_dependence`.
    answers : numpy.ndarray
        Of the cases, NaN where there is none, shape (cases,).
    points : numpy.ndarray
        Ascending answers to which `encoded` belongs, shape (points,).

    Returns
    -------
    Curve
        Shifted so that its mean over the cases between the points is the mean of their
        predictions.
    """
    weights = np.ones(len(x)) if weight is None else np.asarray(weight, dtype="float64")
    inside = np.flatnonzero((answers >= points[0]) & (answers <= points[-1]) & (weights > 0))
    # Bin k lies between points k and k + 1; its upper end belongs to it, and to the first
    # bin its lower end too.
    place = np.maximum(np.searchsorted(points, answers[inside], side="left") - 1, 0)
    low, high = x[inside].copy(), x[inside].copy()
    low[:, columns], high[:, columns] = encoded[place], encoded[place + 1]
    moved = predict(np.concatenate([low, high])).astype("float64")
    move = moved[len(inside) :] - moved[: len(inside)]
    within = weights[inside]
    bins = len(points) - 1
    total = np.bincount(place, within, bins)
    sums = np.stack([np.bincount(place, within * column, bins) for column in move.T], axis=1)
    # Nobody lies in an empty bin, so nothing is known of the move across it.
    steps = np.divide(sums, total[:, np.newaxis], out=np.zeros_like(sums), where=total[:, None] > 0)
    curve = np.concatenate([np.zeros((1, move.shape[1])), np.cumsum(steps, axis=0)])
    at = np.stack([np.interp(answers[inside], points, column) for column in curve.T], axis=1)
    centre = np.average(at, axis=0, weights=within)
    level = np.average(predict(x[inside]).astype("float64"), axis=0, weights=within)
    return Curve(curve - centre + level)
