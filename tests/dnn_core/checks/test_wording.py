from __future__ import annotations

import pytest

from dnn_core.checks.wording import counted, interval, number, signed


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.5, 2, "0.50"),
        (-1234.5, 1, "−1,234.5"),
        (-0.001, 2, "0.00"),
        (2.5e7, 2, "2.5e+07"),
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


def test_counted():
    assert [counted(n) for n in (2, 9, 10, 1200)] == ["Two", "Nine", "10", "1,200"]
