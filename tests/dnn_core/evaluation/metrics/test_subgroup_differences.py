"""Standard errors, intervals and p values of differences by hand, from given resamples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, t

from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.evaluation.metrics.scorers import scorer
from dnn_core.evaluation.metrics.subgroup_differences import GroupsResampled
from dnn_core.specs import Kind

DRAWS = np.random.default_rng(1)


def given(inside: np.ndarray, outside: np.ndarray, **changes: Any) -> GroupsResampled:
    """One group of 30 beside 70 others: 0.5 and 0.3."""
    settings = {
        "value": {"g": 0.5},
        "rest": {"g": 0.3},
        "cases": {"g": 30},
        "total": 100,
        "degrees": {"g": 29},
        "factor": None,
        **changes,
    }
    return GroupsResampled(of_group={"g": inside}, of_rest={"g": outside}, **settings)


def scattered(middle: float, spread: float, resamples: int = 500) -> np.ndarray:
    values = DRAWS.normal(size=resamples)
    return middle + spread * (values - values.mean()) / values.std(ddof=1)


def test_the_own_standard_error_is_that_of_the_differences() -> None:
    inside, outside = scattered(0.5, 0.1, 6), scattered(0.3, 0.01, 6)
    own = np.std(inside - outside, ddof=1)
    # Pooled, the group would vary less: (30² 0.1² + 70² 0.01²) / 100 (1/30 + 1/70) = 0.0045.
    (low, high, p) = given(inside, outside).differences(0.95)["g"]
    half = t.ppf(0.975, 29) * own
    assert (low, high) == pytest.approx((0.2 - half, 0.2 + half), abs=0.03 * half)
    assert p == pytest.approx(2 * t.sf(0.2 / own, 29), rel=0.08)


def test_a_group_that_hardly_varies_has_the_pooled_standard_error() -> None:
    inside, outside = scattered(0.5, 0.001), scattered(0.3, 0.05)
    pooled = np.sqrt((30**2 * 0.001**2 + 70**2 * 0.05**2) / 100 * (1 / 30 + 1 / 70))
    (low, high, _) = given(inside, outside).differences(0.9)["g"]
    assert (high - low) / 2 == pytest.approx(t.ppf(0.95, 29) * pooled, rel=0.03)
    assert (high + low) / 2 == pytest.approx(0.2)


def test_replicates_vary_around_the_figure_itself() -> None:
    # 0.25 Σ (difference - 0.2)²: away by 0.1, -0.1 and 0.2.
    inside, outside = np.array([0.6, 0.4, 0.7]), np.full(3, 0.3)
    resampled = given(inside, outside, factor=0.25, degrees={"g": 2})
    own = np.sqrt(0.25 * 0.06)
    (low, high, _) = resampled.differences(0.95)["g"]
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 2) * own, rel=0.08)
    # Of the group alone the same, by Student's t without draws.
    assert resampled.interval("g", 0.95) == pytest.approx(
        (0.5 - t.ppf(0.975, 2) * own, 0.5 + t.ppf(0.975, 2) * own)
    )


def test_the_interval_of_a_group_is_between_percentiles() -> None:
    resampled = given(np.arange(101.0), np.zeros(101), degrees={"g": 10**7})
    assert resampled.interval("g", 0.6) == pytest.approx((20, 80), abs=1e-3)


def test_the_least_p_value_is_one_in_twenty_thousand() -> None:
    inside, outside = scattered(0.5, 1e-4), scattered(0.3, 1e-4)
    _, _, p = given(inside, outside).differences(0.95)["g"]
    assert p == pytest.approx(1 / 20_001)
    # And the largest is 1: no difference is smaller than none.
    _, _, p = given(inside, outside, value={"g": 0.3}).differences(0.95)["g"]
    assert p == 1.0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"degrees": {"g": 1}}, True),
        ({"degrees": {"g": 0}}, False),
        ({"value": {"g": np.nan}}, False),
        ({"rest": {"g": np.nan}}, False),
        ({"rest": {}}, False),
    ],
)
def test_what_can_be_told(changes: dict, told: bool) -> None:
    resampled = given(scattered(0.5, 0.1), scattered(0.3, 0.1), **changes)
    assert ("g" in resampled.differences(0.95)) is told


@pytest.mark.parametrize(("missing", "told"), [(1, True), (2, False)])
def test_ninety_nine_of_a_hundred_resamples_must_have_a_figure(missing: int, told: bool) -> None:
    inside = scattered(0.5, 0.1, 100)
    inside[:missing] = np.nan
    result = given(inside, scattered(0.3, 0.1, 100)).differences(0.95)
    assert ("g" in result) is told
    assert np.isfinite(list(result.values())).all()


def test_without_variation_nothing_is_told() -> None:
    for inside, outside in ((0.5, 0.3), (0.3, 0.0), (0.0, 0.3)):
        figures = {"value": {"g": inside}, "rest": {"g": outside}}
        resampled = given(np.full(50, inside), np.full(50, outside), **figures)
        assert resampled.differences(0.95) == {}


def test_a_difference_that_does_not_vary_goes_with_no_other_one() -> None:
    # Group and rest move together, so that the difference stays; the pooled variance is told.
    together, other = scattered(0.0, 0.1, 4000), scattered(0.0, 0.1, 4000)
    resampled = GroupsResampled(
        value={"a": 0.25, "b": 0.2},
        rest={"a": 0.0, "b": 0.0},
        cases={"a": 50, "b": 50},
        total=100,
        of_group={"a": together + 0.25, "b": other},
        of_rest={"a": together, "b": np.zeros(4000)},
        degrees={"a": 10**6, "b": 10**6},
        factor=None,
    )
    # Two comparisons that have nothing to do with each other.
    reach = norm.isf((1 - 0.95 ** (1 / 2)) / 2) * 0.1
    low, high, _ = resampled.differences(0.95)["b"]
    assert (high - low) / 2 == pytest.approx(reach, abs=0.003)


@pytest.mark.parametrize(("correlation", "comparisons"), [(-1.0, 1), (0.0, 2)])
def test_opposite_differences_are_one_comparison_and_independent_ones_two(
    correlation: float, comparisons: int
) -> None:
    first = scattered(0.0, 0.001, 4000)
    second = correlation * first if correlation else scattered(0.0, 0.001, 4000)
    second[0] = np.nan
    resampled = GroupsResampled(
        value={"a": 0.1, "b": 0.2},
        rest={"a": 0.0, "b": 0.0},
        cases={"a": 50, "b": 50},
        total=100,
        of_group={"a": first, "b": second},
        of_rest={"a": np.zeros(4000), "b": np.zeros(4000)},
        degrees={"a": 10**6, "b": 10**6},
        factor=None,
    )
    result = resampled.differences(0.95)
    # Pooled: 50 / 100 (1/50 + 1/50) 50 of the group's variance is the group's variance.
    reach = norm.isf((1 - 0.95 ** (1 / comparisons)) / 2) * 0.001
    for group, value in (("a", 0.1), ("b", 0.2)):
        low, high, _ = result[group]
        assert (low, high) == pytest.approx((value - reach, value + reach), abs=0.00003)


def groups_of(
    masks: dict[str, np.ndarray], y: np.ndarray, design: Design, resamples: int = 50
) -> GroupsResampled:
    """Mean absolute errors of predicting 0."""
    return GroupsResampled.of(
        lambda rows: scorer(Kind.REGRESSION, y[rows], np.zeros(rows.sum()), training_mean=0.0),
        "mae",
        masks,
        design,
        resamples,
        seed=1,
    )


@pytest.mark.parametrize(("others", "beside"), [(0, False), (19, False), (20, True)])
def test_a_group_has_others_beside_it_where_there_are_twenty(others: int, beside: bool) -> None:
    y = np.arange(1.0, 31 + others)
    mask = np.arange(30 + others) < 30
    resampled = groups_of({"g": mask}, y, Design(np.ones(len(y))))
    assert resampled.value == {"g": 15.5}
    assert resampled.cases == {"g": 30}
    assert resampled.total == 30 + others
    assert resampled.rest == ({"g": pytest.approx(y[30:].mean())} if beside else {})
    # Of the smaller side.
    assert resampled.degrees == {"g": min(29, others - 1) if others else 29}
    assert bool(resampled.differences(0.95)) is beside


def test_no_group_has_no_figures() -> None:
    resampled = groups_of({}, np.ones(5), Design(np.ones(5)))
    assert resampled.differences(0.95) == {}
    assert resampled.value == {}


def test_figures_and_resamples_are_weighted() -> None:
    rng = np.random.default_rng(2)
    y, weight = rng.gamma(2.0, size=60), rng.gamma(2.0, size=60)
    mask = np.arange(60) % 2 == 0
    resampled = groups_of({"g": mask}, y, Design(weight), 4000)
    for side, value, drawn in (
        (mask, resampled.value["g"], resampled.of_group["g"]),
        (~mask, resampled.rest["g"], resampled.of_rest["g"]),
    ):
        mean = np.average(y[side], weights=weight[side])
        assert value == pytest.approx(mean)
        assert drawn.shape == (4000,)
        spread = np.sqrt((weight[side] ** 2 * (y[side] - mean) ** 2).sum()) / weight[side].sum()
        assert drawn.std() == pytest.approx(spread, rel=0.15)


def test_replicates_have_no_more_degrees_than_their_rank() -> None:
    mask = np.arange(60) < 30
    weights = np.random.default_rng(3).gamma(2.0, size=(60, 5))
    design = Design(np.ones(60), replicated=Replicated(weights, 0.2))
    resampled = groups_of({"g": mask}, np.arange(60.0), design)
    assert resampled.degrees == {"g": 4}
    assert resampled.factor == 0.2
    assert resampled.of_group["g"] == pytest.approx(
        [np.average(np.arange(30), weights=column[:30]) for column in weights.T]
    )
    # Of two clusters in the group there is one degree, whatever the replicates have.
    clustered = Design(np.ones(60), np.arange(60) // 15, None, Replicated(weights, 0.2))
    assert groups_of({"g": mask}, np.arange(60.0), clustered).degrees == {"g": 1}
