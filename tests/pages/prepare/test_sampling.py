"""The roles of a sample's design, and replicate weights, from the draft to the task."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.prepare import prepare
from dnn_core.data.sample_design import replicate_columns
from dnn_core.errors import UserError
from dnn_core.specs import Experiment, Replicates, Replication, Task
from pages.session.state import Draft
from pages.session.task import roles_in, task_of

ASKED = Replicates(columns="rep*", method=Replication.JK1)


def survey() -> Dataset:
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "y": np.arange(60) % 2,
            "x": generator.normal(size=60),
            "w": np.tile([1.0, 3.0], 30),
            "psu": np.repeat(np.arange(12), 5),
            "stratum": np.repeat(np.arange(3), 20),
            "rep1": np.tile([0.0, 4.0], 30),
            "rep2": np.tile([2.0, 2.0], 30),
        }
    )
    variables = tuple(Variable(name=name, level=Level.INTERVAL) for name in frame)
    return Dataset("survey", frame, variables, Source("d.csv", "0" * 64, 1))


def test_roles_and_task_say_the_same() -> None:
    task = Task(
        target="y", features=("x",), weight="w", cluster="psu", strata="stratum", replicates=ASKED
    )
    data = survey()
    draft = Draft(roles=roles_in(task, data.names), replicates=ASKED)
    assert task_of(draft, data) == task
    assert Task.model_validate_json(task.model_dump_json()) == task
    # Without a weight there is nothing that they are replicates of.
    alone = {name: role for name, role in draft.roles.items() if name != "w"}
    without = task_of(Draft(roles=alone, replicates=ASKED), data)
    assert without is not None and without.replicates is None


def test_the_design_reaches_the_arrays() -> None:
    task = Task(
        target="y", features=("x",), weight="w", cluster="psu", strata="stratum", replicates=ASKED
    )
    part = prepare(survey(), Experiment(task=task)).parts["training"]
    frame = survey().frame.iloc[part.rows]
    assert part.strata is not None and part.replicates is not None
    assert part.strata.tolist() == frame["stratum"].astype(str).tolist()
    # Replicates are on the scale of the weight, whose mean of 2 becomes 1.
    assert part.replicates.tolist() == (frame[["rep1", "rep2"]] / 2).to_numpy().tolist()
    taken = part.take(np.array([3, 1]))
    assert taken.replicates is not None
    assert taken.replicates.tolist() == part.replicates[[3, 1]].tolist()


@pytest.mark.parametrize("columns", ["repwt*", "rep1", "rep1, nothing"])
def test_columns_that_are_not_there_are_refused(columns: str) -> None:
    with pytest.raises(UserError, match=r"No column matches|matches only 1 column"):
        replicate_columns(survey(), ASKED.but(columns=columns))


def test_columns_are_found_by_pattern_or_by_name() -> None:
    for columns in ("rep*", "rep1, rep2", "rep2,rep?"):
        assert replicate_columns(survey(), ASKED.but(columns=columns)) == ("rep1", "rep2")


def test_a_replicate_weight_is_no_predictor() -> None:
    task = Task(target="y", features=("x", "rep1"), weight="w", replicates=ASKED)
    with pytest.raises(UserError, match="rep1"):
        prepare(survey(), Experiment(task=task))
