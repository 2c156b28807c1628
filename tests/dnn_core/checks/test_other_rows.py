from __future__ import annotations

import pytest
from scipy.stats import t

from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks import more_cases, other_rows, seed_luck
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.records import State
from tests.dnn_core.checks.conftest import scores_by_fold


def analyse(run, network, logistic, half=None):
    """Keep scores by fold: the network's by seed, the baseline's, and with half the cases."""
    run.analyses.directory.mkdir()
    run.analyses.keep("resampling", scores_by_fold(network, logistic, half))
    return run


def test_a_gain_on_every_fold_is_good(make_run):
    run = analyse(make_run(), lambda f: [0.8 + 0.01 * f] * 2, lambda f: 0.7 + 0.009 * f)
    (finding,) = other_rows.findings_of(run)
    assert finding.severity is Severity.GOOD
    assert finding.title == "It beats logistic regression on other rows, too."
    assert "on 6 of 6 folds" in finding.reason
    assert finding.numbers["gain"] == pytest.approx(0.1 + 0.001 * 2.5)


def test_a_loss_is_a_problem(make_run):
    run = analyse(make_run(), lambda f: [0.6 + 0.01 * f], lambda f: 0.7 + 0.009 * f)
    (finding,) = other_rows.findings_of(run)
    assert finding.severity is Severity.PROBLEM and "does worse" in finding.title


def test_what_scatters_cannot_be_told(make_run):
    run = analyse(make_run(), lambda f: [0.7 + 0.05 * (-1) ** f], lambda f: 0.7)
    (finding,) = other_rows.findings_of(run)
    assert finding.severity is Severity.WATCH and "not distinguishable" in finding.title
    assert "with a power of 80%" in finding.reason


def test_seeds_that_disagree_fire(make_run):
    run = analyse(make_run(), lambda f: [0.69, 0.71], lambda f: 0.7)
    (finding,) = seed_luck.findings_of(run)
    assert finding.numbers["outvoted"] == pytest.approx(0.5)
    assert "depends on the seed" in finding.title


def test_seeds_that_agree_are_silent(make_run):
    assert seed_luck.findings_of(analyse(make_run(), lambda f: [0.72, 0.73], lambda f: 0.7)) == ()


def test_half_of_the_cases_that_do_worse_fire(make_run):
    run = analyse(make_run(), lambda f: [0.8], lambda f: 0.7, lambda f: 0.7 + 0.002 * f)
    (finding,) = more_cases.findings_of(run)
    assert finding.numbers["gain"] == pytest.approx(0.1 - 0.002 * 2.5)


def test_half_of_the_cases_that_do_as_well_are_silent(make_run):
    run = analyse(make_run(), lambda f: [0.8], lambda f: 0.7, lambda f: 0.8 + 0.02 * (-1) ** f)
    assert more_cases.findings_of(run) == ()


@pytest.mark.parametrize("check", [other_rows, seed_luck, more_cases])
def test_without_an_analysis_none_applies(make_run, write_run, tmp_path, check):
    for run in (make_run(), write_run(tmp_path / "failed", state=State.FAILED)):
        with pytest.raises(NotApplicable):
            check.findings_of(run)


def test_one_seed_and_one_size_say_nothing_of_others(make_run):
    run = analyse(make_run(), lambda f: [0.8], lambda f: 0.7)
    for check in (seed_luck, more_cases):
        with pytest.raises(NotApplicable):
            check.findings_of(run)


def _on_folds(make_run, network, logistic, folds: int = 6, half=None, **arguments):
    """A run with scores on so many folds."""
    result = scores_by_fold(network, logistic, half)
    scores, sizes = (result.tables[name] for name in ("scores", "folds"))
    tables = {
        "scores": scores[scores["fold"] < folds].reset_index(drop=True),
        "folds": sizes[sizes["fold"] < folds].reset_index(drop=True),
    }
    return make_run(resampling=AnalysisResult(result.facts, tables), **arguments)


@pytest.mark.parametrize("check", [other_rows, seed_luck, more_cases])
@pytest.mark.parametrize(("folds", "applies"), [(1, False), (2, True)])
def test_it_takes_two_folds(make_run, check, folds, applies):
    run = _on_folds(make_run, lambda f: [0.6, 0.8], lambda f: 0.7, folds, lambda f: 0.6)
    if applies:
        check.findings_of(run)
    else:
        with pytest.raises(NotApplicable, match="has not been evaluated on other rows"):
            check.findings_of(run)


def test_a_network_without_scores_is_not_compared(make_run):
    result = scores_by_fold(lambda f: [0.8], lambda f: 0.7)
    result.tables["scores"] = result.tables["scores"].query("model != 'network'")
    with pytest.raises(NotApplicable, match="has not been evaluated on other rows"):
        other_rows.findings_of(make_run(resampling=result))


def test_a_tie_on_a_fold_is_no_win(make_run):
    run = _on_folds(make_run, lambda f: [0.7 + 0.02 * f], lambda f: 0.7)
    (finding,) = other_rows.findings_of(run)
    assert "It is better on 5 of 6 folds." in finding.reason


def test_no_difference_at_all_is_none_either_way(make_run, write_run, tmp_path):
    same = {"network": lambda f: [0.7 + 0.01 * f], "logistic": lambda f: 0.7 + 0.01 * f}
    (finding,) = other_rows.findings_of(_on_folds(make_run, **same))
    assert (finding.severity, finding.figure) == (Severity.WATCH, "0.000")
    assert "on 0 of 6 folds" in finding.reason


@pytest.mark.parametrize("scale", [1.0, 0.002])
def test_what_would_be_detected_is_that_of_student(make_run, scale):
    # Differences of 0.05 either way: s² = 6/5 · 0.0025. Six folds, 18 rows to 90.
    run = _on_folds(make_run, lambda f: [0.7 + 0.05 * scale * (-1) ** f], lambda f: 0.7)
    error = scale * ((1 / 6 + 18 / 90) * 6 / 5 * 0.0025) ** 0.5
    least = error * (t.ppf(0.975, 5) + t.ppf(0.8, 5))
    decimals = 3 if scale == 1 else 4
    (finding,) = other_rows.findings_of(run)
    assert f"A gain of {least:.{decimals}f} would be detected" in finding.reason


def test_advice_is_for_what_is_not_good(make_run, write_run, tmp_path):
    good = analyse(make_run(), lambda f: [0.8 + 0.01 * f], lambda f: 0.7 + 0.009 * f)
    (finding,) = other_rows.findings_of(good)
    assert (finding.try_text, finding.try_page) == ("", None)
    bad = analyse(write_run(tmp_path / "bad"), lambda f: [0.6 + 0.01 * f], lambda f: 0.7)
    (finding,) = other_rows.findings_of(bad)
    assert (finding.try_text.split(",")[0], finding.try_page) == ("gather more cases", "data")


def test_torn_clusters_do_not_hide_what_is_no_gain(make_run):
    cut = Finding("torn_clusters", Severity.PROBLEM, "T.", "R.", "1", "of 1", "rows, test")
    run = _on_folds(make_run, lambda f: [0.6 + 0.01 * f], lambda f: 0.7, audit=(cut,))
    assert other_rows.findings_of(run)[0].severity is Severity.PROBLEM


@pytest.mark.parametrize(
    ("better", "outvoted"),
    [
        # How many of the seeds beat the baseline on each fold.
        ([1] * 6, None),
        ([4] * 6, None),
        ([5] * 6, None),
        ([2] * 6, 0.4),
        ([3] * 6, 0.4),
        ([1, 1, 1, 1, 1, 2], 1.4 / 6),
        ([0, 5, 2, 3, 2, 3], 1.6 / 6),
    ],
)
def test_one_seed_in_five_may_be_outvoted(make_run, better, outvoted):
    run = _on_folds(
        make_run, lambda f: [0.75] * better[f] + [0.65] * (5 - better[f]), lambda f: 0.7
    )
    found = [finding.numbers["outvoted"] for finding in seed_luck.findings_of(run)]
    assert found == ([] if outvoted is None else [pytest.approx(outvoted)])


def test_the_deviation_over_seeds_is_that_within_folds(make_run):
    # On each fold 0.69 and 0.71: a variance of 2 · 0.0001.
    run = _on_folds(make_run, lambda f: [0.69 + 0.1 * f, 0.71 + 0.1 * f], lambda f: 0.7 + 0.1 * f)
    (finding,) = seed_luck.findings_of(run)
    assert finding.numbers["deviation"] == pytest.approx(0.0002**0.5)
    assert (finding.figure, finding.figure_note) == ("±0.014", "2 seeds on 6 folds")


def test_twice_the_cases_without_any_change_are_no_gain(make_run):
    run = _on_folds(make_run, lambda f: [0.8], lambda f: 0.7, half=lambda f: 0.8)
    assert more_cases.findings_of(run) == ()


@pytest.mark.parametrize("better", [1, 4])
def test_one_in_five_is_not_too_often(make_run, better):
    # Two folds, so that the mean of the shares has no rounding.
    seeds = [0.75] * better + [0.65] * (5 - better)
    run = _on_folds(make_run, lambda f: seeds, lambda f: 0.7, 2)
    assert seed_luck.findings_of(run) == ()
