"""Runs as they lie on disk, made up without training anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.target import TargetCoding
from dnn_core.outcome.metrics import main_metric
from dnn_core.runs.create import create_run
from dnn_core.runs.records import Facts, Phase, State
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Kind, Task, TrainingSpec
from dnn_core.training.best_epochs import member_epochs
from dnn_core.training.history import EpochRecord

CASES = {"training": 240, "validation": 120}


def write_run(
    directory: Path,
    kind: Kind,
    *,
    labels: tuple[str, ...] = (),
    epochs: int = 28,
    planned: int = 60,
    members: int = 1,
    state: State = State.FINISHED,
    cases: dict[str, int] = CASES,
    skill: float = 1.0,
    constant: bool = False,
    absent: str | None = None,
    turns: bool = True,
    seed: int = 1,
) -> Run:
    """Write a run of made-up figures.

    `skill` is how much predictions have to do with what is observed; with
    `constant` they are the same for all; no case of `absent` is observed;
    `turns` lets validation loss rise again.
    """
    frame = pd.DataFrame({"y": [0.0, 1.0], "x": [1.0, 2.0]})
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    dataset = Dataset("made up", frame, variables, Source("made_up.csv", "0" * 64, 1))
    experiment = Experiment(
        task=Task(target="y", features=("x",), kind=kind),
        training=TrainingSpec(epochs=planned, members=members),
    )
    run = create_run(dataset, experiment, directory, name="Run 1")
    write_history(run, epochs, members, turns=turns, seed=seed)
    active = state in (State.QUEUED, State.RUNNING)
    run.update_status(state=state, phase=Phase.TRAINING if active else Phase.ENDED, epoch=epochs)
    if state not in (State.FINISHED, State.STOPPED):
        return run
    coding = TargetCoding("y", kind, tuple(map(str, range(len(labels)))), labels, 10.0, 3.0)
    rng = np.random.default_rng(seed)
    parts = [
        make_predictions(coding, split, count, rng, skill, constant, absent)
        for split, count in cases.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    table.to_parquet(directory / "predictions.parquet", index=False)
    metric = main_metric(kind).name
    scores = [
        {"model": m, "part": s, "metric": metric, "value": v, "low": low, "high": high}
        for s in cases
        for m, v, low, high in (
            ("trivial", 0.5, None, None),
            ("linear", 0.762, 0.712, 0.808),
            ("boosting", 0.770, 0.716, 0.818),
            ("network", 0.776, 0.729, 0.82),
        )
    ]
    run.write("metrics.json", json.dumps({"scores": scores, "gains": []}))
    counts = {
        split: {label: int((part["observed"] == label).sum()) for label in labels}
        for split, part in zip(cases, parts, strict=True)
    }
    facts = Facts(
        cases={**cases, "test": 120},
        class_counts=counts if labels else {},
        inputs=1,
        parameters=10,
        target=coding.to_dict(),
        training_mean=None if labels else 10.0,
        best_epoch=1,
        best_epochs=member_epochs(run.history)["best"].tolist(),
        diverged_epoch=None,
        baselines={
            "trivial": "Share of voters alone",
            "linear": "Logistic regression",
            "boosting": "Gradient boosting",
        },
    )
    run.write("facts.json", facts.model_dump_json())
    return run


def write_history(run: Run, epochs: int, members: int, *, turns: bool, seed: int) -> None:
    """Training loss falls throughout; validation loss rises after epoch 18 where it `turns`."""
    rng = np.random.default_rng(seed)
    for epoch in range(1, epochs + 1):
        for member in range(1, members + 1):
            noise = rng.normal(0, 0.003 if members == 1 else 0.008, 4)
            rise = 0.003 * max(0, epoch - 18) if turns else 0.0
            record = EpochRecord(
                epoch=epoch,
                member=member,
                loss=0.38 + 0.33 * np.exp(-epoch / 9) + noise[0],
                val_loss=0.47 + 0.24 * np.exp(-epoch / 5.5) + rise + noise[1],
                penalty=0.02 + 0.05 * np.exp(-epoch / 9),
                metric=0.88 - 0.3 * np.exp(-epoch / 9) + noise[2],
                val_metric=0.79 - 0.24 * np.exp(-epoch / 6) + noise[3],
                learning_rate=1e-3,
                elapsed_seconds=0.5 * epoch,
            )
            run.append("history.jsonl", record.to_json())


def make_predictions(
    coding: TargetCoding,
    split: str,
    count: int,
    rng: np.random.Generator,
    skill: float,
    constant: bool,
    absent: str | None,
) -> pd.DataFrame:
    """A table as in `predictions.parquet`."""
    common = {"row": np.arange(count), "part": split}
    if coding.kind is Kind.REGRESSION:
        predicted = rng.normal(10, 2, count) if not constant else np.full(count, 10.0)
        observed = predicted + rng.normal(0, 2 / max(skill, 0.1), count)
        return pd.DataFrame({**common, "observed": observed, "predicted": predicted})
    if coding.kind.numeric:
        predicted = rng.gamma(4, 3, count) if not constant else np.full(count, 12.0)
        observed = rng.gamma(3.0, predicted / 3)
        if coding.kind is Kind.COUNT:
            observed = rng.poisson(predicted).astype("float64")
        return pd.DataFrame({**common, "observed": observed, "predicted": predicted})
    k = len(coding.labels)
    allowed = [i for i, label in enumerate(coding.labels) if label != absent]
    weights = np.linspace(2, 1, len(allowed))
    observed = rng.choice(allowed, size=count, p=weights / weights.sum())
    logits = rng.normal(0, 1, (count, k))
    logits[np.arange(count), observed] += 1.5 * skill
    if constant:
        logits[:] = 0.1 * np.arange(k)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array(coding.labels, dtype=object)
    table = {
        **common,
        "observed": labels[observed],
        "predicted": labels[probabilities.argmax(axis=1)],
    }
    table |= {f"probability_{label}": probabilities[:, i] for i, label in enumerate(coding.labels)}
    return pd.DataFrame(table)


@pytest.fixture(scope="session")
def written() -> Callable[..., Run]:
    """`write_run`, for fixtures that live longer than a test."""
    return write_run


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """Write a run into a directory of its own; arguments as in `write_run`."""
    made = 0

    def make(kind: Kind, **settings: object) -> Run:
        nonlocal made
        made += 1
        return write_run(tmp_path / f"run{made}", kind, **settings)

    return make
