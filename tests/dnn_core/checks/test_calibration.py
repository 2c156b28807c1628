from __future__ import annotations

import numpy as np
import pytest

from dnn_core.checks.calibration import judge
from dnn_core.checks.finding import NotApplicable, Severity
from dnn_core.evaluation.calibration import calibration_error, groups
from dnn_core.runs.records import State
from dnn_core.specs import Kind


def _drawn(cases: int, shift: float = 0.0) -> dict:
    """Outcomes drawn from probabilities, of which `shift` more is then claimed."""
    random = np.random.default_rng(2)
    probability = random.uniform(0.1, 0.7, cases)
    observed = np.where(random.random(cases) < probability, "Yes", "No")
    return {"observed": observed, "predicted": probability + shift}


def test_praises_probabilities_that_hold(make_run):
    (finding,) = judge(make_run(**_drawn(1000)))
    assert finding.severity is Severity.GOOD
    assert finding.numbers["error"] <= finding.numbers["by_chance"]
    assert finding.figure_note.startswith("up to 0.0")


def test_watches_probabilities_that_are_off(make_run):
    (finding,) = judge(make_run(**_drawn(1000, shift=0.15)))
    assert (finding.code, finding.severity) == ("uncalibrated", Severity.WATCH)
    # Every group claims 0.15 too much, so the error is 0.15 but for scatter.
    assert finding.numbers["error"] == pytest.approx(0.15, abs=0.03)


def test_names_class_weights_as_what_shifts_them(make_run):
    run = make_run(training={"class_weights": True}, **_drawn(1000, shift=0.15))
    (finding,) = judge(run)
    assert "weighting the classes" in finding.reason
    assert finding.try_text.startswith("train without class weights")


def test_of_several_categories_judges_the_most_probable(make_run):
    # Always 80 % sure, of A or of B, and right in 80 of 100.
    run = make_run(
        kind=Kind.MULTICLASS,
        observed=["A"] * 400 + ["C"] * 100 + ["B"] * 400 + ["C"] * 100,
        predicted=[[0.8, 0.1, 0.1]] * 500 + [[0.1, 0.8, 0.1]] * 500,
    )
    (finding,) = judge(run)
    assert finding.code == "calibrated"
    assert finding.numbers["error"] == pytest.approx(0.0, abs=1e-9)


def test_false_alarms_are_about_one_in_twenty():
    # Perfect probabilities may exceed what 95 of 100 samples stay below in 5 of 100.
    from dnn_core.checks.calibration import _error_by_chance

    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(200):
        probability = random.uniform(0, 1, 200)
        happened = (random.random(200) < probability).astype(float)
        group = groups(probability)
        weight = random.gamma(2.0, size=200)
        error = calibration_error(probability, happened, group, weight)
        alarms += error > _error_by_chance(probability, group, weight)
    assert 2 <= alarms <= 20


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": Kind.REGRESSION, "observed": [1.0, 2.0], "predicted": [1.0, 2.0]},
        _drawn(99),
        {"observed": ["Yes", "No"] * 50, "predicted": np.linspace(0.3, 0.7, 100)},
        {"observed": ["Yes", "No"] * 200, "predicted": [0.5] * 400},
        {"state": State.FAILED},
    ],
    ids=["quantity", "few cases", "chance brings about as much", "all the same", "no network"],
)
def test_does_not_apply(make_run, arguments):
    with pytest.raises(NotApplicable):
        judge(make_run(**arguments))
