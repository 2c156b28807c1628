"""Who takes which case when: an epoch planned by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.specs import NetworkSpec, Optimizer, TrainingSpec
from dnn_core.training import epoch_plan
from dnn_core.training.epoch_plan import EpochPlanner, block_size, steps_of
from dnn_core.training.member import Member
from dnn_core.training.optimizers import rule_of
from dnn_core.training.regularisation import dropout_keys, dropout_seed

TRAINING = TrainingSpec(batch_size=2, optimizer=Optimizer.SGD, momentum=0, decay=0.5, epochs=4)


def member(rows: list[int], seed: int = 1, weight: object = None, **training: object) -> Member:
    none = np.arange(0)
    weighted = None if weight is None else np.array(weight, dtype="float32")
    settings = TRAINING.but(**training)
    return Member(NetworkSpec(hidden=()), settings, seed, np.array(rows), none, weighted)


def planner(members: list[Member], shuffle: bool = False) -> EpochPlanner:
    return EpochPlanner(members, rule_of(members[0].training), shuffle=shuffle)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch_plan, "BLOCKS", (2, 4, 8))


@pytest.mark.parametrize(
    ("steps", "size"), [(1, 2), (2, 2), (3, 4), (4, 4), (5, 8), (8, 8), (9, 8)]
)
def test_a_block_is_the_smallest_that_holds_all_steps_or_the_largest(steps: int, size: int) -> None:
    assert block_size(steps) == size


@pytest.mark.parametrize(("cases", "steps"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_the_last_batch_may_be_smaller(cases: int, steps: int) -> None:
    assert steps_of(member(list(range(cases))), 2) == steps


def test_an_epoch_by_hand() -> None:
    members = [
        member([10, 11, 12, 13, 14], weight=[1, 2, 3, 4, 5]),
        member([20, 21, 22], seed=2, schedule="exponential"),
        member([30], seed=3),
    ]
    # The third has ended, and is not aboard any more.
    running = aboard = np.array([0, 1])
    epoch = planner(members).plan(3, running, aboard, np.array([0.1, 0.8, 0.3]))
    assert (epoch.number, epoch.step, epoch.outputs) == (3, 0, [])
    assert [order.tolist() for order in epoch.orders] == [[0, 1, 2, 3, 4], [0, 1, 2]]
    rows, shares, counts, figures, keys = epoch.steps
    # Three steps, filled up to a block of four.
    assert rows.tolist() == [
        [[10, 11], [20, 21]],
        [[12, 13], [22, 0]],
        [[14, 0], [0, 0]],
        [[0, 0], [0, 0]],
    ]
    assert counts.tolist() == [[2, 2], [2, 1], [1, 0], [0, 0]]
    # A weight divided by the cases of its batch; who stands in for nobody counts nothing.
    assert shares.tolist() == [
        [[0.5, 1], [0.5, 0.5]],
        [[1.5, 2], [1, 0]],
        [[5, 0], [0, 0]],
        [[0, 0], [0, 0]],
    ]
    # One figure of plain descent: the rate. After two epochs the second has a quarter of its own.
    assert figures.shape == (4, 1, 2, 1)
    expected = [[0.1, 0.2], [0.1, 0.2], [0.1, 0], [0, 0]]
    assert figures[:, 0, :, 0] == pytest.approx(np.array(expected))
    seeds = np.array([dropout_seed(seed) for seed in (1, 2)], dtype="uint32")
    np.testing.assert_array_equal(keys, dropout_keys(seeds, 3, 4))


def test_those_that_have_ended_but_are_aboard_take_no_cases() -> None:
    members = [member([7, 8]), member([9]), member([5, 6])]
    epoch = planner(members).plan(1, np.array([2]), np.array([0, 2]), np.full(3, 0.1))
    assert epoch.steps.rows.tolist() == [[[0, 0], [5, 6]], [[0, 0], [0, 0]]]
    assert epoch.steps.counts.tolist() == [[0, 2], [0, 0]]
    assert epoch.steps.figures[:, 0, :, 0] == pytest.approx(np.array([[0, 0.1], [0, 0]]))


def test_more_steps_than_the_largest_block_fill_several() -> None:
    epoch = planner([member(list(range(17)))]).plan(1, np.arange(1), np.arange(1), np.ones(1))
    assert epoch.steps.counts[:, 0].tolist() == [2] * 8 + [1] + [0] * 7


def test_members_of_the_same_settings_but_another_size_or_rate_have_figures_of_their_own() -> None:
    cosine = TRAINING.but(schedule="cosine", epochs=1)
    none = np.arange(0)
    members = [
        Member(NetworkSpec(hidden=()), cosine, seed, np.arange(cases), none)
        for seed, cases in ((1, 4), (2, 2), (3, 4), (4, 4))
    ]
    everybody = np.arange(4)
    rates = np.array([0.2, 0.2, 0.4, 0.2])
    figures = planner(members).plan(1, everybody, everybody, rates).steps.figures[:, 0, :, 0]
    # Two steps at 0 and 90 degrees of half a cosine, or one at 0.
    assert figures == pytest.approx(np.array([[0.2, 0.2, 0.4, 0.2], [0.1, 0, 0.2, 0.1]]))


@pytest.mark.parametrize("optimizer", [Optimizer.ADAM, Optimizer.NADAM])
def test_steps_are_counted_through_all_epochs(optimizer: Optimizer) -> None:
    asked = member([0, 1, 2, 3, 4], optimizer=optimizer)
    figures = planner([asked]).plan(2, np.arange(1), np.arange(1), np.array([0.1])).steps.figures
    # Three steps an epoch: the second has the fourth to the sixth.
    expected = rule_of(asked.training).coefficients(np.arange(4, 7), np.full(3, 0.1))
    assert figures[:3, :, 0, 0] == pytest.approx(np.stack(expected, axis=1), rel=1e-6)


def test_each_epoch_of_each_seed_has_an_order_of_its_own_and_always_the_same() -> None:
    rows = list(range(100, 140))
    members = [member(rows), member(rows, seed=2)]
    both, plan = np.arange(2), planner(members, shuffle=True).plan
    first, again, second = (plan(n, both, both, np.ones(2)).orders for n in (1, 1, 2))
    assert all(sorted(order) == list(range(40)) for order in (*first, *second))
    assert first[0].tolist() == again[0].tolist()
    orders = {tuple(order) for order in (first[0], first[1], second[0], second[1])}
    assert len(orders) == 4
    alone = planner([members[1]], shuffle=True).plan(2, both[:1], both[:1], np.ones(1))
    assert alone.orders[0].tolist() == second[1].tolist()


def test_what_is_reported_is_the_rate_of_an_epochs_first_step() -> None:
    cosine = member([0, 1, 2], schedule="cosine", epochs=2)
    assert planner([cosine]).first_factor(cosine, 1) == 1
    # Two steps an epoch: of four, the third.
    assert planner([cosine]).first_factor(cosine, 2) == pytest.approx(0.5)
    falling = member([0, 1, 2], schedule="exponential")
    assert planner([falling]).first_factor(falling, 3) == 0.25
