from __future__ import annotations

import json

import pandas as pd

from dnn_core.runs.analysis_result import AnalysisResult


def test_it_comes_back_as_it_was_written():
    table = pd.DataFrame({"name": ["a", "b"], "count": [1, 2], "value": [0.5, float("nan")]})
    result = AnalysisResult({"rows": 3, "title": "vote", "share": float("nan")}, {"scores": table})
    text = result.to_json()
    again = AnalysisResult.from_json(text)
    pd.testing.assert_frame_equal(again.tables["scores"], table, check_dtype=True)
    assert again.facts == {"rows": 3, "title": "vote", "share": None}
    json.loads(text, parse_constant=lambda name: 1 / 0)


def test_a_table_without_rows_keeps_its_columns():
    table = pd.DataFrame({"name": ["a"], "value": [0.5]}).iloc[:0]
    again = AnalysisResult.from_json(AnalysisResult(tables={"none": table}).to_json())
    assert list(again.tables["none"]) == ["name", "value"]
