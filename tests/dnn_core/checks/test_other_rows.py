from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks import more_cases, other_rows, seed_luck
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
