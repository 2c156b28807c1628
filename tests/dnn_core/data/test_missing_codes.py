"""Codes of survey archives beside the answers they stand out from, and look-alikes."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.missing_codes import suspicious_codes


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([1, 2, 3, 4, 5, 8, 9], ("8", "9")),
        ([*range(11), 77, 88, 99], ("77", "88", "99")),
        ([1, 2, 9], ("9",)),
        ([*range(18, 90), 999], ("999",)),
        ([1, 2, 3, -99], ("-99",)),
        ([0.5, 1.5, -99], ("-99",)),
        ([-3.5, -1.2, 4.0, -99], ("-99",)),
        ([1, 2, -1, -2, -9], ("-9", "-2", "-1")),
    ],
)
def test_fires(values: list[float], codes: tuple[str, ...]) -> None:
    assert suspicious_codes(np.array(values, dtype=float)) == codes


@pytest.mark.parametrize(
    "values",
    [
        [],
        [99],
        [-99],
        range(11),
        range(18, 100),
        [1, 2, 3, 4, 5, 6, 7],
        [-2, -1, 0, 1, 2],
        [-5, -3, 0, 5],
        [-0.5, 0.25, -1.0],
        [0, 1],
        [9_000, 9_999, 12_000],
        [-150.0, -99.0, 20.0, 180.0],
    ],
)
def test_silent(values: list[float]) -> None:
    assert suspicious_codes(np.array(values, dtype=float)) == ()
