"""Drawing rows, or whole clusters, at random: within strata of the outcome or of the sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from dnn_core.data.split.split_strata import draw_folds, draw_share


def divide(
    rows: np.ndarray,
    share: float,
    seed: int,
    *,
    strata: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    design: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Split row numbers in two.

    `strata` (of the outcome), `groups` and `design` (strata of the sample) have one
    entry for each data row.
    """
    if design is not None:
        unit, number, by = _units(rows, strata, groups, design)
        _, drawn = draw_share(unit, by, share, seed)
        taken = np.isin(number, drawn)
        return rows[~taken], rows[taken]
    if groups is not None:
        splitter = GroupShuffleSplit(n_splits=1, test_size=share, random_state=seed)
        kept, taken = next(splitter.split(rows, groups=groups[rows]))
        return np.sort(rows[kept]), np.sort(rows[taken])
    labels = None if strata is None else numbered(strata[rows])
    kept, taken = train_test_split(rows, test_size=share, random_state=seed, stratify=labels)
    return np.sort(kept), np.sort(taken)


def numbered(labels: np.ndarray) -> np.ndarray:
    """Labels as numbers in the same order, which scikit-learn sorts far sooner than words."""
    return pd.factorize(labels, sort=True)[0]


def _units(
    rows: np.ndarray,
    strata: np.ndarray | None,
    groups: np.ndarray | None,
    design: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """What is drawn within strata of the sample: rows, or whole clusters.

    Returns
    -------
    unit : numpy.ndarray
        Numbers from 0, shape (units,).
    number : numpy.ndarray
        The unit of each row, shape (rows,).
    labels : list of numpy.ndarray
        What units are ordered by, each of shape (units,).
    """
    if groups is None:
        number = np.arange(len(rows))
        first = number
        by = [design[rows]] if strata is None else [strata[rows], design[rows]]
    else:
        _, first, number = np.unique(groups[rows], return_index=True, return_inverse=True)
        # A cluster that spans strata counts in that of its first row.
        by = [design[rows]]
    # Labels may be numbers and missing: as text they can be sorted.
    return np.arange(len(first)), number, [labels[first].astype(str) for labels in by]


def folds_within(
    rows: np.ndarray,
    folds: int,
    seed: int,
    strata: np.ndarray | None,
    groups: np.ndarray | None,
    design: np.ndarray,
) -> np.ndarray:
    """Number of each row's fold; `groups` has one entry for each of `rows`."""
    whole = None
    if groups is not None:
        whole = np.empty(len(design), dtype=groups.dtype)
        whole[rows] = groups
    unit, number, labels = _units(rows, strata, whole, design)
    return draw_folds(labels, len(unit), folds, seed)[number]
