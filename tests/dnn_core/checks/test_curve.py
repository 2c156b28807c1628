from __future__ import annotations

import numpy as np
import pytest

from dnn_core.audit.finding import NotApplicable
from dnn_core.checks import convergence, over_fitting
from dnn_core.checks.curve import finite_curve, learning_curve, rising_probability


def test_probability_of_a_steady_rise_is_one_order_out_of_all():
    # Of the 5! = 120 orders of five values one is rising.
    assert rising_probability(np.array([1.0, 2, 3, 4, 5])) == pytest.approx(1 / 120)
    # All orders have at most as many rising pairs as this one or as few as none.
    assert rising_probability(np.array([5.0, 4, 3, 2, 1])) == pytest.approx(1.0)


def test_no_trend_in_few_or_equal_values():
    assert rising_probability(np.array([1.0, 2, 3, 4])) == 1.0
    assert rising_probability(np.full(20, 0.5)) == 1.0


def test_scatter_alone_rarely_passes_as_rising():
    # The level holds by construction: at 0.01 about 10 of 1000 pass.
    random = np.random.default_rng(1)
    passed = sum(rising_probability(random.normal(size=10)) < 0.01 for _ in range(1000))
    assert 2 <= passed <= 20


def test_curve_is_the_mean_over_members(make_run):
    run = make_run(loss=[3.0, 1.0], val_loss=[2.0, 4.0], members=3)
    curve = learning_curve(run)
    assert curve.epochs.tolist() == [1, 2]
    assert curve.val_loss.tolist() == [2.0, 4.0]
    assert curve.best_epoch == 1


def test_curve_does_not_hide_a_loss_that_is_no_number(make_run):
    run = make_run(loss=[1.0, float("nan")], val_loss=[1.0, 1.0], members=2)
    assert not learning_curve(run).finite
    with pytest.raises(NotApplicable, match="diverged"):
        finite_curve(run)


def test_no_curve_without_an_epoch(make_run):
    with pytest.raises(NotApplicable, match="No epoch"):
        learning_curve(make_run(loss=[], val_loss=[], training={"epochs": 5}))


def test_no_trend_but_the_order_counts():
    # From 0 to 1, and from 0 to 1,000: 1 of 120 orders.
    for largest in (1.0, 1000.0):
        assert rising_probability(np.linspace(0, largest, 5)) == pytest.approx(1 / 120)


@pytest.mark.parametrize("lost", ["loss", "val_loss"])
def test_a_curve_with_one_loss_that_is_no_number_is_not_finite(make_run, lost):
    curves = {"loss": [1.0, 0.5], "val_loss": [1.0, 0.5]} | {lost: [1.0, float("inf")]}
    assert not learning_curve(make_run(**curves)).finite


RISE = np.array([1, 2, 3, 4, 5, 6, 10, 11])
"""Above the lowest, over eight epochs: the last five have the median 6, the last six 5.5."""


@pytest.mark.parametrize(
    ("unit", "rise"),
    [
        # A change of 0.9 % is left alone, one of 1.2 % is not.
        (0.0015, None),
        (0.002, 0.012),
    ],
)
def test_a_level_is_the_median_of_five_epochs_and_a_change_one_percent(make_run, unit, rise):
    lowest = [1.5, 1.4, 1.3, 1.2, 1.1, 1.0]
    val_loss = [*lowest, *(1 + unit * RISE)]
    run = make_run(loss=[2 - 0.1 * n for n in range(14)], val_loss=val_loss)
    found = [finding.numbers["rise"] for finding in over_fitting.findings_of(run)]
    assert found == ([] if rise is None else [pytest.approx(rise)])


@pytest.mark.parametrize(("unit", "fires"), [(0.001, False), (0.0018, True)])
def test_a_fall_is_measured_alike(make_run, unit, fires):
    # The window is of ten epochs; from 9 to 2 units above the end, 0.7 % or 1.25 % of it.
    steps = [20, 15, 11, 10, 9, 8, 7, 4, 3, 2, 1, 0]
    values = [1 + unit * step for step in steps]
    found = convergence.findings_of(make_run(loss=values, val_loss=values))
    assert bool(found) is fires
    assert [finding.numbers["fall"] for finding in found] == [pytest.approx(7 * unit)] * fires
