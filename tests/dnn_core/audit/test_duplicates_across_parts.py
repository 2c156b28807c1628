"""Copies of rows, and rows that are equal because there is little to differ in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit.duplicates_across_parts import CHECK, _pairs, expected_by_chance
from dnn_core.audit.finding import NotApplicable
from dnn_core.specs import SplitMethod, SplitSpec

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
