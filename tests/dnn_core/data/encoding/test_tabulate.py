"""What counts as an answer, what as a missing one, and for which reason."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.encoding.tabulate import (
    NO_ANSWER,
    among_codes,
    look,
    marker,
    tabulate,
    tabulate_numbers,
    to_numbers,
    year_of,
)

REFUSED, UNKNOWN = "Refused (missing)", "Don't know (missing)"


def numeric(name: str = "x", **rest: Any) -> dict[str, Any]:
    return {"name": name, "numeric": True, "missing_codes": (), **rest}


def category(name: str = "x", **rest: Any) -> dict[str, Any]:
    return {**numeric(name, **rest), "numeric": False}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], []),
        (["-1"], [-1]),
        (["-1.0", "5"], [-1, 5]),
        # Both ends of a range belong to it.
        (["-9 to -1"], [-9, -5, -1]),
        (["-9 to -1", "5"], [-9, -5, -1, 5]),
        (["5", "-1 to 0", "refused", "no answer to this"], [-1, 0, 5]),
    ],
)
def test_codes_and_ranges_of_codes(codes: list[str], expected: list[float]) -> None:
    numbers = pd.Series([-10.0, -9.0, -5.0, -1.0, 0.0, 4.0, 5.0, np.nan], index=range(3, 11))
    mask = among_codes(numbers, codes)
    assert numbers[mask].tolist() == expected
    assert mask.dtype == bool


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("2021-01-01", 2021.0),
        # Of 365.2425 days, 181 are over on 1 July, and one more in a leap year.
        ("2021-07-01", 2021 + 181 / 365.2425),
        ("2020-07-01", 2020 + 182 / 365.2425),
        ("2020-12-31", 2020 + 365 / 365.2425),
        (" 1.7.2020 ", 2020 + 182 / 365.2425),
        ("01.07.2020", 2020 + 182 / 365.2425),
        ("2020-07-01 23:59", 2020 + 182 / 365.2425),
        ("2020-07-01T12:00:30.5Z", 2020 + 182 / 365.2425),
        ("2021-06-31", math.nan),
        ("1/7/2020", math.nan),
        ("2020", math.nan),
        ("", math.nan),
    ],
)
def test_a_date_is_a_year_with_decimals(written: str, year: float) -> None:
    assert year_of(written) == pytest.approx(year, abs=1e-12, nan_ok=True)


def test_what_reads_as_a_number_is_one_and_a_date_too() -> None:
    floats = pd.Series([1.5, np.nan])
    assert to_numbers(floats) is floats
    assert to_numbers(pd.Series([1, 2])).dtype == np.float64
    mixed = pd.Series(["3", "2021-01-01", None, "words", "3.5", "2021-01-01"], index=range(6, 12))
    numbers = to_numbers(mixed)
    assert numbers.index.tolist() == mixed.index.tolist()
    np.testing.assert_array_equal(numbers, [3, 2021, np.nan, np.nan, 3.5, 2021])
    assert to_numbers(pd.Series(["3", None], dtype="str")).tolist()[0] == 3


def test_numbers_beyond_any_answer_are_missing() -> None:
    values = pd.Series([9.9e29, 1e30, -9.9e29, -1e30, np.inf, -np.inf, np.nan, 0.0])
    _, why = look(values, numeric(), ())
    assert why.tolist() == [0, 1, 0, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(("count", "missing"), [(True, [1, 1, 0, 0]), (False, [0, 0, 0, 0])])
def test_nobody_counts_below_nought(count: bool, missing: list[int]) -> None:
    _, why = look(pd.Series([-2.0, -0.5, 0.0, 3.0]), numeric(count=count), ())
    assert why.tolist() == missing


def test_a_count_is_taken_as_its_logarithm_and_another_number_as_it_is() -> None:
    values = pd.Series([0.0, 1.0, 6.0, -9.0])
    counted = tabulate_numbers(values, numeric(count=True))
    np.testing.assert_allclose(counted, [0, np.log(2), np.log(7), np.nan])
    plain = tabulate_numbers(values, numeric(missing_codes=("-9",)))
    np.testing.assert_array_equal(plain, [0, 1, 6, np.nan])
    # Where nothing is missing there is nothing to replace.
    np.testing.assert_array_equal(tabulate_numbers(values, numeric()), values)


def test_a_whole_number_is_the_same_category_whatever_its_type() -> None:
    answers = [1.0, 1.5, np.inf, -2.0, None]
    values, why = look(pd.Series(answers, dtype="object"), category(), ())
    assert values[:4].tolist() == ["1", "1.5", "inf", "-2"]
    assert why.tolist() == [0, 0, 0, 0, 1]
    mixed, _ = look(pd.Series([1, "1", 1.0, True], dtype="object"), category(), ())
    assert mixed.tolist()[:3] == ["1", "1", "1"]


@pytest.mark.parametrize("make", [numeric, category])
@pytest.mark.parametrize("dtype", ["float64", "str"])
def test_reasons_are_told_apart_in_the_order_that_is_asked_for(make: Any, dtype: str) -> None:
    values = pd.Series([3, -99, -98, -97, None, -99], dtype="object")
    values = values.astype("float64") if dtype == "float64" else values.astype("str")
    if make is category and dtype == "str":
        # Ranges are of numbers.
        column = make(missing_codes=("-99", "-98", "-97"))
    else:
        column = make(missing_codes=("-99", "-98 to -97"))
    column["reasons"] = (("-99", REFUSED), ("-98", UNKNOWN))
    assert look(values, column, ())[1].tolist() == [0, 1, 1, 1, 1, 1]
    assert look(values, column, (REFUSED,))[1].tolist() == [0, 2, 1, 1, 1, 2]
    assert look(values, column, (UNKNOWN, REFUSED))[1].tolist() == [0, 3, 2, 1, 1, 3]


@pytest.mark.parametrize("make", [numeric, category])
def test_a_code_of_its_own_comes_before_the_range_it_lies_in(make: Any) -> None:
    column = make(
        missing_codes=("-99 to -90",), reasons=(("-99", REFUSED), ("-99 to -90", UNKNOWN))
    )
    values = pd.Series([-99.0, -95.0, 1.0, -90.0])
    assert look(values, column, (REFUSED, UNKNOWN))[1].tolist() == [2, 3, 0, 3]
    assert look(values[2:], column, (REFUSED, UNKNOWN))[1].tolist() == [0, 3]


def test_a_number_has_a_marker_for_each_kind_and_a_category_has_categories() -> None:
    reasons = (("-99", REFUSED), ("-98", UNKNOWN))
    told = {"missing_codes": ("-99", "-98"), "reasons": reasons}
    columns = [
        numeric("a", **told, kinds=(NO_ANSWER, REFUSED)),
        category("b", **told, kinds=(REFUSED, UNKNOWN)),
        numeric("c"),
    ]
    raw = [5.0, -99.0, -98.0, np.nan]
    frame = pd.DataFrame({"a": raw, "b": raw, "c": raw, "d": raw}, index=range(4, 8))
    table = tabulate(frame, columns)
    assert table.columns.tolist() == ["a", marker("a", NO_ANSWER), marker("a", REFUSED), "b", "c"]
    assert table.index.tolist() == [4, 5, 6, 7]
    np.testing.assert_array_equal(table["a"], [5, np.nan, np.nan, np.nan])
    # Who did not know is one of those without a reason, where that is not told apart.
    assert table[marker("a", NO_ANSWER)].tolist() == [0, 0, 1, 1]
    assert table[marker("a", REFUSED)].tolist() == [0, 1, 0, 0]
    assert table["b"].tolist() == ["5", REFUSED, UNKNOWN, NO_ANSWER]
    np.testing.assert_array_equal(table["c"], raw)
