"""A small survey as a file, and an experiment for it as another."""

from pathlib import Path

import numpy as np
import pytest

from dnn_core.specs import Experiment, HiddenLayer, NetworkSpec, Task, TrainingSpec


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    age = rng.integers(18, 90, 200)
    trust = rng.integers(0, 11, 200)
    voted = age / 20 + trust / 3 + rng.normal(0, 1, 200) > 4.5
    rows = [f"{a},{t},{'yes' if v else 'no'}" for a, t, v in zip(age, trust, voted, strict=True)]
    path = tmp_path / "survey.csv"
    path.write_text("\n".join(["age,trust,voted", *rows]) + "\n")
    return path


@pytest.fixture
def asked() -> Experiment:
    return Experiment(
        task=Task(target="voted", features=("age", "trust")),
        network=NetworkSpec(hidden=(HiddenLayer(units=4),)),
        training=TrainingSpec(epochs=3, early_stopping=False),
        seed=5,
    )


@pytest.fixture
def experiment_file(tmp_path: Path, asked: Experiment) -> Path:
    path = tmp_path / "experiment.json"
    path.write_text(asked.model_dump_json(indent=1))
    return path
