"""Where ordered values are cut, counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.split.split_column import (
    _cuts,
    chosen_rows,
    in_time_order,
    require_turns,
    stretches,
)
from dnn_core.errors import UserError
from dnn_core.specs import SplitMethod, SplitSpec, Task

TASK = Task(target="y", features=("x",))
IN_TIME = SplitSpec(method=SplitMethod.TIME, by="wave", test=0.2, validation=0.2)


def dataset(waves: Sequence[object]) -> Dataset:
    frame = pd.DataFrame({"y": 1.0, "x": 0.0, "wave": waves, "photo": "a.png"})
    variables = tuple(
        Variable(name=name, level=Level.IMAGE if name == "photo" else Level.INTERVAL)
        for name in frame
    )
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


@pytest.mark.parametrize(
    ("counts", "wanted", "lowest", "cuts"),
    [
        # Before each value are 10, 20, 30 and 40 rows; of two as near, the earlier.
        ([10, 10, 10, 10], [20], 1, [2]),
        ([10, 10, 10, 10], [24], 1, [2]),
        ([10, 10, 10, 10], [25], 1, [2]),
        ([10, 10, 10, 10], [26], 1, [3]),
        # Every piece has a value, and the first as many as it needs.
        ([10, 10, 10, 10], [0], 1, [1]),
        ([10, 10, 10, 10], [0], 2, [2]),
        ([10, 10, 10, 10], [40], 1, [3]),
        ([10, 10, 10, 10], [0, 0, 0], 1, [1, 2, 3]),
        ([10, 10, 10, 10], [40, 40, 40], 1, [1, 2, 3]),
        ([10, 10, 10, 10], [10, 30], 1, [1, 3]),
        ([10, 10, 10, 10], [40, 40], 1, [2, 3]),
        ([97, 1, 1, 1], [25, 50, 75], 1, [1, 2, 3]),
        ([5, 1], [3], 1, [1]),
        ([10, 10, 10, 10], [], 1, []),
    ],
)
def test_cuts_by_hand(counts: list[int], wanted: list[float], lowest: int, cuts: list[int]) -> None:
    assert _cuts(np.array(counts), wanted, lowest) == cuts


def test_as_many_turns_as_units_are_enough() -> None:
    require_turns(3, 3, "clusters")
    with pytest.raises(UserError, match="3 networks cannot take turns with 2 clusters"):
        require_turns(2, 3, "clusters")


def test_three_times_are_one_for_each_part() -> None:
    data = dataset([2, 3, 1, 1, 2, 3])
    parts = in_time_order(data, TASK, IN_TIME, np.arange(6), 0)
    assert [rows.tolist() for rows in parts.values()] == [[2, 3], [0, 4], [1, 5]]
    # With turns, all before the test part is for training, which two times are enough for.
    turns = in_time_order(data, TASK, IN_TIME, np.arange(6), 2)
    assert [rows.tolist() for rows in turns.values()] == [[0, 2, 3, 4], [0, 2, 3, 4], [1, 5]]
    with pytest.raises(UserError, match="3 networks cannot take turns with 2 times"):
        in_time_order(data, TASK, IN_TIME, np.arange(6), 3)
    with pytest.raises(UserError, match="only 2 different times"):
        in_time_order(data, TASK, IN_TIME, np.array([0, 2, 3, 4]), 0)


@pytest.mark.parametrize(
    ("test", "validation", "sizes"),
    [
        (0.2, 0.2, [6, 2, 2]),
        # A tenth of ten rows each; the share for validation is one of all rows.
        (0.1, 0.1, [8, 1, 1]),
        (0.5, 0.2, [3, 2, 5]),
        (0.3, 0.4, [3, 4, 3]),
    ],
)
def test_parts_have_their_shares(test: float, validation: float, sizes: list[int]) -> None:
    data = dataset(np.arange(10)[::-1])
    split = IN_TIME.but(test=test, validation=validation)
    parts = in_time_order(data, TASK, split, np.arange(10), 0)
    assert [len(rows) for rows in parts.values()] == sizes
    # The file is in reverse order of time: the first rows are the test part.
    assert np.concatenate(list(parts.values())[::-1]).tolist() == list(range(10))


@pytest.mark.parametrize(
    ("folds", "place"),
    [
        (1, [0, 0, 0, 0, 0, 0]),
        # Three rows each; the two of wave 2 stay together, and 2 is as near to 3 as 4 is.
        (2, [0, 0, 1, 1, 1, 1]),
        (3, [0, 0, 1, 1, 2, 2]),
        (5, [0, 1, 2, 2, 3, 4]),
    ],
)
def test_stretches_by_hand(folds: int, place: list[int]) -> None:
    data = dataset([0, 1, 2, 2, 3, 4])
    assert stretches(data, TASK, IN_TIME, np.arange(6), folds).tolist() == place


def test_one_row_without_a_time_is_one_too_many() -> None:
    with pytest.raises(UserError, match="1 of 4 rows with an outcome has no value of “wave”"):
        stretches(dataset([1, 2, 3, None]), TASK, IN_TIME, np.arange(4), 2)
    assert len(stretches(dataset([1, 2, 3, None]), TASK, IN_TIME, np.arange(3), 2)) == 3


@pytest.mark.parametrize(
    "times",
    [
        ["2019", "2020", "2021"],
        ["2020-01-31", "2020-10-01", "2021-02-28"],
        ["2020-05-31 08:00", "2020-05-31 17:30", "2020-06-01T00:00:00"],
        ["2020-09", "2020-10", "2021-01"],
    ],
)
def test_text_in_the_order_of_time(times: list[str]) -> None:
    data = dataset([times[i] for i in (2, 0, 1)])
    if "-" not in times[0]:
        # A year alone, as text, is a number that was not read as one.
        with pytest.raises(UserError, match="text without an order in time"):
            stretches(data, TASK, IN_TIME, np.arange(3), 3)
    else:
        assert stretches(data, TASK, IN_TIME, np.arange(3), 3).tolist() == [2, 0, 1]


def test_what_cannot_split_is_named() -> None:
    data = dataset([1, 2, 3])
    for by in ("y", "photo"):
        with pytest.raises(UserError, match=f"“{by}” cannot be it"):
            stretches(data, TASK, IN_TIME.but(by=by), np.arange(3), 3)


def test_chosen_values_among_the_rows_that_are_asked_for() -> None:
    data = dataset([1, 2, 2, 3, 2, None])
    split = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("2", "3"))
    assert chosen_rows(data, TASK, split, np.array([0, 1, 3, 5])).tolist() == [1, 3]
    with pytest.raises(UserError, match="No row with an outcome"):
        chosen_rows(data, TASK, split, np.array([0, 5]))
