"""A design of some cases, and where its resamples and degrees of freedom come from."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.prepare import PartData
from dnn_core.evaluation.inference.replicate_weights import (
    Replicated,
    replicate_interval,
    standard_error,
)
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.specs import Replicates, Replication

JACKKNIFE = Replicates(columns="w*", method=Replication.JK1)


def part(**design: np.ndarray) -> PartData:
    return PartData(np.arange(4), np.zeros((4, 1)), np.zeros(4), **design)


def test_cases_without_weights_count_the_same() -> None:
    design = Design.of(part())
    assert design.weight.tolist() == [1.0] * 4
    assert design.replicated is None
    assert design.degrees == 3


def test_weights_clusters_strata_and_replicates_are_taken_over() -> None:
    weight = np.array([0.5, 1.0, 1.5, 1.0], dtype="float32")
    replicates = ((1 - np.eye(4)) * 4 / 3).astype("float32")
    given = part(
        weight=weight,
        cluster=np.array([1, 1, 2, 3]),
        strata=np.array(["a", "a", "b", "b"]),
        replicates=replicates,
    )
    plain = Design.of(given)
    assert plain.replicated is None
    assert plain.weight.dtype == np.float64
    assert plain.units.stratum.tolist() == [0, 0, 0]
    assert plain.degrees == 2
    design = Design.of(given, JACKKNIFE)
    assert design.replicated is not None
    # (R - 1) / R of four replicates, and a rank of four less 1.
    assert design.replicated.factor == 0.75
    assert design.degrees == 3
    (weights,) = design.weightings(7, seed=1)
    assert (weights == replicates).all()
    some = design.take(np.array([True, False, True, True]))
    assert some.weight.tolist() == [0.5, 1.5, 1.0]
    assert some.cluster.tolist() == [1, 2, 3]
    assert some.strata.tolist() == ["a", "b", "b"]
    assert some.replicated.factor == 0.75
    assert (some.replicated.weights == replicates[[0, 2, 3]]).all()
    assert part().replicates is None and Design.of(part(), JACKKNIFE).replicated is None


def test_resamples_without_replicate_weights_are_a_bootstrap() -> None:
    design = Design(np.array([1.0, 3.0]))
    drawn = np.concatenate(list(design.weightings(30, seed=1)), axis=1)
    assert {tuple(column) for column in drawn.T} == {(2.0, 0.0), (0.0, 6.0)}


def test_standard_errors_of_replicates_by_hand() -> None:
    # 0.5 (0.1² + 0.2²) = 0.025.
    replicates = np.array([0.6, 0.3])
    assert standard_error(0.5, replicates, 0.5) == pytest.approx(np.sqrt(0.025))
    # Student's t with one degree of freedom is 12.7062, with two 2.9200 for 90 %.
    low, high = replicate_interval(0.5, replicates, 0.5, 1, 0.95)
    assert high - 0.5 == pytest.approx(12.7062 * np.sqrt(0.025), rel=1e-5)
    assert 0.5 - low == pytest.approx(high - 0.5)
    assert replicate_interval(0.5, replicates, 0.5, 2, 0.9)[1] == pytest.approx(
        0.5 + 2.92 * np.sqrt(0.025), rel=1e-4
    )
    assert np.isnan(replicate_interval(0.5, replicates, 0.5, 0, 0.95)).all()


def test_degrees_of_freedom_are_the_rank_less_one() -> None:
    # The third replicate is the mean of the others.
    weights = np.array([[2.0, 0.0, 1.0], [0.0, 2.0, 1.0], [2.0, 0.0, 1.0]])
    assert Replicated(weights, 1.0).degrees_of_freedom == 1


CLUSTER, STRATA = np.array([1, 1, 2, 3, 4]), np.array(["a", "a", "a", "b", "b"])
WEIGHT = np.array([1.0, 2.0, 0.5, 3.0, 1.0])
REPLICATES = (1 - np.eye(5)) * 5 / 4


@pytest.mark.parametrize(
    "chosen", [np.array([True, False, True, False, True]), np.array([0, 2, 4])]
)
def test_some_of_the_cases(chosen: np.ndarray) -> None:
    whole = Design(WEIGHT, CLUSTER, STRATA, Replicated(REPLICATES, 0.8))
    some = whole.take(chosen)
    assert some.weight.tolist() == [1.0, 0.5, 1.0]
    assert some.cluster.tolist() == [1, 2, 4]
    assert some.strata.tolist() == ["a", "a", "b"]
    assert np.array_equal(some.replicated.weights, REPLICATES[[0, 2, 4]])
    assert some.replicated.factor == 0.8
    plain = Design(WEIGHT).take(chosen)
    assert (plain.cluster, plain.strata, plain.replicated) == (None, None, None)


def test_degrees_are_clusters_less_strata_or_those_of_the_replicates() -> None:
    assert Design(WEIGHT).degrees == 4
    assert Design(WEIGHT, CLUSTER).degrees == 3
    assert Design(WEIGHT, CLUSTER, STRATA).degrees == 2
    few = Replicated(REPLICATES[:, :2], 0.5)
    assert Design(WEIGHT, CLUSTER, STRATA, few).degrees == 1


def test_replicates_take_the_place_of_resamples() -> None:
    design = Design(WEIGHT, CLUSTER, STRATA, Replicated(REPLICATES, 0.8))
    (weights,) = design.weightings(50, 1)
    assert np.array_equal(weights, REPLICATES)
    (weights,) = Design(WEIGHT, CLUSTER, STRATA).weightings(50, 1)
    assert weights.shape == (5, 50)
    # Within a stratum of two clusters one is drawn twice.
    assert set(np.unique(weights[3] / 3)) == {0.0, 2.0}
