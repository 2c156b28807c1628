"""Columns of dates in text files become years with decimals."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.readers import read_bytes
from dnn_core.data.readers.options import ReadOptions


def read(cells: list[str], options: ReadOptions | None = None) -> pd.Series:
    text = "\n".join(["born;x", *(f"{cell};{i}" for i, cell in enumerate(cells))])
    return read_bytes(text.encode(), "d.csv", options).frame["born"]


@pytest.mark.parametrize(
    "cells",
    [
        ["2020-07-01", "2021-01-01", "2019-12-31"],
        ["01.07.2020", "1.1.2021", "31.12.2019"],
        ["2020-07-01 13:45:00", "2021-01-01T00:00", "2019-12-31 23:59:59.5Z"],
    ],
)
def test_dates_are_years_with_decimals(cells: list[str]) -> None:
    # 1 July 2020 is the 183rd day, of a leap year: 182 days have passed; before 31 December 364.
    expected = [2020 + 182 / 365.2425, 2021.0, 2019 + 364 / 365.2425]
    assert read(cells).tolist() == pytest.approx(expected, abs=1e-9)


def test_empty_cells_and_missing_tokens_are_missing() -> None:
    born = read(["2020-01-01"] * 30 + ["", "n/a"])
    assert born.isna().tolist() == [False] * 30 + [True] * 2
    assert (born[:30] == 2020).all()


@pytest.mark.parametrize(
    "cells",
    [
        # The 31st of June; a word among dates; which day this is, nobody knows.
        ["2020-06-30", "2020-06-31", "2020-07-01"],
        ["2020-06-30", "soon", "2020-07-01"],
        ["3/4/2020", "5/6/2020", "7/8/2020"],
        ["2020-06", "2020-07", "2020-08"],
    ],
)
def test_what_is_not_surely_a_date_stays_text(cells: list[str]) -> None:
    assert read(cells).tolist() == cells


def test_dates_can_be_kept_as_text() -> None:
    cells = ["2020-07-01", "2021-01-01"]
    assert read(cells, ReadOptions(delimiter=";", as_text=("born",))).tolist() == cells


def test_a_column_of_dates_is_interval() -> None:
    cells = "\n".join(f"20{i:02d}-05-{i + 1:02d},{i}" for i in range(20))
    dataset = read_bytes(f"born,x\n{cells}\n".encode(), "d.csv")
    assert dataset.variable("born").level is Level.INTERVAL
