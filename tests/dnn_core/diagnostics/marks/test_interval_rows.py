from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import vl_convert

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
    *_, interval, point = spec["layer"]
    assert [row["title"] for row in rows_of(spec, point)] == ["a", "b"]
    assert interval["encoding"]["x"]["scale"]["domain"] == [0.4, 1.2]
    assert spec["height"] == 3 * 40 + AXIS_ROOM


def written(spec):
    """Every text of the drawn picture."""
    picture = vl_convert.vegalite_to_svg(spec | {"width": 450})
    return " ".join(ElementTree.fromstring(picture).itertext())


def test_each_row_has_its_figure_at_the_right_also_one_without_a_value():
    texts = written(drawn())
    assert all(text in texts for text in FRAME["text"])


def test_a_long_title_takes_two_lines_and_is_not_cut():
    long = "Penalised regression with some of the predictors"
    texts = written(drawn(FRAME.replace("a", long), title_room=175))
    assert "…" not in texts and "some of the predictors" in texts


def test_quotation_marks_in_a_title_do_no_harm():
    title = """a "quoted" \\ name's </script> row"""
    assert title in written(drawn(FRAME.replace("a", title)))


def test_a_second_figure_lies_below_the_first_as_a_ring():
    spec = drawn(FRAME.assign(unweighted=0.6), hollow="unweighted")
    *_, ring, point = spec["layer"]
    assert ring["encoding"]["x"]["field"] == "unweighted" and not ring["mark"]["filled"]
    assert point["mark"]["filled"]
