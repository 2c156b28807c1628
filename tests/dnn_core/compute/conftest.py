"""A small data set, and real clusters that are gone when the tests are."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from dnn_core.compute.process import start_if_needed
from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.runs.workspace import Workspace
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
from tests.dnn_core.compute.whole_studies import TRIALS

SECONDS = 120.0
"""Far more than anything here takes, for machines that are busy with other things."""


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., float]:
    """Return a function that waits until a condition holds and says how long it took."""

    def wait(condition: Callable[[], object], *, seconds: float = SECONDS) -> float:
        started = time.monotonic()
        while not condition():
            assert time.monotonic() < started + seconds, "The condition did not come to hold."
            time.sleep(0.02)
        return time.monotonic() - started

    return wait


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(generator.normal(size=(2000, 3)), columns=["a", "b", "outcome"])
    return Dataset(
        name="Noise",
        frame=frame,
        variables=tuple(Variable(name=name, level=Level.INTERVAL) for name in frame),
        source=Source(file_name="noise.csv", sha256="1" * 64, size_bytes=1),
    )


@pytest.fixture(scope="session")
def short() -> Experiment:
    """An experiment of a second or two."""
    return Experiment(
        task=Task(target="outcome", features=("a", "b")),
        network=NetworkSpec(hidden=(HiddenLayer(units=2),)),
        training=TrainingSpec(epochs=2, batch_size=256, members=1),
    )


@pytest.fixture(scope="session")
def endless(short: Experiment) -> Experiment:
    """An experiment that outlasts any test: six million steps."""
    training = TrainingSpec(epochs=5000, batch_size=1, early_stopping=False, members=1)
    return short.but(training=training)


@pytest.fixture
def asked(short: Experiment) -> StudySpec:
    """Twelve architectures, so that each is a piece of work of its own."""
    return StudySpec(
        experiment=short.but(training=short.training.but(epochs=30, early_stopping=False)),
        vary=(Vary(hyperparameter="units", values=tuple(range(2, 2 + TRIALS))),),
        sampler=Sampler.GRID,
        trials=TRIALS,
        folds=2,
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with a cluster of one worker, still starting."""
    made = Workspace(tmp_path_factory.mktemp("workspace"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DNN_WORKBENCH_WORKERS", "1")
        patch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
        start_if_needed(made)
        yield made
    end_processes(made.root)


@pytest.fixture
def other_workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace without a cluster; one that a test starts is ended."""
    made = Workspace(tmp_path / "workspace")
    yield made
    end_processes(made.root)


def end_processes(root: Path) -> None:
    """Kill what was started for a workspace: the processes that name it, and their group."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if str(root.resolve()) in process.cmdline():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
