"""Splits that promise something about people, time and strata, on random data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.split.row_split import PARTS, deal_folds, split_rows
from dnn_core.data.split.split_panel import later_people
from dnn_core.data.split.split_strata import draw_folds, draw_share
from dnn_core.errors import UserError
from dnn_core.specs import SplitMethod, SplitSpec, Task

TASK = Task(target="y", features=("x",), cluster="person")
STRATIFIED = TASK.but(strata="stratum")


def panel(seed: int) -> Dataset:
    """People in some of the waves each, with an outcome that some waves lack."""
    generator = np.random.default_rng(seed)
    people, waves = int(generator.integers(20, 120)), int(generator.integers(3, 9))
    here = generator.random((people, waves)) < generator.uniform(0.4, 1.0)
    person, wave = np.nonzero(here)
    order = generator.permutation(len(person))
    y = generator.integers(2, size=len(person)).astype(float)
    y[generator.random(len(person)) < 0.05] = np.nan
    stratum = generator.integers(generator.integers(1, 9), size=people)
    frame = pd.DataFrame(
        {
            "y": y,
            "x": generator.normal(size=len(person)),
            "person": person[order],
            "wave": wave[order] + 2001,
            "stratum": stratum[person[order]],
        }
    )
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    return Dataset("panel", frame, variables, Source("d.csv", "0" * 64, 1))


@pytest.mark.parametrize("seed", range(40))
def test_people_and_times_of_the_test_part_are_new(seed: int) -> None:
    data = panel(seed)
    generator = np.random.default_rng(seed + 1000)
    split = SplitSpec(
        method=SplitMethod.PANEL, by="wave", test=float(generator.uniform(0.1, 0.4)), seed=seed
    )
    parts = split_rows(data, TASK, split)
    person, wave = (data.frame[name].to_numpy() for name in ("person", "wave"))
    rows = np.concatenate([parts[name] for name in PARTS])
    assert len(np.unique(rows)) == len(rows)
    assert data.frame["y"].iloc[rows].notna().all()
    learnt = np.concatenate([parts["training"], parts["validation"]])
    assert not np.intersect1d(person[learnt], person[parts["test"]]).size
    assert wave[learnt].max() < wave[parts["test"]].min()
    assert not np.intersect1d(person[parts["training"]], person[parts["validation"]]).size


def test_the_panel_split_has_the_share_asked_for_and_sets_aside_what_would_connect() -> None:
    # 300 people in 3 waves each; the last wave is late, so E = E' = 600, L = 300 and
    # p = .2 * 600 / (300 * .8 + .2 * 600) = 1/3: 100 people, 100 late rows; the other
    # 200 people keep 400 early rows, and 100 / 500 is the share asked for.
    frame = pd.DataFrame(
        {
            "y": np.arange(900) % 2,
            "x": 0.0,
            "person": np.repeat(np.arange(300), 3),
            "wave": np.tile([1, 2, 3], 300),
        }
    )
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    data = Dataset("panel", frame, variables, Source("d.csv", "0" * 64, 1))
    parts = split_rows(data, TASK, SplitSpec(method=SplitMethod.PANEL, by="wave"))
    # Of 200 people a quarter (.2 / .8) are for validation.
    assert {name: len(rows) for name, rows in parts.items()} == {
        "training": 300,
        "validation": 100,
        "test": 100,
    }


def test_the_panel_split_needs_people() -> None:
    with pytest.raises(UserError, match="cluster"):
        split_rows(panel(0), TASK.but(cluster=None), SplitSpec(method=SplitMethod.PANEL, by="wave"))


@pytest.mark.parametrize("method", [SplitMethod.GROUPED, SplitMethod.PANEL])
@pytest.mark.parametrize("seed", range(10))
def test_folds_keep_people_together(method: SplitMethod, seed: int) -> None:
    data = panel(seed)
    for task in (TASK, STRATIFIED):
        split = SplitSpec(method=method, by="wave", seed=seed)
        rows = split_rows(data, task, split, folds=3)["training"]
        fold = deal_folds(data, task, split, rows, 3)
        person = data.frame["person"].to_numpy()[rows]
        assert set(fold) == {0, 1, 2}
        assert pd.Series(fold).groupby(person).nunique().max() == 1


@pytest.mark.parametrize("seed", range(20))
def test_whole_clusters_are_drawn_within_strata(seed: int) -> None:
    data = panel(seed)
    split = SplitSpec(method=SplitMethod.GROUPED, test=0.3, validation=0.3, seed=seed)
    parts = split_rows(data, STRATIFIED, split)
    frame = data.frame
    whose = {name: set(frame["person"].iloc[rows]) for name, rows in parts.items()}
    assert not whose["test"] & (whose["training"] | whose["validation"])
    assert not whose["training"] & whose["validation"]
    answered = frame[frame["y"].notna()]
    for _, inside in answered.groupby("stratum"):
        people = set(inside["person"])
        # Three tenths of each stratum, rounded up or down.
        assert abs(len(people & whose["test"]) - 0.3 * len(people)) < 1


@pytest.mark.parametrize("seed", range(10))
def test_cases_are_drawn_within_strata_and_outcome(seed: int) -> None:
    data = panel(seed)
    split = SplitSpec(method=SplitMethod.STRATIFIED, test=0.25, seed=seed)
    parts = split_rows(data, TASK.but(strata="stratum", cluster=None), split)
    answered = data.frame[data.frame["y"].notna()]
    assert sum(len(rows) for rows in parts.values()) == len(answered)
    taken = data.frame.iloc[parts["test"]]
    for (y, stratum), inside in answered.groupby(["y", "stratum"]):
        result = ((taken["y"] == y) & (taken["stratum"] == stratum)).sum()
        assert abs(result - 0.25 * len(inside)) < 1
    for y, inside in answered.groupby("y"):
        assert abs((taken["y"] == y).sum() - 0.25 * len(inside)) < 1


@pytest.mark.parametrize("seed", range(4))
def test_every_unit_is_as_likely_as_the_others(seed: int) -> None:
    units = np.arange(50)
    strata = [np.arange(50) % 7]
    taken = np.zeros(50)
    for number in range(400):
        kept, drawn = draw_share(units, strata, 0.2, 400 * seed + number)
        assert sorted([*kept, *drawn]) == list(units)
        taken[drawn] += 1
    # A binomial share of 400 draws has a standard error of .02.
    assert np.abs(taken / 400 - 0.2).max() < 5 * 0.02


def test_folds_within_strata_differ_by_one_at_most() -> None:
    strata = np.repeat(np.arange(6), [1, 4, 5, 12, 20, 3])
    fold = draw_folds([strata], len(strata), 4, seed=3)
    for stratum in range(6):
        sizes = np.bincount(fold[strata == stratum], minlength=4)
        assert sizes.max() - sizes.min() <= 1


def of_people(rows: list[tuple[str, int]]) -> Dataset:
    frame = pd.DataFrame(rows, columns=["person", "wave"]).assign(y=1.0, x=0.0)
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    return Dataset("panel", frame, variables, Source("d.csv", "0" * 64, 1))


def later(data: Dataset, seed: int = 0, test: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    split = SplitSpec(method=SplitMethod.PANEL, by="wave", test=test, seed=seed)
    people = data.frame["person"].to_numpy(dtype=str)
    return later_people(data, TASK, split, np.arange(len(data)), people)


def test_people_without_late_rows_are_no_reason_to_draw_fewer() -> None:
    # 60 people with a row in waves 1 and 2 only, 40 with a row in wave 3 as well: E = 200 early
    # rows, E' = 80, L = 40, and p = .1 * 200 / (40 * .9 + .1 * 80) = 20 / 44: 18 of the 40.
    rows = [(f"p{i}", wave) for i in range(100) for wave in ((1, 2, 3) if i < 40 else (1, 2))]
    data = of_people(rows)
    for seed in range(3):
        rest, test = later(data, seed, test=0.1)
        assert set(data.frame["wave"].iloc[test]) == {3} and len(test) == 18
        # The other 82 people have two early rows each.
        assert len(rest) == 164
        assert (np.diff(rest) > 0).all() and (np.diff(test) > 0).all()


def test_somebody_is_always_drawn_and_never_more_than_there_are() -> None:
    # One person alone has a late row, and .05 of it would be nobody.
    data = of_people([("a", 1), ("b", 2), ("c", 3), ("d", 1)])
    rest, test = later(data, test=0.05)
    assert (rest.tolist(), test.tolist()) == ([0, 1, 3], [2])
    # Three late rows, six early ones of others: p = .5 * 6 / (3 * .5) = 2, which is everybody.
    many = of_people([(f"e{i}", 1 + i % 2) for i in range(6)] + [(f"l{i}", 3) for i in range(3)])
    rest, test = later(many, test=0.5)
    assert (rest.tolist(), test.tolist()) == ([0, 1, 2, 3, 4, 5], [6, 7, 8])


def test_one_of_several_may_be_all_that_is_drawn() -> None:
    # Five of ten have a late row: p = .05 * 10 / (5 * .95 + .05 * 5) = .1, half a person, or one.
    data = of_people([(f"p{i}", w) for i in range(10) for w in ((1, 3) if i < 5 else (2,))])
    rest, test = later(data, test=0.05)
    assert len(test) == 1 and len(rest) == 9


def test_where_everybody_is_late_nobody_is_left_for_training() -> None:
    data = of_people([("a", 1), ("a", 2), ("a", 3)])
    with pytest.raises(UserError, match="No row is left for training"):
        later(data)
