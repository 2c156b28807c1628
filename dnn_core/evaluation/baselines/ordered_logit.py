"""The ordered logit: one linear score for all categories, and thresholds between them.

McCullagh (1980), Regression models for ordinal data, Journal of the Royal Statistical Society
B 42:109-142. scikit-learn has none, and that of statsmodels takes no weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

MOST_ITERATIONS = 1000

TOLERANCE = 1e-6
"""Tolerance of the gradient: estimates then agree with maximum likelihood to three digits."""


@dataclass(frozen=True, eq=False)
class OrderedLogit:
    """A fitted ordered logit.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Shape (inputs,).
    thresholds : numpy.ndarray
        Increasing, shape (classes - 1,): category j or less has the log odds
        thresholds[j] - x @ coefficients.
    converged : bool
    """

    coefficients: np.ndarray
    thresholds: np.ndarray
    converged: bool

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Probability of each category, shape (cases, classes)."""
        above = expit((x @ self.coefficients)[:, np.newaxis] - self.thresholds)
        ends = np.ones((len(x), 1)), np.zeros((len(x), 1))
        together = np.hstack([ends[0], above, ends[1]])
        return together[:, :-1] - together[:, 1:]


def fit_ordered_logit(
    x: np.ndarray, y: np.ndarray, classes: int, weight: np.ndarray | None, *, penalty: float
) -> OrderedLogit:
    """Fit by maximum likelihood with a slight ridge, by L-BFGS.

    Parameters
    ----------
    x : numpy.ndarray
        Columns of similar size, shape (cases, inputs).
    y : numpy.ndarray
        Positions of categories, shape (cases,).
    classes : int
    weight : numpy.ndarray or None
        Shape (cases,).
    penalty : float
        Half of it times the sum of squared coefficients is added to the sum of losses.
    """
    x = x.astype("float64")
    weight = np.ones(len(y)) if weight is None else weight
    inputs = x.shape[1]
    scale = 1 / weight.sum()

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        beta, steps = parameters[:inputs], parameters[inputs:]
        thresholds = _thresholds(steps)
        score = x @ beta
        value, by_threshold = _case_losses(score, thresholds, y)
        by_score = -by_threshold.sum(axis=1)
        slope_beta = x.T @ (weight * by_score) + penalty * beta
        slope_steps = _slope_of_steps(weight @ by_threshold, steps)
        total = weight @ value + penalty / 2 * beta @ beta
        return scale * float(total), scale * np.concatenate([slope_beta, slope_steps])

    start = np.concatenate([np.zeros(inputs), _starting_steps(y, classes, weight)])
    solution = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_ITERATIONS, "gtol": TOLERANCE, "ftol": 0.0},
    )
    settled = bool(np.abs(solution.jac).max() < 100 * TOLERANCE)
    return OrderedLogit(solution.x[:inputs], _thresholds(solution.x[inputs:]), settled)


def _thresholds(steps: np.ndarray) -> np.ndarray:
    """The first threshold, and logs of the distances from each to the next, made thresholds."""
    return np.cumsum(np.concatenate([steps[:1], np.exp(steps[1:])]))


def _slope_of_steps(by_threshold: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """From the slope by thresholds to that by what `_thresholds` takes."""
    onward = by_threshold[::-1].cumsum()[::-1]
    return np.concatenate([onward[:1], onward[1:] * np.exp(steps[1:])])


def _starting_steps(y: np.ndarray, classes: int, weight: np.ndarray) -> np.ndarray:
    """Thresholds that give every case the shares of the categories."""
    # A category that a sample of rows lacks is taken for a very rare one.
    counts = np.maximum(np.bincount(y, weights=weight, minlength=classes), 1e-3)
    below = (counts.cumsum() / counts.sum())[:-1]
    thresholds = np.log(below / (1 - below))
    return np.concatenate([thresholds[:1], np.log(np.diff(thresholds))])


def _case_losses(
    score: np.ndarray, thresholds: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Minus the log of the probability of what was observed, and its slope by each threshold.

    With a above and b below the category, sigmoid(a) - sigmoid(b) is
    sigmoid(a) sigmoid(-b) (1 - exp(b - a)), of which the log is exact even where both
    sigmoids are nearly the same.
    """
    cases, last = np.arange(len(y)), len(thresholds)
    top, bottom = y < last, y > 0
    upper, lower = np.full(len(y), np.inf), np.full(len(y), -np.inf)
    upper[top] = thresholds[y[top]] - score[top]
    lower[bottom] = thresholds[y[bottom] - 1] - score[bottom]
    gap = upper - lower
    value = -(log_expit(upper) + log_expit(-lower) + np.log(-np.expm1(-gap)))
    inner = np.zeros(len(y))
    between = np.isfinite(gap)
    inner[between] = 1 / np.expm1(gap[between])
    slope = np.zeros((len(y), last))
    slope[cases[top], y[top]] = -(expit(-upper) + inner)[top]
    slope[cases[bottom], y[bottom] - 1] += (expit(lower) + inner)[bottom]
    return value, slope
