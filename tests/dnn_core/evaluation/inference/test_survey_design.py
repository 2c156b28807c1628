"""The design of a part, of some of its cases, and what is drawn from it."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.prepare import PartData
from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.specs import Replicates, Replication

CLUSTER, STRATA = np.array([1, 1, 2, 3, 4]), np.array(["a", "a", "a", "b", "b"])
WEIGHT = np.array([1.0, 2.0, 0.5, 3.0, 1.0])
REPLICATES = (1 - np.eye(5)) * 5 / 4


def test_cases_without_weights_count_the_same() -> None:
    part = PartData(np.arange(5), np.zeros((5, 1), dtype="float32"), np.zeros(5))
    design = Design.of(part)
    assert design.weight.tolist() == [1.0] * 5
    assert (design.cluster, design.strata, design.replicated) == (None, None, None)
    assert design.degrees == 4


def test_the_design_of_a_part_is_its_own() -> None:
    part = PartData(
        np.arange(5),
        np.zeros((5, 1), dtype="float32"),
        np.zeros(5),
        weight=WEIGHT.astype("float32"),
        cluster=CLUSTER,
        strata=STRATA,
        replicates=REPLICATES,
    )
    design = Design.of(part, Replicates(columns="w*", method=Replication.JK1))
    assert design.weight.tolist() == WEIGHT.tolist()
    assert design.cluster.tolist() == CLUSTER.tolist()
    assert design.strata.tolist() == STRATA.tolist()
    assert design.replicated.factor == pytest.approx(4 / 5)
    assert Design.of(part).replicated is None


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
