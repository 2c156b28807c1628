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


@pytest.mark.parametrize(("rare", "applies"), [(399, True), (400, False)])
def test_two_in_five_are_not_rare(make_run, rare, applies):
    run = make_run(training_counts={"No": rare, "Yes": 1000 - rare}, **_answers(32, 46))
    if applies:
        assert len(findings_of(run)) == 1
    else:
        with pytest.raises(NotApplicable, match="No category is rare"):
            findings_of(run)


def test_of_three_categories_each_would_have_a_third(make_run):
    # 0.8 / 3 is 26.7 %.
    answers = {"observed": ["A"] * 40 + ["B"] * 100}
    answers["predicted"] = [[0.8, 0.1, 0.1]] * 4 + [[0.1, 0.8, 0.1]] * 136
    counts = {"A": 266, "B": 367, "C": 367}
    (finding,) = findings_of(make_run(kind=Kind.MULTICLASS, training_counts=counts, **answers))
    assert finding.reason == "The network recognises 4 of 40."
    assert finding.try_text == "weight the classes, or merge it with another category"


def test_ten_cases_are_enough(make_run):
    (finding,) = findings_of(make_run(training_counts=COUNTS, **_answers(1, 9)))
    assert (finding.numbers["found"], finding.numbers["cases"]) == (1, 10)


@pytest.mark.parametrize(
    ("found", "missed", "severity"),
    [
        # Wilson: to 0.14, to 0.24, to 0.26, to 0.52; one half is not fewer than half.
        (5, 73, Severity.PROBLEM),
        (12, 66, Severity.PROBLEM),
        (13, 65, Severity.WATCH),
        (32, 46, Severity.WATCH),
        (39, 39, None),
        (38, 40, Severity.WATCH),
    ],
)
def test_severity_by_the_upper_end_of_the_interval(make_run, found, missed, severity):
    high = proportion_confint(found, found + missed, method="wilson")[1]
    assert (high < 0.25) is (severity is Severity.PROBLEM)
    found_at = findings_of(make_run(training_counts=COUNTS, **_answers(found, missed)))
    assert [finding.severity for finding in found_at] == ([severity] if severity else [])


@pytest.mark.parametrize("weightless", ["No", "Yes"])
def test_a_category_without_weight_is_not_judged(make_run, weightless):
    answers = _answers(32, 46)
    weight = [float(label != weightless) for label in answers["observed"]]
    with pytest.raises(NotApplicable, match="no weight"):
        findings_of(make_run(training_counts=COUNTS, weight=weight, **answers))


def test_single_cases_without_weight_are_as_if_they_were_not_there(make_run, write_run, tmp_path):
    answers = _answers(32, 46)
    weight = [0.0] * 10 + [1.0] * (len(answers["observed"]) - 11) + [0.0]
    (finding,) = findings_of(make_run(training_counts=COUNTS, weight=weight, **answers))
    fewer = _answers(22, 46, 299)
    (same,) = findings_of(write_run(tmp_path / "fewer", training_counts=COUNTS, **fewer))
    assert finding.numbers["recall"] == pytest.approx(same.numbers["recall"])
    assert finding.numbers["high"] == pytest.approx(same.numbers["high"])
