from __future__ import annotations

import numpy as np
import pytest

from dnn_core.diagnostics.marks.scatter import MOST_POINTS, scatter_frame
from dnn_core.diagnostics.residuals import typical_residuals


def test_a_residual_is_observed_less_predicted():
    frame = scatter_frame(np.array([7]), np.array([3.0]), np.array([5.0]))
    expected = {"row": 7, "observed": 3, "predicted": 5, "residual": -2, "weight": 1}
    assert frame.iloc[0].to_dict() == expected


def test_of_many_cases_the_same_sample_is_drawn_each_time():
    values = np.arange(5000, dtype="float64")
    first, second = (scatter_frame(np.arange(5000), values, values) for _ in range(2))
    assert len(first) == MOST_POINTS and first.equals(second)


def test_the_typical_residual_is_the_median_of_similar_predictions():
    # Two groups of ten: residuals 0..9 (median 4.5) and 100..109 (median 104.5).
    predicted = np.array([1.0] * 10 + [2.0] * 10)
    residual = np.array([*range(10), *range(100, 110)], dtype="float64")
    frame = typical_residuals(scatter_frame(np.arange(20), predicted + residual, predicted))
    assert frame["residual"].tolist() == pytest.approx([4.5, 104.5])
    assert frame["predicted"].tolist() == [1.0, 2.0]


def test_equal_predictions_are_one_group():
    frame = scatter_frame(np.arange(30), np.arange(30.0), np.full(30, 10.0))
    assert len(typical_residuals(frame)) == 1
