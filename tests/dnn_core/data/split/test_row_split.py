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
    Kind,
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


# At the limits ---------------------------------------------------------------------


def test_ten_rows_and_five_clusters_are_enough() -> None:
    for rows, enough in ((10, True), (9, False)):
        data, random = dataset(rows), SplitSpec(method=SplitMethod.RANDOM)
        if enough:
            assert sum(len(part) for part in split_rows(data, TASK, random).values()) == 10
        else:
            with pytest.raises(UserError, match="Only 9 rows"):
                split_rows(data, TASK, random)
    grouped = SplitSpec(method=SplitMethod.GROUPED)
    assert len(split_rows(dataset(town=np.arange(ROWS) % 5), TASK, grouped)["test"]) == 200
    with pytest.raises(UserError, match="only 4 clusters"):
        split_rows(dataset(town=np.arange(ROWS) % 4), TASK, grouped)


@pytest.mark.parametrize(("left", "words"), [(10, None), (9, "take nearly all rows"), (0, "all")])
def test_ten_rows_must_be_left_beside_the_chosen_values(left: int, words: str | None) -> None:
    data = waves(np.where(np.arange(100) < left, 2001, 2002))
    split = BY_WAVE.but(test_values=("2002",))
    if words is None:
        assert len(split_rows(data, TASK.but(cluster=None), split)["test"]) == 90
    else:
        with pytest.raises(UserError, match=words):
            split_rows(data, TASK.but(cluster=None), split)


def spread(rows: int, ones: int, folds: int) -> bool:
    """Whether the rare category is dealt out evenly, whatever the seed."""
    data = dataset(rows, vote=(np.arange(rows) < ones).astype(int))
    task = TASK.but(cluster=None)
    split = SplitSpec(method=SplitMethod.STRATIFIED)
    sizes = [
        np.bincount(deal_folds(data, task, split.but(seed=seed), np.arange(rows), folds)[:ones])
        for seed in range(8)
    ]
    return all(len(size) == folds and size.max() - size.min() <= 1 for size in sizes)


@pytest.mark.parametrize(
    ("rows", "ones", "folds", "stratified"),
    [
        # A category needs three cases, one for each fold, and the data thirty rows.
        (30, 3, 3, True),
        (30, 2, 2, False),
        (29, 3, 3, False),
        (40, 4, 4, True),
        (40, 4, 5, False),
    ],
)
def test_strata_that_are_too_thin_are_none(
    rows: int, ones: int, folds: int, stratified: bool
) -> None:
    assert spread(rows, ones, folds) is stratified


def test_a_quantity_in_words_has_no_fifths() -> None:
    data = dataset(60, mood=pd.Series(["low", "high", "middle"] * 20, dtype="str"))
    task = Task(target="mood", features=("age",), kind=Kind.REGRESSION)
    plain, stratified = (
        split_rows(data, task, SplitSpec(method=method))
        for method in (SplitMethod.RANDOM, SplitMethod.STRATIFIED)
    )
    for name in PARTS:
        np.testing.assert_array_equal(plain[name], stratified[name])
    categories = split_rows(data, task.but(kind=Kind.MULTICLASS), SplitSpec())
    assert data.frame["mood"].iloc[categories["test"]].value_counts().tolist() == [4, 4, 4]


@pytest.mark.parametrize("rows", [4, 5])
def test_every_fold_needs_a_row(rows: int) -> None:
    data, split = dataset(), SplitSpec(method=SplitMethod.RANDOM)
    if rows < 5:
        with pytest.raises(UserError, match="5 networks cannot take turns with 4 training rows"):
            deal_folds(data, TASK, split, np.arange(rows), 5)
    else:
        assert sorted(deal_folds(data, TASK, split, np.arange(rows), 5)) == [0, 1, 2, 3, 4]


def test_every_fold_needs_a_cluster() -> None:
    data, split = dataset(town=np.arange(ROWS) % 6), SplitSpec(method=SplitMethod.GROUPED)
    rows = np.flatnonzero(np.arange(ROWS) % 6 < 4)
    assert set(deal_folds(data, TASK, split, rows, 4)) == {0, 1, 2, 3}
    with pytest.raises(UserError, match="5 networks cannot take turns with 4 clusters"):
        deal_folds(data, TASK, split, rows, 5)


def test_a_fold_of_a_cross_validation_has_the_share_of_all_rows_for_validation() -> None:
    data, task = dataset(), TASK.but(cluster=None)
    experiment = ONE.but(task=task, split=SplitSpec(validation=0.3, test=0.2))
    learnt, evaluated = np.arange(800), np.arange(800, 1000)
    parts = fold_parts(data, experiment, learnt, evaluated)
    # Three eighths of the rows that are not evaluated are three tenths of all.
    assert [len(parts[name]) for name in PARTS] == [500, 300, 200]
    np.testing.assert_array_equal(parts["test"], evaluated)
    turns = fold_parts(data, experiment.but(training=TrainingSpec(members=3)), learnt, evaluated)
    assert [len(turns[name]) for name in PARTS] == [800, 800, 200]


def test_a_share_is_divided_by_the_method_of_the_split() -> None:
    data = waves()
    rows = np.arange(100)
    early, late = divide_rows(data, TASK, IN_TIME, rows, 0.2)
    assert (years(data, early), years(data, late)) == ([2001, 2002, 2003], [2004, 2005])
    task = TASK.but(cluster=None)
    kept, taken = divide_rows(data, task, SplitSpec(), rows, 0.3)
    assert (len(kept), len(taken)) == (70, 30)
    assert data.frame["vote"].iloc[taken].sum() == 3


def test_every_stretch_is_predicted_from_all_before_it() -> None:
    data = waves()
    pairs = outer_folds(data, TASK, IN_TIME, np.arange(100), 3)
    learnt = [years(data, before) for before, _ in pairs]
    assert learnt == [[2001], [2001, 2002], [2001, 2002, 2003]]
    assert [years(data, now) for _, now in pairs] == [[2002], [2003], [2004, 2005]]


def test_every_other_fold_is_predicted_from_all_others() -> None:
    rows = np.arange(0, 100, 2)
    pairs = outer_folds(dataset(), TASK.but(cluster=None), SplitSpec(), rows, 5)
    assert [len(evaluated) for _, evaluated in pairs] == [10] * 5
    for learnt, evaluated in pairs:
        assert sorted([*learnt, *evaluated]) == rows.tolist()
    assert sorted(np.concatenate([evaluated for _, evaluated in pairs])) == rows.tolist()


@pytest.mark.parametrize("method", [SplitMethod.RANDOM, SplitMethod.STRATIFIED])
def test_a_random_split_does_not_look_at_the_design(method: SplitMethod) -> None:
    data = dataset(60, block=np.arange(60) // 6)
    task, plain = TASK.but(cluster=None, strata="block"), TASK.but(cluster=None)
    split = SplitSpec(method=method)
    with_design, without = (split_rows(data, t, split)["test"] for t in (task, plain))
    folds = [deal_folds(data, t, split, np.arange(60), 6) for t in (task, plain)]
    if method is SplitMethod.RANDOM:
        np.testing.assert_array_equal(with_design, without)
        np.testing.assert_array_equal(*folds)
    else:
        # A fifth of six rows: one or two of each block.
        assert set(np.bincount(with_design // 6, minlength=10)) == {1, 2}
        assert all(len(set(folds[0][i : i + 6])) >= 4 for i in range(0, 60, 6))
        assert not np.array_equal(*folds)


def test_a_published_part_keeps_its_rows_in_order_and_takes_turns() -> None:
    data = replace(dataset(), official_test=np.array([999, 3, 500]))
    split = SplitSpec(method=SplitMethod.OFFICIAL)
    parts = split_rows(data, TASK.but(cluster=None), split, folds=3)
    assert parts["test"].tolist() == [3, 500, 999]
    expected = np.setdiff1d(np.arange(ROWS), [3, 500, 999])
    np.testing.assert_array_equal(parts["training"], expected)
    np.testing.assert_array_equal(parts["validation"], expected)
    assert split_rows(data, TASK.but(cluster=None), split)["test"].tolist() == [3, 500, 999]
