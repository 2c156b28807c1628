"""How well one predictor alone predicts: by scikit-learn, and by hand at each limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from dnn_core.audit.alone import Alone, _auc, _groups, _lambda, _means, _r2, tell_alone
from dnn_core.audit.evidence import Column, Evidence
from dnn_core.specs import Kind, Part, SplitSpec, Task


@pytest.fixture
def alone(dataset):
    """Tell `x` alone; all rows are for training, or of those in `first_half` the first half."""

    def tell(kind: Kind, first_half: np.ndarray | None = None, **columns: Any) -> Alone | None:
        data = dataset(**columns)
        task = Task(target="y", features=("x",), kind=kind)
        evidence = Evidence(data, task, SplitSpec(), {Part.TRAINING: np.arange(len(data))}, 0)
        if first_half is not None:
            evidence.__dict__["first_half"] = first_half
        return tell_alone(evidence, "x")

    return tell


RNG = np.random.default_rng(0)
GROUPS = RNG.integers(0, 6, 200)
"""Of which the outcomes below depend."""


def test_ranks_are_those_of_scikit_learn() -> None:
    # Two groups have equal means: their pairs are ties.
    positive = np.array([0.1, 0.5, 0.3, 0.3, 0.9, 0.2])
    ones = RNG.random(200) < positive[GROUPS]
    targets = np.column_stack([~ones, ones]).astype(float)
    found = _auc(np.column_stack([1 - positive, positive]), GROUPS, targets)
    assert found == pytest.approx(roc_auc_score(ones, positive[GROUPS]))


@pytest.mark.parametrize("only", [0, 1])
def test_one_category_has_no_ranks(only) -> None:
    means = np.array([[0.5, 0.5], [0.2, 0.8]])
    assert _auc(means, np.array([0, 1, 1]), np.eye(2)[[only] * 3]) is None


def test_errors_avoided_are_counted_by_hand() -> None:
    # Always naming category 2 is wrong in five of ten. The groups name 0, 2 and 1: wrong in two.
    means = np.array([[0.6, 0.2, 0.2], [0.1, 0.2, 0.7], [0.1, 0.8, 0.1]])
    groups = np.array([0, 0, 0, 1, 1, 1, 1, 1, 2, 2])
    outcome = np.array([0, 0, 2, 2, 2, 2, 2, 0, 1, 1])
    assert accuracy_score(outcome, means.argmax(axis=1)[groups]) == 0.8
    assert _lambda(means, groups, np.eye(3)[outcome]) == pytest.approx((5 - 2) / 5)


def test_without_errors_none_can_be_avoided() -> None:
    assert _lambda(np.eye(2), np.array([0, 1, 1]), np.eye(2)[[1, 1, 1]]) is None


@pytest.mark.parametrize("scale", [1.0, 37.0])
def test_the_share_of_variance_is_that_of_scikit_learn(scale) -> None:
    means = scale * np.arange(6.0)[:, None]
    outcome = scale * (GROUPS + RNG.normal(size=200))
    found = _r2(means, GROUPS, outcome[:, None])
    assert found == pytest.approx(r2_score(outcome, means[GROUPS, 0]))


def test_the_share_of_a_small_variance_and_of_none() -> None:
    # Squares from the mean sum to 1, those from the groups' means to 0.25.
    outcome = np.array([[0.0], [0.0], [1.0], [1.0]])
    means = np.array([[0.25], [0.75]])
    assert _r2(means, np.array([0, 0, 1, 1]), outcome) == pytest.approx(1 - 0.25)
    assert _r2(means, np.array([0, 1]), np.array([[3.0], [3.0]])) is None


def test_means_are_drawn_towards_that_of_all_by_two_cases() -> None:
    # Of four fitted rows two are 1. Group 0 has three of them, group 1 one, group 2 none.
    groups = np.array([0, 0, 0, 1, 2, 2])
    targets = np.array([[1.0], [1.0], [0.0], [0.0], [1.0], [1.0]])
    fitted = np.arange(6) < 4
    found = _means(groups, targets, fitted)
    assert found.shape == (3, 1)
    assert found[:, 0] == pytest.approx([(2 + 1) / (3 + 2), (0 + 1) / (1 + 2), 0.5])


def _column(values: np.ndarray, categories: int = 0) -> Column:
    return Column(np.asarray(values, dtype=float), categories, len(np.unique(values)))


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        # Twenty rows a bin, and no more than fifty bins.
        (40, [20] * 2),
        (600, [20] * 30),
        (1000, [20] * 50),
        (2000, [40] * 50),
    ],
)
def test_bins_of_equal_size(rows, sizes) -> None:
    values = RNG.permutation(rows)
    groups = _groups(_column(values), np.ones(rows, dtype=bool))
    assert np.bincount(groups).tolist() == sizes
    # The smallest come first.
    assert (np.diff(groups[np.argsort(values)]) >= 0).all()


@pytest.mark.parametrize("categories", [0, 3])
def test_few_different_answers_are_groups_of_their_own(categories) -> None:
    answers = np.array([0.0] * 70 + [1.0] * 29 + [2.0])
    groups = _groups(_column(answers, categories), np.ones(100, dtype=bool))
    assert groups.tolist() == answers.tolist()


def test_as_many_answers_as_bins_are_not_put_together() -> None:
    # 100 rows make five bins; quantiles would put the rare ones together.
    answers = np.array([0.0] * 92 + [1.0] * 2 + [2.0] * 2 + [3.0] * 2 + [4.0] * 2)
    groups = _groups(_column(answers), np.ones(100, dtype=bool))
    assert np.bincount(groups).tolist() == [92, 2, 2, 2, 2]


def test_rows_without_an_answer_are_in_no_group() -> None:
    answers = np.array([0.0, 1.0, np.nan, 1.0] * 25)
    column = _column(answers)
    assert len(_groups(column, column.answered)) == 75


CODE = np.arange(2000) % 4


def _reference(x: np.ndarray, y: np.ndarray, first: np.ndarray, figure: Any) -> float:
    """Mean over both halves of a figure of the shrunk means of the other half."""
    values = []
    for fitted in (first, ~first):
        mean = y[fitted].mean(axis=0)
        table = np.array(
            [
                (y[fitted & (x == code)].sum(axis=0) + 2 * mean)
                / ((fitted & (x == code)).sum() + 2)
                for code in range(4)
            ]
        )
        values.append(figure(y[~fitted], table[x[~fitted]]))
    return float(np.mean(values))


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS, Kind.REGRESSION])
def test_each_half_is_told_by_the_other(alone, kind) -> None:
    rng = np.random.default_rng(1)
    first = rng.random(2000) < 0.4
    if kind is Kind.REGRESSION:
        y = CODE + rng.normal(size=2000)
        told = alone(kind, first, x=CODE, y=y)
        expected = _reference(CODE, y[:, None], first, r2_score)
        metric = "R²"
    elif kind is Kind.BINARY:
        y = (rng.random(2000) < 0.2 + 0.2 * CODE).astype(int)
        told = alone(kind, first, x=CODE, y=y)
        expected = _reference(
            CODE, np.eye(2)[y], first, lambda true, mean: roc_auc_score(true[:, 1], mean[:, 1])
        )
        metric = "AUC"
    else:
        y = np.where(rng.random(2000) < 0.4, rng.integers(0, 3, 2000), CODE % 3)

        def figure(true: np.ndarray, mean: np.ndarray) -> float:
            right = (true.argmax(axis=1) == mean.argmax(axis=1)).mean()
            base = true.mean(axis=0).max()
            return (right - base) / (1 - base)

        told = alone(kind, first, x=CODE, y=y)
        expected = _reference(CODE, np.eye(3)[y], first, figure)
        metric = "share of errors avoided"
    assert told == Alone(metric, pytest.approx(expected), 2000)


@pytest.mark.parametrize(
    ("answered", "is_told"),
    [(39, False), (40, True)],
)
def test_it_takes_forty_answers(alone, answered, is_told) -> None:
    x = np.where(np.arange(100) < answered, np.arange(100) % 2, np.nan)
    told = alone(Kind.REGRESSION, x=x, y=np.arange(100.0))
    assert (told is not None) is is_told
    assert told is None or told.cases == answered


@pytest.mark.parametrize(("distinct", "is_told"), [(1, False), (2, True), (3, True)])
def test_answers_have_to_differ(alone, distinct, is_told) -> None:
    told = alone(Kind.BINARY, x=np.arange(400) % distinct, y=np.arange(400) // 7 % 2)
    assert (told is not None) is is_told


@pytest.mark.parametrize(("names", "is_told"), [(30, True), (40, True), (41, False)])
def test_names_have_to_recur(alone, names, is_told) -> None:
    x = [f"n{n % names}" for n in range(80)]
    assert (alone(Kind.REGRESSION, x=x, y=np.arange(80.0)) is not None) is is_told
    # Numbers are put into bins.
    assert alone(Kind.REGRESSION, x=np.arange(80.0), y=np.arange(80.0)) is not None


@pytest.mark.parametrize(
    ("counts", "is_told"),
    [
        ((180, 20), True),
        ((181, 19), False),
        ((160, 20, 20), True),
        ((19, 162, 19), False),
        ((100, 99, 1), True),
        ((200,), False),
    ],
)
def test_two_categories_have_twenty_rows(alone, counts, is_told) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    kind = Kind.MULTICLASS if len(counts) == 3 else Kind.BINARY
    told = alone(kind, np.arange(200) % 2 == 0, x=np.arange(200) % 5, y=y)
    assert (told is not None) is is_told


def test_a_half_with_one_category_leaves_nothing_to_tell(alone) -> None:
    y = np.repeat([0, 1], 100)
    assert alone(Kind.BINARY, np.arange(200) < 150, x=np.arange(200) % 5, y=y) is None
