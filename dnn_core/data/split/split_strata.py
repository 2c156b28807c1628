"""Draw shares and folds within strata of any size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def draw_share(
    units: np.ndarray, strata: Sequence[np.ndarray], share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a share of the units from every stratum.

    Units are ordered by stratum, at random within it, and taken at equal steps
    from a random start: systematic sampling from an ordered list, which is
    proportional to strata of any size (Kish 1965, Survey Sampling, section 4.1
    and 7.4). Every stratum gives its share, rounded up or down.

    Parameters
    ----------
    units : numpy.ndarray
        Numbers, shape (units,).
    strata : sequence of numpy.ndarray
        Labels by which units are ordered, the most important first, each of
        shape (units,).
    share : float
        Between 0 and 1.
    seed : int

    Returns
    -------
    tuple of numpy.ndarray
        Sorted units that stay, and those that are taken.
    """
    generator = np.random.default_rng(seed)
    order = _order(strata, len(units), generator)
    steps = np.floor(np.arange(len(units) + 1) * share + generator.random())
    taken = np.empty(len(units), dtype=bool)
    taken[order] = np.diff(steps) > 0
    return np.sort(units[~taken]), np.sort(units[taken])


def draw_folds(strata: Sequence[np.ndarray], count: int, folds: int, seed: int) -> np.ndarray:
    """Assign units to folds, so that each stratum is spread evenly.

    Returns
    -------
    numpy.ndarray
        Number of each unit's fold, from 0, shape (count,).
    """
    fold = np.empty(count, dtype="int64")
    fold[_order(strata, count, np.random.default_rng(seed))] = np.arange(count) % folds
    return fold


def _order(strata: Sequence[np.ndarray], count: int, generator: np.random.Generator) -> np.ndarray:
    """Positions of units, sorted by stratum and at random within it."""
    keys = [generator.permutation(count)]
    # The last key of `lexsort` counts most.
    keys += [np.unique(labels, return_inverse=True)[1] for labels in reversed(strata)]
    return np.lexsort(keys)
