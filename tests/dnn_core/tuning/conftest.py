"""A small survey, studies on it, and evaluators that train nothing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.specs import (
    Experiment,
    HiddenLayer,
    NetworkSpec,
    Sampler,
    StudySpec,
    Task,
    TrainingSpec,
    Vary,
)
from dnn_core.tuning.batches import TrialEvaluation
from dnn_core.tuning.study import create_study
from dnn_core.tuning.trial import Round, Trial, TrialState

ROWS = 200


def make_survey(rows=ROWS, seed=1, noise=False):
    """Whether somebody votes depends on a, and income on a and b; or on nothing at all."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)).round(4)
    signal = 0.0 if noise else 1.5 * x[:, 0]
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2]})
    frame["vote"] = (signal + rng.logistic(size=rows) > 0).astype(float)
    frame["income"] = (10 + 2 * x[:, 0] - x[:, 1] + rng.normal(size=rows)).round(3)
    frame["village"] = np.arange(rows) // 5 + 0.0
    frame["weight"] = rng.uniform(0.5, 2, rows).round(3)
    levels = dict.fromkeys(frame, Level.INTERVAL) | {"vote": Level.BINARY}
    variables = tuple(Variable(name=name, level=level) for name, level in levels.items())
    return Dataset("survey", frame, variables, Source("survey.csv", "0" * 64, 1))


def make_experiment(target="vote", roles=None, **changes):
    return Experiment(
        task=Task(target=target, features=("a", "b", "c"), **(roles or {})),
        network=NetworkSpec(hidden=(HiddenLayer(units=4),)),
        training=TrainingSpec(epochs=3, members=2, batch_size=32),
    ).but(**changes)


def make_asked(experiment=None, **changes):
    vary = (
        Vary(hyperparameter="units", values=(2, 3, 4)),
        Vary(hyperparameter="learning_rate", low=1e-3, high=1e-1),
    )
    settings = {"vary": vary, "sampler": Sampler.RANDOM, "trials": 4, "folds": 3, **changes}
    return StudySpec.of(experiment=experiment or make_experiment(), **settings)


def evaluates_by(figure, after=None, epochs=None):
    """Evaluators that train nothing.

    Parameters
    ----------
    figure : callable
        From number, values, fold and seed to the figure of a network.
    epochs : int, optional
        How many each is said to have taken; `figure` is then also told after how many it is
        to end.
    after : callable, optional
        Called after each piece of work with how many there were, and may raise.
    """
    evaluated, limits = [], []

    def evaluator(plan, works, metric, halt):
        for work in works:
            result = []
            for number, values in work.trials:
                one = TrialEvaluation(number, parameters=10 * number, seconds=0.5)
                for fold, seed in work.rounds:
                    limit = () if epochs is None else (work.epochs,)
                    value = figure(number, values, fold, seed, *limit)
                    one.rounds.append(Round(fold=fold, seed=seed, value=value, epochs=epochs or 2))
                    limits.append((number, work.epochs))
                    cases = len(plan.folds[fold]["test"])
                    share = 0.5 + 0.4 * np.sin(number + np.arange(cases))
                    one.predictions[fold, seed] = np.column_stack([1 - share, share])
                    evaluated.append((number, fold, seed))
                result.append(one)
            yield result
            if after is not None:
                after(len(evaluated))

    evaluator.evaluated, evaluator.limits = evaluated, limits
    return evaluator


def make_trial(number, value, values=None, **changes):
    return Trial(
        number=number, values=values or {}, state=TrialState.COMPLETE, value=value, **changes
    )


@pytest.fixture(scope="session")
def make():
    """The functions above, for tests, which cannot import a conftest."""
    return SimpleNamespace(
        survey=make_survey,
        experiment=make_experiment,
        asked=make_asked,
        evaluates_by=evaluates_by,
        trial=make_trial,
    )


@pytest.fixture(scope="session")
def survey():
    return make_survey()


@pytest.fixture
def new_study(survey, tmp_path):
    """Make a study of the survey in a directory of its own."""
    count = iter(range(100))

    def new(asked=None, **changes):
        asked = make_asked(**changes) if asked is None else asked
        return create_study(survey, asked, tmp_path / f"study-{next(count)}")

    return new
