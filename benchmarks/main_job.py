"""Does the main job reach the figures it should? Prints a table and writes JSON.

    DNN_WORKBENCH_MNIST=<folder> python -m benchmarks.main_job

Two experiments, each judged on the part that is named:

- ANES 1996, vote on the nine other variables, the default networks: AUC on the
  sealed test part, opened once, beside a logistic regression on the same rows.
- MNIST, 256-128-64 with batch normalisation and dropout .4/.3/.2, RMSprop,
  batch 128, 25 epochs, validation share 0.2: the setting of "Hands-On Machine
  Learning with R", chapter 13. Accuracy on the validation part at the epoch
  with the lowest validation loss, and the highest of any epoch.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import dnn_core as dnn
from dnn_core.data.images.mnist import read_mnist
from dnn_core.data.samples import read_sample
from dnn_core.runs.execution.execute import open_test
from dnn_core.runs.held_out import Tried
from dnn_core.specs import HOML_PRESETS, Optimizer, SplitMethod

SEEDS = (1, 2, 3)


def measure_anes(seed: int, home: Path) -> dict:
    """The default networks on ANES 1996; the split stays the same for all seeds."""
    data = read_sample("anes96")
    features = tuple(name for name in data.names if name != "vote")
    asked = dnn.Experiment(task=dnn.Task(target="vote", features=features), seed=seed)
    started = time.monotonic()
    run = dnn.run_experiment(data, asked, home / f"anes-{seed}")
    seconds = time.monotonic() - started
    open_test(run, data, tried=Tried())
    scores = run.scores.query("part == 'test' and metric == 'auc'").set_index("model")
    return {
        "experiment": "ANES 1996, default networks",
        "seed": seed,
        "measure": "test AUC",
        "network": scores.loc["network", "value"],
        "low": scores.loc["network", "low"],
        "high": scores.loc["network", "high"],
        "logistic": scores.loc["logistic", "value"],
        "best_epoch": run.best_epochs.middle,
        "seconds": seconds,
    }


def measure_mnist(folder: Path, home: Path) -> dict:
    """HOML's largest regularised network."""
    data = read_mnist(folder)
    asked = dnn.Experiment(
        task=dnn.Task(target="digit", features=("image",)),
        split=dnn.SplitSpec(method=SplitMethod.OFFICIAL, validation=0.2),
        network=HOML_PRESETS["256-128-64, regularised"],
        training=dnn.TrainingSpec(
            optimizer=Optimizer.RMSPROP,
            batch_size=128,
            epochs=25,
            early_stopping=False,
            members=1,
        ),
    )
    started = time.monotonic()
    run = dnn.run_experiment(data, asked, home / "mnist")
    seconds = time.monotonic() - started
    kept = run.metrics.query("part == 'validation' and metric == 'accuracy'").iloc[0]
    logistic = run.scores.query(
        "part == 'validation' and metric == 'accuracy' and model == 'logistic'"
    )
    return {
        "experiment": "MNIST 256-128-64, batch norm., dropout .4/.3/.2",
        "seed": asked.seed,
        "measure": "validation accuracy, weights kept",
        "network": kept["value"],
        "low": kept["low"],
        "high": kept["high"],
        "logistic": logistic["value"].iloc[0],
        "best_epoch": run.best_epochs.middle,
        "highest_of_any_epoch": run.history["val_metric"].max(),
        "lowest_validation_loss": run.history["val_loss"].min(),
        "seconds": seconds,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        results = [measure_anes(seed, Path(home)) for seed in SEEDS]
        folder = os.environ.get("DNN_WORKBENCH_MNIST")
        if folder:
            results.append(measure_mnist(Path(folder), Path(home)))
        else:
            print("MNIST was left out: DNN_WORKBENCH_MNIST names no folder.", file=sys.stderr)
    for row in results:
        interval = f"{row['network']:.4f} ({row['low']:.4f} to {row['high']:.4f})"
        print(
            f"{row['experiment']:50} seed {row['seed']}  {row['measure']:34} {interval}"
            f"  logistic {row['logistic']:.4f}  epoch {row['best_epoch']}  {row['seconds']:.0f} s"
        )
        if "highest_of_any_epoch" in row:
            print(
                f"{'':50} highest of any epoch {row['highest_of_any_epoch']:.4f}, "
                f"lowest validation loss {row['lowest_validation_loss']:.4f}"
            )
    Path("benchmarks/main_job.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
