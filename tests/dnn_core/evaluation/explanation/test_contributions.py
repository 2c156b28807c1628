"""Shapley values against all coalitions, and against what can be worked out by hand."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from dnn_core.evaluation.explanation import contributions as module
from dnn_core.evaluation.explanation.contributions import contributions

# Four predictors; the second has two columns.
GROUPS = {"a": np.array([0]), "b": np.array([1, 3]), "c": np.array([2]), "d": np.array([4])}


def tangled(x: np.ndarray) -> np.ndarray:
    """Two outputs with interactions of two and three predictors."""
    first = x[:, 0] * x[:, 1] + np.tanh(x[:, 2] * x[:, 3] * x[:, 4]) + x[:, 4]
    return np.column_stack([first, np.exp(0.3 * x.sum(axis=1))])


def exact(case: np.ndarray, others: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Shapley values by their definition: all coalitions of the four predictors."""
    names = list(GROUPS)

    def worth(members: tuple[str, ...]) -> np.ndarray:
        rows = others.copy()
        for name in members:
            rows[:, GROUPS[name]] = case[GROUPS[name]]
        return np.average(tangled(rows), axis=0, weights=weight)

    result = []
    for name in names:
        rest = [other for other in names if other != name]
        total = np.zeros(2)
        for size in range(4):
            share = factorial(size) * factorial(3 - size) / factorial(4)
            for members in combinations(rest, size):
                total += share * (worth((*members, name)) - worth(members))
        result.append(total)
    return np.array(result)


@pytest.mark.parametrize("weighted", [False, True])
def test_agrees_with_all_coalitions(weighted: bool) -> None:
    rng = np.random.default_rng(1)
    others, case = rng.normal(size=(4000, 5)), np.array([1.0, -2.0, 0.5, 1.5, 2.0])
    weight = rng.gamma(2.0, size=4000) if weighted else np.ones(4000)
    shares = contributions(
        case, others, GROUPS, tangled, weight=weight if weighted else None, seed=1
    )
    truth = exact(case, others, weight)
    assert shares.groups == ("a", "b", "c", "d")
    assert (np.abs(shares.values - truth) < 4 * shares.errors).all()
    # The figures are large beside their error: the comparison can fail.
    assert (np.abs(truth).max(axis=0) > 20 * shares.errors.max(axis=0)).all()


def test_they_add_up_to_the_prediction_less_the_mean_prediction() -> None:
    rng = np.random.default_rng(2)
    others, case = rng.normal(size=(50, 5)), rng.normal(size=5)
    weight = rng.gamma(2.0, size=50)
    shares = contributions(case, others, GROUPS, tangled, weight=weight, seed=3)
    base = np.average(tangled(others), axis=0, weights=weight)
    np.testing.assert_allclose(shares.base, base, rtol=1e-12)
    np.testing.assert_allclose(shares.prediction, tangled(case[np.newaxis])[0], rtol=1e-12)


def test_the_stated_error_is_that_of_the_order() -> None:
    """Over 200 seeds and draws of others, 95 % of intervals hold the truth."""
    rng = np.random.default_rng(3)
    population, case = rng.normal(size=(20_000, 5)), np.array([1.0, -2.0, 0.5, 1.5, 2.0])
    truth = exact(case, population, np.ones(len(population)))
    hits = []
    for seed in range(200):
        others = population[rng.integers(len(population), size=100)]
        shares = contributions(case, others, GROUPS, tangled, seed=seed)
        hits.append(np.abs(shares.values - truth)[:, 0] < 1.96 * shares.errors[:, 0])
    assert 0.92 <= np.mean(hits) <= 0.98


def test_without_interactions_one_order_tells_all() -> None:
    slopes = np.array([1.0, 2.0, -1.0, 0.5, 0.0])
    rng = np.random.default_rng(4)
    others, case = rng.normal(size=(30, 5)), rng.normal(size=5)
    shares = contributions(case, others, GROUPS, lambda x: (x @ slopes)[:, np.newaxis], seed=1)
    moved = (case - others.mean(axis=0)) * slopes
    by_hand = [moved[0], moved[1] + moved[3], moved[2], moved[4]]
    np.testing.assert_allclose(shares.values[:, 0], by_hand, atol=1e-12)
    assert shares.values[3, 0] == 0


def test_the_error_is_that_of_a_weighted_mean_of_moves() -> None:
    # Far from the others, every move is large: the error is of how they differ, not of their size.
    rng = np.random.default_rng(6)
    others, weight = rng.normal(size=(30, 2)), rng.gamma(2.0, size=30)
    shares = contributions(
        np.array([5.0, 0.0]),
        others,
        {"a": np.array([0]), "b": np.array([1])},
        lambda x: x[:, :1],
        weight=weight,
        seed=1,
    )
    moves, share = 5.0 - others[:, 0], weight / weight.sum()
    error = np.sqrt((share**2 * (moves - share @ moves) ** 2).sum())
    np.testing.assert_allclose(shares.errors[:, 0], [error, 0.0], rtol=1e-12)


def test_memory_is_bounded_without_changing_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    others, case = rng.normal(size=(40, 5)), rng.normal(size=5)
    sizes = []

    def predict(x: np.ndarray) -> np.ndarray:
        sizes.append(len(x))
        return tangled(x)

    whole = contributions(case, others, GROUPS, predict, seed=1)
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 100)
    pieces = contributions(case, others, GROUPS, predict, seed=1)
    # Two walks of five steps for each other case: ten at a time.
    assert sizes == [400, 100, 100, 100, 100]
    np.testing.assert_allclose(pieces.values, whole.values, rtol=1e-12)
    np.testing.assert_allclose(pieces.base, whole.base, rtol=1e-12)
    sizes.clear()
    # At least one at a time.
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 1)
    contributions(case, others[:3], GROUPS, predict, seed=1)
    assert sizes == [10, 10, 10]


def test_twenty_thousand_rows_are_predicted_together() -> None:
    sizes = []

    def predict(x: np.ndarray) -> np.ndarray:
        sizes.append(len(x))
        return x[:, :1]

    # Two walks of five steps for each of 3,000 others.
    contributions(np.ones(5), np.zeros((3000, 5)), GROUPS, predict, seed=1)
    assert sizes == [20_000, 10_000]


def test_each_order_is_gone_through_in_both_directions() -> None:
    # Of a product of two, the first to come moves by 2 * 0 and 3 * 0, the second by all of 6: with
    # both directions each has exactly half, whatever the order.
    shares = contributions(
        np.array([2.0, 3.0]),
        np.zeros((1, 2)),
        {"a": np.array([0]), "b": np.array([1])},
        lambda x: (x[:, 0] * x[:, 1])[:, np.newaxis],
        seed=1,
    )
    assert shares.values[:, 0].tolist() == [3.0, 3.0]
    assert shares.base.tolist() == [0.0]
    assert shares.prediction.tolist() == [6.0]
    assert shares.errors[:, 0].tolist() == [0.0, 0.0]
