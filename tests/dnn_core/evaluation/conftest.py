"""A small survey, prepared for each kind of task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.prepare import Prepared, prepare
from dnn_core.specs import Experiment, Holdout, SplitSpec, Task

FEATURES = ("age", "party", "member")
ONE_PART = SplitSpec(seed=3, holdout=Holdout.PART)


def survey(cases: int = 300) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    age = generator.integers(18, 90, cases).astype("float64")
    party = generator.choice(["left", "center", "right"], cases)
    member = generator.choice(["no", "yes"], cases)
    signal = (age - 50) / 20 + (party == "left") + generator.normal(size=cases)
    return pd.DataFrame(
        {
            "age": np.where(generator.random(cases) < 0.1, np.nan, age),
            "party": party,
            "member": member,
            "income": 1000 + 300 * signal,
            "vote": np.where(signal > 0.3, 1, 0),
            "group": np.digitize(signal, [-0.5, 1.0]),
            "w": generator.gamma(3.0, size=cases),
        }
    )


LEVELS = {
    "age": Level.INTERVAL,
    "party": Level.NOMINAL,
    "pooled": Level.NOMINAL,
    "member": Level.BINARY,
    "income": Level.INTERVAL,
    "vote": Level.BINARY,
    "group": Level.NOMINAL,
    "w": Level.INTERVAL,
}
LABELS = {"vote": {"0": "abstained", "1": "voted"}}


def as_dataset(frame: pd.DataFrame) -> Dataset:
    variables = tuple(
        Variable(
            name=name, level=LEVELS.get(name, Level.INTERVAL), value_labels=LABELS.get(name, {})
        )
        for name in frame.columns
    )
    return Dataset("survey", frame, variables, Source("survey.csv", "0" * 64, 1))


@pytest.fixture
def prepared_survey() -> Callable[..., Prepared]:
    """Call with an outcome; `weight`, `features` and `frame` may be changed."""

    def make(
        target: str,
        *,
        features: tuple[str, ...] = FEATURES,
        frame: pd.DataFrame | None = None,
        **roles: Any,
    ) -> Prepared:
        task = Task(target=target, features=features, **roles)
        dataset = as_dataset(survey() if frame is None else frame)
        return prepare(dataset, Experiment(task=task, split=ONE_PART, seed=1))

    return make


@pytest.fixture
def survey_frame() -> pd.DataFrame:
    return survey()
