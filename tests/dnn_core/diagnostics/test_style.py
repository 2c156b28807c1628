from __future__ import annotations

import altair as alt
import pandas as pd
import pytest

from dnn_core.diagnostics.style import (
    as_role,
    format_interval,
    format_number,
    format_share,
    nice_domain,
    nice_step,
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
