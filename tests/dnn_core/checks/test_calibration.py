from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.calibration import MARGIN, _Figure, findings_of
from dnn_core.evaluation.inference.intervals import Estimate
from dnn_core.runs.records import State
from dnn_core.specs import Kind

TORN = Finding(
    code="torn_clusters",
    severity=Severity.PROBLEM,
    title="Rows of the same “town” are in training and in evaluation.",
    reason="They do.",
    figure="100%",
    figure_note="5,000 of 5,000 rows",
    measured="rows whose cluster is learned from, test",
)


def _drawn(cases: int, slope: float = 1.0, intercept: float = 0.0, seed: int = 2, **more) -> dict:
    """Outcomes whose true logits are `intercept` plus `slope` times those that are claimed."""
    random = np.random.default_rng(seed)
    linear = random.normal(-0.3, 1.0, cases)
    happened = random.random(cases) < expit(intercept + slope * linear)
    observed = np.where(happened, "Yes", "No")
    return {"observed": observed, "predicted": expit(linear), **more}


def _verdict(run) -> str:
    try:
        return "".join(finding.code for finding in findings_of(run))
    except NotApplicable as reason:
        return "cannot be confirmed" if "cannot be confirmed" in reason.reason else reason.reason


def test_praises_probabilities_that_are_shown_to_hold(make_run):
    (finding,) = findings_of(make_run(**_drawn(5000)))
    assert (finding.code, finding.severity) == ("calibrated", Severity.GOOD)
    assert finding.numbers["high"] < MARGIN
    # The figure is the one that Diagnose shows, with its interval.
    assert finding.figure_note.endswith(f"to {finding.numbers['high']:.3f}")


def test_one_figure_for_one_thing(make_run):
    run = make_run(**_drawn(5000))
    shown = run.calibration.set_index("figure").loc["error", ["value", "low", "high"]]
    (finding,) = findings_of(run)
    assert list(finding.numbers.values()) == list(shown)


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        ({"slope": 0.6}, "They are too far apart: slope 0."),
        ({"slope": 1.6}, "They are too close together: slope 1."),
        ({"intercept": 0.5}, "They are too low on the whole: intercept 0."),
        ({"intercept": -0.5}, "They are too high on the whole: intercept −0."),
    ],
)
@pytest.mark.parametrize("cases", [1000, 5000])
def test_watches_probabilities_that_are_off(make_run, truth, words, cases):
    (finding,) = findings_of(make_run(**_drawn(cases, **truth)))
    assert (finding.code, finding.severity) == ("uncalibrated", Severity.WATCH)
    assert finding.reason.startswith(words)


def test_a_slope_far_from_1_is_told_even_where_shares_hardly_differ(make_run):
    # Claimed logits vary so little that they are off by two points on average.
    random = np.random.default_rng(4)
    linear = random.normal(0, 0.25, 8000)
    observed = np.where(random.random(8000) < expit(0.4 * linear), "Yes", "No")
    (finding,) = findings_of(make_run(observed=observed, predicted=expit(linear)))
    assert finding.numbers["high"] < MARGIN
    assert finding.code == "uncalibrated" and "slope" in finding.reason


@pytest.mark.simulation
def test_of_few_cases_nothing_is_praised(write_run, tmp_path):
    said = Counter()
    for seed in range(16):
        for cases in (60, 120, 400):
            run = write_run(tmp_path / f"{cases}-{seed}", **_drawn(cases, seed=seed))
            said[_verdict(run)] += 1
    assert said["calibrated"] == 0
    assert said["It takes 100 cases to evaluate probabilities; the validation part has 60."] == 16
    # Perfect probabilities are warned of in about one of twenty samples.
    assert said["uncalibrated"] <= 5
    assert said["cannot be confirmed"] >= 27


def test_weights_and_clusters_are_in_the_interval(make_run, write_run, tmp_path):
    drawn = _drawn(5000)
    (alone,) = findings_of(make_run(**drawn))
    # A few cases carry most of the weight: they are worth a tenth.
    weight = np.where(np.arange(5000) % 20 == 0, 20.0, 0.1)
    with pytest.raises(NotApplicable, match="cannot be confirmed"):
        findings_of(write_run(tmp_path / "weighted", **drawn, weight=weight))
    # Every answer stands ten times in the file: 500 people are no 5,000.
    ten = {name: np.repeat(values[:500], 10) for name, values in drawn.items()}
    people = np.repeat(np.arange(500), 10)
    run = write_run(tmp_path / "people", **ten, cluster=people, task={"cluster": "person"})
    with pytest.raises(NotApplicable, match="cannot be confirmed"):
        findings_of(run)
    error = run.calibration.set_index("figure").loc["error"]
    assert error["high"] - error["value"] > 2 * (alone.numbers["high"] - alone.numbers["error"])


def test_rows_of_the_same_clusters_on_both_sides_are_no_evidence(make_run):
    with pytest.raises(NotApplicable, match="share clusters"):
        findings_of(make_run(**_drawn(5000), audit=(TORN,)))


def test_names_class_weights_as_what_shifts_them(make_run):
    run = make_run(training={"class_weights": True}, **_drawn(1000, intercept=0.8))
    (finding,) = findings_of(run)
    assert "weighting the classes" in finding.reason
    assert finding.try_text.startswith("train without class weights")


def test_of_several_categories_judges_the_most_probable(make_run):
    # Always 80 % sure, of A or of B, and right in 80 of 100; the others are as often C as each
    # other, as was said.
    half = ["A"] * 1600 + ["B"] * 200 + ["C"] * 200
    other = ["B"] * 1600 + ["A"] * 200 + ["C"] * 200
    run = make_run(
        kind=Kind.MULTICLASS,
        observed=half + other,
        predicted=[[0.8, 0.1, 0.1]] * 2000 + [[0.1, 0.8, 0.1]] * 2000,
    )
    (finding,) = findings_of(run)
    assert finding.code == "calibrated"
    assert finding.numbers["error"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"kind": Kind.REGRESSION, "observed": [1.0, 2.0], "predicted": [1.0, 2.0]}, "quantity"),
        (_drawn(99), "takes 100 cases"),
        (
            _drawn(400),
            "cannot be confirmed: with the cases of the validation part, probabilities "
            "may be off by",
        ),
        ({"observed": ["Yes", "No"] * 200, "predicted": [0.5] * 400}, "the same"),
        ({"state": State.FAILED}, "no trained network"),
    ],
    ids=["quantity", "few cases", "chance explains", "all the same", "no network"],
)
def test_does_not_apply(make_run, arguments, why):
    with pytest.raises(NotApplicable, match=why):
        findings_of(make_run(**arguments))


def test_a_figure_that_is_off_does_not_look_right():
    # To two digits the slope would be 1.00 where 1 would be right.
    slope = _Figure("", Estimate(0.9961, 0.9932, 0.9989))
    assert slope.words(1) == "0.996 (0.993 to 0.999) where 1 would be right"
    intercept = _Figure("Dole", Estimate(-0.31, -0.42, -0.2))
    assert intercept.words(0) == "−0.31 (−0.42 to −0.20) of “Dole” where 0 would be right"


CLOSE = ("error", "", 0.02, 0.0, 0.04)
"""A calibration error that is surely small."""
OPEN = ("error", "", 0.03, 0.0, 0.06)
"""One that may be large, or nothing."""
CANNOT = "cannot be confirmed"


def _kept(make_run, *figures, **arguments):
    """A run of 100 cases that kept these figures, and others that say the opposite of all."""
    run = make_run(**_drawn(100), **arguments)
    rows = [("learnt", "validation", *row) for row in figures]
    wrong = [("error", "", 0.5, 0.4, 0.6), ("slope", "", 9.0, 8.0, 9.9)]
    rows += [("learnt", "training", *row) for row in wrong]
    rows += [("isotonic", "validation", *row) for row in wrong]
    rows += [("learnt", "validation", "error_by_chance", "", 0.5, 0.4, 0.6)]
    names = ("version", "part", "figure", "category", "value", "low", "high")
    kept = json.loads((run.directory / "metrics.json").read_text("utf-8"))
    kept["calibration"] = [dict(zip(names, row, strict=True)) for row in rows]
    run.write("metrics.json", json.dumps(kept))
    return run


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        ((0.02, 0.0, 0.0499), "calibrated"),
        ((0.02, 0.0, 0.05), CANNOT),
        ((0.03, 0.02, 0.06), CANNOT),
        ((0.03, 0.021, 0.06), "uncalibrated"),
        # Surely small, and surely not nothing.
        ((0.03, 0.021, 0.04), "uncalibrated"),
        ((0.03, 0.02, 0.04), "calibrated"),
    ],
)
def test_the_error_is_small_or_not_negligible_by_its_interval(make_run, error, verdict):
    assert _verdict(_kept(make_run, ("error", "", *error))) == verdict


def test_the_error_has_three_digits(make_run):
    (finding,) = findings_of(_kept(make_run, CLOSE))
    assert (finding.figure, finding.figure_note) == ("0.020", "0.000 to 0.040")


@pytest.mark.parametrize("others", [0, 1, 3])
@pytest.mark.parametrize(
    ("of", "value", "limit", "error"),
    [
        ("slope", 0.6, 0.8, CLOSE),
        ("slope", 1.5, 1.25, CLOSE),
        ("slope", 0.6, 1.0, OPEN),
        ("slope", 1.5, 1.0, OPEN),
        ("intercept", 0.4, 0.0, OPEN),
        ("intercept", -0.4, 0.0, OPEN),
    ],
)
@pytest.mark.parametrize(("scale", "fires"), [(0.99, True), (1.01, False)])
def test_all_slopes_and_intercepts_share_the_probability_of_an_error(
    make_run, others, of, value, limit, error, scale, fires
):
    # Each 95 % interval is stretched to that of Bonferroni, of as many as there are.
    stretched = norm.isf(0.05 / 2 / (1 + others)) / norm.isf(0.025)
    half = abs(limit - value) / stretched * scale
    figures = [("slope", f"c{n}", 1.0, 0.9, 1.1) for n in range(others - 1)]
    figures += [("intercept", "d", 0.0, -0.1, 0.1)][:others]
    verdict = "calibrated" if error is CLOSE else CANNOT
    run = _kept(make_run, error, (of, "", value, value - half, value + half), *figures)
    assert _verdict(run) == ("uncalibrated" if fires else verdict)


@pytest.mark.parametrize(
    ("of", "limit", "error", "verdict"),
    [
        ("slope", 0.8, CLOSE, "calibrated"),
        ("slope", 1.25, CLOSE, "calibrated"),
        ("slope", 1.0, OPEN, CANNOT),
        ("intercept", 0.0, OPEN, CANNOT),
    ],
)
def test_what_lies_at_its_limit_is_not_beyond_it(make_run, of, limit, error, verdict):
    assert _verdict(_kept(make_run, error, (of, "", limit, limit, limit))) == verdict


def test_an_intercept_is_not_told_where_shares_hardly_differ(make_run):
    run = _kept(make_run, CLOSE, ("intercept", "", 0.3, 0.2, 0.4))
    assert _verdict(run) == "calibrated"


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        # As far from 1, or from 0, as any.
        (
            [("slope", "A", 0.6), ("slope", "B", 1.3)],
            "too far apart: slope 0.60 (0.55 to 0.65) of “A”",
        ),
        (
            [("slope", "A", 0.75), ("slope", "B", 1.6)],
            "too close together: slope 1.60 (1.55 to 1.65) of “B”",
        ),
        (
            [("intercept", "A", 0.3), ("intercept", "B", -0.5)],
            "too high on the whole: intercept −0.50",
        ),
        (
            [("intercept", "A", 0.5), ("intercept", "B", -0.3)],
            "too low on the whole: intercept 0.50",
        ),
        # A slope says more than an intercept.
        ([("intercept", "A", 0.9), ("slope", "B", 0.9)], "too far apart: slope 0.90"),
        ([("slope", "", 0.9)], "slope 0.90 (0.85 to 0.95) where 1 would be right"),
        ([], "In groups of similar predictions, predicted and observed shares differ"),
    ],
)
def test_the_most_obvious_evidence_is_told(make_run, figures, words):
    rows = [(*figure, figure[2] - 0.05, figure[2] + 0.05) for figure in figures]
    (finding,) = findings_of(_kept(make_run, ("error", "", 0.08, 0.03, 0.12), *rows))
    assert words in finding.reason
    assert "weighting the classes" not in finding.reason


def test_figures_without_an_interval_are_left_aside(make_run):
    run = _kept(make_run, CLOSE, ("slope", "", 3.0, None, None), ("slope", "", None, None, None))
    assert _verdict(run) == "calibrated"


@pytest.mark.parametrize("error", [[], [("error", "", 0.02, None, None)]])
def test_does_not_apply_without_an_error(make_run, error):
    with pytest.raises(NotApplicable, match="calibration error has no interval"):
        findings_of(_kept(make_run, *error, ("slope", "", 0.5, 0.4, 0.6)))
