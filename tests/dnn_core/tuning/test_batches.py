"""Which trials make a piece of work, and how pieces are put together."""

from __future__ import annotations

import pytest

from dnn_core.specs import Optimizer
from dnn_core.tuning import batches
from dnn_core.tuning.batches import TrialEvaluation, pieces
from dnn_core.tuning.trial import Round

ROUNDS = [(0, 0), (1, 0), (2, 0)]


def numbers_of(experiment, values: list[dict], rounds=ROUNDS, **rest) -> list[list[int]]:
    works = list(pieces(experiment, list(enumerate(values, 1)), rounds, **rest))
    assert all(work.rounds == tuple(rounds) for work in works)
    return [[number for number, _ in work.trials] for work in works]


@pytest.mark.parametrize(
    ("at_once", "rounds", "expected"),
    [
        # Seven trials of three networks each.
        (64, 3, [[1, 2, 3, 4, 5, 6, 7]]),
        (21, 3, [[1, 2, 3, 4, 5, 6, 7]]),
        (20, 3, [[1, 2, 3, 4, 5, 6], [7]]),
        (9, 3, [[1, 2, 3], [4, 5, 6], [7]]),
        (3, 3, [[n] for n in range(1, 8)]),
        # A trial is never taken apart.
        (1, 3, [[n] for n in range(1, 8)]),
        (2, 1, [[1, 2], [3, 4], [5, 6], [7]]),
    ],
)
def test_a_piece_has_as_many_networks_as_are_trained_at_once(
    make, monkeypatch, at_once, rounds, expected
):
    monkeypatch.setattr(batches, "NETWORKS_AT_ONCE", at_once)
    values = [{"learning_rate": 0.001 * n} for n in range(1, 8)]
    assert numbers_of(make.experiment(), values, ROUNDS[:rounds]) == expected


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        ({"learning_rate": 0.5}, False),
        ({"dropout": 0.3}, False),
        ({"units": 7}, True),
        ({"batch_norm": True}, True),
        ({"activation": "tanh"}, True),
        ({"optimizer": Optimizer.SGD}, True),
        ({"batch_size": 16}, True),
        ({"bins": 4}, True),
    ],
)
def test_alike_is_what_is_trained_together(make, other, apart):
    found = numbers_of(make.experiment(), [{}, other, {}])
    assert found == ([[1, 3], [2]] if apart else [[1, 2, 3]])


def test_a_piece_says_what_is_left_out_and_for_how_long(make):
    (work,) = pieces(make.experiment(), [(1, {})], ROUNDS, 2, 9)
    assert (work.without, work.epochs) == (2, 9)
    (work,) = pieces(make.experiment(), [(1, {})], ROUNDS)
    assert (work.without, work.epochs) == (None, None)


def one(fold: int, seed: int, value: float | None) -> Round:
    return Round(fold=fold, seed=seed, value=value, epochs=1)


def test_rounds_that_are_evaluated_again_are_replaced():
    whole = TrialEvaluation(1, [one(0, 0, 0.1), one(0, 1, 0.2)], {(0, 0): "a"}, 5, 1.5)
    whole.add(
        TrialEvaluation(1, [one(1, 0, 0.6), one(0, 0, 0.4)], {(0, 0): "b", (1, 0): "c"}, 0, 2)
    )
    assert whole.rounds == [one(0, 1, 0.2), one(1, 0, 0.6), one(0, 0, 0.4)]
    assert whole.predictions == {(0, 0): "b", (1, 0): "c"}
    assert (whole.parameters, whole.seconds, whole.message) == (5, 3.5, "")
    # All folds, seed after seed.
    assert [(r.fold, r.seed) for r in whole.in_order] == [(0, 0), (1, 0), (0, 1)]
    assert whole.mean == pytest.approx(0.4)
    whole.add(TrialEvaluation(1, [one(2, 0, None)], {}, 7, message="first"))
    whole.add(TrialEvaluation(1, message="second"))
    assert (whole.parameters, whole.message, whole.mean) == (7, "first", None)
    assert TrialEvaluation(2).mean is None and TrialEvaluation(2).seconds == 0
