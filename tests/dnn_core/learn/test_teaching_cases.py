"""The cases of a small network, its path, and what is said of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset
from dnn_core.data.samples import read_sample
from dnn_core.errors import UserError
from dnn_core.learn import teaching_cases
from dnn_core.learn.descent import Descent
from dnn_core.learn.descent_path import LOSSES, Setting, follow, steps_of_epoch
from dnn_core.learn.network import SmallNetwork, Weights, mean_loss, pass_backward, pass_forward
from dnn_core.learn.teaching_cases import TaughtCases, read_teaching_cases
from dnn_core.learn.wording import (
    blamed_unit,
    error_sentence,
    output_names,
    value_sentence,
    weight_table,
)
from dnn_core.specs import Activation, Kind, Task

PREDICTORS = ("PID", "selfLR", "ClinLR", "age")


@pytest.fixture(scope="module")
def anes() -> Dataset:
    return read_sample("anes96")


@pytest.fixture(scope="module")
def taught(anes: Dataset) -> TaughtCases:
    return read_teaching_cases(anes, Task(target="vote", features=PREDICTORS), seed=1)


def test_answers_are_scaled_and_the_test_part_stays_out(anes: Dataset, taught: TaughtCases) -> None:
    assert taught.inputs[0] == "Party identification"
    np.testing.assert_allclose(taught.x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(taught.x.std(axis=0), 1, atol=1e-5)
    # Of 944 rows a fifth is the test part.
    assert len(taught.y) + len(taught.y_validation) == pytest.approx(0.8 * 944, abs=2)
    answers = anes.frame["PID"].iloc[taught.rows].to_numpy()
    np.testing.assert_allclose(
        taught.x[:, 0], (answers - answers.mean()) / answers.std(), atol=1e-5
    )
    observed = anes.frame["vote"].iloc[taught.rows[0]]
    assert taught.answer(0) == anes.variable("vote").value_labels[str(int(observed))]


def test_of_many_cases_a_sample_is_taken(anes: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teaching_cases, "MOST_CASES", 100)
    task = Task(target="vote", features=PREDICTORS)
    some = read_teaching_cases(anes, task, 1)
    assert (len(some.y), len(some.y_validation)) == (100, 100)
    monkeypatch.undo()
    whole = read_teaching_cases(anes, task, 1)
    assert some.available == whole.available == len(whole.y)
    # They are coded as the whole part is, and keep their order.
    at = np.searchsorted(whole.rows, some.rows)
    np.testing.assert_array_equal(whole.x[at], some.x)
    assert (np.diff(some.rows) > 0).all()


def test_too_many_columns_are_refused(anes: Dataset) -> None:
    features = tuple(name for name in anes.names if name != "vote")
    with pytest.raises(UserError, match="become 9 columns"):
        read_teaching_cases(anes, Task(target="vote", features=features), seed=1)


def test_a_number_is_coded_as_for_a_run(anes: Dataset) -> None:
    taught = read_teaching_cases(
        anes, Task(target="age", features=("educ",), kind=Kind.REGRESSION), 1
    )
    age = anes.frame["age"].iloc[taught.rows].to_numpy()
    np.testing.assert_allclose(taught.y, (age - age.mean()) / age.std(), atol=1e-5)
    assert taught.answer(0) == f"{age[0]:g}"


def test_a_path_is_the_same_each_time_and_the_next_step_goes_on_from_it(
    taught: TaughtCases,
) -> None:
    setting = Setting(rate=0.1, way=Descent.MOMENTUM)
    here, further = follow(taught, setting, 3), follow(taught, setting, 4)
    assert list(here.losses.columns) == LOSSES
    assert list(here.losses["step"]) == [0, 1, 2, 3]
    pd.testing.assert_frame_equal(here.losses, further.losses.iloc[:4])
    for mine, theirs in zip(here.next_step.after.layers, further.state.network.layers, strict=True):
        np.testing.assert_array_equal(mine.kernel, theirs.kernel)
    last = here.losses.iloc[-1]
    assert last["training"] == mean_loss(here.state.network, taught.x, taught.y)
    assert last["validation"] == mean_loss(
        here.state.network, taught.x_validation, taught.y_validation
    )


def test_an_epoch_takes_all_cases(taught: TaughtCases) -> None:
    cases = len(taught.y)
    assert steps_of_epoch(taught, Setting(batch_size=cases)) == 1
    assert steps_of_epoch(taught, Setting(batch_size=cases - 1)) == 2


def test_the_error_of_a_unit_is_told_with_its_numbers() -> None:
    # Input 2 times 3, plus 1, is 7; times the weight of the output it is 3.5.
    network = SmallNetwork(
        Kind.REGRESSION,
        (Activation.LINEAR,),
        (
            Weights(np.array([[3.0, 0.0]]), np.array([1.0, 0.0])),
            Weights(np.array([[0.5], [0.1]]), np.array([0.0])),
        ),
    )
    forward = pass_forward(network, np.array([[2.0]]))
    # Predicted 3.5, observed 3: twice 0.5 is the slope of the squared error.
    backward = pass_backward(network, forward, np.array([3.0]))
    assert blamed_unit(network, backward, 0) == (1, 0)
    sentence = error_sentence(network, forward, backward, 0, (1, 0))
    assert "connected by the weight 0.50, so 1.00 × 0.50 = 0.50 comes back" in sentence
    assert "its own error is 1.00 × 0.50 = 0.50." in sentence


def test_the_value_of_a_unit_is_told_with_its_numbers(taught: TaughtCases) -> None:
    path = follow(taught, Setting(), 0)
    forward = pass_forward(path.state.network, taught.x)
    sentence = value_sentence(path.state.network, forward, taught, 5, (1, 2))
    total, predicted = forward.sums[0][5, 2], forward.predictions[5, 0]
    assert f"to {total:.2f};".replace("-", "−") in sentence
    assert f"P(Dole) = {predicted:.2f}; observed was {taught.answer(5)}." in sentence


def test_weights_are_listed_by_how_much_they_change(taught: TaughtCases) -> None:
    setting = Setting(units=(3, 2), rate=0.3)
    step = follow(taught, setting, 0).next_step
    table = weight_table(step, taught)
    assert len(table) == 4 * 3 + 3 * 2 + 2 * 1
    np.testing.assert_allclose(table["after"], table["before"] - 0.3 * table["gradient"])
    change = (table["after"] - table["before"]).abs()
    assert (change.diff().dropna() <= 0).all()
    named = table.set_index("weight")["before"]
    assert named["Age in years → unit 2"] == step.before.layers[0].kernel[3, 1]
    # “Position given to Clinton” has 25 letters.
    assert named["Position given to Cli… → unit 1"] == step.before.layers[0].kernel[2, 0]
    assert named["unit 3 → unit 1"] == step.before.layers[1].kernel[2, 0]
    assert named["unit 2 → P(Dole)"] == step.before.layers[2].kernel[1, 0]


@pytest.mark.parametrize(
    ("target", "kind", "names"),
    [
        ("vote", Kind.BINARY, ("P(Dole)",)),
        ("age", Kind.REGRESSION, ("Age in years",)),
        ("age", Kind.COUNT, ("Age in years",)),
    ],
)
def test_outputs_have_names(anes: Dataset, target: str, kind: Kind, names: tuple[str, ...]) -> None:
    taught = read_teaching_cases(anes, Task(target=target, features=("PID",), kind=kind), 1)
    assert output_names(taught) == names


def test_ordered_categories_have_one_output_each_and_share_a_score(anes: Dataset) -> None:
    task = Task(target="selfLR", features=("PID", "age"), kind=Kind.ORDINAL)
    taught = read_teaching_cases(anes, task, 1)
    names = output_names(taught)
    assert len(names) == len(taught.target.labels) == 7
    path = follow(taught, Setting(), 20)
    assert pass_forward(path.state.network, taught.x).predictions.shape[1] == 7
    assert "unit 1 → score" in set(weight_table(path.next_step, taught)["weight"])
    assert path.losses["training"].iloc[-1] < path.losses["training"].iloc[0]
