from __future__ import annotations

import numpy as np
import pytest

from dnn_core.audit.finding import NotApplicable
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
