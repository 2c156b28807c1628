"""How well one predictor alone predicts the outcome, on rows that it was not fitted to.

A table of means by category or bin is fitted to one random half of the training rows and evaluated
on the other, and vice versa. Only rows with an answer count; `missing_tells` checks whether there
is an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnn_core.audit.evidence import FEWEST_ROWS, Column, Evidence

ROWS_A_BIN = 20
MOST_BINS = 50
"""Bins of equal size, so narrow that a step of the outcome cannot hide within one."""

PRIOR_ROWS = 2.0
"""The mean of a category is shrunk towards that of all rows by so many pseudo-cases, so that a rare
category does not appear certain."""


@dataclass(frozen=True)
class Alone:
    """Predictive performance of one predictor alone, on rows that it was not fitted to.

    Parameters
    ----------
    metric : str
        “AUC”, “share of errors avoided” (lambda of Goodman and Kruskal 1954) or “R²”.
    value : float
        Mean over both halves; 1 is perfect.
    cases : int
        Rows with an answer.
    """

    metric: str
    value: float
    cases: int


def tell_alone(evidence: Evidence, name: str) -> Alone | None:
    """Evaluate one predictor; None where too few rows have an answer, or none of two categories."""
    if name not in evidence.alone:
        evidence.alone[name] = _tell(evidence, name)
    return evidence.alone[name]


def _tell(evidence: Evidence, name: str) -> Alone | None:
    column, answered = evidence.column(name), evidence.column(name).answered
    cases = int(answered.sum())
    if cases < FEWEST_ROWS or column.distinct < 2:
        return None
    outcome = evidence.outcome[answered]
    groups = _groups(column, answered)
    if column.distinct > cases / 2 and column.categories:
        # Categories that hardly recur tell nothing about new rows.
        return None
    first = evidence.first_half[answered]
    if evidence.is_quantity:
        metric, findings_of = "R²", _r2
        targets = outcome[:, None]
    else:
        counts = np.bincount(outcome, minlength=len(evidence.labels))
        if (counts >= ROWS_A_BIN).sum() < 2:
            return None
        binary = len(evidence.labels) == 2
        metric, findings_of = ("AUC", _auc) if binary else ("share of errors avoided", _lambda)
        targets = np.eye(len(evidence.labels))[outcome]
    errors = [
        findings_of(_means(groups, targets, fitted), groups[~fitted], targets[~fitted])
        for fitted in (first, ~first)
    ]
    if any(value is None for value in errors):
        return None
    return Alone(metric, float(np.mean([value for value in errors if value is not None])), cases)


def _groups(column: Column, answered: np.ndarray) -> np.ndarray:
    """Number of each answered row's category or bin, from 0."""
    values = column.values[answered]
    if column.categories:
        return values.astype("int64")
    bins = min(MOST_BINS, len(values) // ROWS_A_BIN)
    if column.distinct <= bins:
        return np.unique(values, return_inverse=True)[1]
    edges = np.unique(np.quantile(values, np.arange(1, bins) / bins))
    return np.searchsorted(edges, values, side="right")


def _means(groups: np.ndarray, targets: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Mean outcome of each group in the fitted rows, shape (groups, outcomes)."""
    size = int(groups.max()) + 1
    rows = np.bincount(groups[fitted], minlength=size)[:, None]
    sums = np.column_stack(
        [np.bincount(groups[fitted], column[fitted], minlength=size) for column in targets.T]
    )
    return (sums + PRIOR_ROWS * targets[fitted].mean(axis=0)) / (rows + PRIOR_ROWS)


def _auc(means: np.ndarray, groups: np.ndarray, targets: np.ndarray) -> float | None:
    """Share of pairs of the two categories that the groups' means rank rightly; ties count half."""
    place = np.unique(means[:, 1], return_inverse=True)[1][groups]
    ones = np.bincount(place, targets[:, 1])
    zeros = np.bincount(place, targets[:, 0])
    if not ones.sum() or not zeros.sum():
        return None
    below = np.cumsum(zeros) - zeros / 2
    return float((ones * below).sum() / (ones.sum() * zeros.sum()))


def _lambda(means: np.ndarray, groups: np.ndarray, targets: np.ndarray) -> float | None:
    """Share of the errors of always naming the most frequent category that are avoided."""
    base = float(targets.mean(axis=0).max())
    if base == 1.0:
        return None
    right = float(targets[np.arange(len(targets)), means.argmax(axis=1)[groups]].mean())
    return (right - base) / (1 - base)


def _r2(means: np.ndarray, groups: np.ndarray, targets: np.ndarray) -> float | None:
    spread = float(((targets - targets.mean()) ** 2).sum())
    if spread == 0.0:
        return None
    return 1 - float(((targets - means[groups]) ** 2).sum()) / spread
