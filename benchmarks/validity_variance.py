"""Are the shares of variance right that are called seed and split?

A few splits and seeds are compared with a long simulation on the same survey: the shares of
the long one are taken for the truth, and those of many short ones are averaged.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from dnn_core.analyses.catalogue import analyse
from dnn_core.analyses.resampling_result import Resampled
from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.evaluation.inference.variance_components import variance_components
from dnn_core.runs.execution.execute import run_experiment
from dnn_core.specs import AnalysisSpec, Experiment, HiddenLayer, NetworkSpec, Task, TrainingSpec

LONG = AnalysisSpec(folds=10, repeats=20, seeds=10, sizes=0)
SHORT = AnalysisSpec(folds=5, repeats=4, seeds=6, sizes=0)
FOLDS, SEEDS, DRAWS = 10, 5, 200
"""What the dashboard suggests, and how often it is drawn from the long simulation."""


def make_survey(rows: int, seed: int = 1) -> Dataset:
    """Ten predictors, of which one counts by itself and two only together."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 10)).round(4)
    score = x[:, 0] + x[:, 1] * x[:, 2]
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(10)])
    frame["y"] = (score + rng.logistic(size=rows) > 0).astype("float64")
    levels = dict.fromkeys(frame, Level.INTERVAL) | {"y": Level.BINARY}
    variables = tuple(Variable(name=name, level=level) for name, level in levels.items())
    return Dataset("simulated", frame, variables, Source("simulated.csv", "0" * 64, 1))


def scores_of(rows: int, asked: AnalysisSpec, epochs: int) -> np.ndarray:
    """AUC of one network by split and seed, shape (splits, seeds)."""
    survey = make_survey(rows)
    experiment = Experiment(
        task=Task(target="y", features=tuple(f"x{i}" for i in range(10))),
        network=NetworkSpec(hidden=(HiddenLayer(units=16), HiddenLayer(units=8))),
        training=TrainingSpec(epochs=epochs, members=1, learning_rate=3e-3),
    )
    with tempfile.TemporaryDirectory() as folder:
        run = run_experiment(survey, experiment, Path(folder) / "run")
        analyse(run, survey, asked)
        resampled = Resampled.of(run)
    assert resampled is not None
    wide = resampled.seeds.pivot_table(index=["repeat", "fold"], columns="seed", values="value")
    return wide.to_numpy()


def measure(rows: int = 1000, asked: AnalysisSpec = LONG, epochs: int = 60) -> dict[str, float]:
    """Shares of the long simulation, and the mean of those of short ones drawn from it."""
    scores = scores_of(rows, asked, epochs)
    truth = variance_components(scores[np.newaxis]).shares()
    rng = np.random.default_rng(1)
    result = []
    for _ in range(DRAWS):
        splits = rng.choice(len(scores), min(FOLDS, len(scores)), replace=False)
        seeds = rng.choice(scores.shape[1], min(SEEDS, scores.shape[1]), replace=False)
        result.append(variance_components(scores[splits][:, seeds][np.newaxis]).shares())
    mean = pd.DataFrame(result).mean()
    return {
        "share of the split, long": truth["split"],
        "share of the split, short": float(mean["split"]),
        "share of the seed, long": truth["seed"],
        "share of the seed, short": float(mean["seed"]),
    }
