"""Hyperparameters: every one of them can be suggested, listed and set."""

from __future__ import annotations

import pytest

from dnn_core.errors import UserError
from dnn_core.specs import (
    Activation,
    EncodingSpec,
    Experiment,
    HiddenLayer,
    NetworkSpec,
    Task,
    TrainingSpec,
    configure,
    hyperparameters,
    setting_of,
    suggest_vary,
)


def make(*hidden: HiddenLayer) -> Experiment:
    return Experiment(
        task=Task(target="vote", features=("a",)), network=NetworkSpec(hidden=tuple(hidden))
    )


def widths(experiment: Experiment) -> list[int]:
    return [layer.units for layer in experiment.network.hidden]


TWO = make(
    HiddenLayer(units=20, activation=Activation.TANH, dropout=0.1),
    HiddenLayer(units=10, l2=0.5),
)


@pytest.mark.parametrize("hyperparameter", hyperparameters())
def test_every_hyperparameter_can_be_suggested_and_set(hyperparameter):
    listed = suggest_vary(hyperparameter).listed
    assert 2 <= len(listed) == len(set(listed))
    setting = setting_of(hyperparameter)
    before = make(HiddenLayer(units=7))
    for value in listed:
        after = configure(before, {hyperparameter: value})
        parts = (after.training, after.encoding, after.network, *after.network.hidden)
        result = [getattr(part, hyperparameter) for part in parts if hasattr(part, hyperparameter)]
        assert hyperparameter in ("layers", "shape") or set(result) == {value}
        assert not setting.choices or value in [choice.value for choice in setting.choices]
        if setting.choices == () and setting.kind is not bool:
            assert type(value) is setting.kind
            assert setting.low <= value <= setting.high


def test_all_that_changes_a_network_or_its_training_is_a_hyperparameter():
    fields = {
        *HiddenLayer.model_fields,
        *NetworkSpec.model_fields,
        *TrainingSpec.model_fields,
        *EncodingSpec.model_fields,
    }
    assert set(hyperparameters()) == fields - {"hidden", "members", "neutral_start"} | {
        "layers",
        "shape",
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"layers": 3}, [20, 10, 5]),
        ({"layers": 0}, []),
        ({"layers": 3, "shape": "equal"}, [20, 20, 20]),
        ({"units": 9}, [9, 4]),
        ({"units": 4, "layers": 4}, [4, 2, 1, 1]),
        ({"units": 9, "units 2": 30}, [9, 30]),
        ({"units 2": 30}, [20, 30]),
        ({"shape": "equal"}, [20, 20]),
    ],
)
def test_layers_are_as_many_and_as_wide_as_asked_for(values, expected):
    assert widths(configure(TWO, values)) == expected


def test_layers_of_equal_width_stay_so_unless_asked_for():
    equal = make(HiddenLayer(units=16), HiddenLayer(units=16))
    assert widths(configure(equal, {"units": 8})) == [8, 8]
    assert widths(configure(equal, {"units": 8, "shape": "funnel"})) == [8, 4]
    # A network without layers gets one.
    assert widths(configure(make(), {"units": 8})) == [8]
    assert widths(configure(make(), {"layers": 2})) == [64, 32]


def test_new_layers_are_like_the_first():
    hidden = configure(TWO, {"layers": 2, "l2": 0.01}).network.hidden
    like = HiddenLayer(units=20, activation=Activation.TANH, dropout=0.1, l2=0.01)
    assert hidden == (like, like.but(units=10))


def test_a_hyperparameter_of_one_layer_leaves_the_others():
    hidden = configure(TWO, {"dropout 2": 0.3, "activation 1": "elu"}).network.hidden
    assert [layer.dropout for layer in hidden] == [0.1, 0.3]
    assert [layer.activation for layer in hidden] == [Activation.ELU, Activation.RELU]
    assert setting_of("dropout 2").title == "Dropout, layer 2"
    # One that says more than another comes after it, in whatever order they stand.
    hidden = configure(TWO, {"dropout 2": 0.3, "dropout": 0.2}).network.hidden
    assert [layer.dropout for layer in hidden] == [0.2, 0.3]


def test_a_layer_may_be_lacking_only_where_their_number_varies():
    assert widths(configure(TWO, {"dropout 3": 0.3, "layers": 1})) == [20]
    assert configure(TWO, {"dropout 3": 0.3, "layers": 3}).network.hidden[2].dropout == 0.3
    with pytest.raises(UserError, match=r"no hidden layer 3.*from 1 to 2.*dropout 3"):
        configure(TWO, {"dropout 3": 0.3})


@pytest.mark.parametrize(
    "hyperparameter",
    ["members", "hidden", "colour", "learning_rate 2", "dropout 0", "layers 2", ""],
)
def test_what_is_no_hyperparameter_is_refused(hyperparameter):
    with pytest.raises(UserError, match="A study cannot vary this setting"):
        setting_of(hyperparameter)


def test_a_value_out_of_range_is_refused_in_words():
    with pytest.raises(UserError, match=r"“Dropout”.*a number from 0 to 0.9.*0.95"):
        configure(TWO, {"dropout": 0.95})


def test_everything_else_stays_as_it_was():
    after = configure(TWO, {"learning_rate": 0.5, "imputation": "mean"})
    assert after.but(training=TWO.training, encoding=TWO.encoding) == TWO
    assert configure(TWO, {}) == TWO
