"""Specs: a round trip, a range that is kept, and messages a researcher understands."""

from __future__ import annotations

import pytest

from dnn_core.errors import UserError
from dnn_core.specs import (
    HOML_PRESETS,
    PRESETS,
    Activation,
    Answer,
    EncodingSpec,
    Experiment,
    HiddenLayer,
    Kind,
    NetworkSpec,
    Optimizer,
    SplitSpec,
    Task,
    TrainingSpec,
    describe_field,
    describe_fields,
)

EXPERIMENT = Experiment(
    task=Task(
        target="vote",
        features=("age", "educ"),
        kind=Kind.BINARY,
        reduced=("educ",),
        weight="w",
        measured_after=("educ",),
    ),
    split=SplitSpec(validation=0.25, test=0.1, seed=7),
    network=NetworkSpec(
        hidden=(HiddenLayer(units=8, activation=Activation.SELU, l1=1e-4),), input_dropout=0.1
    ),
    training=TrainingSpec(optimizer=Optimizer.SGD, epochs=3),
    seed=11,
    answers=(Answer(code="after_outcome", variable="educ", reason="Known when we predict"),),
)
SPECS = (HiddenLayer, NetworkSpec, TrainingSpec, EncodingSpec, SplitSpec)


def test_an_experiment_survives_json() -> None:
    assert Experiment.model_validate_json(EXPERIMENT.model_dump_json()) == EXPERIMENT


def test_experiments_are_compared_by_value() -> None:
    same = Experiment.model_validate(EXPERIMENT.model_dump())
    assert same.digest() == EXPERIMENT.digest()
    assert EXPERIMENT.but(seed=12).digest() != EXPERIMENT.digest()


@pytest.mark.parametrize("spec", SPECS)
def test_every_field_has_a_title_and_a_sentence_of_help(spec: type) -> None:
    for setting in describe_fields(spec):
        assert setting.title != setting.name
        assert setting.help.endswith(".")


@pytest.mark.parametrize("spec", SPECS)
def test_every_range_is_kept(spec: type) -> None:
    required = {"units": 1} if spec is HiddenLayer else {}
    for setting in describe_fields(spec):
        for bound, step in ((setting.low, -1), (setting.high, 1)):
            if bound is None:
                continue
            with pytest.raises(UserError, match=setting.title):
                spec.of(**{**required, setting.name: setting.kind(bound + step)})


@pytest.mark.parametrize("spec", SPECS)
def test_a_tuning_range_lies_within_the_range(spec: type) -> None:
    for setting in describe_fields(spec):
        if setting.hyperparameter.tune is None:
            continue
        low, high = setting.hyperparameter.tune
        assert low < high
        assert setting.low is None or setting.low <= low
        assert setting.high is None or high <= setting.high


def test_the_message_says_what_was_expected_and_received() -> None:
    with pytest.raises(UserError) as caught:
        TrainingSpec.of(epochs=0)
    assert str(caught.value) == (
        "“Epochs” does not allow this value. Expected: a whole number from 1 to 5000. "
        "Received: 0. Change it to a value within the range."
    )


def test_the_message_names_the_choices() -> None:
    with pytest.raises(UserError, match="one of ReLU, tanh"):
        HiddenLayer.of(units=4, activation="maxout")


def test_a_target_cannot_be_a_feature() -> None:
    with pytest.raises(UserError, match="cannot be a predictor as well"):
        Task.of(target="a", features=("a", "b"))


def test_a_role_cannot_be_held_twice() -> None:
    with pytest.raises(UserError, match="“b” cannot be the weight"):
        Task.of(target="a", features=("b",), weight="b")


def test_a_task_needs_a_predictor() -> None:
    with pytest.raises(UserError, match="No predictor"):
        Task.of(target="a", features=())


def test_parts_must_leave_rows_for_training() -> None:
    with pytest.raises(UserError, match="too few are"):
        SplitSpec.of(validation=0.5, test=0.5)


def test_values_are_shown_as_a_researcher_reads_them() -> None:
    assert describe_field(HiddenLayer, "activation").show(Activation.RELU) == "ReLU"
    assert describe_field(TrainingSpec, "early_stopping").show(True) == "yes"
    assert describe_field(TrainingSpec, "learning_rate").show(1e-3) == "0.001"


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (NetworkSpec(hidden=()), "linear"),
        (PRESETS["Medium"], "64-32, dropout 0.2"),
        (HOML_PRESETS["256-128-64, regularised"], "256-128-64, dropout 0.4/0.3/0.2, batch norm."),
        (NetworkSpec(hidden=(HiddenLayer(units=4, l2=0.1),)), "4, L2"),
    ],
)
def test_a_network_is_named_in_a_few_words(network: NetworkSpec, words: str) -> None:
    assert network.summary() == words


def test_presets_differ() -> None:
    for presets in (PRESETS, HOML_PRESETS):
        assert len({network.model_dump_json() for network in presets.values()}) == len(presets)


@pytest.mark.parametrize(
    ("reduced", "words"),
    [
        (("age", "age"), "listed twice among the predictors of your simpler model"),
        (("trust",), "“trust” is in your simpler model, but it is not a predictor"),
        (("age", "educ"), "Your simpler model has all predictors"),
    ],
)
def test_few_predictors_are_some_of_the_predictors(reduced: tuple[str, ...], words: str) -> None:
    with pytest.raises(UserError, match=words):
        Task.of(target="vote", features=("age", "educ"), reduced=reduced)
