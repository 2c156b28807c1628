"""Successive halving: what trials are judged on step by step, and which of them go on.

Jamieson and Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter
optimization".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dnn_core.specs import Experiment, StudySpec
from dnn_core.tuning.trial import Trial, TrialState

Rounds = Sequence[tuple[int, int]]
"""Pairs of a fold and a seed."""

EPOCHS_GROW = 3
"""By what factor from step to step of successive halving. By two, as with folds, there would be
more steps, and in each networks begin anew."""


@dataclass(frozen=True)
class Step:
    """A step of successive halving: what trials are evaluated on, and the share that is kept.

    With `epochs` networks are trained for no more than so many. `work` is what a trial takes,
    in any unit that is the same for all steps.
    """

    rounds: Rounds
    epochs: int | None = None
    one_in: int = 2
    work: float = 1.0


def plan_steps(
    asked: StudySpec, experiment: Experiment, rounds: Rounds, done: list[Trial]
) -> list[Step]:
    """Of successive halving: more and more folds, or with one network each more epochs.

    Parameters
    ----------
    asked : StudySpec
    experiment : Experiment
        Whose epochs are the most that are trained.
    rounds : sequence of tuple of int
        Fold and seed of all that a trial can be judged by.
    done : list of Trial
        That have ended.
    """
    if not asked.halving:
        return [Step(rounds)]
    if len(rounds) > 1:
        counts = [2**n for n in range(len(rounds).bit_length()) if 2**n < len(rounds)]
        seen = [0, *counts, len(rounds)]
        return [Step(rounds[first:last], work=last - first) for first, last in pairwise(seen)]
    # How long it is worth training nobody has said; the experiment as it is has shown it.
    usual = next((t.epochs for t in done if t.number == 0 and t.complete), None)
    usual = usual or experiment.training.epochs
    epochs = sorted({math.ceil(usual / EPOCHS_GROW**n) for n in (1, 2)})
    first = [Step(rounds, one, one_in=EPOCHS_GROW, work=one / usual) for one in epochs]
    return [*first, Step(rounds)]


def survivors(
    step: int,
    means: Mapping[int, float | None],
    known: Sequence[Trial],
    one_in: int,
    *,
    higher_is_better: bool,
) -> set[int]:
    """Those that go on, as if all of the set had been compared at once.

    Parameters
    ----------
    step : int
        From 0.
    means : mapping of int to float or None
        What trials came to so far, by their numbers.
    known : sequence of Trial
        Of the same set, which ended before an interruption.
    one_in : int
        One in so many goes on.
    higher_is_better : bool
    """
    ahead = sum(trial.rung > step for trial in known)
    pruned = (t for t in known if t.state is TrialState.PRUNED and t.rung == step)
    means = {**means, **{trial.number: trial.mean for trial in pruned}}
    order = sorted(
        (-mean if higher_is_better else mean, n) for n, mean in means.items() if mean is not None
    )
    places = math.ceil((ahead + len(order)) / one_in) - ahead
    return {number for _, number in order[: max(0, places)]}


def shares_of_work(steps: Sequence[Step]) -> list[float]:
    """What each step takes of the work of all."""
    going, works = 1.0, []
    for step in steps:
        works.append(going * step.work)
        going /= step.one_in
    return [work / sum(works) for work in works]
