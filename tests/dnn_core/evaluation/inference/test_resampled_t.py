from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm, t

from dnn_core.evaluation.inference.resampled_t import nadeau_bengio_interval, smallest_detectable


def test_the_interval_by_hand():
    # Mean 0.6, s² = 0.02 / 2 = 0.01 of three folds; each evaluates 10 of 30 cases.
    scores = np.array([0.5, 0.6, 0.7])
    low, high = nadeau_bengio_interval(scores, np.full(3, 10), np.full(3, 20), 0.95)
    half = t.ppf(0.975, 2) * math.sqrt((1 / 3 + 1 / 2) * 0.01)
    assert (low, high) == (pytest.approx(0.6 - half), pytest.approx(0.6 + half))


def test_it_is_wider_than_folds_that_are_taken_as_independent():
    scores = np.random.default_rng(1).normal(0.7, 0.05, 10)
    low, high = nadeau_bengio_interval(scores, np.full(10, 1), np.full(10, 9), 0.95)
    naive = 2 * t.ppf(0.975, 9) * scores.std(ddof=1) / math.sqrt(10)
    # (1/10 + 1/9) / (1/10) = 19/9.
    assert high - low == pytest.approx(naive * math.sqrt(19 / 9))


def test_two_scores_have_an_interval():
    low, high = nadeau_bengio_interval(np.array([0.5, 0.7]), np.full(2, 1), np.full(2, 3), 0.9)
    # s² = 0.02; (1/2 + 1/3) 0.02, with one degree of freedom.
    half = t.ppf(0.95, 1) * math.sqrt((1 / 2 + 1 / 3) * 0.02)
    assert (low, high) == (pytest.approx(0.6 - half), pytest.approx(0.6 + half))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scores", [[], [0.5], [0.5, float("nan")], [0.5, float("inf")]])
def test_what_has_no_spread_has_no_interval(scores):
    sizes = np.ones(len(scores))
    assert all(map(math.isnan, nadeau_bengio_interval(np.array(scores), sizes, sizes, 0.95)))


def test_the_smallest_detectable_difference_of_a_known_standard_error():
    # Of a standard error of 1: 1.96 + 0.84.
    assert smallest_detectable(norm.ppf(0.975)) == pytest.approx(2.8016, abs=1e-4)


def test_the_smallest_detectable_difference_by_hand():
    # Half a width of 3 at 90 % and 5 degrees is a standard error of 3 / 2.0150.
    expected = 3 / 2.01505 * (2.01505 + 1.47588)
    assert smallest_detectable(3, 5, level=0.9, power=0.9) == pytest.approx(expected, rel=1e-4)


def test_a_difference_of_that_size_is_seen_four_times_out_of_five():
    rng = np.random.default_rng(1)
    half = 0.7 * t.ppf(0.975, 9)
    least = smallest_detectable(half, 9)
    # Means with standard error 0.7, and its estimate with nine degrees of freedom.
    means = rng.normal(least, 0.7, 20_000)
    errors = 0.7 * np.sqrt(rng.chisquare(9, 20_000) / 9)
    seen = (means - t.ppf(0.975, 9) * errors > 0).mean()
    assert seen == pytest.approx(0.8, abs=0.03)


def test_two_folds_have_an_interval():
    # Mean 0.6 and s² 0.02, one degree of freedom.
    low, high = nadeau_bengio_interval(np.array([0.5, 0.7]), np.full(2, 10), np.full(2, 40), 0.9)
    half = t.ppf(0.95, 1) * math.sqrt((1 / 2 + 1 / 4) * 0.02)
    assert (low, high) == (pytest.approx(0.6 - half), pytest.approx(0.6 + half))


def test_folds_of_different_sizes_are_averaged():
    scores, evaluated, learnt = np.array([0.5, 0.6, 0.9]), np.array([5, 10, 15]), np.full(3, 20)
    low, high = nadeau_bengio_interval(scores, evaluated, learnt, 0.95)
    variance = (1 / 3 + (0.25 + 0.5 + 0.75) / 3) * scores.var(ddof=1)
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 2) * math.sqrt(variance))


@pytest.mark.parametrize("degrees", [1, 5, 100])
@pytest.mark.parametrize(("level", "power"), [(0.95, 0.8), (0.9, 0.9)])
def test_what_is_detectable_is_the_sum_of_two_quantiles(degrees, level, power):
    # Of a standard error of 0.3.
    half = 0.3 * t.isf((1 - level) / 2, degrees)
    least = smallest_detectable(half, degrees, level, power)
    assert least == pytest.approx(
        0.3 * (t.isf((1 - level) / 2, degrees) + t.isf(1 - power, degrees))
    )
    if (level, power) == (0.95, 0.8):
        assert smallest_detectable(half, degrees) == least
