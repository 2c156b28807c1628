"""A small survey whose names and labels are what a page must not believe, and runs on it."""

import shutil

import numpy as np
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.images.digits import read_digits
from dnn_core.data.readers import read_bytes
from dnn_core.runs.run import Run
from dnn_core.specs import (
    Answer,
    Experiment,
    HiddenLayer,
    Kind,
    NetworkSpec,
    SplitMethod,
    SplitSpec,
    Task,
    TrainingSpec,
)

ROWS = 200
HOSTILE = '<script>alert("x")</script>'
LABEL = '"><img src=x onerror=alert(1)> & {{ 7*7 }}'


def survey():
    """Nine of ten who did not vote have no answer to `income`: that gives the outcome away."""
    rng = np.random.default_rng(3)
    age, hours = rng.integers(18, 80, ROWS), rng.integers(0, 40, ROWS)
    vote = (age / 20 + rng.normal(0, 1, ROWS)) > 2.5
    lines = [f"age;{HOSTILE};income;vote;hours;psu;w"]
    for i in range(ROWS):
        income = "" if vote[i] and i % 10 else f"{1000 + 10 * age[i]}"
        word = "no<b>" if vote[i] else "yes"
        lines.append(f"{age[i]};{i % 4};{income};{word};{hours[i]};p{i % 20};{1 + i % 3}")
    dataset = read_bytes("\n".join(lines).encode(), "survey<i>.csv")
    changes = {
        HOSTILE: {"label": LABEL, "level": Level.NOMINAL},
        "vote": {"value_labels": {"yes": "</text><script>alert(2)</script>"}},
    }
    return dataset.with_variables(
        tuple(v.model_copy(update=changes.get(v.name, {})) for v in dataset.variables)
    )


@pytest.fixture(scope="session")
def data():
    return survey()


@pytest.fixture(scope="session")
def train(train_once):
    """Train a run under a name, in a folder of its own."""
    from dnn_core.runs.execution.execute import run_experiment

    def once(data, name, **changes):
        settings = {
            "network": NetworkSpec(hidden=(HiddenLayer(units=4),)),
            "training": TrainingSpec(epochs=3, batch_size=16, learning_rate=0.02, members=2),
            **changes,
        }

        def make(folder):
            run_experiment(data, Experiment(**settings), folder / name)

        return Run(train_once(f"report-{name}", make) / name)

    return once


@pytest.fixture(scope="session")
def binary(data, train, tmp_path_factory):
    """Two networks that take turns, weighted and clustered."""
    task = Task(
        target="vote",
        features=("age", HOSTILE, "income"),
        kind=Kind.BINARY,
        weight="w",
        cluster="psu",
        reduced=("age",),
    )
    run = train(
        data,
        "binary",
        task=task,
        split=SplitSpec(method=SplitMethod.GROUPED),
        answers=(Answer(code="missing_tells", variable="income", reason="<u>as in the field</u>"),),
    )
    run = Run(shutil.copytree(run.directory, tmp_path_factory.mktemp("report") / "binary"))
    run.annotate(name="<h1>Run</h1>", note="<marquee>note</marquee>")
    return run


@pytest.fixture(scope="session")
def opened(data, binary, tmp_path_factory):
    """The same run with its test part open."""
    from dnn_core.runs.execution.execute import open_test
    from dnn_core.runs.held_out import Tried

    directory = tmp_path_factory.mktemp("report") / "opened"
    run = Run(shutil.copytree(binary.directory, directory))
    open_test(run, data, tried=Tried(5, 1))
    return run


@pytest.fixture(scope="session")
def quantity(data, train):
    """One network that predicts a quantity, on a simple random sample."""
    return train(
        data,
        "quantity",
        task=Task(target="hours", features=("age",), kind=Kind.REGRESSION),
        split=SplitSpec(method=SplitMethod.RANDOM),
        training=TrainingSpec(epochs=3, batch_size=16, members=1),
    )


@pytest.fixture(scope="session")
def digits():
    from dataclasses import replace

    every = read_digits()
    return replace(every, frame=every.frame[:300], images=every.images[:300])


@pytest.fixture(scope="session")
def pictures(digits, train):
    return train(
        digits,
        "digits",
        task=Task(target="digit", features=("image",)),
    )
