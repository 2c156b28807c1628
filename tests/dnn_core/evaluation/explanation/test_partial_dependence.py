"""Dependence against scikit-learn and against truths that are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.inspection import partial_dependence as by_sklearn
from sklearn.neural_network import MLPRegressor

from dnn_core.evaluation.explanation.partial_dependence import (
    accumulated_local_effects,
    grid,
    partial_dependence,
)


def test_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3))
    model = MLPRegressor(hidden_layer_sizes=(8,), max_iter=300, random_state=1).fit(
        x, x[:, 0] * x[:, 1]
    )
    weight = rng.gamma(2.0, size=200)
    theirs = by_sklearn(model, x, [1], kind="both", grid_resolution=7, method="brute")
    weighted = by_sklearn(model, x, [1], sample_weight=weight, grid_resolution=7, method="brute")
    points = theirs["grid_values"][0]
    settings = (x, np.array([1]), points[:, None], lambda rows: model.predict(rows)[:, None])
    ours = partial_dependence(*settings)
    np.testing.assert_allclose(ours.mean[:, 0], theirs["average"][0], rtol=1e-9)
    np.testing.assert_allclose(ours.each[:, :, 0], theirs["individual"][0], rtol=1e-9)
    result = partial_dependence(*settings, weight)
    np.testing.assert_allclose(result.mean[:, 0], weighted["average"][0], rtol=1e-9)


def test_answers_that_are_drawn() -> None:
    np.testing.assert_array_equal(grid(np.array([3, 1, np.nan, 2, 1])), [1, 2, 3])
    assert len(grid(np.array([np.nan]))) == 0
    many = grid(np.arange(1001.0))
    assert (many[0], many[-1], len(many)) == (25, 975, 20)
    # Nine in ten are 0, which is drawn once.
    mostly_none = np.concatenate([np.zeros(900), np.arange(1.0, 101)])
    assert (np.diff(grid(mostly_none)) > 0).all()
    assert set(grid(mostly_none)) <= set(mostly_none)


def test_twenty_answers_are_all_drawn_and_of_more_twenty_quantiles() -> None:
    np.testing.assert_array_equal(grid(np.arange(20.0)), np.arange(20.0))
    assert len(grid(np.arange(21.0))) == 20
    np.testing.assert_array_equal(grid(np.arange(5.0), 4), [0, 1, 3, 4])
    assert len(grid(np.arange(5.0), 5)) == 5


def test_each_case_moves_as_far_as_its_neighbours() -> None:
    """By hand: steps between points 0, 1, 3 and 7, of which nobody lies between the last two."""
    answers = np.array([0.0, 0.5, 1.0, 2.0, 3.0, -1.0, 8.0, np.nan, 1.0])
    weight = np.array([1.0, 2.0, 1.0, 3.0, 1.0, 5.0, 5.0, 5.0, 0.0])
    x = np.column_stack([np.nan_to_num(answers, nan=4.0), np.arange(9.0)])
    points = np.array([0.0, 1.0, 3.0, 7.0])

    def predict(rows: np.ndarray) -> np.ndarray:
        return (rows[:, 0] * rows[:, 1])[:, np.newaxis]

    curve = accumulated_local_effects(
        x, np.array([0]), points[:, np.newaxis], answers, points, predict, weight
    ).mean[:, 0]
    # Cases 0, 1 and 2 lie in the first bin, with moves 0, 1, 2 and weights 1, 2, 1: 1 on average.
    # Cases 3 and 4 in the second: moves of 2 * 3 and 2 * 4, weights 3 and 1: 6.5.
    np.testing.assert_allclose(np.diff(curve), [1.0, 6.5, 0.0])
    inside = slice(0, 5)
    level = np.average(predict(x[inside])[:, 0], weights=weight[inside])
    at = np.interp(answers[inside], points, curve)
    assert np.average(at, weights=weight[inside]) == pytest.approx(level)
    assert (
        accumulated_local_effects(
            x, np.array([0]), points[:, np.newaxis], answers, points, predict, weight
        ).each
        is None
    )


def correlated(cases: int = 4000) -> np.ndarray:
    rng = np.random.default_rng(2)
    first = rng.uniform(0, 1, cases)
    return np.column_stack([first, first + rng.normal(0, 0.05, cases)])


def test_accumulated_effects_of_a_linear_truth_are_its_slope() -> None:
    x = correlated()
    points = grid(x[:, 0])
    slopes = np.array([2.0, -3.0])
    result = accumulated_local_effects(
        x, np.array([0]), points[:, None], x[:, 0], points, lambda rows: (rows @ slopes)[:, None]
    )
    np.testing.assert_allclose(np.diff(result.mean[:, 0]), 2 * np.diff(points), rtol=1e-9)
    # The curve's mean over the cases that lie between its ends is that of their predictions.
    inside = (x[:, 0] >= points[0]) & (x[:, 0] <= points[-1])
    at = np.interp(x[inside, 0], points, result.mean[:, 0])
    assert at.mean() == pytest.approx((x[inside] @ slopes).mean())


def test_accumulated_effects_stay_where_cases_are() -> None:
    """Apley and Zhu's case: a model that is right near the line and absurd away from it.

    Along the line y = x₁² + x₂ - x₁²; away from it a huge term appears, which partial
    dependence picks up.
    """
    x = correlated()
    points = grid(x[:, 0])

    def model(rows: np.ndarray) -> np.ndarray:
        away = np.abs(rows[:, 0] - rows[:, 1]) > 0.4
        return (rows[:, 0] ** 2 + 50 * away)[:, None]

    settings = (x, np.array([0]), points[:, None])
    local = accumulated_local_effects(*settings, x[:, 0], points, model).mean[:, 0]
    np.testing.assert_allclose(local - local[0], points**2 - points[0] ** 2, atol=1e-9)
    spoilt = partial_dependence(*settings, model).mean[:, 0]
    assert np.abs(spoilt - spoilt[0] - (points**2 - points[0] ** 2)).max() > 5


def test_accumulated_effects_are_weighted_and_leave_out_missing_answers() -> None:
    """Two kinds of cases with slopes 1 and 5; by weight, three in four have 5."""
    answers = np.tile([0.0, 1.0, np.nan], 40)
    kind = np.repeat([0.0, 1.0], 60)
    weight = np.where(kind == 1, 3.0, 1.0)
    x = np.column_stack([np.nan_to_num(answers, nan=99.0), kind])
    result = accumulated_local_effects(
        x,
        np.array([0]),
        np.array([[0.0], [1.0]]),
        answers,
        np.array([0.0, 1.0]),
        lambda rows: (rows[:, 0] * (1 + 4 * rows[:, 1]))[:, None],
        weight,
    )
    assert np.diff(result.mean[:, 0])[0] == pytest.approx(4)
