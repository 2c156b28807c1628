"""What checks see of the data: rows, halves, outcomes, answers and dates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit.evidence import Evidence, dated_variables, read_times, require_columns
from dnn_core.audit.finding import NotApplicable
from dnn_core.data.dataset import Level, mask_missing
from dnn_core.specs import Kind, Part, SplitSpec, Task
from tests.dnn_core.audit.conftest import make_dataset

ALL = SplitSpec()


def evidence_of(data, training: np.ndarray | None = None, **task: Any) -> Evidence:
    """Evidence of these training rows, all where none are named."""
    names = tuple(name for name in data.names if name != "y")
    asked = Task(**{"target": "y", "features": names, **task})
    rows = np.arange(len(data)) if training is None else training
    return Evidence(data, asked, ALL, {Part.TRAINING: rows}, 0)


def with_variable(data, name: str, **changes: Any):
    """The data with one variable described otherwise."""
    edited = data.variable(name).model_copy(update=changes)
    return data.with_variables(tuple(edited if v.name == name else v for v in data.variables))


@pytest.fixture(scope="module")
def large():
    return make_dataset(y=np.arange(50_000) % 2, x=np.arange(50_000))


@pytest.mark.parametrize(
    ("training", "predictors", "examined"),
    [
        # All of them, or so many that a share is precise.
        (19_999, 0, 19_999),
        (20_000, 1, 20_000),
        (20_001, 1, 20_000),
        (50_000, 150, 20_000),
        # Four million cells, but a thousand rows at least.
        (30_000, 800, 5_000),
        (30_000, 4_000, 1_000),
        (30_000, 10_000, 1_000),
        (900, 10_000, 900),
    ],
)
def test_rows_are_drawn_where_there_are_many(large, training, predictors, examined) -> None:
    rows = np.arange(0, 50_000)[50_000 - training :]
    evidence = evidence_of(large, rows)
    evidence.__dict__["predictors"] = tuple(map(str, range(predictors)))
    assert len(evidence.rows) == examined
    assert len(np.unique(evidence.rows)) == examined
    assert set(evidence.rows.tolist()) <= set(rows.tolist())
    assert (np.diff(evidence.rows) > 0).all()


@pytest.mark.parametrize(("rows", "half"), [(200, 100), (201, 100)])
def test_one_half_of_the_rows_at_random(dataset, rows, half) -> None:
    first = evidence_of(dataset(y=np.arange(rows), x=np.arange(rows))).first_half
    assert (first.sum(), len(first)) == (half, rows)
    # Neither the beginning nor every second row.
    assert 0.3 < first[:half].mean() < 0.7 and 0.3 < first[::2].mean() < 0.7


@pytest.mark.parametrize(
    ("y", "kind", "is_quantity"),
    [
        (np.arange(60) ** 1.5, None, True),
        (np.arange(60) % 2, None, False),
        (np.arange(60) % 2, Kind.BINARY, False),
        (np.arange(60) % 3, Kind.MULTICLASS, False),
        (np.arange(60) % 3, Kind.REGRESSION, True),
        (np.arange(60) % 3, Kind.COUNT, True),
        (np.arange(60) % 3, Kind.ORDINAL, True),
        (np.array(["low", "high"] * 30), Kind.ORDINAL, False),
        (np.array(["low", "high"] * 30), None, False),
    ],
)
def test_a_quantity_is_a_number_and_no_category(dataset, y, kind, is_quantity) -> None:
    evidence = evidence_of(dataset(y=y, x=np.arange(60)), kind=kind)
    assert evidence.is_quantity is is_quantity
    if is_quantity:
        assert evidence.outcome.tolist() == y.tolist()
        assert evidence.labels == ()


@pytest.mark.parametrize("y", [["no", "yes", "dont"] * 20, [3, 1, 2] * 20])
def test_labels_belong_to_their_categories(dataset, y) -> None:
    labels = {"no": "Never", "yes": "Always", "3": "Never", "1": "Always"}
    data = with_variable(dataset(y=y, x=np.arange(60)), "y", value_labels=labels)
    evidence = evidence_of(data, np.arange(3, 60), kind=Kind.MULTICLASS)
    told = [evidence.labels[code] for code in evidence.outcome]
    assert told == [labels.get(str(answer), str(answer)) for answer in y[3:]]
    # In the order of the answers, whichever comes first.
    assert list(evidence.outcome[:3]) == np.argsort(np.argsort(y[:3])).tolist()


def test_answers_of_a_number_and_of_categories(dataset) -> None:
    data = dataset(y=np.arange(60.0), x=np.r_[np.nan, 7.0, 5.0, 7.0, [5.0] * 56])
    number = evidence_of(data).column("x")
    assert (number.categories, number.distinct) == (0, 2)
    assert number.values[1:4].tolist() == [7.0, 5.0, 7.0]
    assert number.answered.tolist() == [False] + [True] * 59
    category = evidence_of(with_variable(data, "x", level=Level.NOMINAL)).column("x")
    assert (category.categories, category.distinct) == (2, 2)
    # Positions, by the first appearance.
    assert category.values[1:4].tolist() == [0.0, 1.0, 0.0]
    assert category.answered.tolist() == [False] + [True] * 59


def test_answers_as_text_are_categories(dataset) -> None:
    data = dataset(y=np.arange(60.0), x=["b", None, "a"] * 20)
    column = evidence_of(data).column("x")
    assert (column.categories, column.distinct) == (2, 2)
    assert column.values[[0, 2]].tolist() == [0.0, 1.0] and np.isnan(column.values[1])


@pytest.mark.parametrize("codes", [(), ("99",)])
def test_no_answers_are_missing(dataset, codes) -> None:
    answers = np.array([1.0, 99.0, np.nan, 9.9e29, 1e30, -1e30, 1.8e308, np.inf])
    data = with_variable(dataset(y=np.arange(8.0), x=answers), "x", missing_codes=codes)
    rows = np.array([0, 1, 2, 3, 4, 5, 6, 7])
    numbers = evidence_of(data).numbers("x", rows)
    missing = [bool(codes), True, False, True, True, True, True]
    assert np.isnan(numbers).tolist() == [False, *missing]
    # The short cut without codes gives what the data set gives.
    assert np.array_equal(numbers, mask_missing(data.frame["x"], codes).to_numpy(), equal_nan=True)
    assert evidence_of(data).numbers("x", rows[:2][::-1])[1] == 1.0


def test_text_has_no_numbers(dataset) -> None:
    data = dataset(y=np.arange(4.0), x=list("abca"))
    assert evidence_of(data).numbers("x", np.arange(4)) is None


@pytest.mark.parametrize(
    ("first", "last", "are_dates"),
    [
        (1850.0, 2150.0, True),
        (1849.9, 2150.0, False),
        (1850.0, 2150.1, False),
        (2020.0, 2020.5, True),
        (2020.0, 2020.0, False),
        (20.0, 2020.0, False),
        (np.nan, 2020.0, False),
        (np.nan, np.nan, False),
    ],
)
def test_numbers_are_years_where_all_may_be_and_they_differ(
    dataset, first, last, are_dates
) -> None:
    data = dataset(x=[first, last] * 20)
    times = read_times(data, "x", np.arange(40))
    assert (times is not None) is are_dates
    if are_dates:
        assert times.tolist() == [first, last] * 20


def test_text_is_read_as_years_with_decimals(dataset) -> None:
    text = ["2020-01-01", "2020-12-31", "2021-07-02", None, "2019-03"]
    times = read_times(dataset(x=text), "x", np.arange(5))
    # The first day of a year is the year; 366 days in 2020.
    expected = [2020, 2020 + 365 / 365.25, 2021 + 182 / 365.25, np.nan, 2019 + 59 / 365.25]
    assert times == pytest.approx(expected, nan_ok=True)


def test_times_of_the_day_are_taken_to_one_zone(dataset) -> None:
    text = ["2020-12-31T23:30:00-02:00", "2021-01-01T00:30:00+02:00"] * 2
    times = read_times(dataset(x=text), "x", np.arange(4))
    # In Greenwich the new year has begun at the one, and has not at the other.
    assert times == pytest.approx([2021.0, 2020 + 365 / 365.25] * 2)


@pytest.mark.parametrize(
    ("slips", "are_dates"),
    [
        ([], True),
        # One in twenty, but none of the first fifty.
        ([95, 96, 97, 98, 99], True),
        ([94, 95, 96, 97, 98, 99], False),
        ([60], True),
        ([49], False),
        (range(100), False),
    ],
)
def test_some_slips_are_no_date(dataset, slips, are_dates) -> None:
    text = ["unknown" if n in slips else "2020-05-01" for n in range(100)]
    times = read_times(dataset(x=text), "x", np.arange(100))
    assert (times is not None) is are_dates
    if are_dates:
        assert np.isnan(times).tolist() == [n in slips for n in range(100)]


def test_nothing_answered_is_no_date(dataset) -> None:
    data = dataset(x=pd.Series([None] * 60, dtype="object"), y=np.arange(60))
    assert read_times(data, "x", np.arange(60)) is None
    late = dataset(x=[None] * 55 + ["2020-01-01"] * 5, y=np.arange(60))
    assert read_times(late, "x", np.arange(60))[-1] == 2020.0


def test_the_first_thousand_rows_show_a_date(dataset, images) -> None:
    year = np.where(np.arange(1500) < 1000, 2000 + np.arange(1500) % 5, 7)
    early = np.where(np.arange(1500) < 999, 2000 + np.arange(1500) % 5, 7)
    data = dataset(y=np.arange(1500) % 2, year=year, early=early, day=["2020-01-01"] * 1500)
    assert dated_variables(data) == ("year", "day")
    assert dated_variables(dataset(y=np.arange(40) % 2, wave=2000 + np.arange(40) % 2)) == ("wave",)
    assert dated_variables(images) == ()


@pytest.mark.parametrize(("training", "are_enough"), [(39, False), (40, True)])
def test_it_takes_forty_training_rows(dataset, training, are_enough) -> None:
    evidence = evidence_of(dataset(y=np.arange(60), x=np.arange(60)), np.arange(training))
    if are_enough:
        require_columns(evidence)
    else:
        with pytest.raises(NotApplicable, match="40 training rows"):
            require_columns(evidence)
