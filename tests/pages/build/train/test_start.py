"""A draft that asks for something else can be queued behind an active run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.runs.create import create_run
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Kind, Task
from pages.build.train.start import differs

ASKED = Experiment(task=Task(target="y", features=("x",)))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    frame = pd.DataFrame({"y": [0, 1] * 10, "x": range(20)})
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    data = Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))
    return create_run(data, ASKED, tmp_path / "run", name="Run 1")


def test_what_a_run_fills_in_by_itself_is_no_difference(run: Run) -> None:
    assert run.experiment != ASKED
    assert not differs(ASKED, run)


def test_another_seed_or_kind_of_task_is_a_difference(run: Run) -> None:
    assert differs(ASKED.but(seed=2), run)
    assert differs(ASKED.but(task=ASKED.task.but(kind=Kind.MULTICLASS)), run)
