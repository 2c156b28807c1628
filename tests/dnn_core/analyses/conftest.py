"""A small survey and a run on it that is analysed once for all tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnn_core.analyses.catalogue import analyse
from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec, Experiment, HiddenLayer, NetworkSpec, Task, TrainingSpec

ASKED = AnalysisSpec(folds=3, repeats=2, seeds=2, sizes=1)


def make_survey(rows: int = 240, seed: int = 1) -> Dataset:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 3)).round(4)
    vote = (x[:, 0] + rng.logistic(size=rows) > 0).astype(float)
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "vote": vote})
    frame["household"] = np.arange(rows) // 4 + 0.0
    frame["year"] = 2000.0 + np.arange(rows) // 20
    levels = dict.fromkeys(frame, Level.INTERVAL) | {"vote": Level.BINARY}
    variables = tuple(Variable(name=name, level=level) for name, level in levels.items())
    return Dataset("survey", frame, variables, Source("survey.csv", "0" * 64, 1))


def make_experiment(**changes: object) -> Experiment:
    return Experiment(
        task=Task(target="vote", features=("a", "b", "c")),
        network=NetworkSpec(hidden=(HiddenLayer(units=4),)),
        training=TrainingSpec(epochs=3, members=2, batch_size=32),
    ).but(**changes)


@pytest.fixture(scope="session")
def survey() -> Dataset:
    return make_survey()


@pytest.fixture(scope="session")
def analysed(survey, train_once) -> Run:
    def make(folder: Path) -> None:
        analyse(run_experiment(survey, make_experiment(), folder / "run"), survey, ASKED)

    return Run(train_once("analysed", make) / "run")
