"""The sentence about a study."""

from __future__ import annotations

import pytest

from dnn_core.diagnostics.study_summary import in_sentence, summarise
from dnn_core.evaluation.metrics import METRICS, metric
from dnn_core.runs.found import Found


def said(**facts):
    known = {"trials": 50, "near": 4, "best": 3, "simplest": 7, "given_up": 0}
    known |= {"gain_low": None, "gain_high": None, **facts}
    return summarise(Found(known), metric("log_loss"))


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
        (-0.01, 0.02, "the best cannot be told from the current experiment"),
        (-0.02, -0.01, "the current experiment is the better one"),
    ],
)
def test_what_is_gained_follows_the_interval(low, high, words):
    assert said(gain_low=low, gain_high=high).endswith(f"After correcting for the choice, {words}.")


def test_what_the_search_is_worth_is_said_of_a_nested_study():
    nested = {"main": "auc", "main_nested": 0.7123, "main_nested_low": 0.66}
    words = said(**nested, main_nested_high=0.7544)
    assert words.endswith(
        "On rows that the search did not know, what it picks has AUC 0.712 (0.660 to 0.754)."
    )
    assert "did not know" not in said()


def test_those_given_up_early_are_counted_and_nothing_is_claimed_of_them():
    words = said(given_up=95, gain_low=0.01, gain_high=0.02)
    assert words.startswith("Of 50 configurations 4 are")
    assert words.endswith(
        "95 more were given up early; for having chosen among those, nothing is corrected."
    )
    alone = said(trials=1, near=1, given_up=1, gain_low=0.01, gain_high=0.02)
    assert alone.startswith("One configuration was judged on the whole. After correcting")
    assert "One more was given up early" in alone


def test_abbreviations_keep_their_capitals():
    shown = {in_sentence(one) for one in METRICS}
    assert {"AUC", "R²", "RMSE", "F1", "log loss", "mean absolute error"} <= shown
