from __future__ import annotations

import numpy as np
import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.constant_predictions import findings_of
from dnn_core.runs.records import State
from dnn_core.specs import Kind


def test_fires_on_a_quantity_predicted_by_one_number(make_run):
    run = make_run(kind=Kind.REGRESSION, observed=[1.0, 2, 3, 4], predicted=[2.5] * 4)
    (finding,) = findings_of(run)
    assert (finding.severity, finding.figure) == (Severity.PROBLEM, "0.000")
    assert finding.reason == "All predictions lie close to 2.50."


def test_fires_on_equal_probabilities(make_run):
    probability = np.linspace(0.60, 0.61, 10)
    (finding,) = findings_of(make_run(observed=["Yes", "No"] * 5, predicted=probability))
    assert (finding.code, finding.figure) == ("constant_predictions", "0.010")


def test_watches_one_category_with_probabilities_that_differ(make_run):
    probability = np.linspace(0.55, 0.95, 10)
    (finding,) = findings_of(make_run(observed=["Yes", "No"] * 5, predicted=probability))
    assert (finding.code, finding.severity) == ("one_category", Severity.WATCH)
    assert finding.figure_note == "of 10 cases"


def test_silent_where_predictions_differ(make_run, tmp_path):
    assert findings_of(make_run(observed=["Yes", "No"], predicted=[0.7, 0.3])) == ()


def test_silent_on_a_quantity_whose_predictions_differ(make_run):
    run = make_run(kind=Kind.REGRESSION, observed=[1.0, 2, 3, 4], predicted=[2.4, 2.5, 2.5, 2.6])
    assert findings_of(run) == ()


@pytest.mark.parametrize(
    "arguments",
    [
        {"observed": ["Yes"], "predicted": [0.9]},
        {"kind": Kind.REGRESSION, "observed": [2.0, 2.0], "predicted": [1.0, 1.0]},
        {"state": State.FAILED},
        {},
    ],
    ids=["one case", "constant outcome", "no network", "no predictions"],
)
def test_does_not_apply(make_run, arguments):
    with pytest.raises(NotApplicable):
        findings_of(make_run(**arguments))
