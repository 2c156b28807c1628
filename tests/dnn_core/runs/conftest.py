"""Small data and runs that were trained once for all tests of runs."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.images.digits import read_digits
from dnn_core.data.readers import read_bytes
from dnn_core.data.target import TargetCoding
from dnn_core.runs.records import Phase, State
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, HiddenLayer, Kind, NetworkSpec, Task, TrainingSpec
from dnn_core.training.history import EpochRecord

ROWS = 150


def survey_bytes(rows=ROWS, seed=7):
    """A survey as German software writes it: semicolons, decimal commas, Windows-1252."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, rows)
    income = np.round(rng.lognormal(7, 0.5, rows), 2)
    east = rng.random(rows) < 0.4
    signal = (age - 50) / 20 + np.log(income) - 7 + rng.normal(0, 0.7, rows)
    lines = ["age;income;region;postcode;wave;satisfied;vote;=memo;predicted;weight;village"]
    for i in range(rows):
        cells = [
            "99" if i % 17 == 3 else str(age[i]),
            "" if i % 11 == 5 else f"{income[i]:.2f}".replace(".", ","),
            "Thüringen" if east[i] else "Köln",
            "01067" if east[i] else "50667",
            "NA" if i % 13 == 2 else str(1 + i % 3),
            f"{50 + 10 * signal[i]:.3f}".replace(".", ","),
            ("left", "centre", "right")[int(np.digitize(signal[i], [-0.6, 0.6]))],
            "=1+1" if i == 0 else "-text",
            "guess",
            f"{0.5 + (i % 5) / 4:.2f}".replace(".", ","),
            f"v{i % 15}",
        ]
        lines.append(";".join(cells))
    return ("\n".join(lines) + "\n").encode("cp1252")


def read_survey(content, name="survey.csv"):
    """Read the survey, with the level and the missing code a researcher would set."""
    dataset = read_bytes(content, name)
    changes = {
        "age": {"missing_codes": ("99",)},
        "wave": {"level": Level.NOMINAL},
        "postcode": {"level": Level.NOMINAL},
        "vote": {"value_labels": {"left": "The left", "right": "=right"}},
    }
    return dataset.with_variables(
        tuple(v.model_copy(update=changes.get(v.name, {})) for v in dataset.variables)
    )


FEATURES = ("age", "income", "region", "postcode", "wave")


TARGETS = {
    Kind.REGRESSION: "satisfied",
    Kind.BINARY: "region",
    Kind.MULTICLASS: "vote",
    Kind.ORDINAL: "wave",
    Kind.COUNT: "age",
    Kind.AMOUNT: "income",
}


def make_experiment(kind=Kind.MULTICLASS, members=1, **changes):
    target = TARGETS[kind]
    features = tuple(name for name in FEATURES if name != target)
    if kind is Kind.BINARY:
        features = ("age", "income", "satisfied")
    task = Task(target=target, features=features, kind=kind, **changes.pop("roles", {}))
    settings = {
        "network": NetworkSpec(hidden=(HiddenLayer(units=8),)),
        "training": TrainingSpec(epochs=4, batch_size=16, learning_rate=0.02),
        **changes,
    }
    # One network, unless a test is about several.
    settings["training"] = settings["training"].but(members=members)
    return Experiment(task=task, **settings)


@pytest.fixture(scope="session")
def make():
    """The functions above, for tests, which cannot import a conftest."""
    return SimpleNamespace(
        survey_bytes=survey_bytes,
        read_survey=read_survey,
        experiment=make_experiment,
        finish=finish,
        score=score,
    )


@pytest.fixture(scope="session")
def survey():
    return read_survey(survey_bytes())


@pytest.fixture(scope="session")
def trained(survey, train_once):
    """Runs by kind of task, each trained when it is first asked for."""
    from dnn_core.runs.execution.execute import run_experiment

    @cache
    def get(kind=Kind.MULTICLASS):
        def make(folder):
            run_experiment(survey, make_experiment(kind), folder / kind.value)

        return Run(train_once(f"runs-{kind.value}", make) / kind.value)

    return get


FACTS = {
    "cases": {"training": 90, "validation": 30, "test": 30},
    "inputs": 9,
    "parameters": 115,
    "training_mean": None,
    "best_epoch": 2,
    "best_epochs": [2],
    "diverged_epoch": None,
    "baselines": {"majority": "Most frequent category"},
    "target": TargetCoding("vote", Kind.MULTICLASS, ("a", "b"), ("a", "b")).to_dict(),
}


def score(model, split, metric, value, low=None, high=None):
    row = {"model": model, "part": split, "metric": metric}
    return {**row, "value": value, "low": low, "high": high}


def finish(run, *, losses=(0.5, 0.4, 0.6), scores=()):
    """Write what a worker writes, without training."""
    for epoch, loss in enumerate(losses, start=1):
        record = EpochRecord(epoch, 1, loss, loss, 0.0, 0.5, 0.5, 1e-3, float(epoch))
        run.append("history.jsonl", record.to_json())
    run.write("facts.json", json.dumps(FACTS))
    pd.DataFrame().to_parquet(run.directory / "predictions.parquet")
    run.write("metrics.json", json.dumps({"scores": list(scores), "gains": []}))
    started = run.status.created_at
    run.update_status(
        state=State.FINISHED,
        phase=Phase.ENDED,
        started_at=started,
        ended_at=started + timedelta(seconds=12.5),
    )
    return run


@pytest.fixture(scope="session")
def digits():
    """The first 300 of the small digits."""
    every = read_digits()
    return replace(every, frame=every.frame[:300], images=every.images[:300])


@pytest.fixture(scope="session")
def trained_on_digits(digits, train_once):
    from dnn_core.runs.execution.execute import run_experiment

    experiment = Experiment(
        task=Task(target="digit", features=("image",)),
        network=NetworkSpec(hidden=(HiddenLayer(units=32),)),
        training=TrainingSpec(epochs=8, batch_size=16, learning_rate=0.01, members=1),
    )

    def make(folder):
        run_experiment(digits, experiment, folder / "digits")

    return Run(train_once("runs-digits", make) / "digits")


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def copy_of(tmp_path):
    """A copy of a run, for tests that change it."""

    def copy(run):
        return Run(shutil.copytree(run.directory, tmp_path / "copy" / run.id))

    return copy
