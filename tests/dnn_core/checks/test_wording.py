from __future__ import annotations

import pytest

from dnn_core.wording import counted, difference, interval, number, signed


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.5, 2, "0.50"),
        (-1234.5, 1, "−1,234.5"),
        (-0.001, 2, "0.00"),
        (2.5e7, 2, "25,000,000"),
        (-3e15, 2, "less than −1,000,000,000,000"),
        (3e15, 0, "more than 1,000,000,000,000"),
    ],
)
def test_number(value, decimals, text):
    assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0221, "+0.022"), (-0.5, "−0.500"), (0.0001, "0.000"), (1234.0, "+1,234.000")],
)
def test_signed(value, text):
    assert signed(value) == text


def test_interval_has_no_dash_beside_a_minus():
    assert interval(-0.008, 0.031, 3) == "−0.008 to 0.031"


def test_ends_of_an_interval_that_differ_look_different():
    assert interval(0.59112, 0.59131, 3) == "0.5911 to 0.5913"
    assert interval(0.5, 0.5) == "0.50 to 0.50"


def test_on_which_side_of_0_a_difference_lies_is_seen():
    assert difference(0.0221, 0.0004, 0.044) == ("+0.0221", "0.0004 to 0.0440")
    assert difference(-0.02, -0.04, -0.001) == ("−0.020", "−0.040 to −0.001")
    assert difference(0.0, -0.01, 0.01) == ("0.000", "−0.010 to 0.010")


def test_counted():
    assert [counted(n) for n in (2, 9, 10, 1200)] == ["two", "nine", "10", "1,200"]
    assert counted(1, "network") == "one network" and counted(12, "fold") == "12 folds"
