"""Association between predictors of any level of measurement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STRONG = 0.5
"""Predictors count as correlated from this association on: "large" in Cohen (1988), Statistical
Power Analysis for the Behavioral Sciences, section 3.2."""

SMALLEST_SHARE = 1e-9
"""Share of a column's variance below which it is linearly dependent on the columns before it."""


def associations(columns: Sequence[np.ndarray], weight: np.ndarray | None = None) -> np.ndarray:
    """Association of every pair of predictors, 0 to 1.

    The root of the mean squared canonical correlation: for two numbers it is the size of
    Pearson's r, for a number and categories the correlation ratio η, for categories on both
    sides Cramér's V (Cramér 1946, Mathematical Methods of Statistics, section 21.9).

    Parameters
    ----------
    columns : sequence of numpy.ndarray
        One for each predictor: a number, or an indicator of each of its categories, shape
        (cases, width).
    weight : numpy.ndarray, optional
        Case weights, shape (cases,).

    Returns
    -------
    numpy.ndarray
        Shape (predictors, predictors), 1 on the diagonal; 0 with a predictor that does
        not vary.
    """
    bases = [_basis(np.asarray(values, dtype="float64"), weight) for values in columns]
    widths = np.array([basis.shape[1] for basis in bases])
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]]).astype("int64")
    association = np.eye(len(bases))
    filled = np.flatnonzero(widths)
    if len(filled) == 0:
        return association
    together = np.concatenate([bases[i] for i in filled.tolist()], axis=1)
    squares = (together.T @ together) ** 2
    # Sums of squared correlations of each block of columns with each other block.
    sums = np.add.reduceat(np.add.reduceat(squares, starts[filled]), starts[filled], axis=1)
    shares = sums / np.minimum.outer(widths[filled], widths[filled])
    association[np.ix_(filled, filled)] = np.sqrt(np.minimum(shares, 1.0))
    return association


def _basis(values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Orthonormal columns that span the centred ones, shape (cases, rank)."""
    weights = np.ones(len(values)) if weight is None else np.asarray(weight, dtype="float64")
    centred = values - np.average(values, axis=0, weights=weights)
    left, sizes, _ = np.linalg.svd(centred * np.sqrt(weights)[:, np.newaxis], full_matrices=False)
    scale = np.sqrt(weights.sum()) * np.abs(values).max(initial=0.0)
    kept = sizes > np.sqrt(SMALLEST_SHARE) * scale
    return left[:, kept]


def strong_pairs(
    names: Sequence[str], association: np.ndarray, least: float = STRONG
) -> list[tuple[str, str, float]]:
    """Pairs of names from a matrix of `associations`, the strongest first."""
    rows, columns = np.triu_indices(len(names), k=1)
    strong = [
        (names[i], names[j], float(association[i, j]))
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
        if association[i, j] >= least
    ]
    return sorted(strong, key=lambda pair: -pair[2])
