"""What is drawn in a resample, and in which portions."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.evaluation.inference import bootstrap
from dnn_core.evaluation.inference.bootstrap import bootstrap_weights, join_lone, units_of


@pytest.mark.parametrize(
    ("cluster", "strata", "of_case", "stratum"),
    [
        (None, None, [0, 1, 2, 3], [0, 0, 0, 0]),
        (["b", "a", "b", "c"], None, [1, 0, 1, 2], [0, 0, 0]),
        (None, ["x", "y", "x", "y"], [0, 2, 1, 3], [0, 0, 1, 1]),
        # A cluster that spans strata is one in each.
        ([1, 3, 1, 3], ["x", "x", "y", "y"], [0, 1, 2, 3], [0, 0, 1, 1]),
        ([5, 5, 7, 5], ["x", "x", "x", "y"], [0, 0, 1, 2], [0, 0, 0]),
        ([7, 7, 7, 7], None, [0, 0, 0, 0], [0]),
    ],
)
def test_units_are_numbered_within_strata(cluster, strata, of_case, stratum) -> None:
    units = units_of(
        4,
        None if cluster is None else np.array(cluster),
        None if strata is None else np.array(strata),
    )
    assert units.of_case.tolist() == of_case
    assert units.stratum.tolist() == stratum
    assert units.degrees == len(stratum) - len(set(stratum))


@pytest.mark.parametrize(
    ("stratum", "joined"),
    [
        # A lone one joins the smallest of the others, wherever it stands.
        ([0, 1, 1], [0, 0, 0]),
        ([0, 0, 1], [0, 0, 0]),
        ([0, 1, 1, 2, 2, 2], [0, 0, 0, 1, 1, 1]),
        ([0, 1, 1, 1, 2, 2], [0, 1, 1, 1, 0, 0]),
        ([0, 1], [0, 0]),
        ([0, 1, 2], [0, 0, 0]),
        ([0, 1, 2, 2], [0, 0, 1, 1]),
        ([0, 0, 1, 1], [0, 0, 1, 1]),
        ([5, 5, 5], [0, 0, 0]),
    ],
)
def test_no_stratum_is_left_with_one_unit(stratum, joined) -> None:
    found = join_lone(np.array(stratum)).tolist()
    # Numbers are labels: the same ones are together.
    assert [found.index(label) for label in found] == [joined.index(label) for label in joined]
    assert sorted(set(found)) == list(range(len(set(joined))))


def test_of_two_units_one_is_drawn_twice() -> None:
    (weights,) = bootstrap_weights(units_of(2, None, None), None, 40, seed=1)
    assert set(map(tuple, weights.T)) == {(0.0, 2.0), (2.0, 0.0)}


def test_a_single_unit_says_nothing() -> None:
    (weights,) = bootstrap_weights(units_of(3, np.array([4, 4, 4]), None), None, 5, seed=1)
    assert weights.shape == (3, 5) and np.isnan(weights).all()


def test_weights_of_cases_are_multiplied_by_how_often_they_are_drawn() -> None:
    units = units_of(4, np.array([0, 0, 1, 2]), None)
    weight = np.array([1.0, 2.0, 0.5, 4.0])
    (counts,) = bootstrap_weights(units, None, 30, seed=3)
    (weighted,) = bootstrap_weights(units, weight, 30, seed=3)
    assert np.array_equal(weighted, counts * weight[:, np.newaxis])
    # Cases of a cluster are drawn together; of three clusters two, each counting 3 / 2.
    assert np.array_equal(counts[0], counts[1])
    assert set(np.unique(counts)) == {0.0, 1.5, 3.0}


@pytest.mark.parametrize(
    ("cells", "widths"),
    [(1, [1] * 8), (3 * 5, [3, 3, 2]), (4 * 5 + 4, [4, 4]), (1000, [8])],
)
def test_resamples_come_in_portions(monkeypatch, cells, widths) -> None:
    monkeypatch.setattr(bootstrap, "CELLS_AT_ONCE", cells)
    portions = list(bootstrap_weights(units_of(5, None, None), None, 8, seed=1))
    assert [portion.shape for portion in portions] == [(5, width) for width in widths]
    # Each resample has the weight of all cases.
    assert np.concatenate(portions, axis=1).sum(axis=0) == pytest.approx(np.full(8, 5.0))


def test_no_more_than_four_megabytes_are_held_at_a_time() -> None:
    portions = list(bootstrap_weights(units_of(50_000, None, None), None, 25, seed=1))
    assert sum(portion.shape[1] for portion in portions) == 25
    assert max(portion.nbytes for portion in portions) <= 4_000_000
    assert len(portions) == 3


def test_each_resample_is_drawn_anew() -> None:
    (weights,) = bootstrap_weights(units_of(30, None, None), None, 200, seed=2)
    assert len(np.unique(weights, axis=1).T) == 200
    # Of 30 units 29 are drawn: each is missing from (29/30)^29 of the resamples, 37 %.
    assert (weights == 0).mean() == pytest.approx((29 / 30) ** 29, abs=0.02)
    assert (weights == 0).mean(axis=1) == pytest.approx(np.full(30, 0.374), abs=0.15)
