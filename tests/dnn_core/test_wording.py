"""Counts, titles and numbers within a sentence."""

from __future__ import annotations

import doctest
import math

import pytest

from dnn_core import wording
from dnn_core.outcome.metrics import METRICS
from dnn_core.wording import decimals_to_tell, in_sentence, p_value, plain, plural


def test_the_examples_hold():
    assert doctest.testmod(wording).failed == 0


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 networks"), (1, "1 network"), (2, "2 networks"), (1200, "1,200 networks")],
)
def test_one_is_no_plural(count, words):
    assert plural(count, "network") == words


def test_titles_within_a_sentence_keep_abbreviations_and_persons():
    shown = {in_sentence(metric.title) for metric in METRICS}
    assert {"AUC", "R²", "D²", "RMSE", "F1", "log loss", "mean absolute error"} <= shown
    assert {"Poisson deviance", "Brier score", "Cohen's kappa", "weighted kappa"} <= shown
    assert in_sentence("") == "" and in_sentence("Ridge regression") == "ridge regression"


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "< 0.001"), (0.00099, "< 0.001"), (0.001, "0.001"), (0.5, "0.500"), (math.nan, "")],
)
def test_a_p_value_is_never_nought(p, text):
    assert p_value(p) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-7, "0.0000001"),
        (1e-06, "0.000001"),
        (0.001, "0.001"),
        (0.2, "0.2"),
        (1e6, "1000000"),
        (30.0, "30"),
    ],
)
def test_no_power_of_ten(value, text):
    assert plain(value) == text


def test_digits_until_figures_differ():
    assert decimals_to_tell(0.5911, 0.5914, least=2) == 4
    assert decimals_to_tell(0.2, 0.3, least=2) == 2
    # What differs in the last digit of a float alone is the same.
    assert decimals_to_tell(0.59, 0.59 + 1e-12, least=2) == 2
    assert decimals_to_tell(math.nan, 0.59, least=2) == 2
    # With 0 among them: until the sign is seen.
    assert decimals_to_tell(0.0004, 0.02, 0.0, least=3) == 4
