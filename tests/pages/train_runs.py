"""Train the runs that the tests of the pages look at; a process of its own loads TensorFlow.

Usage: python train_runs.py WORKSPACE. Writes runs.json into it: name of each run to its id.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dnn_core.data.codebook import apply_codebook, read_codebook
from dnn_core.data.dataset import Dataset
from dnn_core.data.images.digits import read_digits
from dnn_core.data.readers import read_bytes
from dnn_core.data.samples import SAMPLE_FOLDER, list_samples, read_sample
from dnn_core.runs.execution.execute import execute, open_test
from dnn_core.runs.held_out import Tried
from dnn_core.runs.run import Run
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import Experiment, HiddenLayer, NetworkSpec, Task, TrainingSpec

ROWS_OF_RANDHIE = 600
NETWORK = NetworkSpec(hidden=(HiddenLayer(units=8),))
TRAINING = TrainingSpec(epochs=3, batch_size=32, learning_rate=0.01, members=1)
SEVERAL = TRAINING.but(members=3)


def some_of_randhie() -> Dataset:
    """The first rows of the sample with a quantity as outcome, as a file of its own."""
    lines = (SAMPLE_FOLDER / "randhie.csv").read_bytes().splitlines(keepends=True)
    dataset = read_bytes(b"".join(lines[: ROWS_OF_RANDHIE + 1]), "randhie-part.csv")
    return apply_codebook(dataset, read_codebook((SAMPLE_FOLDER / "randhie.json").read_bytes()))


def train(
    workspace: Workspace, dataset: Dataset, task: Task, training: TrainingSpec = TRAINING
) -> Run:
    experiment = Experiment(task=task, network=NETWORK, training=training)
    run = workspace.new_run(dataset, experiment)
    execute(run, dataset)
    return run


def main(home: Path) -> None:
    workspace = Workspace(home)
    samples = {sample.name: sample for sample in list_samples()}
    anes, quantity = samples["anes96"], samples["randhie"]
    votes = Task(target=anes.target, features=anes.features)
    party = tuple(name for name in anes.columns if name != "PID")
    visits = Task(target=quantity.target, features=quantity.features)
    digits = Task(target="digit", features=("image",))
    runs = {
        "binary": train(workspace, read_sample("anes96"), votes),
        "multiclass": train(workspace, read_sample("anes96"), Task(target="PID", features=party)),
        "regression": train(workspace, some_of_randhie(), visits),
        "digits": train(workspace, read_digits(), digits),
        "several": train(workspace, read_sample("anes96"), votes, SEVERAL),
        "opened": train(workspace, read_sample("anes96"), votes),
    }
    open_test(runs["opened"], read_sample("anes96"), tried=Tried(2))
    ids = {name: run.id for name, run in runs.items()}
    (home / "runs.json").write_text(json.dumps(ids), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
