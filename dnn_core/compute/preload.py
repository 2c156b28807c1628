"""Warm-up of a worker before its first task: load TensorFlow and train once.

Named to Dask as a preload module. A worker joins the scheduler only when
`dask_setup` is done, so that a worker that is there is a quick one.
"""

from __future__ import annotations

import logging
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from dnn_core.compute.process import code_version
from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.runs.privacy import keep_private
from dnn_core.specs import Experiment, HiddenLayer, NetworkSpec, Task, TrainingSpec

if TYPE_CHECKING:
    from distributed import Worker

ROWS = 60

# Below Dask's logger, which writes to the cluster's log.
logger = logging.getLogger("distributed.dnn_workbench")


def dask_setup(worker: Worker) -> None:
    """Train a tiny network from start to end and throw it away.

    The first fit of a process takes seconds longer than the second one.
    """
    # A worker that was started elsewhere has not inherited it.
    keep_private()
    started = time.monotonic()
    from dnn_core.runs.execution.execute import run_experiment

    # Of the sources as they are loaded now.
    code_version()
    with tempfile.TemporaryDirectory(dir=worker.local_directory) as folder:
        run = run_experiment(_dataset(), _experiment(), Path(folder) / "warm-up")
        run.predictor()
    logger.info("The worker is warm after %.1f s.", time.monotonic() - started)


def _dataset() -> Dataset:
    frame = pd.DataFrame(
        {
            "number": [float(row % 7) for row in range(ROWS)],
            "category": [("low", "middle", "high")[row % 3] for row in range(ROWS)],
            "outcome": [("no", "yes")[row % 2] for row in range(ROWS)],
        }
    )
    levels = {"number": Level.INTERVAL, "category": Level.NOMINAL, "outcome": Level.BINARY}
    return Dataset(
        name="Warm-up",
        frame=frame,
        variables=tuple(Variable(name=name, level=level) for name, level in levels.items()),
        source=Source(file_name="warm-up", sha256="0" * 64, size_bytes=0),
    )


def _experiment() -> Experiment:
    return Experiment(
        task=Task(target="outcome", features=("number", "category")),
        network=NetworkSpec(hidden=(HiddenLayer(units=4, dropout=0.1),)),
        training=TrainingSpec(epochs=2),
    )
