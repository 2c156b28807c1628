"""The rows of the kinds: complete, and at one with the metrics and the engine's output."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dnn_core.outcome.kinds import CATEGORICAL, NUMERIC, OUTCOMES, outcome_of
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
