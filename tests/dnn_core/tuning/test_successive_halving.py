"""Steps and those that go on, by hand."""

from __future__ import annotations

import pytest

from dnn_core.tuning.successive_halving import Step, plan_steps, shares_of_work, survivors
from dnn_core.tuning.trial import Round, Trial, TrialState


def rounds(count: int) -> list[tuple[int, int]]:
    return [(fold, 0) for fold in range(count)]


@pytest.fixture
def plan(make):
    """Steps of a number of rounds, and of what is known of trials."""

    def planned(count: int, done: list[Trial] = (), halving: bool = True, epochs: int = 90):
        experiment = make.experiment()
        experiment = experiment.but(training=experiment.training.but(epochs=epochs))
        return plan_steps(make.asked(halving=halving), experiment, rounds(count), list(done))

    return planned


def test_without_halving_all_is_one_step(plan):
    for count in (1, 5):
        assert plan(count, halving=False) == [Step(rounds(count))]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (2, [1, 1]),
        (3, [1, 1, 1]),
        (4, [1, 1, 2]),
        (5, [1, 1, 2, 1]),
        (8, [1, 1, 2, 4]),
        (9, [1, 1, 2, 4, 1]),
    ],
)
def test_folds_double_and_each_is_gone_through_once(plan, count, sizes):
    steps = plan(count)
    assert [len(step.rounds) for step in steps] == sizes
    assert [pair for step in steps for pair in step.rounds] == rounds(count)
    assert [step.work for step in steps] == sizes
    # One in two goes on, trained as long as it is to be.
    assert {(step.one_in, step.epochs) for step in steps} == {(2, None)}


def of_epochs(number: int, *epochs: int, state: TrialState = TrialState.COMPLETE) -> Trial:
    taken = tuple(Round(fold=i, seed=0, value=1.0, epochs=n) for i, n in enumerate(epochs))
    return Trial(number=number, values={}, state=state, rounds=taken)


@pytest.mark.parametrize(
    ("done", "epochs", "works"),
    [
        # Nothing is known: all epochs that are allowed, a third of them, and a ninth.
        ([], [10, 30, None], [1 / 9, 1 / 3, 1]),
        # The experiment as it is took 18 and 20 until its best.
        ([of_epochs(0, 18, 20)], [3, 7, None], [3 / 19, 7 / 19, 1]),
        ([of_epochs(0, 9)], [1, 3, None], [1 / 9, 1 / 3, 1]),
        # A ninth and a third of three are one.
        ([of_epochs(0, 3)], [1, None], [1 / 3, 1]),
        # Of other trials, or of one that did not end, it does not follow.
        ([of_epochs(1, 9)], [10, 30, None], [1 / 9, 1 / 3, 1]),
        ([of_epochs(0, 9, state=TrialState.FAILED)], [10, 30, None], [1 / 9, 1 / 3, 1]),
        ([of_epochs(0)], [10, 30, None], [1 / 9, 1 / 3, 1]),
        ([of_epochs(2, 9), of_epochs(0, 18)], [2, 6, None], [1 / 9, 1 / 3, 1]),
    ],
)
def test_with_one_network_each_epochs_grow_by_three(plan, done, epochs, works):
    steps = plan(1, done)
    assert [step.epochs for step in steps] == epochs
    assert [step.work for step in steps] == pytest.approx(works)
    assert [step.one_in for step in steps[:-1]] == [3] * (len(steps) - 1)
    assert all(step.rounds == rounds(1) for step in steps)


MEANS = {1: 0.1, 2: 0.4, 3: 0.2, 4: 0.3, 5: None}


def pruned(number: int, rung: int, value: float | None) -> Trial:
    one = Round(fold=0, seed=0, value=value, epochs=1)
    return Trial(number=number, values={}, state=TrialState.PRUNED, rounds=(one,), rung=rung)


def complete(number: int, rung: int) -> Trial:
    return Trial(number=number, values={}, state=TrialState.COMPLETE, value=9.0, rung=rung)


@pytest.mark.parametrize(
    ("known", "one_in", "expected"),
    [
        ([], 2, {1, 3}),
        ([], 3, {1, 3}),
        ([], 4, {1}),
        ([], 1, {1, 2, 3, 4}),
        # One that ended at this step before an interruption takes a place, if it is good enough.
        ([pruned(9, 1, 0.5)], 2, {1, 3, 4}),
        ([pruned(9, 1, 0.15)], 2, {1, 9, 3}),
        ([pruned(9, 1, None)], 2, {1, 3}),
        # One that ended at an earlier step is out; one that came further has its place.
        ([pruned(9, 0, 0.15)], 2, {1, 3}),
        ([complete(9, 2)], 2, {1, 3}),
        ([complete(9, 2), complete(8, 3)], 2, {1}),
        ([pruned(9, 2, 5.0), complete(8, 3)], 2, {1}),
        ([complete(n, 2) for n in (6, 7, 8, 9)], 2, set()),
        ([complete(n, 2) for n in range(6, 16)], 2, set()),
        # What failed has no place.
        ([complete(9, 1)], 2, {1, 3}),
    ],
)
def test_who_goes_on(known, one_in, expected):
    assert survivors(1, MEANS, known, one_in, higher_is_better=False) == expected


def test_where_higher_is_better_and_where_two_are_as_good():
    assert survivors(1, MEANS, [], 2, higher_is_better=True) == {2, 4}
    tied = {7: 0.5, 3: 0.5, 5: 0.5}
    assert survivors(0, tied, [], 3, higher_is_better=True) == {3}
    assert survivors(0, {1: None}, [], 2, higher_is_better=False) == set()


def test_what_each_step_takes_of_all():
    assert shares_of_work([Step(rounds(3))]) == [1]
    # Half of the trials go on to each next fold: 1, 1/2 and twice 1/4.
    folds = [Step(rounds(1)), Step(rounds(1)), Step(rounds(2), work=2)]
    assert shares_of_work(folds) == [0.5, 0.25, 0.25]
    # A third of them to thrice the epochs: a ninth each.
    epochs = [
        Step(rounds(1), 1, one_in=3, work=1 / 9),
        Step(rounds(1), 3, one_in=3, work=1 / 3),
        Step(rounds(1)),
    ]
    assert shares_of_work(epochs) == pytest.approx([1 / 3] * 3)
