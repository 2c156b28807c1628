"""What is drawn, how often, and in how large pieces."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.evaluation.inference import bootstrap
from dnn_core.evaluation.inference.bootstrap import (
    Units,
    bootstrap_weights,
    join_lone,
    units_of,
)


@pytest.mark.parametrize(
    ("strata", "joined"),
    [
        ([0, 0, 1, 1, 1], [0, 0, 1, 1, 1]),
        # One alone joins the smallest of the others, wherever it stands.
        ([0, 1, 1], [0, 0, 0]),
        ([0, 0, 1], [0, 0, 0]),
        ([0, 1, 1, 1, 2, 2], [1, 0, 0, 0, 1, 1]),
        # Several alone become one.
        ([0, 1, 2], [0, 0, 0]),
        ([0, 1, 1, 2], [0, 1, 1, 0]),
        ([5], [0]),
    ],
)
def test_lone_strata_are_joined(strata: list[int], joined: list[int]) -> None:
    assert join_lone(np.array(strata)).tolist() == joined


def test_units_are_cases_or_clusters_within_strata() -> None:
    cases = units_of(4, None, None)
    assert (cases.of_case.tolist(), cases.stratum.tolist()) == ([0, 1, 2, 3], [0, 0, 0, 0])
    assert cases.degrees == 3
    cluster, strata = np.array(["b", "a", "b", "c"]), np.array(["x", "x", "x", "x"])
    for labels in (None, strata):
        units = units_of(4, cluster, labels)
        assert (units.of_case.tolist(), units.stratum.tolist()) == ([1, 0, 1, 2], [0, 0, 0])
        assert units.degrees == 2
    assert units_of(3, np.ones(3), None).degrees == 0


def test_a_cluster_that_spans_strata_is_drawn_in_each() -> None:
    cluster, strata = np.array([0, 1, 2, 0, 1, 2]), np.array([0, 0, 0, 1, 1, 1])
    units = units_of(6, cluster, strata)
    assert len(set(units.of_case)) == 6
    assert units.stratum[units.of_case].tolist() == strata.tolist()
    assert units.degrees == 4
    same = units_of(6, np.array([0, 1, 1, 0, 1, 1]), strata)
    assert same.of_case.tolist() == [0, 1, 1, 2, 3, 3]
    assert same.stratum.tolist() == [0, 0, 1, 1]


def test_two_units_take_turns() -> None:
    # Of two one is drawn, and counts twice; weights are multiplied with how often that is.
    weight = np.array([1.0, 3.0])
    (drawn,) = bootstrap_weights(units_of(2, None, None), weight, 40, seed=1)
    assert {tuple(column) for column in drawn.T} == {(2.0, 0.0), (0.0, 6.0)}


def test_n_less_one_are_drawn_and_weigh_as_much_as_all() -> None:
    units = Units(np.array([0, 0, 1, 2, 3, 4]), np.array([0, 0, 0, 1, 1]))
    drawn = np.concatenate(list(bootstrap_weights(units, None, 3000, seed=2)), axis=1)
    # Of three units two are drawn and weigh 3/2 each; of two one, which weighs 2.
    assert set(drawn[2]) == {0.0, 1.5, 3.0}
    assert set(drawn[4]) == {0.0, 2.0}
    assert (drawn[0] == drawn[1]).all()
    assert drawn[[0, 2, 3]].sum(axis=0) == pytest.approx(np.full(3000, 3.0))
    assert drawn[[4, 5]].sum(axis=0) == pytest.approx(np.full(3000, 2.0))
    # Each as often as any other: never in (2/3)², twice in 1/9 of draws.
    assert (drawn[[0, 2, 3]] == 0).mean(axis=1) == pytest.approx(np.full(3, 4 / 9), abs=0.03)
    assert (drawn[[0, 2, 3]] == 3).mean(axis=1) == pytest.approx(np.full(3, 1 / 9), abs=0.02)


@pytest.mark.parametrize(
    ("cells", "widths"),
    [(7 * 12, [7, 7, 6]), (10 * 12 + 3, [10, 10]), (5, [1] * 20), (10**6, [20])],
)
def test_as_many_resamples_at_a_time_as_fit(
    cells: int, widths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "CELLS_AT_ONCE", cells)
    pieces = list(bootstrap_weights(units_of(12, None, None), None, 20, seed=1))
    assert [piece.shape for piece in pieces] == [(12, width) for width in widths]
    for piece in pieces:
        assert piece.sum(axis=0) == pytest.approx(np.full(piece.shape[1], 12.0))


def test_a_single_unit_has_no_resamples() -> None:
    (only,) = bootstrap_weights(units_of(3, np.zeros(3), None), None, 5, seed=1)
    assert only.shape == (3, 5)
    assert np.isnan(only).all()


def test_four_megabytes_of_weights_are_held_at_a_time() -> None:
    pieces = bootstrap_weights(units_of(1000, None, None), None, 1200, seed=1)
    assert [piece.nbytes for piece in pieces] == [4_000_000, 4_000_000, 1_600_000]


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
    joint = join_lone(np.array(stratum)).tolist()
    # Numbers are labels: the same ones are together.
    assert [joint.index(label) for label in joint] == [joined.index(label) for label in joined]
    assert sorted(set(joint)) == list(range(len(set(joined))))
