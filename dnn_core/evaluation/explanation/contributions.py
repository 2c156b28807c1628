"""The contribution of each predictor to the prediction for one case.

Shapley values (Shapley 1953; for predictions Štrumbelj and Kononenko 2014, Knowledge and
Information Systems 41:647-665; Lundberg and Lee 2017, NeurIPS 30): the answers of the case
take the place of those of another case, one predictor after the other, in a random
order. What the prediction moves by at a predictor is its contribution, averaged over
orders and over other cases. Each order is also gone through backwards (antithetic pairs:
Mitchell, Cooper, Frank and Holmes 2022, Journal of Machine Learning Research 23(43)).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Predict = Callable[[np.ndarray], np.ndarray]
"""From encoded rows, shape (rows, inputs), to outputs, shape (rows, outputs)."""

ROWS_AT_ONCE = 20_000
"""Rows that are predicted together."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """A prediction, decomposed into contributions.

    Parameters
    ----------
    groups : tuple of str
        What contributes, in the order of `values`.
    base : numpy.ndarray
        Mean prediction for the other cases, shape (outputs,).
    values : numpy.ndarray
        Contributions; with `base` they add up to the prediction, shape (groups, outputs).
    errors : numpy.ndarray
        Monte-Carlo standard errors of the values, as if the other cases were a sample of
        many; shape (groups, outputs).
    """

    groups: tuple[str, ...]
    base: np.ndarray
    values: np.ndarray
    errors: np.ndarray

    @property
    def prediction(self) -> np.ndarray:
        """Shape (outputs,)."""
        total: np.ndarray = self.base + self.values.sum(axis=0)
        return total


def contributions(
    case: np.ndarray,
    others: np.ndarray,
    groups: Mapping[str, np.ndarray],
    predict: Predict,
    *,
    weight: np.ndarray | None = None,
    seed: int,
) -> Contributions:
    """Shapley values of the groups of encoded columns for one case.

    Parameters
    ----------
    case : numpy.ndarray
        Encoded, shape (inputs,).
    others : numpy.ndarray
        Encoded cases that it is compared with, shape (cases, inputs); two orders are
        drawn for each.
    groups : mapping of str to numpy.ndarray
        Positions of the columns of each predictor; together they are all columns.
    predict : Predict
    weight : numpy.ndarray, optional
        Case weights of the others, shape (cases,).
    seed : int
        Fixes the orders.
    """
    names = tuple(groups)
    generator = np.random.default_rng(seed)
    each = []
    at_once = max(1, ROWS_AT_ONCE // (2 * (len(names) + 1)))
    start = []
    for first in range(0, len(others), at_once):
        moves, begin = _moves(case, others[first : first + at_once], groups, predict, generator)
        each.append(moves)
        start.append(begin)
    moves = np.concatenate(each)
    weights = np.ones(len(others)) if weight is None else np.asarray(weight, dtype="float64")
    shares = weights / weights.sum()
    values = np.einsum("c,cgo->go", shares, moves)
    spread = np.einsum("c,cgo->go", shares**2, (moves - values) ** 2)
    return Contributions(names, shares @ np.concatenate(start), values, np.sqrt(spread))


def _moves(
    case: np.ndarray,
    others: np.ndarray,
    groups: Mapping[str, np.ndarray],
    predict: Predict,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean move at each group over both directions, and predictions for the others.

    Returns
    -------
    moves : numpy.ndarray
        Shape (others, groups, outputs).
    begin : numpy.ndarray
        Shape (others, outputs).
    """
    count, size = len(others), len(groups)
    forward = np.argsort(generator.random((count, size)), axis=1)
    orders = np.stack([forward, forward[:, ::-1]], axis=1)
    # Step s of a walk has the case's answers in the groups of rank below s.
    rank = np.argsort(orders, axis=2)
    taken = rank[:, :, np.newaxis, :] < np.arange(size + 1)[:, np.newaxis]
    group_of = np.empty(len(case), dtype="int64")
    for number, columns in enumerate(groups.values()):
        group_of[columns] = number
    rows = np.where(taken[..., group_of], case, others[:, np.newaxis, np.newaxis])
    output = predict(rows.reshape(-1, len(case)))
    output = output.reshape(count, 2, size + 1, -1).astype("float64")
    steps = np.diff(output, axis=2)
    moves = np.take_along_axis(steps, rank[..., np.newaxis], axis=2).mean(axis=1)
    return moves, output[:, 0, 0]
