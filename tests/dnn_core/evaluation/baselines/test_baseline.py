"""Rows, columns and folds that baselines are fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import PartData, Prepared
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines import baseline
from dnn_core.evaluation.baselines.baseline import design_of, inner_folds, sample_rows
from dnn_core.specs import Kind


def part(cases: int, **design: np.ndarray) -> PartData:
    x = np.random.default_rng(1).normal(3.0, 2.0, (cases, 3)).astype("float32")
    return PartData(np.arange(cases), x, np.arange(cases, dtype="float32"), **design)


def prepared(training: PartData) -> Prepared:
    names = ("a", "b", "c")
    encoder = Encoder((), TargetCoding("y", Kind.REGRESSION), object(), names, names)
    return Prepared({"training": training}, encoder)


def test_all_rows_where_there_are_no_more_than_allowed() -> None:
    for most in (20, 21):
        rows, words = sample_rows(part(20), most)
        assert rows.tolist() == list(range(20))
        assert words == "the 20 training rows"


@pytest.mark.parametrize("most", [1, 10, 19])
def test_of_more_rows_different_ones_in_their_order(most: int) -> None:
    rows, words = sample_rows(part(20), most)
    assert len(rows) == most
    assert (np.diff(rows) > 0).all()
    assert words == f"a random {most} of the 20 training rows"


def test_a_sample_of_rows_is_random_and_holds_at_least_one() -> None:
    rows, _ = sample_rows(part(10_000), 5_000)
    # Any of them as likely as any other: the first half gives as many, the mean is the middle.
    assert (rows < 5_000).mean() == pytest.approx(0.5, abs=0.03)
    assert len(sample_rows(part(20), 0)[0]) == 1


@pytest.mark.parametrize("columns", [None, np.array([2, 0])])
def test_columns_are_brought_to_one_scale(columns: np.ndarray | None) -> None:
    training = part(50)
    design = design_of(prepared(training), columns)
    taken = training.x if columns is None else training.x[:, columns]
    expected = (taken - taken.mean(axis=0)) / taken.std(axis=0)
    assert design.x == pytest.approx(expected, abs=1e-5)
    assert (design.y == training.y).all()
    # Of new rows the same columns, on the scale of the training rows.
    new = np.array([[1.0, 2.0, 3.0]], dtype="float32")
    chosen = new if columns is None else new[:, columns]
    scaled = (chosen - taken.mean(axis=0)) / taken.std(axis=0)
    assert design.scale(new) == pytest.approx(scaled, abs=1e-5)
    assert design.columns_of == ("the same columns" if columns is None else "their columns")


def test_weights_and_clusters_follow_the_sampled_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "MOST_CELLS", 3 * 12 + 2)
    weight, cluster = np.arange(40, dtype="float32"), np.arange(40) * 10
    design = design_of(prepared(part(40, weight=weight, cluster=cluster)))
    assert len(design.y) == 12
    assert (design.weights == design.y).all() and design.weights.dtype == np.float64
    assert (design.cluster == design.y * 10).all()
    some = design.take(np.array([3, 1]))
    assert some.y.tolist() == design.y[[3, 1]].tolist()
    assert (some.weights == some.y).all() and (some.cluster == some.y * 10).all()
    assert (some.x == design.x[[3, 1]]).all()
    equal = design_of(prepared(part(5))).take(np.array([0, 4]))
    assert equal.weights.tolist() == [1.0, 1.0]
    assert equal.weight is None and equal.cluster is None


def test_a_wider_table_keeps_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "MOST_CELLS", 30)
    assert len(design_of(prepared(part(40))).y) == 10
    assert len(design_of(prepared(part(40)), np.array([1])).y) == 30


def test_linear_models_hold_all_digits_and_no_more_than_400_megabytes() -> None:
    """Of 60,000 pictures every one; of a longer table what is 400 MB in double precision."""
    seen: list[int] = []

    class Long(PartData):
        def __len__(self) -> int:
            return seen[-1]

    some = part(3)
    for rows, taken in ((60_000, 60_000), (100_000, 50_000_000 // 784)):
        seen.append(rows)
        chosen, _ = sample_rows(Long(some.rows, some.x, some.y), baseline.MOST_CELLS // 784)
        assert len(chosen) == taken
        assert taken * 784 * 8 <= 400_000_000


@pytest.mark.parametrize(
    ("cases", "cluster", "folds", "expected"),
    [
        (20, None, 5, [4] * 5),
        (3, None, 5, [1] * 3),
        (2, None, 5, [1] * 2),
        (1, None, 5, []),
        (20, np.repeat([0, 1], 10), 5, [10, 10]),
        (20, np.zeros(20), 5, []),
        (20, np.repeat(np.arange(5), 4), 5, [4] * 5),
    ],
)
def test_there_are_as_many_folds_as_asked_for_or_units(
    cases: int, cluster: np.ndarray | None, folds: int, expected: list[int]
) -> None:
    split = list(inner_folds(np.zeros(cases), cluster, folds, categories=False))
    assert [len(out) for _, out in split] == expected
    for rest, out in split:
        assert sorted([*rest, *out]) == list(range(cases))
    if cases == 20 and cluster is None:
        # Dealt out at random, not in the order of the rows.
        assert any(np.diff(np.sort(out)).max() > 1 for _, out in split)


@pytest.mark.parametrize("cluster", [None, np.arange(50)])
def test_folds_have_the_share_of_each_category(cluster: np.ndarray | None) -> None:
    y = np.repeat([0, 1], [40, 10])
    for _, out in inner_folds(y, cluster, 5, categories=True):
        assert np.bincount(y[out]).tolist() == [8, 2]
    by_chance = [y[out].sum() for _, out in inner_folds(y, cluster, 5, categories=False)]
    assert by_chance != [2] * 5


def test_categories_that_are_all_rarer_than_the_folds_are_left_to_chance() -> None:
    y = np.repeat(np.arange(3), 4)
    split = list(inner_folds(y, None, 5, categories=True))
    assert sorted(len(out) for _, out in split) == [2, 2, 2, 3, 3]
    # As frequent as the folds are many: one in each.
    for _, out in inner_folds(np.repeat(np.arange(2), 5), None, 5, categories=True):
        assert sorted(np.repeat(np.arange(2), 5)[out]) == [0, 1]
