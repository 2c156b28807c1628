from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.design_effect import findings_of

WEIGHTED = {"task": {"weight": "w"}, "observed": ["Yes", "No"] * 5, "predicted": [0.7, 0.4] * 5}


def test_fires_where_half_of_the_cases_are_lost(make_run):
    # 10 (1 · 81 + 9 · 1) / (9 + 9)² = 900 / 324 = 2.78; 10 / 2.78 = 3.6 cases.
    (finding,) = findings_of(make_run(**WEIGHTED, weight=[9] + [1] * 9))
    assert finding.severity is Severity.WATCH
    assert finding.figure == "2.78"
    assert finding.figure_note == "4 of 10 cases"
    assert "50% of their sum" in finding.reason  # 9 of 18
    assert finding.measured == "design effect of the weights, validation"


def test_silent_where_weights_cost_little(make_run):
    # 10 (5 · 4 + 5 · 1) / 15² = 1.11.
    assert findings_of(make_run(**WEIGHTED, weight=[2, 1] * 5)) == ()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "not weighted"),
        ({"task": {"weight": "w"}}, "no predictions"),
        ({**WEIGHTED, "weight": [0.0] * 10}, "weight 0"),
    ],
)
def test_does_not_apply(make_run, arguments, reason):
    with pytest.raises(NotApplicable, match=reason):
        findings_of(make_run(**arguments))


@pytest.mark.parametrize(
    ("weight", "figure"),
    [
        # 10 · 5 / 5² = 2, the cost that a survey is planned for in all.
        ([1.0, 0.0] * 5, "2.00"),
        # 10 · (0.25 + 0.25) / 1², weights that sum to 1.
        ([0.5, 0.5] + [0.0] * 8, "5.00"),
    ],
)
def test_fires_from_a_half_on(make_run, weight, figure):
    (finding,) = findings_of(make_run(**WEIGHTED, weight=weight))
    assert finding.figure == figure


@pytest.mark.parametrize(
    ("weight", "share"),
    [
        # One of four cases: 20 of 23. Three of thirty: 90 of 117.
        ([20.0, 1.0, 1.0, 1.0], "87%"),
        ([30.0] * 3 + [1.0] * 27, "77%"),
    ],
)
def test_the_tenth_with_the_largest_weights_is_one_case_at_least(make_run, weight, share):
    answers = {"observed": ["Yes"] * len(weight), "predicted": [0.7] * len(weight)}
    (finding,) = findings_of(make_run(task={"weight": "w"}, **answers, weight=weight))
    assert f"accounts for {share} of their sum" in finding.reason
