from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.under_fitting import findings_of
from dnn_core.runs.records import State

LEARNT = {
    ("majority", "training"): (0.30, 0.27, 0.33),
    ("logistic", "training"): (0.05, 0.03, 0.07),
    ("logistic", "validation"): (0.01, -0.01, 0.03),
}


def test_fires_where_training_cases_are_predicted_no_better_than_by_chance(make_run):
    run = make_run(
        scores={
            ("network", "training"): (0.51, 0.49, 0.53),
            ("logistic", "training"): (0.72, 0.70, 0.74),
        },
        gains={("majority", "training"): (0.01, -0.01, 0.03)},
    )
    (finding,) = findings_of(run)
    assert (finding.code, finding.severity) == ("nothing_learnt", Severity.PROBLEM)
    assert finding.reason == (
        "AUC is 0.51 even on the training cases; logistic regression reaches 0.72 there."
    )
    assert finding.measured == "difference in AUC from most frequent category, training"


def test_fires_where_the_linear_model_fits_better(make_run):
    run = make_run(gains={**LEARNT, ("logistic", "training"): (-0.05, -0.07, -0.03)})
    (finding,) = findings_of(run)
    assert (finding.code, finding.severity) == ("under_fits", Severity.WATCH)


def test_silent_where_the_fit_is_worse_but_new_cases_are_predicted_better(make_run):
    run = make_run(
        gains={
            **LEARNT,
            ("logistic", "training"): (-0.05, -0.07, -0.03),
            ("logistic", "validation"): (0.02, 0.01, 0.03),
        }
    )
    assert findings_of(run) == ()


def test_silent_where_it_has_learnt(make_run):
    assert findings_of(make_run(gains=LEARNT)) == ()


@pytest.mark.parametrize("arguments", [{"gains": {}}, {"state": State.FAILED}])
def test_does_not_apply(make_run, arguments):
    with pytest.raises(NotApplicable):
        findings_of(make_run(**arguments))


@pytest.mark.parametrize(
    ("gain", "learnt"),
    [
        ((0.03, 0.01, 0.05), True),
        # A gain of 0.02 is not above it; an interval that begins at 0 does not lie above it.
        ((0.02, 0.01, 0.03), False),
        ((0.05, 0.0, 0.1), False),
        ((0.05, -0.01, 0.11), False),
        ((0.01, 0.005, 0.015), False),
    ],
)
def test_something_is_learnt_where_the_gain_is_sure_and_not_tiny(make_run, gain, learnt):
    run = make_run(
        scores={("network", "training"): (0.55, 0.5, 0.6)},
        gains={**LEARNT, ("majority", "training"): gain},
    )
    assert [finding.code for finding in findings_of(run)] == ([] if learnt else ["nothing_learnt"])


@pytest.mark.parametrize(
    ("training", "validation", "fires"),
    [
        # The fit may be as good; the prediction of other cases may be no better.
        ((-0.05, -0.1, 0.0), (0.01, -0.01, 0.03), False),
        ((-0.05, -0.09, -0.01), (0.01, -0.01, 0.03), True),
        ((-0.05, -0.09, -0.01), (0.02, 0.0, 0.04), True),
        ((-0.05, -0.09, -0.01), (0.03, 0.01, 0.05), False),
    ],
)
def test_the_ends_of_both_intervals_decide(make_run, training, validation, fires):
    gains = {("logistic", "training"): training, ("logistic", "validation"): validation}
    assert bool(findings_of(make_run(gains={**LEARNT, **gains}))) is fires
