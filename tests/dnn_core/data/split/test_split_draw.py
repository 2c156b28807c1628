"""Draws of rows and of whole clusters, and what they hold together."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from dnn_core.data.split.split_draw import divide, folds_within, numbered

ROWS = np.arange(10, 70)
EVERY = np.arange(100)
HALVES = np.array(["b", "a"] * 50, dtype=object)
FIFTHS = np.repeat(np.arange(20), 5).astype(str)
"""Clusters of five rows each."""


def test_plainly_it_is_a_draw_of_scikit_learn() -> None:
    for strata in (None, HALVES):
        kept, taken = divide(ROWS, 0.3, 4, strata=strata)
        labels = None if strata is None else strata[ROWS]
        expected = train_test_split(ROWS, test_size=0.3, random_state=4, stratify=labels)
        assert kept.tolist() == sorted(expected[0]) and taken.tolist() == sorted(expected[1])


def test_clusters_are_drawn_whole_as_scikit_learn_does() -> None:
    kept, taken = divide(ROWS, 0.3, 4, groups=FIFTHS)
    splitter = GroupShuffleSplit(n_splits=1, test_size=0.3, random_state=4)
    first, second = next(splitter.split(ROWS, groups=FIFTHS[ROWS]))
    assert kept.tolist() == ROWS[first].tolist() and taken.tolist() == ROWS[second].tolist()
    assert (np.diff(kept) > 0).all() and not set(FIFTHS[kept]) & set(FIFTHS[taken])


def test_labels_are_numbered_in_their_own_order() -> None:
    assert numbered(np.array(["c", "a", "b", "a"], dtype=object)).tolist() == [2, 0, 1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_every_stratum_of_the_sample_gives_its_share(seed: int) -> None:
    design = np.repeat([3.0, np.nan, 1.0, 2.0], 25)
    kept, taken = divide(EVERY, 0.2, seed, design=design)
    assert sorted([*kept, *taken]) == EVERY.tolist()
    # A fifth of 25 rows each, those without a stratum together.
    assert [np.isin(taken, part).sum() for part in np.split(EVERY, 4)] == [5, 5, 5, 5]
    # Within a stratum the outcome has its share, too: of 50 rows each, a fifth.
    _, taken = divide(EVERY, 0.2, seed, strata=HALVES, design=design)
    assert (HALVES[taken] == "a").sum() == 10
    # Whole clusters: of five in every stratum one.
    _, taken = divide(EVERY, 0.2, seed, strata=HALVES, groups=FIFTHS, design=design)
    assert [len(set(FIFTHS[np.intersect1d(taken, p)])) for p in np.split(EVERY, 4)] == [1] * 4
    assert np.bincount(FIFTHS[taken].astype(int), minlength=20).tolist().count(5) == 4


@pytest.mark.parametrize("clustered", [False, True])
def test_folds_are_dealt_out_within_strata_of_the_sample(clustered: bool) -> None:
    design = np.repeat(["s", "t", "u", "v"], 25)
    # Every row but the first five, which are a cluster.
    rows = EVERY[5:]
    groups = FIFTHS[rows] if clustered else None
    fold = folds_within(rows, 4, 1, HALVES, groups, design)
    assert fold.shape == rows.shape and set(fold) == {0, 1, 2, 3}
    cells = design[rows] if clustered else design[rows] + HALVES[rows].astype(str)
    for cell in set(cells):
        sizes = np.bincount(fold[cells == cell], minlength=4)
        # Units of a stratum, and of a category of the outcome within it, differ by one at most.
        assert sizes.max() - sizes.min() <= (5 if clustered else 1)
    if groups is not None:
        assert all(len(set(fold[groups == name])) == 1 for name in set(groups))


def test_a_cluster_in_two_strata_counts_in_that_of_its_first_row() -> None:
    groups = np.array(["p", "q", "p", "r", "s", "q"])
    design = np.array(["1", "1", "2", "2", "2", "2"])
    # Clusters p and q are in stratum 1, r and s in 2: of each, half.
    for seed in range(8):
        _, taken = divide(np.arange(6), 0.5, seed, groups=groups, design=design)
        drawn = set(groups[taken])
        assert len(drawn & {"p", "q"}) == len(drawn & {"r", "s"}) == 1
