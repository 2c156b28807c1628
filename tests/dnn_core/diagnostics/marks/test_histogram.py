from __future__ import annotations

import numpy as np

from dnn_core.diagnostics.marks.histogram import histogram_bars, histogram_frame, left_out


def test_small_whole_numbers_have_a_bar_each():
    frame = histogram_frame(np.array([0, 1, 1, 3.0]))
    assert frame["start"].tolist() == [-0.5, 0.5, 1.5, 2.5]
    assert frame["count"].tolist() == [1, 2, 0, 1]
    assert frame["share"].tolist() == [0.25, 0.5, 0.0, 0.25]


def test_every_ordinary_value_is_counted():
    values = np.random.default_rng(1).normal(size=500)
    frame = histogram_frame(values)
    assert frame["count"].sum() == 500 and left_out(frame, 500) == ""


def test_a_far_outlier_is_left_out_and_said_so():
    values = np.append(np.random.default_rng(1).normal(size=999), 1e6)
    frame = histogram_frame(values)
    assert frame["end"].max() < 100
    assert left_out(frame, 1000).endswith("not shown")


def test_equal_values_still_make_a_bar():
    assert histogram_frame(np.full(5, 2.5))["count"].sum() == 5


def test_small_shares_have_different_labels():
    # A hundred bars of about 1 %: ticks at half a percent must not all be called 0 % and 1 %.
    frame = histogram_frame(np.arange(40.0).repeat(5), np.ones(200))
    bars = histogram_bars(frame, title="x", role="validation", shares=True)
    assert bars.to_dict()["encoding"]["y"]["axis"]["format"] == "%"
