"""Does the comparison with baselines claim a gain where there is none, and find one where there is?

    python -m benchmarks.validity_baselines

Surveys are simulated with one set of predictors and many outcomes, so that all networks
train side by side. Three of the default networks take turns; the sentence is that of Diagnose.

- `none`: outcomes that have nothing to do with the predictors.
- `linear`: the log-odds, or the mean, is linear in the predictors.
- `interaction`: besides, two predictors act only together.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import dnn_core as dnn
from dnn_core.checks import lead_sentence, run_checks
from dnn_core.checks.baseline_comparison import standing_of
from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.specs import Kind

LONG = {"none": 200, "linear": 60, "interaction": 60}
SHORT = {"none": 6, "linear": 3, "interaction": 4}
"""How many surveys of each truth. A claim that is false in half of the surveys would be made
at most once of six with a probability of 11 %, a gain that is seen in half of them in three of
four with 31 %; one that is made in nine of ten without a signal passes with 0.01 %."""

CASES, PREDICTORS, NETWORKS = 600, 8, 3
REDUCED = ("x1", "x2")

CLAIMS = ("better_than_chance", "better_than_all", "over_linear")


def measure(surveys: dict[str, int] = LONG, kind: Kind = Kind.BINARY) -> dict[str, float]:
    """Shares of surveys in which something is said, by what is true.

    Returns
    -------
    dict of str to float
        For each truth: `better_than_chance`, the share of surveys whose sentence says that the
        outcome is predicted; `better_than_all`, that the network is better than every simpler
        model; `over_linear`, that its gain over the regression on all predictors is above zero.
    """
    measured: dict[str, float] = {}
    for truth, number in surveys.items():
        runs = _train(truth, number, kind)
        for name, said in runs.items():
            measured[f"{truth}: {name}"] = float(np.mean(said))
    return measured


def _train(truth: str, number: int, kind: Kind) -> dict[str, list[bool]]:
    data = simulate(truth, number, kind)
    features = tuple(f"x{i}" for i in range(1, PREDICTORS + 1))
    asked = [
        dnn.Experiment(
            task=dnn.Task(target=f"y{i}", features=features, kind=kind, reduced=REDUCED),
            training=dnn.TrainingSpec(members=NETWORKS),
        )
        for i in range(number)
    ]
    said: dict[str, list[bool]] = {name: [] for name in CLAIMS}
    with tempfile.TemporaryDirectory() as folder:
        for run in dnn.run_many(data, asked, Path(folder)):
            standing = standing_of(run)
            findings, _ = run_checks(run)
            sentence = lead_sentence(run, findings)
            claimed = "does not predict" not in sentence and "the same for every" not in sentence
            over = {baseline.name: baseline.gain.low > 0 for baseline in standing.baselines}
            said["better_than_chance"].append(claimed)
            said["better_than_all"].append("better than every simpler model" in sentence)
            said["over_linear"].append(over["logistic" if kind is Kind.BINARY else "linear"])
    return said


def simulate(truth: str, outcomes: int, kind: Kind) -> Dataset:
    """Draw predictors once, and outcomes y0, y1, ... from them."""
    generator = np.random.default_rng(11)
    x = generator.normal(size=(CASES, PREDICTORS))
    signal = {
        "none": np.zeros(CASES),
        "linear": 0.8 * x[:, 0] + 0.6 * x[:, 1] - 0.4 * x[:, 2],
        "interaction": 0.5 * x[:, 0] + 2.0 * x[:, 1] * x[:, 2],
    }[truth]
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(1, PREDICTORS + 1)])
    drawn = {}
    for i in range(outcomes):
        if kind is Kind.BINARY:
            drawn[f"y{i}"] = np.where(signal + generator.logistic(size=CASES) > 0, "yes", "no")
        else:
            drawn[f"y{i}"] = signal + generator.normal(0, 1.5, CASES)
    frame = pd.concat([frame, pd.DataFrame(drawn)], axis=1)
    outcome = Level.BINARY if kind is Kind.BINARY else Level.INTERVAL
    variables = tuple(
        Variable(name=name, level=outcome if name.startswith("y") else Level.INTERVAL)
        for name in frame.columns
    )
    return Dataset(f"simulated, {truth}", frame, variables, Source("simulated.csv", "0" * 64, 1))


if __name__ == "__main__":
    for outcome_kind in (Kind.BINARY, Kind.REGRESSION):
        started = time.monotonic()
        figures = measure(kind=outcome_kind)
        print(outcome_kind.value, json.dumps(figures, indent=1))
        print(f"{time.monotonic() - started:.0f} seconds")
