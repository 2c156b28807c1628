"""Replicate weights: standard errors and intervals by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from dnn_core.evaluation.inference.replicate_weights import (
    Replicated,
    replicate_interval,
    standard_error,
)
from dnn_core.specs import Replicates, Replication

JACKKNIFE = Replicates(columns="w*", method=Replication.JK1)


def test_there_are_none_unless_weights_and_their_method_are_known() -> None:
    weights = np.ones((4, 3))
    assert Replicated.of(None, JACKKNIFE) is None
    assert Replicated.of(weights, None) is None
    assert Replicated.of(None, None) is None
    known = Replicated.of(weights, JACKKNIFE)
    # Of three replicates of the jackknife two thirds.
    assert known is not None and known.factor == pytest.approx(2 / 3)


def test_degrees_of_freedom_are_one_less_than_the_rank() -> None:
    weights = (1 - np.eye(5)) * 5 / 4
    assert Replicated(weights, 1.0).degrees_of_freedom == 4
    # The same replicates twice tell no more.
    assert Replicated(np.hstack([weights, weights]), 1.0).degrees_of_freedom == 4
    assert Replicated(np.ones((5, 3)), 1.0).degrees_of_freedom == 0


def test_the_standard_error_by_hand() -> None:
    # Deviations from 0.5 of -0.1, 0.2 and 0.2: squares sum to 0.09.
    assert standard_error(0.5, np.array([0.4, 0.7, 0.7]), 4.0) == pytest.approx(0.6)


@pytest.mark.parametrize("degrees", [1, 2, 30])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_is_that_of_student(degrees: int, level: float) -> None:
    low, high = replicate_interval(0.5, np.array([0.4, 0.7, 0.7]), 4.0, degrees, level)
    half = t.ppf(1 - (1 - level) / 2, degrees) * 0.6
    assert (low, high) == (pytest.approx(0.5 - half), pytest.approx(0.5 + half))


def test_without_degrees_of_freedom_there_is_none() -> None:
    assert np.isnan(replicate_interval(0.5, np.array([0.4, 0.6]), 1.0, 0, 0.95)).all()
