"""Copies of rows, and rows that are equal because there is little to differ in."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit import duplicates_across_parts
from dnn_core.audit.duplicates_across_parts import (
    CHECK,
    _copies,
    _mix,
    _pairs,
    expected_by_chance,
)
from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.specs import Part, SplitMethod, SplitSpec, Task

TYPES = np.array([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]])
"""How three types of persons answer a question with three answers."""


def items(rng, rows: int, count: int, categories: int = 3) -> dict[str, np.ndarray]:
    return {f"item{n}": rng.integers(0, categories, rows) for n in range(count)}


def alike(rng, rows: int, count: int) -> dict[str, np.ndarray]:
    """Answers that hang together, because there are three types of persons."""
    kind = rng.integers(0, 3, rows)
    cumulated = TYPES.cumsum(axis=1)
    return {
        f"item{n}": (rng.random(rows)[:, None] > cumulated[kind]).sum(axis=1) for n in range(count)
    }


def with_copies(data: dict, share: float, rng) -> dict:
    """The same, with some of the last rows replaced by copies of first ones."""
    frame = pd.DataFrame(data)
    rows = len(frame)
    count = int(share * rows)
    frame.iloc[rows - count :] = frame.iloc[rng.permutation(rows - count)[:count]].to_numpy()
    return dict(frame)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("predictors", ["numbers", "many items", "few items and a number"])
def test_it_fires_at_copies(dataset, findings_of, seed, predictors) -> None:
    rng = np.random.default_rng(seed)
    made = {
        "numbers": lambda: {"a": rng.normal(size=3000), "b": rng.normal(size=3000)},
        "many items": lambda: items(rng, 3000, 15),
        "few items and a number": lambda: {
            **items(rng, 3000, 3),
            "pay": rng.integers(0, 4000, 3000),
        },
    }[predictors]()
    data = dataset(**with_copies({"y": rng.integers(0, 2, 3000), **made}, 0.1, rng))
    (finding,) = findings_of(CHECK, data, "y", features=tuple(made))
    assert finding.code == "duplicates_across_parts"
    # A tenth of 3,000 rows are copies. A test row has its twin elsewhere with 4 in 5, and is
    # one of two in a fifth of all rows: 16 %.
    assert finding.numbers["share"] == pytest.approx(0.16, abs=0.04)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("predictors", ["few items", "types", "heaped", "two names", "indicators"])
def test_it_is_silent_where_rows_are_equal_by_coincidence(
    dataset, findings_of, seed, predictors
) -> None:
    rng = np.random.default_rng(seed)
    heaped = 500 * rng.poisson(4, 3000)
    age = rng.integers(18, 90, 3000)
    town, job = rng.integers(0, 6, 3000), rng.integers(0, 6, 3000)
    made = {
        "few items": lambda: items(rng, 3000, 5),
        "types": lambda: alike(rng, 3000, 8),
        "heaped": lambda: {**items(rng, 3000, 3), "pay": heaped},
        "two names": lambda: {"age": age, "born": 2020 - age, "cohort": age // 10},
        "indicators": lambda: {
            **{f"town{n}": (town == n).astype(int) for n in range(6)},
            **{f"job{n}": (job == n).astype(int) for n in range(6)},
        },
    }[predictors]()
    data = dataset(y=rng.integers(0, 2, 3000), **made)
    equal = data.frame.duplicated().mean()
    assert equal > 0.01, "there is nothing to be silent about"
    assert findings_of(CHECK, data, "y", features=tuple(made)) == ()


def test_the_estimate_is_right_for_independent_answers() -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**63, (6, 4), dtype="uint64")
    answers = rng.integers(0, 4, (6, 5000))
    columns = np.array([hashes[n][answers[n]] for n in range(6)])
    # 5000 * 4999 / 2 pairs, each equal with (1/4)^6.
    expected = 5000 * 4999 / 2 / 4**6
    assert _pairs(columns.sum(axis=0)) == pytest.approx(expected, rel=0.1)
    # The largest of fifteen estimates lies somewhat above.
    assert expected * 0.95 < expected_by_chance(columns) < expected * 1.4


def test_a_split_that_keeps_copies_together_is_in_order(dataset, findings_of) -> None:
    rng = np.random.default_rng(0)
    base = {"y": rng.integers(0, 2, 500), "a": rng.normal(size=500), "town": np.arange(500)}
    twice = {name: np.tile(values, 2) for name, values in base.items()}
    grouped = SplitSpec(method=SplitMethod.GROUPED)
    data = dataset(**twice)
    assert findings_of(CHECK, data, "y", features=("a",), split=grouped, cluster="town") == ()
    (finding,) = findings_of(CHECK, data, "y", features=("a",))
    assert finding.numbers["share"] > 0.5


def test_copies_between_training_and_validation_are_found_where_test_has_none(
    dataset, findings_of
) -> None:
    rng = np.random.default_rng(0)
    wave = np.r_[np.ones(800), np.full(200, 2)]
    a = np.r_[np.tile(rng.normal(size=400), 2), rng.normal(size=200)]
    y = np.r_[np.tile(rng.integers(0, 2, 400), 2), rng.integers(0, 2, 200)]
    split = SplitSpec(method=SplitMethod.COLUMN, by="wave", test_values=("2",))
    data = dataset(y=y, a=a, wave=wave)
    (finding,) = findings_of(CHECK, data, "y", features=("a",), split=split)
    assert "validation" in finding.measured
    assert findings_of(CHECK, data, "y", features=("a",), split=split, folds=5) == ()


def test_it_does_not_apply_to_images(images, findings_of) -> None:
    with pytest.raises(NotApplicable, match="Images"):
        findings_of(CHECK, images, "digit", features=("image",))


def _parts(dataset, sizes=(600, 200, 200), folds: int = 0, task=None, **columns) -> Evidence:
    """Evidence of three parts, one after the other; predictors are all columns but `y`."""
    ends = np.cumsum(sizes)
    training, validation, test = np.split(np.arange(ends[-1]), ends[:-1])
    parts = {Part.TRAINING: training, Part.VALIDATION: validation, Part.TEST: test}
    data = dataset(**columns)
    asked = Task(target="y", features=tuple(name for name in columns if name != "y"))
    return Evidence(data, asked, SplitSpec(), parts, folds)


def _numbers(validation: int = 0, test: int = 0, sizes=(600, 200, 200)) -> dict[str, np.ndarray]:
    """Rows that all differ, but that the first of two parts are copies of training rows."""
    rng = np.random.default_rng(1)
    rows = sum(sizes)
    columns = {
        "y": rng.integers(0, 2, rows),
        "a": rng.normal(size=rows),
        "b": rng.normal(size=rows),
    }
    for first, count in ((sizes[0], validation), (sizes[0] + sizes[1], test)):
        for values in columns.values():
            values[first : first + count] = values[:count]
    return columns


@pytest.mark.parametrize(
    ("validation", "test", "folds", "note"),
    [
        (0, 0, 0, None),
        # One evaluated row in a hundred.
        (0, 1, 0, None),
        (0, 2, 0, "2 of 200 rows"),
        (1, 1, 0, None),
        (2, 1, 0, "2 of 200 rows"),
        (2, 0, 5, None),
        (2, 2, 5, "2 of 200 rows"),
        (50, 20, 0, "20 of 200 rows"),
    ],
)
def test_one_row_in_a_hundred_is_worth_saying(dataset, validation, test, folds, note) -> None:
    found = CHECK.findings_of(_parts(dataset, folds=folds, **_numbers(validation, test)))
    assert [finding.figure_note for finding in found] == ([] if note is None else [note])
    if found:
        part = "test" if test > 1 else "validation"
        assert found[0].measured == f"rows with a copy, {part}"
        learned = "the rows used for training" if test > 1 else "training"
        assert found[0].title == f"Copies of rows are in the {part} part and among {learned}."


@pytest.mark.parametrize(
    ("copies", "severity"), [(19, Severity.WATCH), (20, Severity.PROBLEM), (90, Severity.PROBLEM)]
)
def test_one_row_in_ten_is_a_problem(dataset, copies, severity) -> None:
    (finding,) = CHECK.findings_of(_parts(dataset, **_numbers(test=copies)))
    assert finding.severity is severity
    numbers = {"share": copies / 200, "copies": copies, "by_chance": 0.0}
    assert finding.numbers == numbers


@pytest.mark.parametrize(("by_chance", "fires"), [(2.0, True), (2.1, False)])
def test_copies_are_five_times_as_many_as_by_chance(dataset, monkeypatch, by_chance, fires) -> None:
    monkeypatch.setattr(duplicates_across_parts, "expected_by_chance", lambda hashes: by_chance)
    found = CHECK.findings_of(_parts(dataset, **_numbers(test=10)))
    assert [finding.reason.split("there are ")[1] for finding in found] == ["10."] * fires


def test_of_very_many_rows_a_sample_is_searched_for_pairs(dataset, monkeypatch) -> None:
    seen = []

    def expected(hashes: np.ndarray) -> float:
        seen.append(hashes.shape)
        # No row was drawn twice: pairs there are only where there are copies.
        assert _pairs(hashes.sum(axis=0)) <= 5000
        return 0.0

    monkeypatch.setattr(duplicates_across_parts, "expected_by_chance", expected)
    for rows in (100_000, 110_000):
        sizes = (rows - 10_000, 5000, 5000)
        columns = _numbers(test=5000, sizes=sizes)
        (finding,) = CHECK.findings_of(_parts(dataset, sizes, **columns))
        assert finding.numbers["copies"] == 5000
    assert seen == [(3, 100_000)] * 2


def test_the_cost_is_bounded_where_columns_are_many(monkeypatch) -> None:
    looked = []
    monkeypatch.setattr(
        duplicates_across_parts, "_pairs", lambda keys: looked.append(1) or _pairs(keys)
    )
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**63, (20, 3), dtype="uint64")
    columns = np.array([hashes[n][rng.integers(0, 3, 500)] for n in range(20)])
    expected_by_chance(columns)
    # One for all columns and one for each; for twelve of them each two. Nothing agrees here.
    each_time = 1 + 20 + 12 * 11 // 2
    assert len(looked) <= 3 * each_time


def test_a_missing_answer_and_a_zero_with_a_sign_are_answers(dataset) -> None:
    columns = _numbers(test=40)
    columns["a"][:20], columns["a"][800:820] = np.nan, np.nan
    columns["b"][20:40], columns["b"][820:840] = 0.0, -0.0
    (finding,) = CHECK.findings_of(_parts(dataset, **columns))
    assert finding.numbers["copies"] == 40


def test_copies_among_text_are_found(dataset) -> None:
    columns = _numbers(test=40)
    names = np.array([f"n{value:.6f}" for value in columns.pop("a")])
    (finding,) = CHECK.findings_of(_parts(dataset, name=names, **columns))
    assert finding.numbers["copies"] == 40


@pytest.mark.parametrize("predictors", range(1, 7))
def test_rows_that_differ_in_the_last_column_are_no_copies(dataset, predictors) -> None:
    # However many columns come before it.
    rows = np.arange(100)
    same = {f"x{n}": rows % 20 for n in range(predictors - 1)}
    evidence = _parts(dataset, (60, 20, 20), **same, last=rows, y=rows % 20)
    parts = evidence.parts
    assert _copies(evidence, parts[Part.TEST], parts[Part.TRAINING]) == 0
    evidence.dataset.frame.loc[80:86, "last"] = np.arange(20, 27)
    assert _copies(evidence, parts[Part.TEST], parts[Part.TRAINING]) == 7
    # Two evaluated rows with one and the same twin are two, two twins of one row are one.
    evidence.dataset.frame.loc[87] = evidence.dataset.frame.loc[86]
    evidence.dataset.frame.loc[59] = evidence.dataset.frame.loc[20]
    assert _copies(evidence, parts[Part.TEST], parts[Part.TRAINING]) == 8


def test_the_order_of_the_rows_does_not_matter(dataset) -> None:
    # The first learned row comes right behind the last evaluated one.
    rows = np.array([0, 1, 2, 2, 3, 4])
    evidence = _parts(dataset, (3, 0, 3), y=rows, a=rows)
    assert _copies(evidence, np.array([0, 1, 2]), np.array([3, 4, 5])) == 1
    assert _copies(evidence, np.array([3, 4, 5]), np.array([2, 1, 0])) == 1


def test_bits_are_mixed_as_in_splitmix64() -> None:
    # Its first three outputs from the seed 0: multiples of the golden gamma, mixed.
    gamma = np.uint64(0x9E3779B97F4A7C15)
    states = np.array([1, 2, 3], dtype="uint64") * gamma
    assert [f"{value:016X}" for value in _mix(states)] == [
        "E220A8397B1DCDAF",
        "6E789E6AA1B965F4",
        "06C45D188009454F",
    ]


def test_pairs_are_counted_by_hand() -> None:
    # Three of a kind make three pairs, two make one.
    assert _pairs(np.array([5, 5, 5, 7, 7, 9], dtype="uint64")) == 4.0
    assert _pairs(np.array([1, 2, 3], dtype="uint64")) == 0.0


def _hashed(*columns) -> np.ndarray:
    """Numbers for answers, each of a column of its own."""
    return np.array(
        [_mix(np.asarray(c, dtype="uint64") + np.uint64(1000 * n)) for n, c in enumerate(columns)]
    )


def test_the_estimate_is_that_of_two_lists() -> None:
    # Pairs that differ in the first column alone: 1; in the second alone: 2, both in a row of
    # three; in both: all others of six pairs, of which none are equal.
    first, second = [0, 1, 0, 0], [0, 0, 1, 2]
    hashes = _hashed(first, second)
    one = sum(a != b and c == d for a, b, c, d in _couples(first, second))
    other = sum(a == b and c != d for a, b, c, d in _couples(first, second))
    both = sum(a != b and c != d for a, b, c, d in _couples(first, second))
    assert (one, other, both) == (1, 3, 2)
    assert expected_by_chance(hashes) == one * other / both


def _couples(first, second):
    return [
        (first[i], first[j], second[i], second[j]) for i, j in combinations(range(len(first)), 2)
    ]


def test_the_largest_estimate_of_all_pairs_of_columns() -> None:
    rng = np.random.default_rng(3)
    columns = [rng.integers(0, 3, 120) for _ in range(3)]
    estimates = []
    for i, j in combinations(range(3), 2):
        (rest,) = {0, 1, 2} - {i, j}
        counts = [0, 0, 0]
        for a, b in combinations(range(120), 2):
            if columns[rest][a] == columns[rest][b]:
                differs = columns[i][a] != columns[i][b], columns[j][a] != columns[j][b]
                counts[0] += differs == (True, False)
                counts[1] += differs == (False, True)
                counts[2] += differs == (True, True)
        estimates.append(counts[0] * counts[1] / counts[2])
    assert min(estimates) < max(estimates)
    assert expected_by_chance(_hashed(*columns)) == pytest.approx(max(estimates))


def test_without_pairs_that_nearly_agree_chance_gives_none() -> None:
    assert expected_by_chance(_hashed([1, 2, 3], [4, 5, 6])) == 0.0
    assert expected_by_chance(_hashed([1, 1, 3])) == 0.0


@pytest.mark.parametrize("names", [1, 2, 3])
def test_names_of_one_thing_are_one_column(names) -> None:
    # The town under several names, each of which never differs alone.
    rng = np.random.default_rng(4)
    town, job = rng.integers(0, 4, 200), rng.integers(0, 5, 200)
    alone = expected_by_chance(_hashed(town, job))
    several = expected_by_chance(_hashed(*[town] * names, job))
    assert several == alone > 0


@pytest.mark.parametrize("towns", [2, 3, 5])
def test_indicators_of_one_question_are_one_column(towns) -> None:
    # An indicator never differs without another one.
    rng = np.random.default_rng(5)
    town, job = rng.integers(0, towns, 200), rng.integers(0, 5, 200)
    indicators = [(town == n).astype(int) for n in range(towns)]
    several = expected_by_chance(_hashed(*indicators, job))
    assert several == expected_by_chance(_hashed(town, job)) > 0


def test_two_questions_with_indicators_are_two_columns() -> None:
    rng = np.random.default_rng(6)
    town, job = rng.integers(0, 3, 200), rng.integers(0, 4, 200)
    indicators = [(town == n).astype(int) for n in range(3)]
    indicators += [(job == n).astype(int) for n in range(4)]
    rng.shuffle(indicators)
    assert expected_by_chance(_hashed(*indicators)) == expected_by_chance(_hashed(town, job)) > 0


def test_what_differs_in_threes_only_is_taken_together() -> None:
    # Three codes of one thing, of which any two rows differ in all; and one column besides.
    rng = np.random.default_rng(7)
    thing, other = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    three = [thing, (thing + 1) % 4, (thing * 3) % 4]
    assert expected_by_chance(_hashed(*three, other)) == expected_by_chance(_hashed(thing, other))


def test_columns_that_hardly_differ_are_left_aside(monkeypatch) -> None:
    # Of sixteen columns fourteen differ in a single row: looking at all of them finds the same.
    rng = np.random.default_rng(8)
    town, job = rng.integers(0, 4, 200), rng.integers(0, 5, 200)
    rare = [(np.arange(200) == n).astype(int) for n in range(14)]
    hashes = _hashed(*rare, town, job)
    found = expected_by_chance(hashes)
    monkeypatch.setattr(duplicates_across_parts, "MOST_COLUMNS", 16)
    assert found == expected_by_chance(hashes) > 0


def test_numbers_that_hardly_differ_are_no_copies(dataset) -> None:
    rows = np.arange(100)
    evidence = _parts(dataset, (60, 20, 20), y=rows % 2, a=rows * 1e-20)
    assert _copies(evidence, evidence.parts[Part.TEST], evidence.parts[Part.TRAINING]) == 0


def test_a_single_pair_that_differs_in_both_is_enough() -> None:
    # Of three rows one pair differs in the first column, one in the second, one in both.
    assert expected_by_chance(_hashed([0, 1, 0], [0, 0, 1])) == 1.0
