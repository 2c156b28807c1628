from __future__ import annotations

from pathlib import Path

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks import gain_over_baselines
from dnn_core.checks.baseline_comparison import difference_words, standing_of
from dnn_core.checks.gain_over_baselines import findings_of
from dnn_core.runs.records import Facts, State
from dnn_core.specs import Kind
from tests.dnn_core.checks.conftest import scores_by_fold


@pytest.mark.parametrize(
    ("gain", "severity", "title"),
    [
        ((0.030, 0.01, 0.05), Severity.GOOD, "It beats logistic regression."),
        (
            (0.012, -0.008, 0.031),
            Severity.WATCH,
            "It is not distinguishable from logistic regression.",
        ),
        (
            (-0.01, -0.03, 0.02),
            Severity.WATCH,
            "It is not distinguishable from logistic regression.",
        ),
        ((-0.04, -0.06, -0.01), Severity.PROBLEM, "It does worse than logistic regression."),
    ],
)
def test_speaks_by_where_the_interval_lies(make_run, gain, severity, title):
    (finding,) = findings_of(make_run(gains={("logistic", "validation"): gain}))
    assert (finding.severity, finding.title) == (severity, title)
    assert finding.measured == "difference in AUC from logistic regression, validation"


def test_figure_and_interval_are_written_out(make_run):
    (finding,) = findings_of(make_run(gains={("logistic", "validation"): (0.012, -0.008, 0.031)}))
    assert (finding.figure, finding.figure_note) == ("+0.012", "−0.008 to 0.031")


def test_regression_is_compared_by_its_own_figure(make_run):
    run = make_run(kind=Kind.REGRESSION, gains={("linear", "validation"): (0.1, 0.05, 0.15)})
    (finding,) = findings_of(run)
    assert finding.title == "It beats linear regression."
    assert finding.measured == "difference in R² from linear regression, validation"


BASELINES = {
    "majority": "Most frequent category",
    "reduced": "Logistic regression with 4 predictors",
    "logistic": "Logistic regression with all predictors",
    "boosting": "Gradient boosting",
}
ABOVE, EVEN, BELOW = (0.03, 0.01, 0.05), (0.004, -0.011, 0.019), (-0.03, -0.05, -0.01)
FURTHER_BELOW, LESS_ABOVE = (-0.04, -0.06, -0.02), (0.02, 0.001, 0.04)


def on_baselines(make_run, *gains):
    """A run beside four models, with its gain over each."""
    over = {(name, "validation"): gain for name, gain in zip(BASELINES, gains, strict=True)}
    run = make_run(gains=over)
    facts = run.facts.model_copy(update={"baselines": BASELINES})
    run.write("facts.json", Facts.model_dump_json(facts))
    return run


@pytest.mark.parametrize(
    ("gains", "verdict", "against"),
    [
        # Better than every one of them, or not better.
        ((ABOVE, ABOVE, LESS_ABOVE, ABOVE), "better", "logistic"),
        ((ABOVE, ABOVE, ABOVE, EVEN), "even", "boosting"),
        # The simplest of those that it cannot be told apart from.
        ((ABOVE, EVEN, EVEN, ABOVE), "even", "reduced"),
        ((EVEN, ABOVE, ABOVE, ABOVE), "even", "majority"),
        # What is worse than one model is no draw with another; the best model is named.
        ((ABOVE, EVEN, BELOW, FURTHER_BELOW), "worse", "boosting"),
        ((ABOVE, ABOVE, BELOW, ABOVE), "worse", "logistic"),
    ],
)
def test_standing_on_the_ladder(make_run, gains, verdict, against):
    standing = standing_of(on_baselines(make_run, *gains))
    assert (standing.verdict, standing.against.name) == (verdict, against)
    assert len(standing.baselines) == 4


def test_titles_name_the_model_that_it_is_compared_with(make_run):
    (finding,) = findings_of(on_baselines(make_run, ABOVE, EVEN, EVEN, ABOVE))
    assert finding.title == (
        "It is not distinguishable from logistic regression with 4 predictors."
    )
    assert (finding.figure, finding.figure_note) == ("+0.004", "−0.011 to 0.019")


def test_one_sentence_says_it_with_its_interval(make_run):
    run = on_baselines(make_run, ABOVE, EVEN, EVEN, ABOVE)
    standing = standing_of(run)
    assert standing.against.words == "logistic regression with 4 predictors"
    assert difference_words(run, standing.against.gain) == (
        "difference in AUC 0.004, 95 % interval −0.011 to 0.019"
    )


def test_better_than_all_names_the_one_that_comes_closest(make_run):
    (finding,) = findings_of(on_baselines(make_run, ABOVE, ABOVE, ABOVE, LESS_ABOVE))
    assert (finding.severity, finding.title) == (Severity.GOOD, "It beats every simpler model.")
    assert finding.reason == "All intervals lie above zero; gradient boosting comes closest."


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
        findings_of(make_run(**arguments))


def test_what_cannot_be_told_apart_is_not_tried_until_a_seed_wins(make_run, write_run, tmp_path):
    even = {"gains": {("logistic", "validation"): (0.01, -0.02, 0.04)}}
    (finding,) = findings_of(make_run(**even))
    assert finding.try_text.startswith("ask how robust it is")
    firm = scores_by_fold(lambda fold: [0.71 + 0.01 * fold], lambda fold: 0.72)
    (finding,) = findings_of(write_run(tmp_path / "firm", **even, resampling=firm))
    assert finding.try_text.startswith("rely on the results for other rows and seeds")


def test_no_verdict_advises_another_seed_or_the_model_that_came_out_simpler():
    folder = Path(gain_over_baselines.__file__).parent
    for path in folder.glob("*.py"):
        text = path.read_text("utf-8")
        assert "with another seed" not in text and "report the simpler" not in text, path


@pytest.mark.parametrize("gain", [(-0.02, -0.04, 0.0), (0.02, 0.0, 0.04)])
def test_an_interval_that_ends_at_zero_includes_it(make_run, gain):
    standing = standing_of(make_run(gains={("logistic", "validation"): gain}))
    assert standing.verdict == "even"


def test_chance_is_named_with_an_article(make_run):
    (finding,) = findings_of(on_baselines(make_run, EVEN, ABOVE, ABOVE, ABOVE))
    assert finding.title == "It is not distinguishable from the most frequent category."
