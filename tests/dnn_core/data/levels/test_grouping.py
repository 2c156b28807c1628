"""Answers as groups: categories by their labels, numbers in quarters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.levels.grouping import MOST_CATEGORIES, group_labels, grouping_variables
from dnn_core.errors import UserError


def dataset(values, level: Level, **about) -> Dataset:
    frame = pd.DataFrame({"v": values})
    variable = Variable(name="v", level=level, **about)
    return Dataset("made up", frame, (variable,), Source("made_up.csv", "0" * 64, 1))


def labels(dataset: Dataset, rows: np.ndarray | None = None) -> pd.Series:
    return group_labels(dataset, "v", np.arange(len(dataset)) if rows is None else rows)


def test_categories_have_their_labels_in_the_order_of_their_codes() -> None:
    data = dataset(
        [2, 1, np.nan, 9, 2],
        Level.BINARY,
        value_labels={"1": "men", "2": "women"},
        missing_codes=("9",),
    )
    groups = labels(data)
    assert groups.tolist() == ["women", "men", "no answer", "no answer", "women"]
    assert groups.cat.categories.tolist() == ["men", "women", "no answer"]
    assert labels(data, np.array([4, 1])).tolist() == ["women", "men"]


def test_numbers_are_cut_into_quarters_that_occur() -> None:
    groups = labels(dataset(np.arange(20.0, 28.0), Level.INTERVAL))
    assert groups.cat.categories.tolist() == ["20 to 21", "22 to 23", "24 to 25", "26 to 27"]
    assert (groups.value_counts() == 2).all()


def test_forty_cases_of_a_quantity_and_of_a_party() -> None:
    quarters = labels(dataset(np.arange(40.0), Level.INTERVAL)).value_counts()
    assert quarters.tolist() == [10, 10, 10, 10]
    party = dataset(
        [1, 2] * 19 + [-9, 3],
        Level.NOMINAL,
        value_labels={"1": "Left", "2": "Right"},
        missing_codes=("-9",),
    )
    counts = labels(party).value_counts().to_dict()
    assert counts == {"Left": 19, "Right": 19, "no answer": 1, "3": 1}


def test_few_numbers_are_groups_as_they_are() -> None:
    groups = labels(dataset([0.0, 1, 2, 2, 0], Level.COUNT))
    assert groups.cat.categories.tolist() == ["0", "1", "2"]


def test_the_rare_of_many_categories_are_together() -> None:
    values = [f"c{i:02}" for i in range(30) for _ in range(1 + (i < 11))]
    groups = labels(dataset(values, Level.NOMINAL))
    assert len(groups.cat.categories) == MOST_CATEGORIES
    assert groups.cat.categories[-1] == "other answers"
    assert (groups == "other answers").sum() == 19


def test_free_text_makes_no_groups() -> None:
    data = dataset(["a long answer", "another"], Level.TEXT)
    assert grouping_variables(data) == ()
    with pytest.raises(UserError, match="no groups"):
        labels(data)
