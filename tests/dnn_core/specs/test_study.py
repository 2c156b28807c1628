"""What a study asks for: a round trip, values along a range, and what is refused."""

from __future__ import annotations

import json

import pytest

from dnn_core.errors import UserError
from dnn_core.specs import Experiment, Sampler, StudySpec, Task, Vary, suggest_vary

EXPERIMENT = Experiment(task=Task(target="vote", features=("a",)))


def ask(*vary: Vary, **changes: object) -> StudySpec:
    return StudySpec.of(experiment=EXPERIMENT, vary=vary, **changes)


def test_it_survives_json_and_values_keep_their_type():
    asked = ask(
        Vary(hyperparameter="batch_norm", values=(False, True)),
        Vary(hyperparameter="layers", values=(0, 1, 2)),
        Vary(hyperparameter="l2", values=(0.0, 1.0, 1e-5)),
        Vary(hyperparameter="activation", values=("relu", "tanh")),
        Vary(hyperparameter="learning_rate", low=1e-4, high=1e-2),
        sampler=Sampler.GRID,
        minutes=1.5,
    )
    again = StudySpec.model_validate_json(asked.model_dump_json())
    assert again == asked
    types = [[type(value) for value in vary.values] for vary in again.vary]
    assert types == [[bool] * 2, [int] * 3, [float] * 3, [str] * 2, []]
    # As a person writes it.
    written = json.loads(asked.model_dump_json(exclude_defaults=True))
    assert StudySpec.model_validate(written) == asked
    assert again.combinations == 2 * 3 * 3 * 2 * 5


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"hyperparameter": "dropout"}, "“Dropout”: give the values between which it is to vary"),
        ({"hyperparameter": "dropout", "low": 0.1}, "give the values between which"),
        (
            {"hyperparameter": "activation", "low": 0, "high": 1},
            "“Activation”: give the values between which",
        ),
        ({"hyperparameter": "batch_norm", "low": 0, "high": 1}, "give the values between which"),
        ({"hyperparameter": "dropout", "low": 0.5, "high": 0.5}, "lower end first"),
        ({"hyperparameter": "dropout", "low": float("nan"), "high": 0.5}, "lower end first"),
        ({"hyperparameter": "l2", "low": 0, "high": 0.1}, "“L2”: its range must lie above 0"),
        ({"hyperparameter": "layers", "low": 0.5, "high": 2}, "“Hidden layers”.*whole numbers"),
        (
            {"hyperparameter": "dropout", "values": (0.1, 0.2, 0.1)},
            "“Dropout”: a value is listed twice",
        ),
        (
            {"hyperparameter": "dropout", "values": (0.1,), "low": 0, "high": 1},
            "“Dropout”: give either values or a range",
        ),
        ({"hyperparameter": "members", "values": (1, 2)}, "A study cannot vary this setting"),
    ],
)
def test_what_cannot_vary_so_is_refused_in_words(values, words):
    with pytest.raises(UserError, match=words) as refused:
        Vary.of(**values)
    assert "Value error" not in str(refused.value)


def test_settings_that_stand_twice_are_refused():
    vary = suggest_vary("dropout")
    with pytest.raises(UserError, match="listed twice"):
        ask(vary, vary)
    with pytest.raises(UserError, match="What varies"):
        ask()


def test_what_is_wrong_within_a_file_is_said_in_the_same_words():
    with pytest.raises(
        UserError, match=r"^“Dropout”: give the values between which it is to vary\.$"
    ):
        StudySpec.of(experiment=EXPERIMENT, vary=[{"hyperparameter": "dropout"}])


def test_values_lie_evenly_along_a_range():
    dropout = Vary(hyperparameter="dropout", low=0.1, high=0.5)
    assert dropout.listed == (0.1, 0.2, 0.3, 0.4, 0.5)
    rate = Vary(hyperparameter="learning_rate", low=1e-4, high=1)
    assert rate.listed == (0.0001, 0.001, 0.01, 0.1, 1.0)
    assert [rate.at(share) for share in (0, 0.125, 1)] == [0.0001, 0.0003162, 1.0]
    units = Vary(hyperparameter="units", low=8, high=128)
    assert (units.listed[0], units.listed[-1]) == (8, 128)
    assert all(type(value) is int for value in units.listed)
    layers = Vary(hyperparameter="layers", low=1, high=3)
    assert layers.listed == (1, 2, 3)


def test_every_whole_number_of_a_range_is_as_likely():
    layers = Vary(hyperparameter="layers", low=1, high=3)
    result = [layers.at((n + 0.5) / 300) for n in range(300)]
    assert [result.count(value) for value in (1, 2, 3)] == [100, 100, 100]
    # On a logarithmic scale 1 reaches from 0.5 to 1.5, and 3 to 7 from 2.5 to 7.5: both are as
    # long, and log 3 / log 15 of the whole from 0.5 to 7.5.
    units = Vary(hyperparameter="units", low=1, high=7)
    result = [units.at((n + 0.5) / 1000) for n in range(1000)]
    assert result.count(1) == pytest.approx(406, abs=1)
    assert sum(value >= 3 for value in result) == pytest.approx(406, abs=1)


def test_no_value_lies_beyond_the_range():
    rate = Vary(hyperparameter="learning_rate", low=0.00012344, high=0.098766)
    assert rate.at(0) == 0.00012344
    assert rate.at(1) == 0.098766
    listed = Vary(hyperparameter="l2", values=(0.0, 0.1, 0.2))
    assert [listed.at(share) for share in (0, 0.33, 0.34, 0.99, 1)] == [0, 0, 0.1, 0.2, 0.2]
