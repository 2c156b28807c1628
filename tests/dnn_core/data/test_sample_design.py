"""Weights of a sample, and replicate weights beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.sample_design import case_weights, replicate_weights
from dnn_core.errors import UserError
from dnn_core.specs import Replicates, Replication, Task

WEIGHTS = {"w": [1.0, 3.0, 2.0, 2.0], "r1": [0.0, 4.0, 3.0, 1.0], "r2": [4.0, 6.0, 4.0, 6.0]}
TASK = Task(target="y", features=("x",), weight="w")


def survey(**columns: object) -> Dataset:
    frame = pd.DataFrame({"y": [0, 1, 0, 1], "x": [1.0, 2.0, 3.0, 4.0], **WEIGHTS, **columns})
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    return Dataset("survey", frame, variables, Source("survey.csv", "0" * 64, 1))


def replicates_of(columns: str) -> Task:
    return TASK.but(replicates=Replicates(columns=columns, method=Replication.BRR))


def test_case_weights_have_mean_1() -> None:
    assert case_weights(survey(), "w").tolist() == [0.5, 1.5, 1.0, 1.0]


def test_replicate_weights_are_divided_by_the_mean_of_the_case_weights() -> None:
    # Never each by its own, or a total would not vary: the second has mean 5, and keeps 2.5.
    result = replicate_weights(survey(), replicates_of("r1, r2"))
    assert result is not None
    assert result[:, 0].tolist() == [0.0, 2.0, 1.5, 0.5]
    assert result[:, 1].tolist() == [2.0, 3.0, 2.0, 3.0]


def test_columns_are_named_or_fit_a_pattern() -> None:
    by_pattern = replicate_weights(survey(), replicates_of("r*"))
    by_name = replicate_weights(survey(), replicates_of("r2, r1"))
    assert by_pattern is not None and by_name is not None
    assert np.array_equal(by_pattern, by_name)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("r9", "No column matches “r9”"),
        ("r1", "matches only 1 column"),
        ("r1, x", "have another role as well"),
    ],
)
def test_columns_that_cannot_serve_are_refused(columns: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        replicate_weights(survey(), replicates_of(columns))


@pytest.mark.parametrize("weights", [[1, 1, 1, -1], [1, 1, 1, np.nan], [0, 0, 0, 0], list("abcd")])
def test_what_is_no_weight_is_refused(weights: list[object]) -> None:
    with pytest.raises(UserError, match="cannot be the weight"):
        case_weights(survey(w=weights), "w")
