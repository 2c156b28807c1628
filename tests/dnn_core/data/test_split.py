"""Rows are dealt out once, completely, and as the method promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.split import PARTS, PROTECTION, split_rows
from dnn_core.errors import UserError
from dnn_core.specs import SplitMethod, SplitSpec, Task

ROWS = 1000
TASK = Task(target="vote", features=("age",), cluster="town")


def dataset(rows: int = ROWS, **columns: object) -> Dataset:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            # One in ten, so that a random split would not keep the share by itself.
            "vote": (np.arange(rows) % 10 == 0).astype(int),
            "age": generator.normal(size=rows),
            "town": generator.integers(0, 40, rows).astype(str),
            **columns,
        }
    )
    variables = tuple(Variable(name=name, level=Level.METRIC) for name in frame)
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


@pytest.mark.parametrize("method", [m for m in SplitMethod if m is not SplitMethod.OFFICIAL])
def test_every_answered_row_is_in_exactly_one_part(method: SplitMethod) -> None:
    data = dataset()
    data.frame.loc[:49, "vote"] = np.nan
    parts = split_rows(data, TASK, SplitSpec(method=method))
    together = np.concatenate([parts[name] for name in PARTS])
    assert sorted(together) == list(range(50, ROWS))


@pytest.mark.parametrize("method", [SplitMethod.RANDOM, SplitMethod.STRATIFIED])
def test_shares_are_those_asked_for(method: SplitMethod) -> None:
    parts = split_rows(dataset(), TASK, SplitSpec(validation=0.3, test=0.1, method=method))
    # 1,000 rows: 100 for the test, 300 for validation, the other 600 train.
    assert [len(parts[name]) for name in PARTS] == [600, 300, 100]


def test_strata_keep_their_shares() -> None:
    data = dataset()
    parts = split_rows(data, TASK, SplitSpec(method=SplitMethod.STRATIFIED))
    for rows in parts.values():
        # Exactly one in ten of 600, 200 and 200 rows.
        assert data.frame["vote"].iloc[rows].mean() == pytest.approx(0.1)


def test_a_quantity_is_stratified_by_its_fifths() -> None:
    data = dataset()
    task = Task(target="age", features=("vote",))
    parts = split_rows(data, task, SplitSpec(method=SplitMethod.STRATIFIED))
    fifths = pd.qcut(data.frame["age"], 5, labels=False)
    counts = fifths.iloc[parts["test"]].value_counts()
    assert counts.tolist() == [40] * 5


def test_no_cluster_is_in_two_parts() -> None:
    data = dataset()
    parts = split_rows(data, TASK, SplitSpec(method=SplitMethod.GROUPED))
    towns = [set(data.frame["town"].iloc[parts[name]]) for name in PARTS]
    assert not towns[0] & towns[1] and not towns[0] & towns[2] and not towns[1] & towns[2]


def test_the_seed_decides() -> None:
    first, same, other = (
        split_rows(dataset(), TASK, SplitSpec(seed=seed))["test"] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_the_published_test_part_stays() -> None:
    data = dataset()
    official = np.arange(900, 1000)
    data = Dataset(data.name, data.frame, data.variables, data.source, None, official)
    split = SplitSpec(method=SplitMethod.OFFICIAL, validation=0.2)
    parts = split_rows(data, TASK, split)
    np.testing.assert_array_equal(parts["test"], official)
    # The validation share is one of the published training rows: 0.2 of 900.
    assert len(parts["validation"]) == 180


def test_published_parts_are_only_there_when_published() -> None:
    with pytest.raises(UserError, match="no published test part"):
        split_rows(dataset(), TASK, SplitSpec(method=SplitMethod.OFFICIAL))


def test_clusters_must_be_named_and_many_enough() -> None:
    grouped = SplitSpec(method=SplitMethod.GROUPED)
    with pytest.raises(UserError, match="needs a cluster variable"):
        split_rows(dataset(), TASK.but(cluster=None), grouped)
    with pytest.raises(UserError, match="only 2 clusters"):
        split_rows(dataset(town=np.arange(ROWS) % 2), TASK, grouped)


def test_too_few_answers_are_named() -> None:
    with pytest.raises(UserError, match="Only 5 rows"):
        split_rows(dataset(5), TASK, SplitSpec())


def test_every_method_says_what_it_protects_against() -> None:
    assert set(PROTECTION) == set(SplitMethod)
