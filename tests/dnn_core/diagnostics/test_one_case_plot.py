"""Figures of one case, also where the outcome is small."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.diagnostics.one_case_plot import (
    LOWERS,
    RAISES,
    case_chart,
    categories_chart,
    contribution_chart,
    contribution_frame,
    decimals_of,
)


@pytest.mark.parametrize(
    ("span", "decimals"), [(0.0, 2), (1.0, 2), (250.0, 2), (0.04, 3), (0.0031, 4), (1e-12, 8)]
)
def test_figures_have_digits_enough_to_differ(span, decimals):
    assert decimals_of(span) == decimals


def test_moves_of_a_small_outcome_are_not_nothing():
    result = pd.DataFrame(
        {"predictor": ["", "a", "b"], "value": [0.0041, 0.0012, -0.0002], "error": 0.0}
    )
    frame = contribution_frame(result, {"a": "A", "b": "B"}, {"a": "yes", "b": "no"})
    assert frame["text"].tolist() == ["0.0041", "+0.0012", "−0.0002", "0.0051"]


def test_predictions_of_a_small_outcome_differ():
    frame = pd.DataFrame({"case": ["row 1", "this case"], "value": [0.0041, 0.0052]})
    spec = case_chart(frame, (0.002, 0.006)).to_dict()
    rows = next(iter(spec["datasets"].values()))
    assert [row["text"] for row in rows] == ["0.0041", "0.0052"]


def test_what_raises_and_what_lowers_the_prediction_differ_in_colour():
    result = pd.DataFrame({"predictor": ["", "a", "b"], "value": [0.5, 0.2, -0.3], "error": 0.0})
    frame = contribution_frame(result, {"a": "A", "b": "B"}, {"a": "yes", "b": "no"})
    assert frame["role"].tolist() == ["ink", LOWERS, RAISES, "ink"]
    spec = contribution_chart(frame).to_dict()
    bars = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "bar")
    assert bars["encoding"]["color"]["field"] == "role"


def test_every_category_has_its_probability_and_where_it_was():
    frame = pd.DataFrame({"case": ["a", "b"], "before": [0.3, 0.7], "value": [0.6, 0.4]})
    spec = categories_chart(frame).to_dict()
    rows = next(iter(spec["datasets"].values()))
    # The words stand behind both marks.
    assert [(row["text"], row["end"]) for row in rows] == [("0.60", 0.6), ("0.40", 0.7)]
