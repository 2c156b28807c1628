from __future__ import annotations

import pytest
from statsmodels.stats.proportion import proportion_confint

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.rare_category import findings_of
from dnn_core.runs.records import State
from dnn_core.specs import Kind

COUNTS = {"No": 200, "Yes": 800}


def _answers(result: int, missed: int, yes: int = 300) -> dict[str, list]:
    """Some No found (probability of Yes 0.2) and missed (0.8), all Yes right (0.9)."""
    return {
        "observed": ["No"] * (result + missed) + ["Yes"] * yes,
        "predicted": [0.2] * result + [0.8] * missed + [0.9] * yes,
    }


def test_fires_where_few_of_the_rarest_category_are_found(make_run):
    (finding,) = findings_of(make_run(training_counts=COUNTS, **_answers(32, 46)))
    low, high = proportion_confint(32, 78, method="wilson")
    assert finding.severity is Severity.WATCH
    assert finding.title == "Few cases of “No” are recognised."
    assert finding.reason == "At a threshold of 0.5 the network recognises 32 of 78."
    assert (finding.figure, finding.figure_note) == ("0.41", "0.31 to 0.52")
    assert finding.numbers["low"] == pytest.approx(low)
    assert finding.numbers["high"] == pytest.approx(high)
    assert finding.try_text == "weight the classes, or move the threshold"


def test_is_a_problem_where_hardly_any_is_found(make_run):
    (finding,) = findings_of(make_run(training_counts=COUNTS, **_answers(5, 73)))
    assert finding.severity is Severity.PROBLEM


def test_gives_other_advice_where_classes_are_weighted(make_run):
    run = make_run(training_counts=COUNTS, training={"class_weights": True}, **_answers(32, 46))
    assert findings_of(run)[0].try_text.startswith("gather more cases")


def test_weights_enter_the_share_and_its_interval(make_run):
    answers = _answers(32, 46)
    # The 32 that are found count half: 16 of 62; worth 62² / (32 / 4 + 46) = 71.2 cases.
    weight = [0.5] * 32 + [1.0] * (len(answers["observed"]) - 32)
    (finding,) = findings_of(make_run(training_counts=COUNTS, weight=weight, **answers))
    assert finding.numbers["recall"] == pytest.approx(16 / 62)
    bounds = proportion_confint(16 / 62 * 62**2 / 54, 62**2 / 54, method="wilson")
    assert (finding.numbers["low"], finding.numbers["high"]) == pytest.approx(bounds)


def test_says_that_clusters_are_left_aside(make_run):
    run = make_run(training_counts=COUNTS, task={"cluster": "c"}, **_answers(32, 46))
    assert findings_of(run)[0].measured == "share of “No” recognised, validation, ignoring clusters"


def test_speaks_of_the_test_part_once_it_is_open(make_run):
    run = make_run(training_counts=COUNTS, test_opened=True, **_answers(32, 46))
    assert findings_of(run)[0].measured.endswith("test")


def test_silent_where_most_are_found(make_run):
    assert findings_of(make_run(training_counts=COUNTS, **_answers(50, 28))) == ()


def test_silent_where_other_categories_are_missed_as_often(make_run):
    # A: 12 of 40 found (0.18 to 0.45); the others 44 of 100.
    a, b, c = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]
    run = make_run(
        kind=Kind.MULTICLASS,
        training_counts={"A": 100, "B": 400, "C": 400},
        observed=["A"] * 40 + ["B"] * 100,
        predicted=[a] * 12 + [c] * 28 + [b] * 44 + [c] * 56,
    )
    assert findings_of(run) == ()


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": Kind.REGRESSION, "observed": [1.0, 2.0], "predicted": [1.0, 2.0]},
        {"training_counts": {"No": 450, "Yes": 550}, **_answers(32, 46)},
        {"training_counts": COUNTS, **_answers(3, 6)},
        {"training_counts": COUNTS, **_answers(0, 78)},
        {"state": State.FAILED},
    ],
    ids=["quantity", "balanced", "few cases", "one category predicted", "no network"],
)
def test_does_not_apply(make_run, arguments):
    with pytest.raises(NotApplicable):
        findings_of(make_run(**arguments))
