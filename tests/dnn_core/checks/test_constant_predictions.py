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


@pytest.mark.parametrize(
    ("predicted", "ratio"),
    [
        ([49.02, 50.98], 0.0196),
        # A fiftieth of the spread is a spread.
        ([49.0, 51.0], None),
        ([48.5, 51.5], None),
    ],
)
def test_a_fiftieth_of_the_spread_of_a_quantity(make_run, predicted, ratio):
    # 0 and 100 in turn lie 50 from their mean.
    run = make_run(kind=Kind.REGRESSION, observed=[0.0, 100.0], predicted=predicted)
    found = [finding.numbers["ratio"] for finding in findings_of(run)]
    assert found == ([] if ratio is None else [pytest.approx(ratio)])


def test_a_quantity_with_a_spread_of_one_is_judged_as_any_other(make_run):
    run = make_run(kind=Kind.REGRESSION, observed=[1.0, 3.0, 1.0, 3.0], predicted=[2.0] * 4)
    assert findings_of(run)[0].numbers == {"ratio": 0.0}


def test_spreads_are_those_of_the_cases_at_hand(make_run):
    # Squares from the means: 5 of four, 0.0002 of four.
    run = make_run(kind=Kind.REGRESSION, observed=[1.0, 2, 3, 4], predicted=[2.49, 2.51, 2.5, 2.5])
    assert findings_of(run)[0].numbers["ratio"] == pytest.approx((0.0002 / 5) ** 0.5)


@pytest.mark.parametrize(
    ("others", "code", "spread"),
    [
        # B stays as it is: A and C decide.
        ([0.0, 0.0], "constant_predictions", 0.0),
        ([0.0, 0.019], "constant_predictions", 0.019),
        ([0.0, 0.02], "one_category", 0.02),
        ([0.0, 0.1], "one_category", 0.1),
    ],
)
def test_the_category_that_varies_most_decides(make_run, others, code, spread):
    most = max(others)
    predicted = [[value, 1 - most, most - value] for value in others]
    (finding,) = findings_of(
        make_run(kind=Kind.MULTICLASS, observed=["A", "B"], predicted=predicted)
    )
    assert finding.code == code
    assert finding.numbers["spread"] == pytest.approx(spread)
