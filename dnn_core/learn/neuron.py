"""A single neuron: a weighted sum and an activation, which is the regression that people know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnn_core.learn.network import SmallNetwork, Weights
from dnn_core.learn.teaching_cases import TaughtCases
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import linear_slopes
from dnn_core.outcome.output import output_for

MOST_STEPS = 30
"""Of Newton's method; regressions of a survey take five to ten."""

CONVERGED = 1e-10
"""Largest change of a weight in the last step."""


@dataclass(frozen=True, eq=False)
class Neuron:
    """One unit that predicts the outcome.

    Parameters
    ----------
    weights : numpy.ndarray
        One per input, shape (inputs,).
    bias : float
    """

    weights: np.ndarray
    bias: float

    def as_network(self, taught: TaughtCases) -> SmallNetwork:
        """The network without hidden layers that it is."""
        layer = Weights(self.weights[:, np.newaxis], np.array([self.bias]))
        return SmallNetwork(taught.target.kind, (), (layer,))


def has_one_unit(taught: TaughtCases) -> bool:
    """Whether one unit predicts the outcome: all kinds but several or ordered categories."""
    return output_for(taught.target).raw_units == 1 and not output_for(taught.target).ordered


def fit_neuron(taught: TaughtCases) -> Neuron | None:
    """The weights of least loss on the training cases: the regression of the outcome's kind.

    Linear for a quantity, logistic for two categories, Poisson for a count and gamma with log
    link for an amount; by Newton's method (McCullagh and Nelder 1989, section 2.5). The inputs are
    scaled, so a weight is the coefficient of one standard deviation.

    Returns
    -------
    Neuron or None
        None where the loss falls without end, as where an input separates two categories.
    """
    x = np.column_stack([np.ones(len(taught.y)), taught.x])
    loss = outcome_of(taught.target.kind).loss
    beta = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        with np.errstate(over="ignore", invalid="ignore"):
            slope, curvature = linear_slopes(loss, taught.y, x @ beta)
        hessian = x.T @ (x * curvature[:, np.newaxis])
        # An input that never varies, or two that are the same, leave the equations without a
        # single solution; the shortest one is taken.
        step = np.linalg.lstsq(hessian, x.T @ slope, rcond=None)[0] if _finite(hessian) else None
        if step is None or not np.isfinite(step).all():
            return None
        beta = beta - step
        if np.abs(step).max() < CONVERGED:
            return Neuron(beta[1:], float(beta[0]))
    return None


def _finite(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).all())
