"""Calibration of predictions: error, slope and intercept, with intervals.

Slope and intercept are those of Cox (1958, Biometrika 45:562-565) as they are read
today (Van Calster et al. 2019, BMC Medicine 17:230): the slope is that of a regression
of what was observed on the linear predictor, below 1 where predictions are too extreme;
the intercept is that of the same regression with the slope fixed at 1, above 0 where too
little is predicted on the whole. The regression is logistic for a probability, on its
logit; linear for a quantity; for a number with a logarithm as link, on its logarithm, with the
loss by which networks are fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import pandas as pd
from scipy.special import logit

from dnn_core.evaluation.calibration.calibration_error import Figure, error_interval
from dnn_core.evaluation.inference.linearisation import linearised_interval
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import PROBABILITY_FLOOR, linear_losses, linear_slopes
from dnn_core.outcome.row import Link, Loss
from dnn_core.specs import Kind

MOST_STEPS = 50
CONVERGED = 1e-10
LARGEST_LOG = 300.0
"""Of an expected number: what lies beyond would overflow."""

STEEPEST = 100.0
"""A slope beyond this means that predictions separate what was observed without error,
and that there is no slope."""

FIGURES = {
    "slope": "Slope",
    "intercept": "Intercept",
    "error": "Calibration error",
    "error_by_chance": "Calibration error by chance alone",
}

COLUMNS = ("category", "figure", "value", "low", "high")


@dataclass(frozen=True, eq=False)
class View:
    """A predicted probability of each case, and whether the event happened.

    Parameters
    ----------
    category : str
        What it stands for, in the researcher's words.
    probability : numpy.ndarray
        float64, shape (cases,).
    happened : numpy.ndarray
        0 or 1, shape (cases,).
    """

    category: str
    probability: np.ndarray
    happened: np.ndarray


def views(
    kind: Kind, labels: tuple[str, ...], y: np.ndarray, probabilities: np.ndarray
) -> list[View]:
    """The events for calibration slopes of categories.

    Of two categories the positive one; of several each against the rest; of ordered
    ones, whether the outcome lies above each but the last.

    Parameters
    ----------
    y : numpy.ndarray
        Positions of categories, shape (cases,).
    probabilities : numpy.ndarray
        Shape (cases, classes).
    """
    given = np.asarray(probabilities, dtype="float64")
    match outcome_of(kind).link:
        case Link.CUMULATIVE:
            above = 1 - given.cumsum(axis=1)
            return [
                View(f"above {label}", above[:, k], (y > k).astype("float64"))
                for k, label in enumerate(labels[:-1])
            ]
        case Link.LOGIT:
            named: Sequence[int] = [1]
        case Link.SOFTMAX:
            named = range(len(labels))
        case Link.IDENTITY | Link.LOG:
            raise ValueError("A number has no probabilities of categories.")
        case never:
            assert_never(never)
    return [View(labels[k], given[:, k], (y == k).astype("float64")) for k in named]


def headline(kind: Kind, y: np.ndarray, probabilities: np.ndarray) -> View:
    """The event for the calibration error: the positive category of two, else the likeliest.

    That is the top-label calibration of Guo et al. (2017).
    """
    given = np.asarray(probabilities, dtype="float64")
    if kind is Kind.BINARY:
        return View("", given[:, 1], (y == 1).astype("float64"))
    likeliest = given.argmax(axis=1)
    return View("", given.max(axis=1), (likeliest == y).astype("float64"))


def calibration_figures(
    kind: Kind, labels: tuple[str, ...], y: np.ndarray, predicted: np.ndarray, design: Design
) -> pd.DataFrame:
    """Slopes and intercepts, and of categories the expected calibration error.

    Parameters
    ----------
    kind, y, predicted
        As in `metrics.evaluate`.
    labels : tuple of str
        Of the categories.
    design : Design

    Returns
    -------
    pandas.DataFrame
        category (empty where a figure is about all), figure (see `FIGURES`), value, low,
        high (95 %; NaN where there is none).
    """
    rows = []
    if kind.numeric:
        named = [("", *_linear(kind, y, predicted))]
    else:
        named = [
            (view.category, _logit(view.probability), view.happened)
            for view in views(kind, labels, y, predicted)
        ]
    for category, linear, observed in named:
        slope, intercept = slope_and_intercept(kind, observed, linear, design)
        rows += [(category, "slope", *slope), (category, "intercept", *intercept)]
    if not kind.numeric:
        view = headline(kind, y, predicted)
        error, by_chance = error_interval(view.probability, view.happened, design)
        rows += [("", "error", *error), ("", "error_by_chance", by_chance, np.nan, np.nan)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _linear(kind: Kind, y: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Linear predictor and observed values of a number."""
    given, observed = np.asarray(predicted, "float64"), np.asarray(y, "float64")
    if outcome_of(kind).link is Link.LOG:
        given = np.log(np.maximum(given, PROBABILITY_FLOOR))
    return given, observed


def _logit(probability: np.ndarray) -> np.ndarray:
    bounded: np.ndarray = logit(np.clip(probability, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR))
    return bounded


NONE: Figure = (float("nan"),) * 3


def slope_and_intercept(
    kind: Kind, observed: np.ndarray, linear: np.ndarray, design: Design
) -> tuple[Figure, Figure]:
    """Slope, and intercept with the slope fixed at 1, each with its 95 % interval.

    Intervals are by linearisation: model-based ones would not see weights and clusters,
    and a bootstrap would fit the regression a thousand times.

    Parameters
    ----------
    kind : Kind
        Of a number its loss; of categories the regression is logistic.
    observed : numpy.ndarray
        Values, or 0 and 1, shape (cases,).
    linear : numpy.ndarray
        Linear predictor, shape (cases,).

    Returns
    -------
    tuple of tuple of float
        Value, low, high; NaN where the regression has no solution.
    """
    ones = np.ones((len(linear), 1))
    both = np.column_stack([ones, linear])
    slope = _regression(kind, observed, both, np.zeros_like(linear), design)
    intercept = _regression(kind, observed, ones, linear, design)
    return slope, intercept


def _regression(
    kind: Kind, observed: np.ndarray, x: np.ndarray, offset: np.ndarray, design: Design
) -> Figure:
    """Last coefficient of the generalised linear model with the kind's loss."""
    loss = _loss(kind)
    weight = design.weight
    scale = np.ones(x.shape[1])
    if x.shape[1] > 1:
        # Logits may all lie around 5: centred and scaled, the equations stay solvable.
        centre = np.average(x[:, 1], weights=weight)
        scale[1] = np.sqrt(np.average((x[:, 1] - centre) ** 2, weights=weight))
        if not scale[1] > 0:
            return NONE
        x = np.column_stack([x[:, 0], (x[:, 1] - centre) / scale[1]])
    beta = _newton(loss, observed, x, offset, weight)
    bounded = loss is Loss.SQUARED_ERROR
    if beta is None or (not bounded and abs(beta[-1] / scale[-1]) > STEEPEST):
        return NONE
    slope, curvature = linear_slopes(loss, observed, _clipped(loss, x @ beta + offset))
    information = (x.T * (weight * curvature)) @ x
    scores = x * -slope[:, np.newaxis]
    influence = np.linalg.solve(information, scores.T)[-1] / scale[-1]
    value = float(beta[-1] / scale[-1])
    return value, *linearised_interval(value, influence, design)


def _loss(kind: Kind) -> Loss:
    """What the regression minimises: of categories, each is one probability."""
    return outcome_of(kind).loss if kind.numeric else Loss.BINARY_CROSS_ENTROPY


def _clipped(loss: Loss, linear: np.ndarray) -> np.ndarray:
    """Keep a linear predictor where its exponential does not overflow."""
    if loss is Loss.SQUARED_ERROR:
        return linear
    clipped: np.ndarray = np.clip(linear, -LARGEST_LOG, LARGEST_LOG)
    return clipped


def _newton(
    loss: Loss, observed: np.ndarray, x: np.ndarray, offset: np.ndarray, weight: np.ndarray
) -> np.ndarray | None:
    """Coefficients of least loss; None where it falls without end."""

    def loss_at(beta: np.ndarray) -> float:
        losses = linear_losses(loss, observed, _clipped(loss, x @ beta + offset))
        return float(np.average(losses, weights=weight))

    beta = np.zeros(x.shape[1])
    best = loss_at(beta)
    for _ in range(MOST_STEPS):
        slope, curvature = linear_slopes(loss, observed, _clipped(loss, x @ beta + offset))
        information = (x.T * (weight * curvature)) @ x
        if np.linalg.cond(information) > 1 / CONVERGED:
            return None
        step = np.linalg.solve(information, x.T @ (weight * -slope))
        # The loss is convex, so that some part of the step always lowers it.
        share, reached = 1.0, loss_at(beta + step)
        while not reached <= best + CONVERGED and share > CONVERGED:
            share /= 2
            reached = loss_at(beta + share * step)
        beta, best = beta + share * step, reached
        if np.abs(share * step).max() < CONVERGED * max(1.0, np.abs(beta).max()):
            return beta
    return None
