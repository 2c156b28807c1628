"""How many steps, of how many trees, on which rows."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.prepare import PartData, Prepared
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines import boosting
from dnn_core.evaluation.baselines.boosting import choose_steps, fit_boosting
from dnn_core.specs import Kind


class Recorded:
    """Stands in for the trees: records what it is asked for, and what held-out rows said."""

    made: ClassVar[list[Recorded]] = []
    curves: ClassVar[list[list[float]]] = []

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.made.append(self)

    def fit(self, x: np.ndarray, y: np.ndarray, weight: Any, **held: Any) -> None:
        self.x, self.y, self.weight, self.held = x, y, weight, held
        # Of the mean, before any tree, then after each step.
        self.validation_score_ = [0.0, *self.curves[(len(self.made) - 1) % len(self.curves)]]
        self.classes_ = np.unique(y)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        self.threads = {pool["num_threads"] for pool in threadpool_info()}
        return np.full((len(x), len(self.classes_)), 1 / len(self.classes_))


@pytest.fixture
def trees(monkeypatch: pytest.MonkeyPatch) -> type[Recorded]:
    monkeypatch.setattr(Recorded, "made", [])
    monkeypatch.setattr(Recorded, "curves", [[-3.0, -1.0, -2.0]])
    monkeypatch.setattr(boosting, "HistGradientBoostingClassifier", Recorded)
    return Recorded


def part(cases: int, classes: int, **design: np.ndarray) -> PartData:
    x = np.arange(cases * 2, dtype="float32").reshape(cases, 2)
    return PartData(np.arange(cases), x, np.arange(cases) % classes, **design)


@pytest.mark.parametrize(
    ("curves", "steps"),
    [
        ([[-3.0, -1.0, -2.0]], 2),
        ([[-1.0, -2.0, -3.0]], 1),
        ([[-3.0, -2.0, -1.0]], 3),
        # The mean of both: -3, -2.5, -3.5; of one that ended earlier, what both have.
        ([[-3.0, -4.0, -2.0], [-3.0, -1.0, -5.0]], 2),
        ([[-3.0, -2.0, -0.5], [-3.0, -1.0]], 2),
        ([[-3.0, -2.0, -0.5], [-3.0]], 1),
    ],
)
def test_the_best_step_of_held_out_rows(
    curves: list[list[float]], steps: int, trees: type[Recorded]
) -> None:
    trees.curves = curves
    assert choose_steps(part(50, 2), Kind.BINARY, 2) == steps
    # Two of five folds, 40 rows each, and judged on the other ten.
    assert [(len(one.y), len(one.held["y_val"])) for one in trees.made] == [(40, 10)] * 2
    for one in trees.made:
        assert one.settings["early_stopping"] is True
        held = set(one.held["X_val"][:, 0])
        assert not held & set(one.x[:, 0]) and len(held) == 10
        assert one.held["sample_weight_val"] is None and one.weight is None


def test_weights_follow_their_rows(trees: type[Recorded]) -> None:
    choose_steps(part(50, 2, weight=np.arange(50) * 2.0), Kind.BINARY, 2)
    for one in trees.made:
        assert (one.weight == one.x[:, 0]).all()
        assert (one.held["sample_weight_val"] == one.held["X_val"][:, 0]).all()


def test_where_nothing_can_be_left_out_there_is_one_step(trees: type[Recorded]) -> None:
    assert choose_steps(part(50, 2, cluster=np.zeros(50)), Kind.BINARY, 2) == 1
    assert trees.made == []


@pytest.mark.filterwarnings("ignore:The least populated class")
@pytest.mark.parametrize(("classes", "most"), [(2, 300), (3, 100), (100, 3), (301, 1), (700, 1)])
def test_several_categories_share_three_hundred_trees(
    classes: int, most: int, trees: type[Recorded]
) -> None:
    choose_steps(part(1400, classes), Kind.MULTICLASS, classes)
    assert {one.settings["max_iter"] for one in trees.made} == {most}


@pytest.mark.filterwarnings("ignore:The least populated class")
@pytest.mark.parametrize(("classes", "cells", "rows"), [(2, 61, 30), (3, 61, 10), (3, 600, 60)])
def test_rows_are_sampled_by_columns_and_trees(
    classes: int, cells: int, rows: int, trees: type[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boosting, "MOST_CELLS", cells)
    names = tuple(f"c{i}" for i in range(classes))
    encoder = Encoder(
        (), TargetCoding("y", Kind.MULTICLASS, names, names), object(), ("a", "b"), ()
    )
    training = part(60, classes)
    # A category that no training row has.
    training = PartData(training.rows, training.x, np.where(training.y == 0, 1, training.y))
    fitted = fit_boosting(Prepared({"training": training}, encoder))
    final = trees.made[-1]
    assert len(final.y) == rows
    assert final.settings["max_iter"] == 2 and final.settings["early_stopping"] is False
    assert fitted.converged
    predicted = fitted.predict(training.x[:4])
    assert predicted.shape == (4, classes)
    assert (predicted[:, 0] == 0).all()
    assert predicted.sum(axis=1) == pytest.approx(np.ones(4))
    # Several threads would wait for each other on a busy machine.
    assert final.threads == {1}


def test_numbers_are_boosted_by_their_own_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder((), TargetCoding("y", Kind.REGRESSION), object(), ("a", "b"), ())
    training = part(100, 2)
    step = PartData(training.rows, training.x, np.where(training.x[:, 0] < 100, 2.0, 6.0))
    monkeypatch.setattr(boosting, "MOST_STEPS", 60)
    with threadpool_limits(limits=1):
        predicted = fit_boosting(Prepared({"training": step}, encoder)).predict(step.x)
    assert predicted.dtype == np.float64
    assert predicted == pytest.approx(step.y, abs=0.1)


def test_twenty_five_thousand_rows_of_forty_columns_are_all_taken(
    trees: type[Recorded],
) -> None:
    names = tuple(f"x{i}" for i in range(40))
    target = TargetCoding("y", Kind.BINARY, ("a", "b"), ("a", "b"))
    for rows, taken in ((25_000, 25_000), (25_001, 25_000)):
        x = np.broadcast_to(np.zeros(1, dtype="float32"), (rows, 40))
        training = PartData(np.arange(rows), x, np.arange(rows) % 2)
        fit_boosting(Prepared({"training": training}, Encoder((), target, object(), names, ())))
        assert len(trees.made[-1].y) == taken
