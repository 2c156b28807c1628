"""How many networks are best trained together? Prints a table and writes JSON.

    DNN_WORKBENCH_MNIST=<folder> python -m benchmarks.batched_training

Seconds that a network and epoch take with one to sixteen trained together, compiling left out: the
difference between fits of one epoch and of several, each after a first one, the best of three.
`dnn_core.training.fit_request.LARGEST_STEP` rests on it.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

import dnn_core as dnn
from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.images.mnist import read_mnist
from dnn_core.data.prepare import prepare
from dnn_core.data.split.row_split import split_rows
from dnn_core.runs.create import filled_in
from dnn_core.specs import Experiment, HiddenLayer, NetworkSpec, SplitMethod
from dnn_core.training.fit import fit_many
from dnn_core.training.fit_request import Request

RESULTS = Path("benchmarks/batched_training.json")
SIZES = (1, 2, 4, 8, 16)
TABLES = {"1,000 x 20": (1_250, 20), "4,000 x 100": (5_000, 100), "4,000 x 300": (5_000, 300)}
JOBS = (
    # Table, units, batch, epochs that the longer fit has more.
    ("1,000 x 20", (64, 32), 32, 100),
    ("4,000 x 100", (128, 64), 64, 20),
    ("4,000 x 100", (128, 64), 256, 20),
    ("4,000 x 300", (256, 128), 128, 8),
    ("MNIST", (16,), 128, 2),
    ("MNIST", (64, 32), 128, 2),
    ("MNIST", (256, 128, 64), 128, 2),
)


def draw(rows: int, columns: int) -> Dataset:
    """A table of normal numbers, of which the first determines the outcome."""
    generator = np.random.default_rng(1)
    x = generator.normal(size=(rows, columns)).round(3)
    frame = pd.DataFrame(x, columns=[f"x{n}" for n in range(columns)])
    frame["y"] = (x[:, 0] + generator.normal(size=rows) > 0).astype(float)
    levels = dict.fromkeys(frame, Level.INTERVAL) | {"y": Level.BINARY}
    variables = tuple(Variable(name=name, level=level) for name, level in levels.items())
    return Dataset("drawn", frame, variables, Source("drawn.csv", "0" * 64, 1))


def experiment(name: str, dataset: Dataset, units: tuple[int, ...], batch: int) -> Experiment:
    if name == "MNIST":
        task = dnn.Task(target="digit", features=("image",))
        split = dnn.SplitSpec(method=SplitMethod.OFFICIAL, validation=0.2)
    else:
        task = dnn.Task(target="y", features=tuple(n for n in dataset.names if n != "y"))
        split = dnn.SplitSpec()
    asked = Experiment(
        task=task,
        split=split,
        network=NetworkSpec(hidden=tuple(HiddenLayer(units=n) for n in units)),
        training=dnn.TrainingSpec(members=1, batch_size=batch, early_stopping=False),
    )
    return filled_in(dataset, asked)


def seconds(dataset: Dataset, asked: Experiment, size: int, more: int) -> float:
    """Seconds of a network and epoch, with this many trained together."""
    prepared = prepare(dataset, asked, split_rows(dataset, asked.task, asked.split))

    def fit(epochs: int) -> float:
        training = asked.training.but(epochs=epochs)
        requests = [Request(prepared, asked.network, training, seed) for seed in range(size)]
        started = time.perf_counter()
        fit_many(requests)
        return time.perf_counter() - started

    # Each is compiled once for each number of epochs.
    fit(1), fit(1 + more)
    short, long = (min(fit(epochs) for _ in range(3)) for epochs in (1, 1 + more))
    return (long - short) / (more * size)


def main() -> None:
    result = {}
    print(f"{'':44}" + "".join(f"{size:>9}" for size in SIZES))
    for name, units, batch, more in JOBS:
        if name == "MNIST":
            dataset = read_mnist(Path(os.environ["DNN_WORKBENCH_MNIST"]))
        else:
            dataset = draw(*TABLES[name])
        asked = experiment(name, dataset, units, batch)
        job = f"{name}, {'-'.join(map(str, units))}, batch {batch}"
        result[job] = {size: seconds(dataset, asked, size, more) for size in SIZES}
        print(f"{job:44}" + "".join(f"{1000 * s:9.2f}" for s in result[job].values()), flush=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
