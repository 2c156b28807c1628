from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.part_size import findings_of
from dnn_core.runs.records import State


def test_fires_where_a_difference_worth_seeing_would_escape(make_run):
    (finding,) = findings_of(make_run(gains={("logistic", "validation"): (0.02, -0.08, 0.12)}))
    assert finding.severity is Severity.WATCH
    # Half width 0.10 is twice 0.05, which takes four times the 400 cases.
    assert finding.numbers["needed"] == pytest.approx(1600)
    assert finding.figure == "±0.10"
    assert "about 1,600 cases instead of 400" in finding.reason


def test_silent_where_the_interval_is_narrow(make_run):
    assert findings_of(make_run(gains={("logistic", "validation"): (0.012, -0.008, 0.031)})) == ()


@pytest.mark.parametrize(
    "arguments",
    [
        {"gains": {("logistic", "validation"): (0.2, 0.1, 0.3)}},
        {"gains": {("logistic", "validation"): (-0.2, -0.3, -0.1)}},
        {"gains": {}},
        {"state": State.FAILED},
    ],
)
def test_does_not_apply(make_run, arguments):
    with pytest.raises(NotApplicable):
        findings_of(make_run(**arguments))


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.12), (-0.12, 0.0)])
def test_an_interval_that_ends_at_zero_shows_no_difference(make_run, low, high):
    gains = {("logistic", "validation"): ((low + high) / 2, low, high)}
    (finding,) = findings_of(make_run(gains=gains))
    assert finding.numbers["half_width"] == pytest.approx(0.06)


@pytest.mark.parametrize(("half", "fires"), [(0.05, False), (0.0501, True)])
def test_half_a_band_is_narrow_enough(make_run, half, fires):
    run = make_run(gains={("logistic", "validation"): (0.0, -half, half)})
    assert bool(findings_of(run)) is fires


@pytest.mark.parametrize(
    ("cases", "half", "words"),
    [
        # Three times the width takes nine times the cases.
        (400, 0.15, "3,600 cases instead of 400"),
        (4, 0.15, "36 cases instead of 4"),
        # 1.44 and 45.57 cases, upwards.
        (1, 0.06, "2 cases instead of 1"),
        (12, 0.09744, "46 cases instead of 12"),
        (412, 0.15, "3,800 cases instead of 412"),
        (41_200, 0.15, "380,000 cases instead of 41,200"),
    ],
)
def test_needed_cases_grow_with_the_square_of_the_width(make_run, cases, half, words):
    run = make_run(
        cases={"training": 1000, "validation": cases, "test": 10},
        gains={("logistic", "validation"): (0.0, -half, half)},
    )
    (finding,) = findings_of(run)
    assert finding.numbers["needed"] == pytest.approx(cases * (half / 0.05) ** 2)
    assert words in finding.reason
