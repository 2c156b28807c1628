"""Sentences of verdicts where figures are one, alike, tiny or huge."""

from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable
from dnn_core.checks import (
    constant_predictions,
    divergence,
    gain_over_baselines,
    learning_rate_schedule,
    part_size,
    rare_category,
)
from dnn_core.checks.baseline_comparison import difference_words
from dnn_core.checks.settings import findings_of as evaluate_settings
from dnn_core.evaluation.inference.intervals import Estimate
from dnn_core.specs import Kind


def test_a_metric_within_a_sentence_has_no_capital(make_run):
    gains = {("ordered_logit", "validation"): (0.03, 0.01, 0.05)}
    run = make_run(kind=Kind.ORDINAL, gains=gains)
    (finding,) = gain_over_baselines.findings_of(run)
    assert finding.measured == "difference in weighted kappa from ordered logit, validation"
    assert difference_words(run, Estimate(0.03, 0.01, 0.05)).startswith("difference in weighted")


def test_a_person_keeps_the_capital_also_at_the_beginning(make_run):
    gains = {("poisson", "validation"): (0.03, 0.01, 0.05)}
    (finding,) = gain_over_baselines.findings_of(make_run(kind=Kind.COUNT, gains=gains))
    assert finding.title == "It beats Poisson regression."
    assert finding.measured == "difference in D² from Poisson regression, validation"


def test_an_interval_above_zero_does_not_begin_at_zero(make_run):
    gains = {("logistic", "validation"): (0.0021, 0.0003, 0.0039)}
    (finding,) = gain_over_baselines.findings_of(make_run(gains=gains))
    assert finding.reason == "The whole interval lies above zero."
    assert (finding.figure, finding.figure_note) == ("+0.0021", "0.0003 to 0.0039")


def test_more_cases_are_more_than_there_are(make_run):
    # Half widths just beyond 0.05 take 400.8 cases; to two digits that would be 400.
    gains = {("logistic", "validation"): (0.0, -0.05005, 0.05005)}
    (finding,) = part_size.findings_of(make_run(gains=gains))
    assert finding.reason == (
        "Detecting a difference of 0.05 would take about 410 cases instead of 400."
    )
    assert finding.figure == "±0.05005"


PLATEAU = {"schedule": "plateau", "plateau_patience": 1, "early_stopping": False}


def test_one_epoch_is_no_epochs(make_run):
    (finding,) = learning_rate_schedule.findings_of(make_run(training=PLATEAU))
    assert "never went 1 epoch without improvement before" in finding.reason


def test_a_patience_of_one_epoch(make_run):
    run = make_run(loss=[0.5, 0.4], val_loss=[0.5, 0.4], training=PLATEAU)
    with pytest.raises(NotApplicable, match=r"plateau patience of 1 epoch\."):
        learning_rate_schedule.findings_of(run)


def test_one_case_is_no_cases(make_run):
    run = make_run(
        training_counts={"No": 900, "Yes": 100},
        observed=["No"] * 20 + ["Yes"],
        predicted=[0.1] * 20 + [0.9],
    )
    with pytest.raises(NotApplicable, match="has only 1 case of “Yes”"):
        rare_category.findings_of(run)


def test_a_learning_rate_has_no_power_of_ten(make_run):
    run = make_run(
        loss=[0.0004, 0.0016], val_loss=[0.5, 0.5], training={"learning_rate": 1e-6, "epochs": 2}
    )
    (finding,) = divergence.findings_of(run)
    assert finding.try_text.startswith("lower the learning rate of 0.000001,")
    # To three decimals the first would be nothing.
    assert "grew from 0.0004 in the first epoch to 0.0016 in epoch 2" in finding.reason


def test_a_loss_beyond_all_bounds_is_read_as_one(make_run):
    run = make_run(loss=[0.5, 3e20], val_loss=[0.5, 0.5])
    (finding,) = divergence.findings_of(run)
    assert "to more than 1,000,000,000,000 in epoch 2" in finding.reason


def test_small_predictions_are_not_said_to_be_none(make_run):
    run = make_run(
        kind=Kind.REGRESSION, observed=[0.001 * n for n in range(40)], predicted=[0.0042] * 40
    )
    (finding,) = constant_predictions.findings_of(run)
    assert finding.reason == "All predictions lie close to 0.004."


def test_settings_speak_of_one_case_and_one_epoch(make_run):
    run = make_run(
        training={"epochs": 1, "patience": 1, "batch_size": 32},
        loss=[0.5],
        val_loss=[0.5],
        network={"hidden": [{"units": 8}]},
        cases={"training": 1, "validation": 1, "test": 1},
    )
    (finding,) = evaluate_settings(run)
    assert "exceeds the 1 training case." in finding.reason
