from __future__ import annotations

import re

import altair as alt
import pandas as pd
import pytest
import vl_convert

from dnn_core.diagnostics.marks.style import (
    as_role,
    format_interval,
    format_number,
    format_share,
    nice_domain,
    nice_step,
    number_axis,
    significant,
    spread,
    ticks,
)


def test_numbers_have_a_true_minus_and_separated_thousands():
    assert format_number(-1234.5) == "−1,234.50"
    # Rounded to nothing, a number has no sign.
    assert format_number(-0.001) == "0.00"
    assert format_number(float("nan")) == "none"


def test_an_interval_reads_to_and_is_left_out_where_there_is_none():
    assert format_interval(0.776, 0.731, 0.82) == "0.78 (0.73 to 0.82)"
    assert format_interval(0.012, -0.008, 0.031, 3) == "0.012 (−0.008 to 0.031)"
    assert format_interval(0.5, float("nan"), float("nan")) == "0.50"


def test_ends_of_an_interval_that_differ_look_different():
    assert format_interval(0.5912, 0.5908, 0.5915) == "0.591 (0.591 to 0.592)"
    assert format_interval(0.5912, 0.5864, 0.5951) == "0.59 (0.59 to 0.60)"
    # An interval of no width is none.
    assert format_interval(0.5, 0.5, 0.5) == "0.50"


def test_few_are_not_none_and_most_are_not_all():
    texts = [format_share(share) for share in (0.0, 0.001, 0.5, 0.999, 1.0)]
    assert texts == ["0%", "<1%", "50%", ">99%", "100%"]


def test_significant_digits_follow_the_size():
    assert significant(1234.56) == "1,235"
    assert significant(-0.012345) == "−0.0123"
    assert significant(0.0) == "0"


def test_steps_are_one_two_or_five():
    # 7 / 5 = 1.4 -> 2; 0.3 / 6 = 0.05; 28 / 7 = 4 -> 5.
    assert nice_step(7, 5) == 2
    assert nice_step(0.3, 6) == pytest.approx(0.05)
    assert nice_step(28, 7) == 5


def test_a_domain_is_rounded_outwards_and_never_empty():
    # 0.412 to 0.668 in about six steps: steps of 0.05.
    assert nice_domain(0.412, 0.668) == (0.4, 0.7)
    low, high = nice_domain(3.0, 3.0)
    assert low < 3.0 < high
    low, high = nice_domain(0.0, 0.0)
    assert low < 0.0 < high


def test_ticks_lie_on_whole_steps():
    assert ticks(0, 28, 7) == [0, 5, 10, 15, 20, 25]
    assert ticks(0.5, 0.82) == [0.5, 0.6, 0.7, 0.8]


def drawn_labels(chart):
    """What stands on the axes, as Vega writes it: one list for each axis."""
    svg = vl_convert.vegalite_to_svg({**chart.to_dict(), "width": 400})
    axes = re.findall(r'role-axis-label"[^>]*>(.*?)</g>', svg, re.DOTALL)
    return [re.findall(r">([^<>]+)</text>", axis) for axis in axes]


def test_ticks_within_a_narrow_range_have_different_labels():
    # The axis is longer than its ticks, for words beside them.
    x = alt.X("x:Q", scale=alt.Scale(domain=[0.04, 0.28]))
    points = alt.Chart(pd.DataFrame({"x": [0.1]})).mark_point()
    axis = number_axis([0.05, 0.1, 0.15], title=None)
    assert drawn_labels(points.encode(x.axis(axis))) == [["0.05", "0.10", "0.15"]]
    axis = number_axis([0.005, 0.01], percent=True)
    assert drawn_labels(points.encode(x.axis(axis).scale(domain=[0, 0.1]))) == [["0.5%", "1.0%"]]


@pytest.mark.parametrize("size", [1e-6, 1e-4, 0.003, 0.02, 0.145, 1.0, 7.0, 250.0, 5e6])
@pytest.mark.parametrize("start", [0.0, 0.601, -2.5, 40_000.0])
def test_labels_of_an_axis_are_its_ticks(start, size):
    if start / size > 1e6:
        return
    marks = ticks(start, start + size, 5)
    axis = number_axis(marks).to_dict()
    labels = [format(mark, axis["format"]) for mark in marks]
    assert [float(label.replace(",", "")) for label in labels] == pytest.approx(marks, abs=1e-8)
    assert len(set(labels)) == len(marks) == axis["tickCount"]


def test_years_have_no_separator():
    assert number_axis([1950, 1960]).to_dict()["format"] == ".0f"
    assert number_axis([0, 20_000]).to_dict()["format"] == ",.0f"


def test_labels_far_apart_stay_where_they_are():
    assert spread([0.2, 0.8], 0.1, 0, 1) == [0.2, 0.8]


def test_labels_are_moved_apart_in_their_order_and_stay_within():
    placed = spread([0.99, 0.98, 0.97], 0.1, 0, 1)
    assert placed == pytest.approx([1.0, 0.9, 0.8])
    placed = spread([0.01, 0.0], 0.1, 0, 1)
    assert placed == pytest.approx([0.1, 0.0])


def test_an_unknown_role_is_refused_because_it_would_be_an_expression():
    with pytest.raises(ValueError, match="Unknown role"):
        as_role(alt.Chart(pd.DataFrame({"x": [1]})).mark_point(), "'; alert(1)")
