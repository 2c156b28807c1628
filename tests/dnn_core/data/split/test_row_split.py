"""Rows are dealt out once, completely, and as the method promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.split.row_split import (
    PARTS,
    PROTECTION,
    deal_folds,
    divide_rows,
    fold_parts,
    outer_folds,
    split_rows,
)
from dnn_core.errors import UserError
from dnn_core.specs import (
    Experiment,
    Holdout,
    SplitMethod,
    SplitSpec,
    Task,
    TrainingSpec,
    describe_field,
)

ROWS = 1000
TASK = Task(target="vote", features=("age",), cluster="town")
ONE = Experiment(task=TASK, training=TrainingSpec(members=1))


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
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


WHOLE = [m for m in SplitMethod if m not in (SplitMethod.OFFICIAL, SplitMethod.PANEL)]


@pytest.mark.parametrize("method", WHOLE)
def test_every_answered_row_is_in_exactly_one_part(method: SplitMethod) -> None:
    data = dataset()
    data.frame.loc[:49, "vote"] = np.nan
    by = "age" if method is SplitMethod.TIME else "town"
    parts = split_rows(data, TASK, SplitSpec(method=method, by=by, test_values=("7", "8")))
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


def test_a_declared_cluster_is_dealt_out_whole_unless_a_method_is_chosen() -> None:
    data = dataset()
    grouped, default = SplitSpec(method=SplitMethod.GROUPED), SplitSpec()
    stratified = SplitSpec(method=SplitMethod.STRATIFIED)
    for task, same in ((TASK, grouped), (TASK.but(cluster=None), stratified)):
        result, expected = split_rows(data, task, default), split_rows(data, task, same)
        for name in PARTS:
            np.testing.assert_array_equal(result[name], expected[name])
    # What was chosen stays.
    parts = split_rows(data, TASK, stratified)
    assert torn(data, parts["training"], parts["test"])


def torn(data: Dataset, *parts: np.ndarray) -> bool:
    """Whether a town is in two of the parts."""
    towns = [set(data.frame["town"].iloc[rows]) for rows in parts]
    return sum(map(len, towns)) > len(set().union(*towns))


@pytest.mark.parametrize(
    "split",
    [
        SplitSpec(),
        SplitSpec(method=SplitMethod.OFFICIAL),
        SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("3",)),
    ],
)
def test_turns_folds_and_validation_keep_clusters_whole(split: SplitSpec) -> None:
    data = dataset(wave=np.arange(ROWS) % 4)
    data = replace(data, official_test=np.arange(900, 1000))
    parts = split_rows(data, TASK, split)
    assert not torn(data, parts["training"], parts["validation"])
    training = split_rows(data, TASK, split, folds=5)["training"]
    turns = deal_folds(data, TASK, split, training, 5)
    assert not torn(data, *(training[turns == turn] for turn in range(5)))
    for learnt, evaluated in outer_folds(data, TASK, split, training, 4):
        assert not torn(data, learnt, evaluated)
        inner = fold_parts(data, ONE.but(split=split), learnt, evaluated)
        assert not torn(data, *(inner[name] for name in PARTS))
    assert not torn(data, *divide_rows(data, TASK, split, training, 0.3))


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
    parts = split_rows(data, TASK.but(cluster=None), split)
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


# In time order ---------------------------------------------------------------------

# 100 rows in five waves, in no order in the file.
YEARS = {2001: 30, 2002: 30, 2003: 20, 2004: 15, 2005: 5}
WAVES = np.random.default_rng(3).permutation(np.repeat(list(YEARS), list(YEARS.values())))
IN_TIME = SplitSpec(method=SplitMethod.TIME, by="wave", holdout=Holdout.PART)


def waves(values: object = WAVES, **columns: object) -> Dataset:
    return dataset(100, wave=values, **columns)


def years(data: Dataset, rows: np.ndarray) -> list:
    return sorted(data.frame["wave"].iloc[rows].unique())


@pytest.mark.parametrize("write", [lambda year: year, lambda year: f"{year}-05-31"])
def test_the_latest_rows_are_the_test_part(write: object) -> None:
    data = waves([write(year) for year in WAVES])
    parts = split_rows(data, TASK, IN_TIME)
    # The last 20 of 100 rows begin with 2004; of the 80 others, the last 20 are those of 2003.
    assert years(data, parts["training"]) == [write(2001), write(2002)]
    assert years(data, parts["validation"]) == [write(2003)]
    assert years(data, parts["test"]) == [write(2004), write(2005)]
    assert [len(parts[name]) for name in PARTS] == [60, 20, 20]


@pytest.mark.parametrize(
    ("share", "tested"),
    [
        # 95 rows are before 2005 and 80 before 2004: 95 is nearer to 90, 80 to 85.
        (0.1, [2005]),
        (0.15, [2004, 2005]),
        # 60 rows are before 2003, 30 before 2002: 60 is nearer to 50.
        (0.5, [2003, 2004, 2005]),
    ],
)
def test_rows_of_one_time_stay_together(share: float, tested: list[int]) -> None:
    data = waves()
    parts = split_rows(data, TASK, IN_TIME.but(test=share))
    seen = [years(data, parts[name]) for name in PARTS]
    assert seen[2] == tested
    # Every year once: none is in two parts.
    assert sorted(year for part in seen for year in part) == list(YEARS)


def test_numbers_are_ordered_as_numbers() -> None:
    data = waves(np.arange(100) // 10 + 2)
    # As text, 9 would come after 11.
    assert years(data, split_rows(data, TASK, IN_TIME)["test"]) == [10, 11]


def test_a_large_last_wave_leaves_two_times_to_learn_from() -> None:
    data = waves(np.repeat([1, 2, 3], [2, 3, 95]))
    parts = split_rows(data, TASK, IN_TIME)
    assert [len(parts[name]) for name in PARTS] == [2, 3, 95]


def test_time_leaves_nothing_to_chance_and_turns_do_not_move_the_test_part() -> None:
    data = waves()
    first = split_rows(data, TASK, IN_TIME)
    again = split_rows(data, TASK, IN_TIME.but(seed=9))
    in_turns = split_rows(data, TASK, IN_TIME, folds=3)
    for name in PARTS:
        np.testing.assert_array_equal(first[name], again[name])
    np.testing.assert_array_equal(first["test"], in_turns["test"])
    before = np.union1d(first["training"], first["validation"])
    np.testing.assert_array_equal(in_turns["training"], before)


@pytest.mark.parametrize(
    ("folds", "blocks"),
    # Of 80 rows: 30 are nearer to a half than 60; three networks leave out a wave each.
    [(2, [[2001], [2002, 2003]]), (3, [[2001], [2002], [2003]])],
)
def test_folds_are_stretches_of_time(folds: int, blocks: list[list[int]]) -> None:
    data = waves()
    rows = split_rows(data, TASK, IN_TIME, folds)["training"]
    fold = deal_folds(data, TASK, IN_TIME, rows, folds)
    assert [years(data, rows[fold == number]) for number in range(folds)] == blocks


def test_more_networks_than_times_are_refused_before_a_run() -> None:
    with pytest.raises(UserError, match="4 networks cannot take turns with 3 times"):
        split_rows(waves(), TASK, IN_TIME, folds=4)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.where(np.arange(100) < 7, np.nan, WAVES), "7 of 100 rows .* no value of “wave”"),
        (np.arange(100) % 2, "only 2 different times"),
        (["31.05.2021", "01.06.2021"] * 50, "without an order in time"),
        (["2021-31-05", "2021-30-05"] * 50, "without an order in time"),
    ],
)
def test_what_has_no_order_in_time_is_named(values: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        split_rows(waves(values), TASK, IN_TIME)


def test_a_missing_time_of_a_row_without_outcome_does_not_matter() -> None:
    data = waves(np.where(np.arange(100) < 7, np.nan, WAVES))
    data.frame.loc[:6, "vote"] = np.nan
    assert sum(len(rows) for rows in split_rows(data, TASK, IN_TIME).values()) == 93


# By a column -----------------------------------------------------------------------

BY_WAVE = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("2002", "2005"))


def test_chosen_values_are_the_test_part() -> None:
    data = waves(WAVES.astype(float))
    parts = split_rows(data, TASK.but(cluster=None), BY_WAVE)
    np.testing.assert_array_equal(parts["test"], np.flatnonzero(np.isin(WAVES, [2002, 2005])))
    assert set(years(data, np.union1d(parts["training"], parts["validation"]))) == {
        2001,
        2003,
        2004,
    }
    # 65 rows are left, of which a fifth compares the epochs.
    assert [len(parts[name]) for name in PARTS] == [52, 13, 35]


def test_chosen_values_do_not_depend_on_the_seed_but_the_rest_does() -> None:
    first, same, other = (split_rows(waves(), TASK, BY_WAVE.but(seed=s)) for s in (1, 1, 2))
    for name in PARTS:
        np.testing.assert_array_equal(first[name], same[name])
    np.testing.assert_array_equal(first["test"], other["test"])
    assert not np.array_equal(first["validation"], other["validation"])


def test_networks_in_turns_learn_from_all_other_values() -> None:
    parts = split_rows(waves(), TASK, BY_WAVE, folds=5)
    np.testing.assert_array_equal(
        parts["training"], np.flatnonzero(np.isin(WAVES, [2001, 2003, 2004]))
    )
    fold = deal_folds(waves(), TASK.but(cluster=None), BY_WAVE, parts["training"], 5)
    assert np.bincount(fold).tolist() == [13] * 5


def test_rows_without_a_value_are_not_tested() -> None:
    data = waves(np.where(np.arange(100) < 20, np.nan, WAVES))
    assert split_rows(data, TASK, BY_WAVE)["test"].min() >= 20


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_values": ()}, "No value of “wave” is chosen"),
        ({"test_values": ("1999",)}, "No row with an outcome has a chosen value"),
        ({"test_values": tuple(map(str, YEARS))}, "take all rows"),
        ({"by": None}, "needs a variable to split by"),
        ({"by": None, "method": SplitMethod.TIME}, "needs a variable to split by"),
        ({"by": "vote"}, "“vote” cannot be it"),
        ({"by": "gone"}, "no variable “gone”"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_named(changes: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        split_rows(waves(), TASK, BY_WAVE.but(**changes))


def test_splits_of_older_experiments_still_load() -> None:
    old = {"validation": 0.2, "holdout": "part", "test": 0.2, "method": "random", "seed": 4}
    split = SplitSpec.model_validate(old)
    assert (split.by, split.test_values) == (None, ())
    assert SplitSpec.model_validate_json(BY_WAVE.model_dump_json()) == BY_WAVE


def test_a_split_is_written_in_a_few_words() -> None:
    assert SplitSpec(by="wave").summary() == "As the sample was drawn"
    assert SplitSpec(by="wave").for_task(TASK).summary() == "Whole clusters"
    assert IN_TIME.summary() == "In time order, wave"
    assert BY_WAVE.summary() == "By a column of the data, wave: 2002, 2005"
    shown = describe_field(SplitSpec, "test_values").show
    assert (shown(BY_WAVE.test_values), shown(())) == ("2002, 2005", "none")
