from __future__ import annotations

import pytest

from dnn_core.checks.finding import NotApplicable, Severity
from dnn_core.checks.gain_over_baselines import judge
from dnn_core.runs.run import Facts, State
from dnn_core.specs import Kind


@pytest.mark.parametrize(
    ("gain", "severity", "title"),
    [
        ((0.030, 0.01, 0.05), Severity.GOOD, "It beats logistic regression."),
        (
            (0.012, -0.008, 0.031),
            Severity.WATCH,
            "It beats logistic regression by too little to tell.",
        ),
        ((-0.01, -0.03, 0.02), Severity.WATCH, "It does not beat logistic regression."),
        ((-0.04, -0.06, -0.01), Severity.PROBLEM, "It does worse than logistic regression."),
    ],
)
def test_speaks_by_where_the_interval_lies(make_run, gain, severity, title):
    (finding,) = judge(make_run(gains={("logistic", "validation"): gain}))
    assert (finding.severity, finding.title) == (severity, title)
    assert finding.measured == "difference in AUC, validation"


def test_figure_and_interval_are_written_out(make_run):
    (finding,) = judge(make_run(gains={("logistic", "validation"): (0.012, -0.008, 0.031)}))
    assert (finding.figure, finding.figure_note) == ("+0.012", "−0.008 to 0.031")


def test_regression_is_compared_by_its_own_figure(make_run):
    run = make_run(kind=Kind.REGRESSION, gains={("linear", "validation"): (0.1, 0.05, 0.15)})
    (finding,) = judge(run)
    assert finding.title == "It beats linear regression."
    assert finding.measured == "difference in R², validation"


def test_names_another_baseline_that_does_better(make_run):
    run = make_run(
        gains={
            ("logistic", "validation"): (0.03, 0.01, 0.05),
            ("boosting", "validation"): (-0.03, -0.05, -0.01),
        }
    )
    facts = run.facts.model_copy(
        update={"baselines": {**run.facts.baselines, "boosting": "Gradient boosting"}}
    )
    run.write("facts.json", Facts.model_dump_json(facts))
    _, finding = judge(run)
    assert (finding.severity, finding.title) == (Severity.WATCH, "Gradient boosting does better.")


@pytest.mark.parametrize(
    "arguments",
    [
        {"network": {"hidden": []}},
        {"gains": {}},
        {"gains": {("logistic", "validation"): (0.1, float("nan"), float("nan"))}},
        {"state": State.FAILED},
    ],
    ids=["linear network", "not computed", "no interval", "no network"],
)
def test_does_not_apply(make_run, arguments):
    with pytest.raises(NotApplicable):
        judge(make_run(**arguments))
