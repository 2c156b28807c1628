"""Systematic draws from ordered lists: every stratum gives its share, rounded up or down."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.split.split_strata import draw_folds, draw_share


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("seed", range(5))
def test_a_share_of_each_stratum_and_of_all(share: float, seed: int) -> None:
    strata = np.repeat(np.arange(5), [40, 1, 7, 12, 20])
    units = np.arange(100, 180)
    kept, taken = draw_share(units, [strata], share, seed)
    assert sorted([*kept, *taken]) == units.tolist()
    assert (np.diff(kept) > 0).all() and (np.diff(taken) > 0).all()
    for stratum, size in enumerate(np.bincount(strata)):
        assert abs((strata[taken - 100] == stratum).sum() - share * size) < 1
    assert abs(len(taken) - share * 80) < 1


def test_the_first_labels_count_most() -> None:
    first = np.repeat([0, 1], 8)
    second = np.tile([0, 1], 8)
    for seed in range(6):
        # Of eight units of each label one, of four of each pair none or one.
        _, taken = draw_share(np.arange(16), [first, second], 1 / 8, seed)
        assert np.bincount(first[taken], minlength=2).tolist() == [1, 1]
    # With the other order it is the second that is exact.
    for seed in range(6):
        _, taken = draw_share(np.arange(16), [second, first], 1 / 8, seed)
        assert np.bincount(second[taken], minlength=2).tolist() == [1, 1]


def test_within_a_stratum_chance_decides_and_the_seed_fixes_it() -> None:
    draws = [draw_share(np.arange(40), [np.zeros(40)], 0.25, seed)[1] for seed in (1, 1, 2)]
    assert draws[0].tolist() == draws[1].tolist() != draws[2].tolist()
    # At equal steps of an ordered list, unshuffled units would be four apart.
    assert set(np.diff(draws[0])) != {4}


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_differ_by_one_unit_at_most(folds: int) -> None:
    strata = np.repeat(["a", "b", "c"], [13, 4, 9])
    fold = draw_folds([strata], 26, folds, 3)
    assert fold.min() == 0 and fold.max() == folds - 1
    for where in (slice(None), strata == "a", strata == "b", strata == "c"):
        sizes = np.bincount(fold[where], minlength=folds)
        assert sizes.max() - sizes.min() <= 1
    assert fold.tolist() == draw_folds([strata], 26, folds, 3).tolist()
    assert fold.tolist() != draw_folds([strata], 26, folds, 4).tolist()
