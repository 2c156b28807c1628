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
