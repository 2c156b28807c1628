"""Samplers: propose the configurations to try next.

A proposal is a function of the study, the number of the trial and the results so far: nothing else
has to be kept to resume an interrupted study.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from scipy.stats import qmc

from dnn_core.specs import Sampler, StudySpec, Vary
from dnn_core.tuning.trial import PROPOSED_BY_TPE, Trial, TrialState

Values = dict[str, Any]

MOST_TIMES_ASKED = 20
"""Maximum number of requests to TPE for a new configuration: repeating one gives the same
figure."""


def propose(
    asked: StudySpec, numbers: Sequence[int], done: Sequence[Trial], *, higher_is_better: bool
) -> list[Values]:
    """Values for trials with these numbers.

    Parameters
    ----------
    asked : StudySpec
    numbers : sequence of int
        From 1.
    done : sequence of Trial
        Those that have ended.
    higher_is_better : bool
        Of the figure by which they are ranked.

    Returns
    -------
    list of dict of str to value
        By hyperparameter, in the order of `numbers`.
    """
    match asked.sampler:
        case Sampler.GRID:
            order = _drawn(asked, max(numbers))
            return [_combination(asked.vary, order[number - 1]) for number in numbers]
        case Sampler.RANDOM:
            return [_random(asked, number) for number in numbers]
        case Sampler.QUASI_RANDOM:
            shares = _sobol(asked, max(numbers))
            return [_along(asked.vary, shares[number - 1]) for number in numbers]
        case Sampler.TPE:
            return _tpe(asked, numbers, done, higher_is_better=higher_is_better)


def distribution_of(vary: Vary) -> BaseDistribution:
    """What Optuna is told of a hyperparameter; numbers that are listed are known by their place."""
    if vary.values:
        if _ordered(vary):
            return IntDistribution(0, len(vary.values) - 1)
        return CategoricalDistribution(vary.values)
    assert vary.low is not None and vary.high is not None
    if vary.setting.kind is int:
        return IntDistribution(int(vary.low), int(vary.high), log=vary.log)
    return FloatDistribution(vary.low, vary.high, log=vary.log)


def to_optuna(vary: Vary, value: Any) -> Any:
    """A value as its distribution has it."""
    return vary.values.index(value) if _ordered(vary) else value


def as_optuna(asked: StudySpec, trial: Trial, value: float | None) -> optuna.trial.FrozenTrial:
    """A trial that has ended, as Optuna knows trials.

    One without a value is pruned: with what it had by then it was worse than those that went
    on, and one that failed was the worst.
    """
    reached = None if trial.state is TrialState.FAILED else trial.mean
    return optuna.trial.create_trial(
        state=optuna.trial.TrialState.PRUNED if value is None else optuna.trial.TrialState.COMPLETE,
        params={v.hyperparameter: to_optuna(v, trial.values[v.hyperparameter]) for v in asked.vary},
        distributions={v.hyperparameter: distribution_of(v) for v in asked.vary},
        value=value,
        intermediate_values={} if reached is None else {trial.rung: reached},
    )


def _from_optuna(vary: Vary, value: Any) -> Any:
    if _ordered(vary):
        return vary.values[value]
    return value if vary.values else vary.written(value)


def _ordered(vary: Vary) -> bool:
    """Whether the values are numbers in a list."""
    return bool(vary.values) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in vary.values
    )


def _combination(vary: Sequence[Vary], number: int) -> Values:
    """Combination with this number, from 0; the last hyperparameter changes fastest."""
    values: Values = {}
    for one in reversed(vary):
        number, place = divmod(number, len(one.listed))
        values[one.hyperparameter] = one.listed[place]
    return {one.hyperparameter: values[one.hyperparameter] for one in vary}


def _drawn(asked: StudySpec, count: int) -> list[int]:
    """The first combinations in random order, without the others, which may be millions."""
    generator, combinations = random.Random(asked.seed), asked.combinations
    numbers: dict[int, None] = {}
    while len(numbers) != count:
        numbers[generator.randrange(combinations)] = None
    return list(numbers)


def _random(asked: StudySpec, number: int) -> Values:
    shares = np.random.default_rng([asked.seed, number]).random(len(asked.vary))
    return _along(asked.vary, shares)


def _sobol(asked: StudySpec, count: int) -> np.ndarray:
    """The first points of a scrambled Sobol sequence, shape (count or more, hyperparameters)."""
    sequence = qmc.Sobol(len(asked.vary), rng=np.random.default_rng(asked.seed))
    # The sequence is balanced at powers of two only.
    return sequence.random_base2(math.ceil(math.log2(count)))


def _along(vary: Sequence[Vary], shares: np.ndarray) -> Values:
    return {
        one.hyperparameter: one.at(float(share)) for one, share in zip(vary, shares, strict=True)
    }


def _tpe(
    asked: StudySpec, numbers: Sequence[int], done: Sequence[Trial], *, higher_is_better: bool
) -> list[Values]:
    """Ask Optuna, which is told of all that has ended; asked together, they keep apart."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    proposals: list[Values] = []
    first = [n for n in numbers if n <= PROPOSED_BY_TPE]
    proposals += [_random(asked, number) for number in first]
    rest = numbers[len(first) :]
    if rest:
        # Another seed for each sitting, or it would propose what it proposed before.
        seed = int(np.random.default_rng([asked.seed, *rest]).integers(2**31))
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=PROPOSED_BY_TPE)
        study = optuna.create_study(
            sampler=sampler, direction="maximize" if higher_is_better else "minimize"
        )
        study.add_trials([as_optuna(asked, trial, trial.value) for trial in done])
        distributions = {vary.hyperparameter: distribution_of(vary) for vary in asked.vary}
        tried = [*(trial.values for trial in done), *proposals]
        for _ in rest:
            for _ in range(MOST_TIMES_ASKED):
                params = study.ask(distributions).params
                values = {
                    v.hyperparameter: _from_optuna(v, params[v.hyperparameter]) for v in asked.vary
                }
                if values not in tried:
                    break
            tried.append(values)
            proposals.append(values)
    return proposals
