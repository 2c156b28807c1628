"""Which hyperparameters mattered: known by how the figures were made."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from dnn_core.specs import Kind, StudySpec, Vary, suggest_vary
from dnn_core.tuning.hyperparameter_importance import (
    FEWEST_TRIALS,
    dead_hyperparameters,
    rank_hyperparameters,
)
from dnn_core.tuning.samplers import propose
from dnn_core.tuning.trial import Round, TrialState

HYPERPARAMETERS = ("layers", "units", "dropout", "l2", "learning_rate")


@pytest.fixture
def ask(make):
    def asked(*vary: Vary, experiment=None, **changes: object) -> StudySpec:
        vary = vary or tuple(suggest_vary(hyperparameter) for hyperparameter in HYPERPARAMETERS)
        experiment = experiment or make.experiment()
        # As `create_study` fills it in.
        experiment = experiment.but(task=experiment.task.but(kind=Kind.BINARY))
        return make.asked(experiment, vary=vary, trials=100, **changes)

    return asked


@pytest.fixture
def trials(make):
    def made(asked, figure, count=100):
        values = propose(asked, list(range(1, count + 1)), [], higher_is_better=False)
        return [make.trial(n, float(figure(v)), v) for n, v in enumerate(values, 1)]

    return made


def of_rate(values):
    return (np.log10(values["learning_rate"]) + 3.5) ** 2


@pytest.mark.parametrize("sign", [1, -1])
def test_a_hyperparameter_that_decides_everything_comes_first(ask, trials, sign):
    asked = ask()
    tried = trials(asked, lambda values: sign * of_rate(values))
    table = rank_hyperparameters(asked, tried, higher_is_better=sign < 0)
    assert next(iter(table["hyperparameter"])) == "learning_rate"
    assert set(table["hyperparameter"]) == set(HYPERPARAMETERS)
    assert table["importance"].sum() == pytest.approx(1)
    assert list(table["importance"]) == sorted(table["importance"], reverse=True)
    first = table.iloc[0]
    assert first["importance"] > first["chance"]
    assert first["importance"] > 0.5


def test_a_choice_that_decides_everything_comes_first(ask, trials):
    asked = ask(suggest_vary("activation"), suggest_vary("batch_norm"), suggest_vary("dropout"))
    noise = iter(np.random.default_rng(0).normal(size=100))
    tried = trials(asked, lambda values: 5.0 * (values["activation"] != "tanh") + next(noise))
    first = rank_hyperparameters(asked, tried, higher_is_better=False).iloc[0]
    assert first["hyperparameter"] == "activation"
    assert first["importance"] > first["chance"]


@pytest.mark.simulation
def test_hyperparameters_that_do_nothing_mostly_stay_below_chance(ask, trials):
    beyond = []
    for seed in range(20):
        asked = ask(seed=seed)
        noise = np.random.default_rng([seed, 1])
        tried = trials(asked, lambda _, noise=noise: noise.normal(), count=40)
        table = rank_hyperparameters(asked, tried, higher_is_better=False)
        beyond += list(table["importance"] > table["chance"])
    # By its making one in twenty; of 100, more than 12 have a chance of one in a thousand.
    assert len(beyond) == 100
    assert sum(beyond) <= 12


def test_beside_a_hyperparameter_that_decides_others_stay_below_chance(ask, trials):
    asked = ask()
    table = rank_hyperparameters(asked, trials(asked, of_rate), higher_is_better=False)
    others = table[table["hyperparameter"] != "learning_rate"]
    assert (others["importance"] < others["chance"]).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_those_given_up_early_count_as_worse(ask, trials, sign):
    """What they had by then may look better than it would have been."""
    asked = ask()
    tried = trials(asked, lambda values: sign * of_rate(values))
    order = sorted(tried, key=lambda trial: sign * trial.value)
    given_up = [
        trial.model_copy(
            update={
                "state": TrialState.PRUNED,
                "value": None,
                "rung": int(place < 40),
                "rounds": (Round(fold=0, seed=0, value=sign * (place - 500.0), epochs=1),),
            }
        )
        for place, trial in enumerate(order)
        if place >= 15
    ]
    some = rank_hyperparameters(asked, [*order[:15], *given_up], higher_is_better=sign < 0)
    # The same trials in the same order: also what chance gives is the same.
    whole = rank_hyperparameters(asked, order, higher_is_better=sign < 0)
    pd.testing.assert_frame_equal(some, whole)


def test_it_takes_less_than_two_seconds(ask, trials):
    asked = ask()
    tried = trials(asked, of_rate)
    started = time.process_time()
    rank_hyperparameters(asked, tried, higher_is_better=False)
    assert time.process_time() - started < 2


def test_of_few_trials_nothing_is_said(ask, trials, make):
    asked = ask()
    tried = trials(asked, of_rate, count=FEWEST_TRIALS)
    assert len(rank_hyperparameters(asked, tried, higher_is_better=False)) == len(HYPERPARAMETERS)
    failed = tried[0].model_copy(update={"value": None})
    table = rank_hyperparameters(asked, [failed, *tried[1:]], higher_is_better=False)
    assert list(table.columns) == ["hyperparameter", "importance", "chance"]
    assert table.empty


# Dead hyperparameters --------------------------------------------------------------------------


PATIENCE = (
    Vary(hyperparameter="plateau_patience", values=(10, 20)),
    Vary(hyperparameter="dropout", low=0.0, high=0.5),
)


def test_a_hyperparameter_that_no_training_reads_is_named_with_its_reason(ask, trials, make):
    training = make.experiment().training.but(schedule="plateau", patience=10, epochs=100)
    asked = ask(*PATIENCE, experiment=make.experiment(training=training))
    (tried,) = dead_hyperparameters(
        asked, trials(asked, lambda _: 1.0, 10), training_rows=100
    ).items()
    assert tried[0] == "plateau_patience"
    assert "never reduced" in tried[1]
    assert "early stopping ends training after 10 epochs" in tried[1]
    # With a schedule that has no plateaus it is another reason.
    constant = ask(*PATIENCE)
    reasons = dead_hyperparameters(constant, trials(asked, lambda _: 1.0, 10), training_rows=100)
    assert "Reduce on plateau" in reasons["plateau_patience"]


@pytest.mark.parametrize(
    "vary",
    [
        (Vary(hyperparameter="plateau_patience", values=(5, 20)),),
        (*PATIENCE, Vary(hyperparameter="patience", values=(10, 50))),
    ],
)
def test_one_that_some_training_reads_is_not_dead(ask, trials, make, vary):
    training = make.experiment().training.but(schedule="plateau", patience=10, epochs=100)
    asked = ask(*vary, experiment=make.experiment(training=training))
    assert dead_hyperparameters(asked, trials(asked, lambda _: 1.0, 30), training_rows=100) == {}


def test_momentum_is_read_by_one_optimiser_only(ask, trials):
    alone = ask(suggest_vary("momentum"), suggest_vary("weight_decay"))
    tried = dead_hyperparameters(alone, trials(alone, lambda _: 1.0, 20), training_rows=100)
    assert set(tried) == {"momentum", "weight_decay"}
    assert "SGD" in tried["momentum"]
    both = ask(suggest_vary("momentum"), suggest_vary("optimizer"))
    assert dead_hyperparameters(both, trials(both, lambda _: 1.0, 40), training_rows=100) == {}
    assert dead_hyperparameters(both, [], training_rows=100) == {}


def test_a_hyperparameter_of_layers_that_no_network_has_is_dead(ask, trials):
    shallow = ask(Vary(hyperparameter="layers", values=(0, 1)), suggest_vary("shape"))
    tried = dead_hyperparameters(shallow, trials(shallow, lambda _: 1.0, 20), training_rows=100)
    assert tried == {"shape": "No configuration had the hidden layers that it is about."}
    deep = ask(Vary(hyperparameter="layers", values=(0, 1, 2)), suggest_vary("shape"))
    assert dead_hyperparameters(deep, trials(deep, lambda _: 1.0, 20), training_rows=100) == {}


def test_of_no_trials_nothing_is_dead(ask):
    assert dead_hyperparameters(ask(), [], training_rows=100) == {}


@pytest.mark.parametrize(("values", "dead"), [((0.1,), False), ((0.1, 0.2), True)])
def test_one_value_alone_changes_nothing_and_is_not_dead(ask, trials, values, dead):
    # Of the second of two layers, where no network has one.
    layers = Vary(hyperparameter="layers", values=(1,))
    asked = ask(layers, Vary(hyperparameter="dropout 2", values=values))
    tried = trials(asked, lambda _: 1.0, count=2)
    found = dead_hyperparameters(asked, tried, training_rows=100)
    assert ("dropout 2" in found) is dead
    assert "layers" not in found
