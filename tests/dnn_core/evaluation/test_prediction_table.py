"""Tables of predictions: names of columns, ties, and what is not known."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.prediction_table import (
    answers,
    prediction_table,
    probabilities_of,
    probability_columns,
)
from dnn_core.specs import Kind

THREE = TargetCoding("party", Kind.MULTICLASS, ("1", "2", "3"), ("left", "center", "right"))
COUNT = TargetCoding("visits", Kind.COUNT, scale=2.0)
SHARES = np.array([[0.2, 0.4, 0.4], [0.6, 0.1, 0.3]])


def test_ties_go_to_the_first_category() -> None:
    assert answers(THREE, SHARES).tolist() == ["center", "left"]
    two = TargetCoding("vote", Kind.BINARY, ("0", "1"), ("no", "yes"))
    assert answers(two, np.array([[0.5, 0.5], [0.4, 0.6]])).tolist() == ["no", "yes"]
    assert answers(COUNT, np.array([1.5, 0.2])).tolist() == [1.5, 0.2]


@pytest.mark.parametrize("observed", [None, np.array([2, 0])])
def test_probabilities_are_read_as_they_were_written(observed: np.ndarray | None) -> None:
    table = prediction_table(THREE, np.array([3, 5]), "test", observed, SHARES)
    assert (probabilities_of(table, THREE.labels) == SHARES).all()
    assert probability_columns(["a"]) == ["probability_a"]
    assert table["row"].tolist() == [3, 5]
    if observed is None:
        assert table["observed"].isna().all()
    else:
        assert table["observed"].tolist() == ["right", "left"]


def test_numbers_are_in_their_own_units() -> None:
    table = prediction_table(COUNT, np.array([0]), "new", np.array([4.0]), np.array([1.25]))
    assert table[["observed", "predicted"]].to_numpy().tolist() == [[4.0, 1.25]]
    assert list(table) == ["row", "part", "observed", "predicted"]
    unknown = prediction_table(COUNT, np.array([0]), "new", None, np.array([1.25]))
    assert unknown["observed"].isna().all() and unknown["predicted"].tolist() == [1.25]
