"""Data sets without a leak, into which each test plants one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit.check import Check
from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import Finding
from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.levels.guess import guess_level
from dnn_core.data.split.row_split import split_rows
from dnn_core.specs import SplitMethod, SplitSpec, Task

ROWS = 1000
BY_CHANCE = SplitSpec(method=SplitMethod.RANDOM)


def make_dataset(**columns: Any) -> Dataset:
    """A data set of these columns, with guessed levels."""
    frame = pd.DataFrame(columns)
    variables = tuple(Variable(name=name, level=guess_level(frame[name])) for name in frame)
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


def make_survey(seed: int = 0, rows: int = ROWS, **columns: Any) -> Dataset:
    """A survey in which age and schooling tell something of the outcomes, and nothing too much.

    Outcomes are `voted` (two categories), `party` (three) and `income` (a quantity).
    """
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, rows).astype(float)
    school = rng.integers(1, 6, rows)
    signal = (age - 54) / 20 + (school - 3) / 2 + rng.normal(0, 1.5, rows)
    return make_dataset(
        **{
            "voted": np.where(signal > -0.5, "yes", "no"),
            "party": np.array(["left", "centre", "right"])[np.digitize(signal, [-0.8, 0.8])],
            "income": np.round(np.exp(7 + signal / 3), 2),
            "age": age,
            "school": school,
            "region": rng.choice(["north", "south", "east", "west"], rows),
            "hours": rng.normal(38, 8, rows).round(1),
            **columns,
        }
    )


@pytest.fixture
def survey() -> Callable[..., Dataset]:
    return make_survey


@pytest.fixture
def dataset() -> Callable[..., Dataset]:
    return make_dataset


@pytest.fixture
def findings_of() -> Callable[..., tuple[Finding, ...]]:
    """Carry one check out; predictors are all columns but outcomes, unless they are named."""

    def execute(
        check: Check,
        data: Dataset,
        target: str = "voted",
        features: tuple[str, ...] | None = None,
        split: SplitSpec = BY_CHANCE,
        folds: int = 0,
        **task: Any,
    ) -> tuple[Finding, ...]:
        outcomes = {"voted", "party", "income", *task.values()}
        names = features or tuple(name for name in data.names if name not in outcomes)
        asked = Task(target=target, features=names, **task)
        parts = split_rows(data, asked, split, folds)
        return check.findings_of(Evidence(data, asked, split, parts, folds))

    return execute


@pytest.fixture
def images() -> Dataset:
    """Forty pictures of 2 x 2 pixels."""
    frame = pd.DataFrame({"digit": np.arange(40) % 2})
    variables = (
        Variable(name="digit", level=Level.NOMINAL),
        Variable(name="image", level=Level.IMAGE),
    )
    pixels = np.zeros((40, 2, 2), dtype="uint8")
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1), images=pixels)
