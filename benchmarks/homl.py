"""MNIST as in "Hands-On Machine Learning with R", chapter 13. Prints tables and writes JSON.

    DNN_WORKBENCH_MNIST=<folder> python -m benchmarks.homl [<folder> [capacity|grid|halved]]

48,000 digits to learn from, 12,000 to judge on and to stop by, as in the book; the published
test part stays sealed but for one opening, for the winner of the grid.

- Capacity: three widths by one to three hidden layers, with and without batch normalisation,
  RMSprop, 25 epochs; and the largest with dropout .4/.3/.2. Ten seeds each.
- Grid: 145 of the book's 2,916 combinations, one seed each; then its winner, and what
  the book had before its grid, with ten seeds.
- Halved: the preset study, the same 145, of which the worse ones are given up early.

Intervals take both digits and seeds as drawn: each resample draws the digits anew, and of each
configuration the seeds. The folder is a workspace, in which the dashboard shows the studies; one
that was interrupted goes on. They are run as the dashboard does it, one after the other.
With a part named, only that is done; the results of the other stay as they are.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import dnn_core as dnn
from dnn_core.compute.cluster import Compute
from dnn_core.compute.process import find_cluster, start_if_needed
from dnn_core.data.dataset import Dataset
from dnn_core.data.images.mnist import read_mnist
from dnn_core.runs.execution.execute import open_test
from dnn_core.runs.held_out import Tried
from dnn_core.runs.records import State
from dnn_core.runs.workspace import Workspace
from dnn_core.specs import (
    HOML_PRESETS,
    HOML_TRAINING,
    Experiment,
    Optimizer,
    Sampler,
    Shape,
    SplitMethod,
    StudySpec,
    Vary,
    configure,
    homl_study,
)
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.study_store import list_studies, new_study

RESULTS = Path("benchmarks/homl.json")
SEEDS, RESAMPLES = 10, 2_000
SECONDS_BETWEEN_LOOKS = 2.0
WIDTHS = {"small": 16, "medium": 64, "large": 256}

BOOK = {
    "small-1": 0.1702,
    "small-2": 0.1997,
    "small-3": 0.4863,
    "small-2-bn": 0.1616,
    "small-3-bn": 0.2139,
    "medium-1": 0.0963,
    "medium-2": 0.1011,
    "medium-3": 0.1050,
    "large-1": 0.0811,
    "large-2": 0.0926,
    "large-3": 0.0956,
    "large-2-bn": 0.0921,
    "large-3-bn": 0.0833,
    "large-3-bn-dropout": 0.0701,
    "adam": 0.0715,
    "winner": 0.0686,
}
"""Lowest validation losses; of Adam the middle of what two printings have."""

CLAIMS = (
    ("Wider is better, one layer", "large-1", "medium-1"),
    ("Wider is better, three layers", "large-3", "medium-3"),
    ("A second layer does not help: small", "small-1", "small-2"),
    ("A second layer does not help: medium", "medium-1", "medium-2"),
    ("A second layer does not help: large", "large-1", "large-2"),
    ("A third layer does not help: medium", "medium-2", "medium-3"),
    ("A third layer does not help: large", "large-2", "large-3"),
    ("Batch normalisation helps: small, two layers", "small-2-bn", "small-2"),
    ("Batch normalisation helps: small, three layers", "small-3-bn", "small-3"),
    ("Batch normalisation helps: large, two layers", "large-2-bn", "large-2"),
    ("Batch normalisation helps: large, three layers", "large-3-bn", "large-3"),
    (
        "With batch normalisation three layers are better than one: large",
        "large-3-bn",
        "large-1",
    ),
    ("Dropout helps", "large-3-bn-dropout", "large-3-bn"),
    ("Grid's winner is better than the network before the grid", "winner", "adam"),
)
"""What the book's figures say, the better one first."""


def mnist() -> Dataset:
    return read_mnist(Path(os.environ["DNN_WORKBENCH_MNIST"]))


def experiment() -> Experiment:
    """The book's network with dropout, before it turns to Adam."""
    return Experiment(
        task=dnn.Task(target="digit", features=("image",)),
        split=dnn.SplitSpec(method=SplitMethod.OFFICIAL, validation=0.2),
        network=HOML_PRESETS["256-128-64, regularised"],
        training=HOML_TRAINING.but(optimizer=Optimizer.RMSPROP, early_stopping=False),
    )


def capacity() -> StudySpec:
    """The book's table; the experiment as it is, with dropout, is judged beside it."""
    return StudySpec(
        experiment=experiment(),
        vary=(
            Vary(hyperparameter="layers", values=(1, 2, 3)),
            Vary(hyperparameter="units", values=tuple(WIDTHS.values())),
            Vary(hyperparameter="shape", values=(Shape.FUNNEL,)),
            Vary(hyperparameter="batch_norm", values=(False, True)),
            Vary(hyperparameter="dropout", values=(0.0,)),
        ),
        sampler=Sampler.GRID,
        folds=1,
        seeds=SEEDS,
    )


def winner(grid: Study) -> StudySpec:
    """What won, beside what the grid began with."""
    facts = read_study(grid).facts  # type: ignore[union-attr]
    best = next(trial for trial in grid.trials if trial.number == facts["best"])
    return StudySpec(
        experiment=grid.asked.experiment,
        vary=tuple(
            Vary(hyperparameter=hyperparameter, values=(value,))
            for hyperparameter, value in best.values.items()
        ),
        sampler=Sampler.GRID,
        folds=1,
        seeds=SEEDS,
    )


def execute(workspace: Workspace, asked: dict[str, Callable[[], StudySpec]]) -> dict[str, Study]:
    """Carry studies out one after the other, or go on with them; by name."""
    start_if_needed(workspace)
    compute = Compute.connect(workspace)
    data = mnist()
    for name, spec in asked.items():
        study = studies_of(workspace).get(name) or new_study(workspace, data, spec(), name)
        if study.status.state is not State.FINISHED:
            compute.search(study)
        while study.status.active:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            compute.reconcile_study(study)
        assert study.status.state is State.FINISHED, study.status.message
    compute.close()
    return studies_of(workspace)


def studies_of(workspace: Workspace) -> dict[str, Study]:
    """By name."""
    return {study.status.name: study for study in list_studies(workspace)}


def losses(study: Study) -> dict[str, np.ndarray]:
    """Loss of each digit by each configuration, shape (seeds, digits)."""
    y, result = study.cases["y"], {}
    for trial in study.evaluations:
        predicted = study.predictions(trial.number).astype("float64")
        hit = np.take_along_axis(predicted, y[np.newaxis, :, np.newaxis], axis=2)[..., 0]
        result[_name(study, trial.number)] = -np.log(np.maximum(hit, 1e-7))
    return result


def _name(study: Study, number: int) -> str:
    if study.status.name == "winner":
        return "winner" if number else "adam"
    if number == 0:
        return "large-3-bn-dropout"
    values = next(t.values for t in study.trials if t.number == number)
    size = next(name for name, units in WIDTHS.items() if units == values["units"])
    return f"{size}-{values['layers']}" + ("-bn" if values["batch_norm"] else "")


def resample(result: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Mean losses over digits and seeds drawn anew, shape (resamples,); digits are shared."""
    generator = np.random.default_rng(1)
    digits = next(iter(result.values())).shape[1]
    drawn = generator.multinomial(digits, np.full(digits, 1 / digits), size=RESAMPLES) / digits
    means = {}
    for name, loss in result.items():
        by_seed = drawn @ loss.T
        seeds = generator.integers(len(loss), size=(RESAMPLES, len(loss)))
        means[name] = np.take_along_axis(by_seed, seeds, axis=1).mean(axis=1)
    return means


def interval(values: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def describe(study: Study) -> dict:
    """Losses of its networks beside the book's, and what follows for the book's conclusions."""
    result = losses(study)
    drawn = resample(result)
    cells = {
        name: {
            "book": BOOK.get(name),
            "loss": float(loss.mean()),
            **dict(zip(("low", "high"), interval(drawn[name]), strict=True)),
            "lowest seed": float(loss.mean(axis=1).min()),
            "highest seed": float(loss.mean(axis=1).max()),
        }
        for name, loss in sorted(result.items())
    }
    claims = [
        conclude(result, drawn, claim, better, worse)
        for claim, better, worse in CLAIMS
        if better in result and worse in result
    ]
    for name, cell in cells.items():
        book = "      " if cell["book"] is None else f"{cell['book']:.4f}"
        ends = f"({cell['low']:.4f} to {cell['high']:.4f})"
        print(f"{name:20} book {book}  {cell['loss']:.4f} {ends}")
    for row in claims:
        print(
            f"{row['claim']:66} book {row['book']:+.4f}  {row['gain']:+.4f} "
            f"({row['low']:+.4f} to {row['high']:+.4f})  {row['pairs']:4.0%}  {row['holds']}"
        )
    return {"cells": cells, "claims": claims, "seconds": study.status.elapsed_seconds}


def conclude(
    result: dict[str, np.ndarray], drawn: dict[str, np.ndarray], claim: str, better: str, worse: str
) -> dict:
    """Set one of the book's conclusions beside ten seeds."""
    low, high = interval(drawn[worse] - drawn[better])
    one, other = result[better].mean(axis=1), result[worse].mean(axis=1)
    return {
        "claim": claim,
        "book": BOOK[worse] - BOOK[better],
        "gain": float(other.mean() - one.mean()),
        "low": low,
        "high": high,
        "pairs": float((one[:, np.newaxis] < other).mean()),
        "holds": "yes" if low > 0 else "no, the contrary" if high < 0 else "not told",
    }


def describe_grid(grid: Study, repeated: Study) -> dict:
    """What won, with ten seeds, and its accuracy on the test part."""
    reading = read_study(grid)
    assert reading is not None
    best = next(t for t in grid.trials if t.number == reading.facts["best"])
    chosen = configure(grid.asked.experiment, best.values)
    with tempfile.TemporaryDirectory() as home:
        tested = test_accuracy(chosen, Path(home) / "run")
    print(best.values, best.value, best.main, tested)
    print(json.dumps(reading.facts, indent=1), grid.status.elapsed_seconds)
    return {
        **describe(repeated),
        "grid": reading.facts,
        "grid, seconds": grid.status.elapsed_seconds,
        "winner": best.values,
        "winner, test accuracy": tested,
    }


def describe_halved(halved: Study, grid: Study) -> dict:
    """What is found where the worse ones are given up early, and its place among all."""
    reading = read_study(halved)
    assert reading is not None
    complete = {trial.number for trial in halved.trials if trial.complete}
    values = {trial.number: trial.value for trial in grid.trials}
    best = reading.facts["best"]
    order = sorted(values, key=lambda number: values[number])
    result = {
        "seconds": halved.status.elapsed_seconds,
        "whole way": len(complete),
        "best": best,
        "apparent": reading.facts["apparent"],
        "corrected": reading.facts["corrected"],
        "place among all": order.index(best) + 1,
        "of the ten best": sum(number in complete for number in order[:10]),
        "near the best of all": read_study(grid).facts["near"],  # type: ignore[union-attr]
    }
    print(json.dumps(result, indent=1))
    return result


def test_accuracy(chosen: Experiment, folder: Path) -> dict[str, float]:
    """Of one network of the winner, its test part opened once."""
    data = mnist()
    run = dnn.run_experiment(data, chosen, folder)
    open_test(run, data, tried=Tried())
    scores = run.scores.query("part == 'test' and metric == 'accuracy'").set_index("model")
    figures = {name: float(scores.loc["network", name]) for name in ("value", "low", "high")}
    return {**figures, "logistic": float(scores.loc["logistic", "value"])}


def main(folder: Path, parts: Sequence[str] = ("capacity", "grid", "halved")) -> None:
    workspace = Workspace(folder)
    asked: dict[str, Callable[[], StudySpec]] = {}
    if "capacity" in parts:
        asked["capacity"] = capacity
    if "grid" in parts or "halved" in parts:
        asked["grid"] = lambda: homl_study(experiment()).but(halving=False)
    if "halved" in parts:
        asked["halved"] = lambda: homl_study(experiment())
    if "grid" in parts:
        asked["winner"] = lambda: winner(studies_of(workspace)["grid"])
    try:
        studies = execute(workspace, asked)
    finally:
        cluster = find_cluster(workspace)
        if cluster is not None:
            os.kill(cluster.pid, signal.SIGTERM)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if "capacity" in parts:
        results["capacity"] = describe(studies["capacity"])
    if "grid" in parts:
        results["grid"] = describe_grid(studies["grid"], studies["winner"])
    if "halved" in parts:
        results["halved"] = describe_halved(studies["halved"], studies["grid"])
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            with tempfile.TemporaryDirectory() as home:
                main(Path(home))
        case [place]:
            main(Path(place))
        case [place, part]:
            main(Path(place), [part])
