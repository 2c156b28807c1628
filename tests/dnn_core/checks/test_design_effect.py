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
