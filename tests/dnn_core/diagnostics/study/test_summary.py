"""The sentence about a study."""

from __future__ import annotations

import pytest

from dnn_core.diagnostics.study.summary import Corrected, how_corrected, summarise
from dnn_core.outcome.metrics import metric
from dnn_core.runs.analysis_result import AnalysisResult


def said(measure="log_loss", **facts):
    known = {"trials": 50, "near": 4, "best": 3, "simplest": 7, "given_up": 0}
    known |= {"gain_low": None, "gain_high": None, "networks": 1, **facts}
    return summarise(AnalysisResult(known), metric(measure))


def test_those_as_good_as_the_best_are_counted_and_the_simplest_is_named():
    assert said() == (
        "Of 50 configurations 4 are within one standard error of the best log loss; the simplest "
        "of them is number 7."
    )
    assert said(simplest=3).endswith("; none of them is simpler than the best.")
    assert said(near=1) == "Of 50 configurations one stands out."
    assert "nothing to choose from" in said(trials=1)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.02, "the best is better than the current experiment"),
        (-0.01, 0.02, "the best is not distinguishable from the current experiment"),
        (-0.02, -0.01, "the current experiment is the better one"),
    ],
)
def test_what_is_gained_follows_the_interval(low, high, words):
    assert said(gain_low=low, gain_high=high).endswith(f"After correcting for the choice, {words}.")


def test_what_the_search_is_worth_is_said_of_a_nested_study():
    nested = {"main": "auc", "main_nested": 0.7123, "main_nested_low": 0.66}
    words = said(**nested, main_nested_high=0.7544)
    assert words.endswith(
        "On rows that the search did not use, its choice has AUC 0.712 (0.660 to 0.754)."
    )
    assert "did not know" not in said()


def test_those_given_up_early_are_counted_and_nothing_is_claimed_of_them():
    words = said(given_up=95, gain_low=0.01, gain_high=0.02)
    assert words.startswith("Of 50 configurations 4 are")
    assert words.endswith(
        "95 more were given up early; the figure is not corrected for having chosen among those."
    )


ALONE = {"trials": 1, "near": 1}


@pytest.mark.parametrize(
    ("facts", "corrected"),
    [
        ({"trials": 50, "given_up": 0}, Corrected.WHOLE),
        ({"trials": 50, "given_up": 95}, Corrected.PART),
        ({"trials": 1, "given_up": 95}, Corrected.NOT),
        ({"trials": 1, "given_up": 0}, Corrected.NOT),
    ],
)
def test_how_far_figures_are_corrected(facts, corrected):
    assert how_corrected(facts) is corrected
    words = said(**facts, near=1, gain_low=0.01, gain_high=0.02)
    assert ("After correcting for the choice" in words) == (corrected is not Corrected.NOT)


def test_a_correction_among_some_claims_nothing_of_the_others():
    words = said(trials=5, near=1, given_up=95, gain_low=0.01, gain_high=0.02)
    assert words == (
        "Of 5 configurations one stands out. After correcting for the choice among the 5 "
        "evaluated on all folds, the best is better than the current experiment. 95 more were "
        "given up early; the figure is not corrected for having chosen among those."
    )


def test_where_one_is_left_nothing_is_said_to_be_corrected():
    assert said(**ALONE, given_up=1, gain_low=0.01, gain_high=0.02) == (
        "One configuration was evaluated on all folds. It is better than the current experiment. "
        "One more was given up early, and the figure is not corrected for having chosen this one."
    )
    words = said(**ALONE, given_up=2, gain_low=-0.01, gain_high=0.02)
    assert "It is not distinguishable from the current experiment. 2 more were given up" in words
    words = said(**ALONE, given_up=2, gain_low=-0.02, gain_high=-0.01)
    assert "folds. The current experiment is the better one. 2 more" in words


def test_that_one_network_stands_for_several_is_said():
    gain = {"gain_low": 0.01, "gain_high": 0.02}
    assert said(networks=5, **gain).endswith(
        "the best is better than the current experiment. Both are evaluated with one network "
        "each. A run averages 5, so its figures differ."
    )
    assert "one network each" not in said(networks=1, **gain) + said(networks=5)


def test_a_person_keeps_the_capital():
    assert "of the best Poisson deviance" in said("deviance")
