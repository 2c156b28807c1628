"""Associations against the figures that they generalise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats.contingency import association as cramers

from dnn_core.evaluation.explanation.association import associations, strong_pairs


def indicators(codes: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.eye(int(codes.max()) + 1)[codes]
    return result


def test_of_two_numbers_it_is_the_size_of_pearsons_r() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=200)
    second = -first + rng.normal(size=200)
    result = associations([first[:, None], second[:, None]])
    assert result[0, 1] == pytest.approx(-np.corrcoef(first, second)[0, 1])
    assert (np.diag(result) == 1).all()


def test_of_categories_it_is_cramers_v() -> None:
    rng = np.random.default_rng(2)
    first = rng.integers(3, size=300)
    second = np.where(rng.random(300) < 0.5, first, rng.integers(4, size=300))
    table = np.zeros((3, 4), dtype="int64")
    np.add.at(table, (first, second), 1)
    result = associations([indicators(first), indicators(second)])
    assert result[0, 1] == pytest.approx(cramers(table, method="cramer"))


def test_of_a_number_and_categories_it_is_the_correlation_ratio() -> None:
    rng = np.random.default_rng(3)
    group = rng.integers(4, size=250)
    number = group**2 + rng.normal(0, 2, 250)
    means = np.array([number[group == g].mean() for g in range(4)])[group]
    eta = np.sqrt(((means - number.mean()) ** 2).sum() / ((number - number.mean()) ** 2).sum())
    assert associations([number[:, None], indicators(group)])[0, 1] == pytest.approx(eta)


def test_whole_weights_are_rows_that_occur_so_often() -> None:
    rng = np.random.default_rng(4)
    number, group = rng.normal(size=50), rng.integers(3, size=50)
    weight = rng.integers(0, 4, size=50)
    weighted = associations([number[:, None], indicators(group)], weight.astype("float64"))
    repeated = np.repeat(np.arange(50), weight)
    plain = associations([number[repeated, None], indicators(group)[repeated]])
    np.testing.assert_allclose(weighted, plain)


def test_what_does_not_vary_goes_with_nothing() -> None:
    rng = np.random.default_rng(5)
    result = associations([np.full((30, 1), 7.3), rng.normal(size=(30, 1)), np.zeros((30, 2))])
    np.testing.assert_array_equal(result, np.eye(3))


def test_nothing_varies_at_all() -> None:
    np.testing.assert_array_equal(associations([np.ones((5, 1)), np.zeros((5, 2))]), np.eye(2))


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e12])
def test_units_of_answers_and_of_weights_do_not_matter(scale: float) -> None:
    rng = np.random.default_rng(6)
    first, weight = rng.normal(size=(60, 1)), rng.gamma(2.0, size=60)
    second = 3 + first + rng.normal(size=(60, 1))
    expected = associations([first, second], weight)
    np.testing.assert_allclose(associations([first * scale, second], weight), expected)
    np.testing.assert_allclose(associations([first, second], weight * scale), expected)


def test_what_follows_from_another_goes_with_it_wholly() -> None:
    rng = np.random.default_rng(7)
    number, group = rng.normal(size=(50, 1)), rng.integers(3, size=50)
    coarse = np.column_stack([indicators(group), indicators(np.minimum(group, 1))])
    result = associations([number, 5 - 2 * number, indicators(group), coarse])
    assert result[0, 1] == pytest.approx(1)
    assert result[2, 3] == pytest.approx(1)
    assert (result <= 1).all() and (np.diag(result) == pytest.approx(np.ones(4)))
    assert result == pytest.approx(result.T)


def test_a_pair_at_the_least_association_is_strong() -> None:
    result = np.array([[1, 0.5, 0.49], [0.5, 1, 0.7], [0.49, 0.7, 1]])
    assert strong_pairs(["a", "b", "c"], result) == [("b", "c", 0.7), ("a", "b", 0.5)]


def test_strong_pairs_come_strongest_first() -> None:
    result = np.array([[1, 0.6, 0.2], [0.6, 1, 0.8], [0.2, 0.8, 1]])
    assert strong_pairs(["a", "b", "c"], result) == [("b", "c", 0.8), ("a", "b", 0.6)]
    assert strong_pairs(["a", "b", "c"], result, least=0.9) == []
