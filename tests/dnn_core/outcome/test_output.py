"""What follows from the kind of task."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.outcome.losses import category_probabilities
from dnn_core.outcome.metrics import main_metric
from dnn_core.outcome.output import Output, output_of
from dnn_core.specs import Kind


@pytest.mark.parametrize(
    ("kind", "classes", "expected"),
    [
        (Kind.REGRESSION, 0, Output(1, "linear", "mse")),
        (Kind.BINARY, 2, Output(1, "sigmoid", "binary_crossentropy")),
        (Kind.MULTICLASS, 10, Output(10, "softmax", "sparse_categorical_crossentropy")),
        (Kind.ORDINAL, 5, Output(5, "cumulative", "sparse_categorical_crossentropy")),
        (Kind.COUNT, 0, Output(1, "exponential", "poisson")),
        (Kind.AMOUNT, 0, Output(1, "exponential", "gamma")),
    ],
)
def test_output_of(kind: Kind, classes: int, expected: Output) -> None:
    assert output_of(kind, classes) == expected


@pytest.mark.parametrize(
    ("kind", "name", "chance"),
    [
        (Kind.REGRESSION, "r2", 0.0),
        (Kind.BINARY, "auc", 0.5),
        (Kind.MULTICLASS, "accuracy", None),
        (Kind.ORDINAL, "qwk", 0.0),
        (Kind.COUNT, "d2", 0.0),
        (Kind.AMOUNT, "d2", 0.0),
    ],
)
def test_main_metric(kind: Kind, name: str, chance: float | None) -> None:
    metric = main_metric(kind)
    assert (metric.name, metric.chance_value, metric.higher_is_better) == (name, chance, True)


def test_thresholds_begin_where_all_categories_are_equally_frequent() -> None:
    biases = np.array(output_of(Kind.ORDINAL, 4).starting_biases())
    assert category_probabilities(biases[np.newaxis]) == pytest.approx(np.full((1, 4), 0.25))
    assert output_of(Kind.MULTICLASS, 4).starting_biases() == (0.0,) * 4
    assert output_of(Kind.BINARY, 2).starting_biases() == (0.0,)


@pytest.mark.parametrize(
    ("kind", "classes", "raw", "scores"),
    [
        (Kind.ORDINAL, 5, 4, 1),
        (Kind.MULTICLASS, 5, 5, 5),
        (Kind.BINARY, 2, 1, 1),
        (Kind.COUNT, 0, 1, 1),
    ],
)
def test_one_score_serves_all_thresholds(kind: Kind, classes: int, raw: int, scores: int) -> None:
    output = output_of(kind, classes)
    assert (output.raw_units, output.scores) == (raw, scores)
    assert output.ordered is (kind is Kind.ORDINAL)
    assert output.activation == output.link.value
