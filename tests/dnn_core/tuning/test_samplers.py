"""Proposals: every combination once, even cover, and a search that learns."""

from __future__ import annotations

import itertools

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from dnn_core.specs import Experiment, Sampler, StudySpec, Task, Vary, suggest_vary
from dnn_core.tuning.samplers import as_optuna, distribution_of, propose, to_optuna
from dnn_core.tuning.trial import Round, Trial, TrialState

RANGES = (
    Vary(hyperparameter="dropout", low=0.0, high=0.8),
    Vary(hyperparameter="learning_rate", low=1e-4, high=1e-1),
    Vary(hyperparameter="layers", low=1, high=4),
    Vary(hyperparameter="l2", values=(0.0, 1e-4, 1e-3, 1e-2)),
    Vary(hyperparameter="batch_norm", values=(False, True)),
)


def ask(sampler: Sampler, *vary: Vary, **changes: object) -> StudySpec:
    experiment = Experiment(task=Task(target="vote", features=("a",)))
    settings = {"trials": 200, **changes}
    return StudySpec.of(experiment=experiment, vary=vary or RANGES, sampler=sampler, **settings)


def proposed(asked: StudySpec, numbers, done=()) -> list[dict]:
    return propose(asked, list(numbers), done, higher_is_better=False)


def complete(number: int, values: dict, value: float) -> Trial:
    return Trial(number=number, values=values, state=TrialState.COMPLETE, value=value)


# Grid ----------------------------------------------------------------------------


def test_a_grid_gives_each_combination_once():
    vary = (
        suggest_vary("layers"),
        suggest_vary("shape"),
        Vary(hyperparameter="dropout", low=0.0, high=0.4),
    )
    asked = ask(Sampler.GRID, *vary)
    assert asked.planned == asked.combinations == 3 * 2 * 5
    result = [tuple(values.values()) for values in proposed(asked, range(1, 31))]
    shares = (0.0, 0.1, 0.2, 0.3, 0.4)
    assert sorted(result) == sorted(itertools.product((1, 2, 3), ("funnel", "equal"), shares))
    assert list(proposed(asked, [1])[0]) == ["layers", "shape", "dropout"]


def test_a_grid_has_an_order_of_its_own_for_each_seed():
    orders = [proposed(ask(Sampler.GRID, seed=seed), range(1, 21)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    # It is no part of the proposal which others are asked for with it.
    assert proposed(ask(Sampler.GRID), [20, 3]) == [orders[0][19], orders[0][2]]


def test_a_grid_too_large_to_be_written_down_is_searched_all_the_same():
    names = ("learning_rate", "momentum", "dropout", "l1", "l2", "weight_decay", "ridge")
    vary = [suggest_vary(f"{name} {n}") for name in ("dropout", "l1", "l2") for n in range(1, 9)]
    vary += [suggest_vary(name) for name in names]
    asked = ask(Sampler.GRID, *vary)
    assert asked.combinations > 2**63
    result = proposed(asked, range(1, 101))
    for one in vary:
        assert {values[one.hyperparameter] for values in result} == set(one.listed)


def test_a_grid_stops_at_the_number_of_trials():
    assert ask(Sampler.GRID, trials=7).planned == 7
    assert ask(Sampler.RANDOM, suggest_vary("batch_norm")).planned == 200


# Random and quasi-random -----------------------------------------------------------


@pytest.mark.parametrize("sampler", [Sampler.RANDOM, Sampler.QUASI_RANDOM])
def test_proposals_depend_on_number_and_seed_alone(sampler):
    together = proposed(ask(sampler), range(1, 101))
    done = [complete(n, values, 1.0) for n, values in enumerate(together[:50], 1)]
    later = [proposed(ask(sampler), [n], done)[0] for n in range(51, 101)]
    assert later == together[50:]
    assert proposed(ask(sampler), [64, 3]) == [together[63], together[2]]
    assert proposed(ask(sampler, seed=2), range(1, 101)) != together


@pytest.mark.parametrize("sampler", [Sampler.RANDOM, Sampler.QUASI_RANDOM])
def test_proposals_cover_the_ranges(sampler):
    result = proposed(ask(sampler), range(1, 65))
    # Of 64 each half of each hyperparameter has 32 if it is even; at random the standard deviation
    # is 4.
    leeway = 0 if sampler is Sampler.QUASI_RANDOM else 12
    lower = {
        "dropout": lambda x: x < 0.4,
        "learning_rate": lambda x: x < 10**-2.5,
        "layers": lambda x: x <= 2,
        "l2": lambda x: x <= 1e-4,
        "batch_norm": lambda x: not x,
    }
    for hyperparameter, is_low in lower.items():
        assert abs(sum(is_low(values[hyperparameter]) for values in result) - 32) <= leeway
    kept_to_ranges(result)


def kept_to_ranges(result: list[dict]) -> None:
    for values in result:
        assert 0 <= values["dropout"] <= 0.8
        assert 1e-4 <= values["learning_rate"] <= 1e-1
        assert values["layers"] in (1, 2, 3, 4)
        assert type(values["layers"]) is int
        assert values["l2"] in (0.0, 1e-4, 1e-3, 1e-2)
        assert type(values["batch_norm"]) is bool


# TPE -------------------------------------------------------------------------------


def truth(values: dict) -> float:
    """Least at dropout 0.2, a rate of 0.01, 3 layers, an L2 of 0.001 and batch norm."""
    return (
        (values["dropout"] - 0.2) ** 2 * 10
        + (np.log10(values["learning_rate"]) + 2) ** 2
        + abs(values["layers"] - 3) * 0.3
        + abs([0.0, 1e-4, 1e-3, 1e-2].index(values["l2"]) - 2) * 0.3
        + 0.5 * (not values["batch_norm"])
    )


def search(asked: StudySpec, trials: int, at_once: int = 10, sign: int = 1) -> list[Trial]:
    done: list[Trial] = []
    for first in range(1, trials + 1, at_once):
        numbers = list(range(first, first + at_once))
        for number, values in zip(
            numbers, propose(asked, numbers, done, higher_is_better=sign < 0), strict=True
        ):
            done.append(complete(number, values, sign * truth(values)))
    return done


@pytest.mark.parametrize("sign", [1, -1])
def test_tpe_finds_better_ones_than_random_search(sign):
    def best(sampler):
        runs = [search(ask(sampler, seed=seed), 60, sign=sign) for seed in range(8)]
        return np.mean([min(sign * trial.value for trial in run) for run in runs])

    assert best(Sampler.TPE) < 0.6 * best(Sampler.RANDOM)


def test_tpe_keeps_to_the_ranges_and_tries_nothing_twice():
    done = search(ask(Sampler.TPE), 60)
    result = [trial.values for trial in done]
    kept_to_ranges(result)
    assert len({tuple(values.values()) for values in result}) == 60
    # It begins as random search does.
    assert result[:10] == proposed(ask(Sampler.RANDOM), range(1, 11))


def test_tpe_tries_all_of_a_few_combinations_before_any_twice():
    vary = (suggest_vary("layers"), suggest_vary("batch_norm"), suggest_vary("shape"))
    done = search_few(ask(Sampler.TPE, *vary))
    rest = [tuple(trial.values.values()) for trial in done if trial.number > 10]
    first = {tuple(trial.values.values()) for trial in done if trial.number <= 10}
    assert len(first | set(rest)) == 12
    new = 12 - len(first)
    assert not set(rest[:new]) & first
    assert len(set(rest[:new])) == new


def search_few(asked: StudySpec) -> list[Trial]:
    done: list[Trial] = []
    for numbers in (range(1, 11), range(11, 21)):
        for number, values in zip(numbers, proposed(asked, numbers, done), strict=True):
            done.append(complete(number, values, float(values["layers"])))
    return done


def test_tpe_goes_on_from_what_is_known():
    asked = ask(Sampler.TPE)
    done = search(asked, 30)
    numbers = range(31, 36)
    assert proposed(asked, numbers, done) == proposed(asked, numbers, done)
    assert proposed(asked, range(41, 46), done) != proposed(asked, numbers, done)


@pytest.mark.parametrize("state", [TrialState.PRUNED, TrialState.FAILED])
def test_tpe_learns_from_those_given_up_and_from_those_that_failed(state):
    """All with a high rate failed, or were given up; of the others none is better."""
    asked = ask(Sampler.TPE, Vary(hyperparameter="learning_rate", low=1e-4, high=1.0))
    low = []
    for seed in range(10):
        asked = asked.but(seed=seed)
        done = []
        for number, values in enumerate(proposed(asked.but(sampler=Sampler.RANDOM), range(1, 41))):
            trial = complete(number + 1, values, 1.0 + number % 3)
            if values["learning_rate"] > 0.01:
                rounds = (Round(fold=0, seed=0, value=9.0, epochs=1),)
                trial = trial.model_copy(
                    update={"state": state, "value": None, "rounds": rounds, "message": "!"}
                )
            done.append(trial)
        rates = [v["learning_rate"] for v in proposed(asked, range(41, 51), done)]
        low.append(np.mean(np.array(rates) < 0.01))
    assert np.mean(low) > 0.8


def test_ranges_with_odd_ends_can_be_gone_on_with():
    asked = ask(Sampler.TPE, Vary(hyperparameter="learning_rate", low=0.00012346, high=0.00012351))
    done = [complete(n, v, float(n)) for n, v in enumerate(proposed(asked, range(1, 11)), 1)]
    for values in proposed(asked, range(11, 21), done):
        assert 0.00012346 <= values["learning_rate"] <= 0.00012351


def test_the_first_ten_are_at_random_and_the_eleventh_is_not():
    asked = ask(Sampler.TPE)
    at_random = proposed(ask(Sampler.RANDOM), range(1, 13))
    done = [complete(n, values, truth(values)) for n, values in enumerate(at_random[:8], 1)]
    result = proposed(asked, [9, 10, 11, 12], done)
    assert result[:2] == at_random[8:10]
    assert result[2] != at_random[10] and result[3] != at_random[11]
    assert len(result) == 4


def test_optuna_is_told_ranges_as_they_are_and_lists_of_numbers_by_place():
    dropout, rate, layers, l2, norm = RANGES
    assert distribution_of(dropout) == FloatDistribution(0.0, 0.8)
    assert distribution_of(rate) == FloatDistribution(1e-4, 1e-1, log=True)
    assert distribution_of(layers) == IntDistribution(1, 4)
    assert distribution_of(l2) == IntDistribution(0, 3)
    assert distribution_of(norm) == CategoricalDistribution((False, True))
    assert [to_optuna(l2, value) for value in l2.values] == [0, 1, 2, 3]
    assert (to_optuna(norm, True), to_optuna(layers, 2)) == (True, 2)
    words = Vary(hyperparameter="activation", values=("relu", "tanh"))
    assert distribution_of(words) == CategoricalDistribution(("relu", "tanh"))


def test_optuna_is_told_how_a_trial_ended():
    asked = ask(Sampler.TPE)
    (values,) = proposed(asked, [1])
    rounds = (
        Round(fold=0, seed=0, value=9.0, epochs=1),
        Round(fold=1, seed=0, value=7.0, epochs=1),
    )
    states = optuna.trial.TrialState
    whole = as_optuna(asked, complete(1, values, 0.5), 0.5)
    assert (whole.state, whole.value, whole.intermediate_values) == (states.COMPLETE, 0.5, {})
    assert whole.params["l2"] in range(4) and whole.params["dropout"] == values["dropout"]
    given_up = Trial(number=2, values=values, state=TrialState.PRUNED, rounds=rounds, rung=3)
    told = as_optuna(asked, given_up, None)
    assert (told.state, told.intermediate_values) == (states.PRUNED, {3: 8.0})
    failed = given_up.model_copy(update={"state": TrialState.FAILED})
    assert as_optuna(asked, failed, None).intermediate_values == {}


@pytest.mark.parametrize("sampler", list(Sampler))
def test_one_proposal_alone_is_the_first_of_many(sampler):
    assert proposed(ask(sampler), [1]) == proposed(ask(sampler), range(1, 6))[:1]
