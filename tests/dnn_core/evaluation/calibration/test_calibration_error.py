"""Intervals of the calibration error where one group makes them a known distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from dnn_core.evaluation.calibration.calibration_error import (
    calibration_error,
    error_interval,
    groups,
)
from dnn_core.evaluation.inference.survey_design import Design

CASES = 400


def one_claim(hits: int, claimed: float) -> tuple[np.ndarray, np.ndarray]:
    """The same probability for all 400 cases, some of which are hits."""
    return np.full(CASES, claimed), (np.arange(CASES) < hits) * 1.0


@pytest.mark.parametrize(("cases", "count"), [(10, 1), (39, 1), (40, 2), (59, 2), (60, 3)])
def test_a_group_has_twenty_cases_and_there_is_always_one(cases: int, count: int) -> None:
    sizes = np.bincount(groups(np.linspace(0.1, 0.9, cases)))
    assert len(sizes) == count
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize(("hits", "claimed"), [(200, 0.2), (200, 0.8)])
def test_far_from_nothing_it_is_the_interval_of_a_mean(hits: int, claimed: float) -> None:
    probability, happened = one_claim(hits, claimed)
    (value, low, high), by_chance = error_interval(probability, happened, Design(np.ones(CASES)))
    assert value == pytest.approx(0.3)
    error = np.std(happened, ddof=1) / np.sqrt(CASES)
    half = t.ppf(0.975, CASES - 1) * error
    # 2,000 draws know this percentile to 0.06 standard errors.
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.15 * error)
    # The mean size of a normal variable.
    assert by_chance == pytest.approx(np.sqrt(2 / np.pi) * error, rel=0.06)


def test_with_weights_it_is_the_interval_of_a_weighted_mean() -> None:
    probability, happened = one_claim(200, 0.2)
    weight = np.random.default_rng(1).gamma(1.0, size=CASES)
    (value, low, high), _ = error_interval(probability, happened, Design(weight))
    mean = np.average(happened, weights=weight)
    assert value == pytest.approx(mean - 0.2)
    # Linearised: Σ w² (y - mean)² / (Σ w)².
    squares = (weight**2 * (happened - mean) ** 2).sum() * CASES / (CASES - 1)
    error = np.sqrt(squares) / weight.sum()
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, CASES - 1) * error, abs=0.1 * error)


@pytest.mark.parametrize(("hits", "begins_at_nothing"), [(221, True), (224, False)])
def test_it_begins_at_nothing_where_chance_may_show_as_much(
    hits: int, begins_at_nothing: bool
) -> None:
    # 2.1 and 2.4 standard errors of 0.025; the size of a normal variable is below 2.24 in 97.5 %.
    (value, low, high), _ = error_interval(*one_claim(hits, 0.5), Design(np.ones(CASES)))
    assert value == pytest.approx(hits / CASES - 0.5)
    assert (low == 0.0) is begins_at_nothing
    assert 0 <= low < value < high


def test_of_four_clusters_chance_is_students_t() -> None:
    cluster = np.repeat(np.arange(4), 25)
    hits = np.array([10, 12, 15, 19])
    happened = (np.tile(np.arange(25), 4) < hits[cluster]) * 1.0
    _, by_chance = error_interval(np.full(100, 0.2), happened, Design(np.ones(100), cluster))
    # Totals of the clusters around their mean; the mean size of t with 3 degrees is 2 √3 / π.
    error = np.sqrt(4 / 3 * ((hits - hits.mean()) ** 2).sum()) / 100
    assert by_chance == pytest.approx(2 * np.sqrt(3) / np.pi * error, rel=0.08)


def test_two_clusters_have_an_interval_and_one_has_none() -> None:
    probability, happened = one_claim(200, 0.2)
    two = Design(np.ones(CASES), np.arange(CASES) // 300)
    assert np.isfinite(error_interval(probability, happened, two)[0]).all()
    one = Design(np.ones(CASES), np.zeros(CASES))
    (value, low, high), by_chance = error_interval(probability, happened, one)
    assert value == pytest.approx(0.3)
    assert np.isnan([low, high, by_chance]).all()


def test_the_value_is_that_of_the_groups_with_their_weights() -> None:
    rng = np.random.default_rng(1)
    probability, weight = rng.random(200), rng.gamma(2.0, size=200)
    happened = (rng.random(200) < probability**2) * 1.0
    group = groups(probability)
    distances = [
        weight[group == g].sum()
        * abs(np.average((happened - probability)[group == g], weights=weight[group == g]))
        for g in range(group.max() + 1)
    ]
    expected = sum(distances) / weight.sum()
    assert calibration_error(probability, happened, group, weight) == pytest.approx(expected)
    (value, low, high), _ = error_interval(probability, happened, Design(weight))
    assert value == pytest.approx(expected)
    assert low <= value <= high
