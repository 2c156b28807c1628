"""The rows of the kinds: complete, and at one with the metrics and the engine's output."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import mean_tweedie_deviance

from dnn_core.outcome.kinds import CATEGORICAL, NUMERIC, OUTCOMES, outcome_of
from dnn_core.outcome.losses import number_losses
from dnn_core.outcome.metrics import METRICS, main_metric, metric, metrics_of
from dnn_core.outcome.row import Domain, Link
from dnn_core.specs import Kind


def test_every_kind_has_a_row_of_its_own() -> None:
    assert list(OUTCOMES) == list(Kind)
    assert {*NUMERIC, *CATEGORICAL} == set(Kind)
    assert len({outcome.noun for outcome in OUTCOMES.values()}) == len(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_metrics_that_a_row_names_fit_its_kind(kind: Kind) -> None:
    outcome, fitting = outcome_of(kind), {one.name for one in metrics_of(kind)}
    named = {outcome.main, outcome.loss_metric, outcome.ranking, outcome.group_metric}
    assert named <= fitting
    assert outcome.calibration_metric in ({""} if kind.numeric else fitting)
    assert main_metric(kind).higher_is_better
    # What is learnt, and what tells configurations apart, is an error.
    assert not metric(outcome.loss_metric).higher_is_better
    assert not metric(outcome.ranking).higher_is_better


@pytest.mark.parametrize("kind", list(Kind))
def test_a_row_says_what_its_sort_of_outcome_needs(kind: Kind) -> None:
    outcome = outcome_of(kind)
    assert outcome.is_categorical is not kind.numeric
    assert (outcome.variance_power is None) is outcome.is_categorical
    assert bool(outcome.boosting_loss) is kind.numeric
    assert bool(outcome.learnt_as) is kind.numeric
    assert bool(outcome.keras_loss) is not bool(outcome.keras_formula)
    # A logarithm has no room for a mean that is subtracted.
    assert outcome.mean_divided is (outcome.link is Link.LOG)
    assert bool(outcome.domain_words) is (outcome.domain is not Domain.ANY)
    assert bool(outcome.remedy) is (outcome.domain is not Domain.ANY)
    assert list(outcome.levels) == sorted(outcome.levels, reverse=True)


def test_levels_are_those_of_the_literature() -> None:
    # f² of a medium and a large effect (Cohen 1988) as shares of variance, f² / (1 + f²), and half.
    explained = tuple(round(share, 2) for share in (0.5, 0.35 / 1.35, 0.15 / 1.15))
    for kind in NUMERIC:
        assert outcome_of(kind).levels == explained
    # Hosmer and others (2013): from 0.7 acceptable, from 0.8 excellent. Landis and Koch (1977):
    # from 0.2 fair, from 0.4 moderate, from 0.6 substantial. Quarters of the errors avoided.
    assert outcome_of(Kind.BINARY).levels == (0.8, 0.7, 0.6)
    assert outcome_of(Kind.ORDINAL).levels == (0.6, 0.4, 0.2)
    assert outcome_of(Kind.MULTICLASS).levels == (0.75, 0.5, 0.25)
    assert [kind for kind in Kind if outcome_of(kind).levels_of_errors] == [Kind.MULTICLASS]


@pytest.mark.parametrize("kind", NUMERIC)
def test_deviances_are_those_of_the_power_of_the_variance(kind: Kind) -> None:
    rng = np.random.default_rng(1)
    y, predicted = rng.integers(1, 9, 50) + 0.0, rng.gamma(2.0, 2.0, 50)
    outcome = outcome_of(kind)
    assert outcome.variance_power is not None
    expected = mean_tweedie_deviance(y, predicted, power=outcome.variance_power)
    assert number_losses(outcome, y, predicted).mean() == pytest.approx(expected)
    # Boosted trees minimise the same.
    names = {0: "squared_error", 1: "poisson", 2: "gamma"}
    assert outcome.boosting_loss == names[int(outcome.variance_power)]


@pytest.mark.parametrize(
    ("kind", "noun", "phrase", "unknown", "keras"),
    [
        (Kind.BINARY, "outcome has two categories", "outcome with two categories", "chance", "auc"),
        (
            Kind.MULTICLASS,
            "outcome has several categories",
            "outcome with several categories",
            "chance",
            "accuracy",
        ),
        (Kind.COUNT, "outcome is a count", "outcome is a count", "the mean alone", "d2"),
    ],
)
def test_the_words_of_a_row(kind: Kind, noun: str, phrase: str, unknown: str, keras: str) -> None:
    outcome = outcome_of(kind)
    assert outcome.outcome_words == noun
    assert outcome.outcome_phrase == phrase
    assert outcome.nothing_known == unknown
    assert outcome.keras_metric_name == keras


def test_keras_has_an_accuracy_for_ordered_categories_and_no_kappa() -> None:
    assert outcome_of(Kind.ORDINAL).keras_metric_name == "accuracy"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.REGRESSION, "outcome is a quantity"),
        (Kind.BINARY, "outcome has two categories"),
        (Kind.COUNT, "outcome is a count"),
    ],
)
def test_the_noun_stands_within_a_sentence(kind: Kind, words: str) -> None:
    assert outcome_of(kind).outcome_words == words


def test_every_metric_is_declared_once() -> None:
    names = [one.name for one in METRICS]
    assert len(set(names)) == len(names)


def test_rows_are_read_before_anything_heavy_is_loaded() -> None:
    code = "import sys, dnn_core.outcome.kinds; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert not {"numpy", "scipy", "pandas", "sklearn", "keras"} & set(done.stdout.split())
