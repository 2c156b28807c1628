from __future__ import annotations

import numpy as np
import pandas as pd

from dnn_core.diagnostics.marks.interval_rows import AXIS_ROOM, interval_rows

FRAME = pd.DataFrame(
    {
        "title": ["a", "b", "c"],
        "value": [0.5, 0.7, np.nan],
        "low": [np.nan, 0.6, np.nan],
        "high": [np.nan, 0.8, np.nan],
        "text": ["0.50", "0.70 (0.60 to 0.80)", "too few"],
        "role": ["reference", "validation", "reference"],
    }
)


def drawn(frame=FRAME, **settings):
    return interval_rows(
        frame, (0.4, 1.2), [0.4, 0.6, 0.8], reference=0.5, row_height=40, **settings
    ).to_dict()


def rows_of(spec, layer):
    return spec["datasets"][layer["data"]["name"]]


def test_intervals_and_points_are_of_rows_with_a_value():
    spec = drawn()
    _, interval, point, _ = spec["layer"]
    assert [row["title"] for row in rows_of(spec, point)] == ["a", "b"]
    assert interval["encoding"]["x"]["scale"]["domain"] == [0.4, 1.2]
    assert spec["height"] == 3 * 40 + AXIS_ROOM


def test_the_text_begins_behind_the_interval_or_the_value():
    spec = drawn()
    ends = {row["title"]: row["end"] for row in rows_of(spec, spec["layer"][-1])}
    assert ends == {"a": 0.5, "b": 0.8, "c": None}


def test_where_the_text_begins_can_be_said():
    spec = drawn(FRAME.assign(end=0.9))
    assert {row["end"] for row in rows_of(spec, spec["layer"][-1])} == {0.9}


def test_a_second_figure_lies_below_the_first_as_a_ring():
    spec = drawn(FRAME.assign(unweighted=0.6), hollow="unweighted")
    _, _, ring, point, _ = spec["layer"]
    assert ring["encoding"]["x"]["field"] == "unweighted" and not ring["mark"]["filled"]
    assert point["mark"]["filled"]
