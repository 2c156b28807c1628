"""Roles become a task."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.specs import Kind, Task
from pages.session.state import Draft
from pages.session.task import (
    CLUSTER,
    LEFT_OUT,
    OUTCOME,
    PREDICTOR,
    WEIGHT,
    experiment_of,
    kind_of,
    names_in_role,
    target_words,
    task_of,
    unusable_predictors,
    with_role,
)

LEVELS = {
    "vote": Level.BINARY,
    "age": Level.INTERVAL,
    "party": Level.NOMINAL,
    "id": Level.IDENTIFIER,
    "remark": Level.TEXT,
    "w": Level.INTERVAL,
    "psu": Level.NOMINAL,
}


@pytest.fixture
def result():
    frame = pd.DataFrame(
        {
            "vote": [0, 1, 0, 1],
            "age": [20.0, 30.0, 40.0, 50.0],
            "party": ["a", "b", "c", "a"],
            "id": range(4),
            "remark": ["x", "y", "z", "u"],
            "w": [1.0] * 4,
            "psu": ["p", "p", "q", "q"],
        }
    )
    labels = {"0": "no", "1": "yes"}
    variables = tuple(
        Variable(name=name, level=level, value_labels=labels if name == "vote" else {})
        for name, level in LEVELS.items()
    )
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


def roles(**changes):
    return {**dict.fromkeys(LEVELS, PREDICTOR), "vote": OUTCOME, **changes}


def test_the_task_has_what_can_be_encoded(result):
    draft = Draft(roles=roles(w=WEIGHT, psu=CLUSTER))
    expected = Task(target="vote", features=("age", "party"), weight="w", cluster="psu")
    assert task_of(draft, result) == expected


def test_predictors_that_cannot_serve_are_named(result):
    names = [v.name for v in unusable_predictors(Draft(roles=roles()), result)]
    assert names == ["id", "remark"]
    draft = Draft(roles=roles(id=LEFT_OUT, remark=CLUSTER))
    assert unusable_predictors(draft, result) == ()


@pytest.mark.parametrize(
    "changes", [{"vote": PREDICTOR}, dict.fromkeys(set(LEVELS) - {"vote", "id"}, LEFT_OUT)]
)
def test_there_is_no_task_without_outcome_or_predictor(result, changes):
    assert task_of(Draft(roles=roles(**changes)), result) is None


def test_roles_of_columns_that_are_gone_are_passed_over(result):
    draft = Draft(roles={"old": OUTCOME, **roles()})
    assert names_in_role(draft, result, OUTCOME) == ("vote",)


def test_images_cannot_be_outcome_weight_or_cluster():
    variables = (
        Variable(name="digit", level=Level.NOMINAL),
        Variable(name="image", level=Level.IMAGE),
    )
    images = np.zeros((2, 2, 2), dtype="uint8")
    frame = pd.DataFrame({"digit": [1, 2]})
    data = Dataset("d", frame, variables, Source("d", "0" * 64, 1), images=images)
    for role in (OUTCOME, WEIGHT, CLUSTER):
        assert names_in_role(Draft(roles={"image": role}), data, role) == ()
    assert names_in_role(Draft(roles={"image": PREDICTOR}), data, PREDICTOR) == ("image",)
    draft = Draft(roles={"digit": OUTCOME, "image": PREDICTOR})
    assert target_words(data, task_of(draft, data))[1] == "4 pixels"


@pytest.mark.parametrize(("role", "freed"), [(OUTCOME, PREDICTOR), (WEIGHT, LEFT_OUT)])
def test_one_variable_at_a_time_holds_a_single_role(role, freed):
    before = {"a": role, "b": PREDICTOR, "c": PREDICTOR}
    assert with_role(before, "b", role) == {"a": freed, "b": role, "c": PREDICTOR}
    assert before["a"] == role


def test_many_variables_can_be_predictors():
    after = with_role({"a": PREDICTOR, "b": LEFT_OUT}, "b", PREDICTOR)
    assert after == {"a": PREDICTOR, "b": PREDICTOR}


def test_a_variable_keeps_the_role_it_is_given_again():
    assert with_role({"a": OUTCOME, "b": PREDICTOR}, "a", OUTCOME)["a"] == OUTCOME


def test_the_kind_is_the_chosen_or_the_guessed_one(result):
    draft = Draft(roles=roles())
    assert kind_of(task_of(draft, result), result) is Kind.BINARY
    chosen = Draft(roles=roles(), kind=Kind.MULTICLASS)
    assert kind_of(task_of(chosen, result), result) is Kind.MULTICLASS


@pytest.mark.parametrize(
    ("target", "words"),
    [("vote", "vote (no / yes)"), ("party", "party, 3 categories"), ("age", "age")],
)
def test_the_task_in_words(result, target, words):
    draft = Draft(roles=with_role(roles(psu=LEFT_OUT, w=LEFT_OUT), target, OUTCOME))
    assert target_words(result, task_of(draft, result)) == (words, "2 predictors")


def test_the_experiment_is_the_draft(result):
    draft = Draft(roles=roles(), seed=3)
    experiment = experiment_of(draft, task_of(draft, result))
    assert experiment.seed == 3
    assert (experiment.network, experiment.split) == (draft.network, draft.split)


def test_few_are_those_of_the_predictors_that_are_left(result):
    draft = Draft(roles=roles(), reduced=("age", "vote", "gone"))
    task = task_of(draft, result)
    assert task.reduced == ("age",) and len(task.features) > 1
    # The only predictor that is left has the model of all predictors.
    others = dict.fromkeys(set(task.features) - {"age"}, LEFT_OUT)
    assert task_of(replace(draft, roles={**draft.roles, **others}), result).reduced == ()


def test_marks_and_dates_of_variables_that_are_gone_are_left_out(result):
    draft = Draft(
        roles=roles(), measured_after=("age", "vote", "gone"), measured_on="gone", kind=None
    )
    task = task_of(draft, result)
    assert (task.measured_after, task.measured_on) == (("age",), None)
    assert task_of(replace(draft, measured_on="age"), result).measured_on == "age"
