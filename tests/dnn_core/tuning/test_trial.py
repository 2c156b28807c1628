"""Means of trials and the best of them, at the edges."""

from __future__ import annotations

import pytest

from dnn_core.tuning.trial import Round, Trial, TrialState, best_of, mean_of


def rounds(*values: float | None) -> tuple[Round, ...]:
    return tuple(Round(fold=i, seed=0, value=v, epochs=2 * i) for i, v in enumerate(values))


@pytest.mark.parametrize(
    ("values", "mean"),
    [([], None), ([0.0], 0), ([1.0, 4.0], 2.5), ([1.0, None], None), ([None, None], None)],
)
def test_a_mean_needs_every_figure(values, mean):
    assert mean_of(rounds(*values)) == mean
    trial = Trial(number=1, values={}, state=TrialState.COMPLETE, rounds=rounds(*values))
    assert trial.mean == mean
    assert trial.epochs == (len(values) - 1 if values else None)


def trial(number: int, value: float | None, state: TrialState = TrialState.COMPLETE) -> Trial:
    return Trial(number=number, values={}, state=state, value=value)


def test_the_best_is_one_that_was_evaluated_on_all_folds():
    tried = [
        trial(1, 0.5),
        trial(2, 0.2),
        trial(3, 0.9),
        trial(4, None),
        trial(5, 0.1, TrialState.PRUNED),
        trial(6, 1.0, TrialState.FAILED),
    ]
    assert best_of(tried, higher_is_better=False) == tried[1]
    assert best_of(tried, higher_is_better=True) == tried[2]
    assert best_of(tried[3:], higher_is_better=True) is None
    assert best_of([], higher_is_better=True) is None
    # A figure of 0 is one; of two as good the earlier is taken.
    assert best_of([trial(7, 0.0), trial(3, 0.0)], higher_is_better=False).number == 3


def test_what_is_not_said_of_a_trial_is_nothing():
    one = Trial(number=1, values={}, state=TrialState.PRUNED)
    assert (one.rung, one.parameters, one.seconds, one.message, one.complete) == (
        0,
        0,
        0,
        "",
        False,
    )
    assert trial(1, 0.5).complete
