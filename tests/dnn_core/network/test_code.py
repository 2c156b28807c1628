"""The written scripts: Python is run, R is read."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dnn_core.data.target import TargetCoding
from dnn_core.network.code import python_code, r_code
from dnn_core.network.code.spelling import R_NAMES
from dnn_core.network.fitting import optimizer_call
from dnn_core.network.model import build_model, finish_model, make, starting_weights
from dnn_core.network.plan import member_seeds
from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import output_of
from dnn_core.specs import (
    Activation,
    Experiment,
    HiddenLayer,
    Holdout,
    Kind,
    NetworkSpec,
    Optimizer,
    Schedule,
    SplitSpec,
    Task,
    TrainingSpec,
)
from dnn_core.training.batched_training import BatchedTraining
from dnn_core.training.member import Cases, Member, Unwatched

INPUTS = 3
VOTE = TargetCoding("vote", Kind.BINARY, classes=("1", "2"), labels=("no", "yes"))
PARTY = TargetCoding("party", Kind.MULTICLASS, classes=("1", "2", "3"), labels=("a", "b", "c"))
INCOME = TargetCoding("income", Kind.REGRESSION, mean=50.0, scale=10.0)
TRUST = TargetCoding("trust", Kind.ORDINAL, classes=("1", "2", "3"), labels=("a", "b", "c"))
VISITS = TargetCoding("visits", Kind.COUNT, scale=4.0)
RENT = TargetCoding("rent", Kind.AMOUNT, scale=700.0)
EVERY_KIND = [VOTE, PARTY, INCOME, TRUST, VISITS, RENT]
_LEARNT_AS = {Kind.MULTICLASS: "int32", Kind.ORDINAL: "int32"}
TASK = Task(target="y", features=("age", "educ"))
NETWORK = NetworkSpec(
    hidden=(
        HiddenLayer(units=6, batch_norm=True, dropout=0.25, l1=0.01, l2=0.0001),
        HiddenLayer(units=4, activation=Activation.SELU, l1=0.01),
        HiddenLayer(units=4, activation=Activation.TANH, l2=0.01),
    ),
    input_dropout=0.1,
)


def _experiment(network: NetworkSpec = NETWORK, task: Task = TASK, **training: Any) -> Experiment:
    settings = {"epochs": 2, "batch_size": 16, "early_stopping": False, "members": 1, **training}
    return Experiment(task=task, network=network, training=TrainingSpec.of(**settings), seed=5)


def _write_arrays(directory: Path, target: TargetCoding, folds: bool = False) -> None:
    rng = np.random.default_rng(1)
    arrays = {}
    parts = {"train": 40} if folds else {"train": 40, "validation": 20}
    if folds:
        arrays["fold"] = np.arange(40) % 3
    for part, cases in parts.items():
        arrays[f"x_{part}"] = rng.normal(size=(cases, INPUTS)).astype("float32")
        classes = max(len(target.classes), 2)
        arrays[f"y_{part}"] = np.arange(cases, dtype="int32") % classes
        if target.kind is Kind.REGRESSION:
            arrays[f"y_{part}"] = rng.normal(50, 10, size=cases).astype("float32")
        elif target.kind is Kind.COUNT:
            arrays[f"y_{part}"] = rng.poisson(4, size=cases).astype("float32")
        elif target.kind is Kind.AMOUNT:
            arrays[f"y_{part}"] = rng.gamma(2, 350, size=cases).astype("float32")
        arrays[f"weight_{part}"] = rng.uniform(0.5, 1.5, size=cases).astype("float32")
    np.savez(directory / "arrays.npz", **arrays)


def _run(
    code: str,
    target: TargetCoding,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    folds: bool = False,
    arrays: dict[str, np.ndarray] | None = None,
    traced: bool = False,
) -> dict[str, Any]:
    """Run a script in this process, beside its arrays; return its variables.

    Only where it is `traced` does Keras compile the steps, as it does for whoever runs the script;
    this takes longer than the few steps.
    """
    if arrays is None:
        _write_arrays(directory, target, folds)
    else:
        np.savez(directory / "arrays.npz", **arrays)
    monkeypatch.chdir(directory)
    variables: dict[str, Any] = {}
    tf.config.run_functions_eagerly(not traced)
    try:
        exec(compile(code, "script.py", "exec"), variables)
    finally:
        tf.config.run_functions_eagerly(False)
    return variables


def _architecture(model: keras.Model) -> list[tuple[str, str]]:
    """Class and settings of every layer, the input aside."""
    return [
        (type(layer).__name__, json.dumps(layer.get_config(), default=str, sort_keys=True))
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    ]


def _settings(optimizer: keras.optimizers.Optimizer) -> tuple[type, dict[str, Any]]:
    """Class and settings, without the name, in which Keras counts optimizers."""
    return type(optimizer), {**optimizer.get_config(), "name": None}


@pytest.mark.training
@pytest.mark.parametrize("target", EVERY_KIND, ids=lambda target: target.kind.value)
def test_python_makes_the_same_network(
    target: TargetCoding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = _experiment()
    code = python_code(experiment, INPUTS, target, input_scale=0.5, cases=80)
    written = _run(code, target, tmp_path, monkeypatch, traced=True)["model"]
    output = output_of(target.kind, len(target.classes))
    built = finish_model([build_model(NETWORK, INPUTS, output, input_scale=0.5, seed=5)], target)
    assert _architecture(written) == _architecture(built)
    trainable = sum(int(np.prod(weight.shape)) for weight in written.trainable_weights)
    # Keras counts the factors of the score, which are held at 1, as trainable.
    held = output.raw_units if output.ordered else 0
    assert trainable - held == count_parameters(NETWORK, INPUTS, output)
    saved = keras.saving.load_model(tmp_path / "network.keras", compile=False)
    assert _architecture(saved) == _architecture(built)


@pytest.mark.parametrize("optimizer", list(Optimizer))
@pytest.mark.parametrize("schedule", list(Schedule))
def test_python_makes_the_same_optimizer(optimizer: Optimizer, schedule: Schedule) -> None:
    experiment = _experiment(
        NetworkSpec(hidden=()),
        optimizer=optimizer,
        schedule=schedule,
        learning_rate=0.02,
        momentum=0.8,
        weight_decay=0.01,
        decay=0.9,
    )
    tree = ast.parse(python_code(experiment, INPUTS, VOTE, cases=80))
    (written,) = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "optimizer"
    ]
    # 40 cases in batches of 16 are 3 steps an epoch, 6 in two epochs.
    steps = {"steps_in_epoch": 3, "steps_in_all": 6}
    optimizer_written = eval(ast.unparse(written), {"keras": keras, **steps})
    optimizer_built = make(optimizer_call(experiment.training, **steps))
    assert _settings(optimizer_written) == _settings(optimizer_built)


def test_optimizers_are_those_of_plain_keras() -> None:
    """The calls against what one would write by hand."""
    schedules = keras.optimizers.schedules
    pairs = [
        (TrainingSpec(learning_rate=0.02), keras.optimizers.Adam(0.02)),
        (
            TrainingSpec(optimizer="adamw", weight_decay=0.01),
            keras.optimizers.AdamW(1e-3, weight_decay=0.01),
        ),
        (TrainingSpec(optimizer="nadam"), keras.optimizers.Nadam(1e-3)),
        (TrainingSpec(optimizer="rmsprop"), keras.optimizers.RMSprop(1e-3)),
        (TrainingSpec(optimizer="sgd", momentum=0.8), keras.optimizers.SGD(1e-3, momentum=0.8)),
        (
            TrainingSpec(schedule="exponential", decay=0.9),
            keras.optimizers.Adam(schedules.ExponentialDecay(1e-3, 3, 0.9, staircase=True)),
        ),
        (TrainingSpec(schedule="cosine"), keras.optimizers.Adam(schedules.CosineDecay(1e-3, 6))),
        (TrainingSpec(schedule="plateau"), keras.optimizers.Adam(1e-3)),
    ]
    for training, expected in pairs:
        made = make(optimizer_call(training, steps_in_epoch=3, steps_in_all=6))
        assert _settings(made) == _settings(expected)


@pytest.mark.training
def test_python_keeps_the_best_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A step far too large: after the best epoch the loss only rises.
    experiment = _experiment(NetworkSpec(hidden=()), epochs=5, optimizer="sgd", learning_rate=2.0)
    variables = _run(python_code(experiment, INPUTS, VOTE, cases=80), VOTE, tmp_path, monkeypatch)
    losses = variables["history"].history["val_loss"]
    assert len(losses) == 5
    assert min(losses) < losses[-1]
    kept = variables["model"].evaluate(
        variables["x_validation"], variables["y_validation"], verbose=0
    )[0]
    assert kept == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.training
@pytest.mark.parametrize("target", EVERY_KIND, ids=lambda target: target.kind.value)
def test_python_and_the_engine_choose_the_same_epoch_by_the_loss_without_penalties(
    target: TargetCoding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, INPUTS)).astype("float32")
    signal = 1.5 * x[:, 0] + rng.normal(size=60)
    y = {
        Kind.REGRESSION: target.mean + target.scale * signal,
        Kind.COUNT: rng.poisson(np.exp(0.7 * signal)),
        Kind.AMOUNT: rng.gamma(2, 350 * np.exp(0.7 * signal)),
        Kind.BINARY: signal > 0,
    }.get(target.kind, np.digitize(signal, [-0.8, 0.8]))
    y = y.astype("float32" if target.kind.numeric else "int32")
    weight = rng.uniform(0.5, 1.5, size=60).astype("float32")
    parts = {"train": slice(40), "validation": slice(40, None)}
    named = {"x": x, "y": y, "weight": weight}
    arrays = {f"{n}_{part}": a[rows] for n, a in named.items() for part, rows in parts.items()}
    network = NetworkSpec(hidden=(HiddenLayer(units=30, activation=Activation.TANH),), ridge=6.0)
    # All cases in one batch, so that their order, which Keras draws in its own way, is no matter.
    settings = {"epochs": 25, "batch_size": 40, "learning_rate": 0.05}
    experiment = _experiment(network, TASK.but(weight="w"), **settings)
    code = python_code(experiment, INPUTS, target, cases=40)
    variables = _run(code, target, tmp_path, monkeypatch, arrays=arrays)
    history = variables["history"].history
    best = int(np.argmin(history["val_data_loss"]))
    # Chosen with the penalty it would be another one, or this test shows nothing.
    assert best < np.argmin(history["val_loss"])
    output = output_of(target.kind, len(target.classes))
    learnt = (y - target.mean) / target.scale if target.kind.numeric else y
    cases = Cases(x, learnt.astype(_LEARNT_AS.get(target.kind, "float32")), target.kind, output)
    rows = np.arange(60)
    member = Member(network, experiment.training, 5, rows[:40], rows[40:], weight[:40], weight[40:])
    (fitted,) = BatchedTraining(cases, [member]).run(Unwatched())
    assert fitted.best_epoch == best + 1
    first = variables["model"].get_layer("hidden_1").get_weights()[0]
    np.testing.assert_allclose(first, fitted.weights[0], atol=1e-3)


def test_a_loss_that_keras_does_not_have_is_written_as_a_function() -> None:
    assert """
def data_loss(y_true, y_pred):
    y_true = keras.ops.reshape(y_true, (-1,))
    y_pred = keras.ops.reshape(y_pred, (-1,))
    return y_true / y_pred + keras.ops.log(y_pred)
""" in python_code(_experiment(), INPUTS, RENT, cases=80)
    written = r_code(_experiment(), INPUTS, RENT, cases=80)
    assert (
        """
data_loss <- custom_metric("data_loss", function(y_true, y_pred) {
  y_true <- op_reshape(y_true, -1L)
  y_pred <- op_reshape(y_pred, -1L)
  y_true / y_pred + op_log(y_pred)
})
"""
        in written
    )
    for code in (written, python_code(_experiment(), INPUTS, RENT, cases=80)):
        # As the loss, and as the metric by which epochs are compared.
        assert re.search(r"\bloss ?= ?data_loss,", code)
        assert re.search(r"weighted_metrics ?= ?(list\(|\[)data_loss(\)|\])", code)


def test_r_chooses_the_epoch_as_python_does() -> None:
    experiment = _experiment(schedule="plateau", early_stopping=True)
    written = r_code(experiment, INPUTS, TRUST, cases=80)
    python = python_code(experiment, INPUTS, TRUST, cases=80)
    assert 'loss_sparse_categorical_crossentropy(reduction = "none", name = "data_loss")' in written
    assert 'SparseCategoricalCrossentropy(reduction="none", name="data_loss")' in python
    for monitor, mode, text in (
        ('monitor = "val_data_loss"', 'mode = "min"', written),
        ('monitor="val_data_loss"', 'mode="min"', python),
    ):
        # Early stopping and the plateau's fall of the learning rate.
        assert text.count(monitor) == text.count(mode) == text.count("monitor") == 2


@pytest.mark.training
def test_python_weighs_cases_and_categories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = TASK.but(weight="w")
    experiment = _experiment(NetworkSpec(hidden=()), task, class_weights=True, epochs=1)
    variables = _run(python_code(experiment, INPUTS, PARTY, cases=80), PARTY, tmp_path, monkeypatch)
    y, weight = variables["y_train"], variables["weight_train"]
    given = variables["case_weight"]
    sums = [given[y == category].sum() for category in range(3)]
    # Equal say: each category has a third of the weight, and the weight is kept in all.
    np.testing.assert_allclose(sums, weight.sum() / 3, rtol=1e-5)
    within = given[y == 0] / weight[y == 0]
    np.testing.assert_allclose(within, within[0], rtol=1e-6)


@pytest.mark.training
def test_python_weights_of_a_quantity_are_the_survey_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = _experiment(NetworkSpec(hidden=()), TASK.but(weight="w"), epochs=1)
    variables = _run(
        python_code(experiment, INPUTS, INCOME, cases=80), INCOME, tmp_path, monkeypatch
    )
    assert variables["case_weight"] is variables["weight_train"]


# Several networks ----------------------------------------------------------------------

MEMBERS = 3
SAME_PART = SplitSpec(holdout=Holdout.PART)
TWO_KINDS = (Kind.REGRESSION, Kind.ORDINAL)


def _several(network: NetworkSpec = NETWORK, split: SplitSpec | None = None) -> Experiment:
    asked = _experiment(network, TASK.but(weight="w"), members=MEMBERS, epochs=1)
    return asked.but(split=split or SplitSpec(), seed=5)


def _members_of(model: keras.Model) -> list[keras.Model]:
    return [layer for layer in model.layers if isinstance(layer, keras.Sequential)]


# What is written of the parts is the same for all kinds, so that two show it for one part.
@pytest.mark.training
@pytest.mark.parametrize(
    ("target", "split"),
    [(target, SplitSpec()) for target in EVERY_KIND]
    + [(target, SAME_PART) for target in EVERY_KIND if target.kind in TWO_KINDS],
    ids=lambda value: value.kind.value if isinstance(value, TargetCoding) else value.holdout.value,
)
def test_python_makes_the_same_networks_and_averages_them(
    target: TargetCoding, split: SplitSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = NETWORK.but(ridge=3.0)
    code = python_code(_several(network, split), INPUTS, target, input_scale=0.5, cases=40)
    written = _run(code, target, tmp_path, monkeypatch, folds=split.holdout is Holdout.FOLDS)
    # 14, 13 and 13 of 40 cases are left out in turn; the ridge is divided by the others.
    cases = [26, 27, 27] if split.holdout is Holdout.FOLDS else [40] * MEMBERS
    built = [
        build_model(
            network,
            INPUTS,
            output_of(target.kind, len(target.classes)),
            input_scale=0.5,
            seed=seed,
            cases=count,
        )
        for seed, count in zip(member_seeds(5, MEMBERS), cases, strict=True)
    ]
    model = written["model"]
    # Among the settings of a layer is the seed of its starting weights or its dropout.
    result = _members_of(model)
    assert [_architecture(member) for member in result] == [_architecture(x) for x in built]
    assert [member.name for member in result] == ["member_1", "member_2", "member_3"]
    assert sum(isinstance(layer, keras.layers.Average) for layer in model.layers) == 1
    x = written["x_train"][:5]
    mean = np.mean([np.asarray(member(x)) for member in result], axis=0)
    saved = keras.saving.load_model(tmp_path / "network.keras", compile=False)
    np.testing.assert_allclose(
        np.asarray(saved(x)), mean * target.scale + target.mean, rtol=1e-4, atol=1e-6
    )


@pytest.mark.training
def test_python_networks_begin_where_those_of_the_run_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=4), HiddenLayer(units=3)))
    asked = _several(network)
    # Steps too small to be seen in a float32.
    asked = asked.but(training=asked.training.but(learning_rate=1e-7, optimizer="sgd"))
    written = _run(
        python_code(asked, INPUTS, VOTE, cases=40), VOTE, tmp_path, monkeypatch, folds=True
    )
    for member, seed in zip(_members_of(written["model"]), member_seeds(5, MEMBERS), strict=True):
        expected = starting_weights(network, INPUTS, output_of(Kind.BINARY, 2), seed=seed)
        for result, begun in zip(member.get_weights(), expected, strict=True):
            np.testing.assert_allclose(result, begun, atol=1e-6)


@pytest.mark.training
def test_python_judges_each_network_on_the_fold_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    fit = keras.Sequential.fit

    def watch(self: keras.Sequential, x: Any, y: Any, **options: Any) -> Any:
        seen.append((x, y, options["sample_weight"], *options["validation_data"]))
        return fit(self, x, y, **options)

    monkeypatch.setattr(keras.Sequential, "fit", watch)
    code = python_code(_several(NetworkSpec(hidden=())), INPUTS, VOTE, cases=40)
    arrays = _run(code, VOTE, tmp_path, monkeypatch, folds=True)
    names = ("x_train", "y_train", "weight_train")
    assert len(seen) == MEMBERS
    for number, given in enumerate(seen):
        out = arrays["fold"] == number
        for result, name in zip(given[:3], names, strict=True):
            np.testing.assert_array_equal(result, arrays[name][~out])
        for result, name in zip(given[3:], names, strict=True):
            np.testing.assert_array_equal(result, arrays[name][out])


def test_r_script_of_networks_that_take_turns_word_by_word() -> None:
    network = NetworkSpec(
        hidden=(HiddenLayer(units=4, dropout=0.25),), ridge=3.0, neutral_start=True
    )
    asked = _several(network).but(training=TrainingSpec(members=2, schedule="exponential"))
    written = re.sub(r" = \d{6,}L", " = 1L", r_code(asked, INPUTS, INCOME, cases=80))
    assert (
        written
        == """\
# Outcome 'income' from 2 predictors in 3 input columns.
# Needs R's packages keras3 and reticulate.
#
# arrays.npz holds the encoded cases as numpy arrays:
#   x_train: shape (cases, 3), the input of the network
#   y_train: shape (cases,), the outcome in its own units
#   weight_train: shape (cases,), the case weights 'w'
#   fold: shape (cases,), which network leaves the case out, from 0
library(keras3)

arrays <- reticulate::import("numpy")$load("arrays.npz", allow_pickle = FALSE)
x_train <- arrays$f[["x_train"]]
y_train <- arrays$f[["y_train"]]
weight_train <- arrays$f[["weight_train"]]
fold <- arrays$f[["fold"]]

# The network is trained on the outcome, scaled to mean 0 and standard deviation 1.
y_train <- (y_train - 50.0) / 10.0
case_weight <- weight_train

# Each network has seeds of its own: of the order of cases, and of its layers.
seeds_of_networks <- list(
  c(order = 5L, hidden_1 = 1L, hidden_1_dropout = 1L),
  c(order = 1L, hidden_1 = 1L, hidden_1_dropout = 1L)
)
members <- list()
for (number in seq_along(seeds_of_networks)) {
  seeds <- seeds_of_networks[[number]]
  set_random_seed(seeds[["order"]])
  # Each network leaves out another fold, and is validated on it.
  learnt <- c(fold) != number - 1L
  model <- keras_model_sequential(input_shape = c(3L), name = paste0("member_", number)) |>
    layer_dense(
      units = 4L,
      kernel_initializer = initializer_he_normal(seed = seeds[["hidden_1"]]),
      name = "hidden_1",
      kernel_regularizer = regularizer_l2(l2 = 3.0 / sum(learnt))
    ) |>
    layer_activation(activation = "relu", name = "hidden_1_activation") |>
    layer_dropout(rate = 0.25, seed = seeds[["hidden_1_dropout"]], name = "hidden_1_dropout") |>
    layer_dense(
      units = 1L,
      activation = "linear",
      kernel_initializer = initializer_zeros(),
      name = "output",
      kernel_regularizer = regularizer_l2(l2 = 3.0 / sum(learnt))
    )
  steps_in_epoch <- as.integer(ceiling(sum(learnt) / 32))
  steps_in_all <- steps_in_epoch * 200L
  model |> compile(
    optimizer = optimizer_adam(
      learning_rate = learning_rate_schedule_exponential_decay(
        initial_learning_rate = 0.001,
        decay_steps = steps_in_epoch,
        decay_rate = 0.95,
        staircase = TRUE
      )
    ),
    loss = "mse",
    weighted_metrics = list(
      loss_mean_squared_error(reduction = "none", name = "data_loss"),
      metric_r2_score(name = "r2")
    )
  )
  history <- model |> fit(
    x_train[learnt, , drop = FALSE],
    y_train[learnt],
    sample_weight = case_weight[learnt],
    validation_data = list(
      x_train[!learnt, , drop = FALSE],
      y_train[!learnt],
      weight_train[!learnt]
    ),
    batch_size = 32L,
    epochs = 200L,
    callbacks = list(
      callback_early_stopping(
        monitor = "val_data_loss",
        mode = "min",
        patience = 10L,
        restore_best_weights = TRUE
      )
    )
  )
  members[[number]] <- model
}

# The predictions of the networks are averaged.
inputs <- keras_input(shape = c(3L), name = "input")
average <- layer_average(name = "average")
outputs <- average(lapply(members, function(member) member(inputs)))
model <- keras_model(inputs, outputs, name = "network")

# What is saved predicts in the outcome's own units.
own_units <- layer_rescaling(scale = 10.0, offset = 50.0, name = "outcome_units")
model <- keras_model(model$inputs, own_units(model$outputs[[1]]))
save_model(model, "network.keras")
"""
    )


def test_r_networks_with_one_validation_part_share_it() -> None:
    written = r_code(_several(split=SAME_PART), INPUTS, VOTE, cases=80)
    assert "fold" not in written and "learnt" not in written
    assert "validation_data = list(x_validation, y_validation, weight_validation)," in written
    assert written.count("hidden_1_dropout = ") == MEMBERS


# What comes from files -------------------------------------------------------------------

HOSTILE = 'a\'\n"""\nimport os # \u2028\u202e\\'


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("write", [python_code, r_code])
def test_names_and_labels_cannot_become_code(write: Any, members: int) -> None:
    target = TargetCoding(
        HOSTILE, Kind.BINARY, classes=("1", "2"), labels=(f"no{HOSTILE}", f"yes{HOSTILE}")
    )
    task = Task(target=HOSTILE, features=(f"x{HOSTILE}",), weight=f"w{HOSTILE}")
    harmless = TargetCoding("y", Kind.BINARY, classes=("1", "2"), labels=("no", "yes"))
    plain = Task(target="y", features=("x",), weight="w")

    def instructions(task: Task, target: TargetCoding) -> list[str]:
        lines = write(_experiment(task=task, members=members), INPUTS, target, cases=80).split("\n")
        return [line for line in lines if not line.startswith("#")]

    assert instructions(task, target) == instructions(plain, harmless)
    assert "\u202e" not in write(_experiment(task=task), INPUTS, target, cases=80)
    assert "\u2028" not in write(_experiment(task=task), INPUTS, target, cases=80)


def test_r_script_word_by_word() -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=4, dropout=0.25, l2=1e-5),), neutral_start=True)
    experiment = _experiment(network, schedule="cosine", class_weights=True)
    written = re.sub(r"seed = \d+L", "seed = 1L", r_code(experiment, INPUTS, VOTE, cases=80))
    assert (
        written
        == """\
# Outcome 'vote' from 2 predictors in 3 input columns.
# Needs R's packages keras3 and reticulate.
#
# arrays.npz holds the encoded cases as numpy arrays:
#   x_train, x_validation: shape (cases, 3), the input of the network
#   y_train, y_validation: shape (cases,), whole numbers for the categories
#     0 = 'no'
#     1 = 'yes'
library(keras3)

set_random_seed(5L)

arrays <- reticulate::import("numpy")$load("arrays.npz", allow_pickle = FALSE)
x_train <- arrays$f[["x_train"]]
y_train <- arrays$f[["y_train"]]
x_validation <- arrays$f[["x_validation"]]
y_validation <- arrays$f[["y_validation"]]

# Every category gets the same total weight, however rare it is.
class_size <- as.vector(table(y_train))
case_weight <- (sum(class_size) / (length(class_size) * class_size))[y_train + 1L]

model <- keras_model_sequential(input_shape = c(3L), name = "network") |>
  layer_dense(
    units = 4L,
    kernel_initializer = initializer_he_normal(seed = 1L),
    name = "hidden_1",
    kernel_regularizer = regularizer_l2(l2 = 1e-05)
  ) |>
  layer_activation(activation = "relu", name = "hidden_1_activation") |>
  layer_dropout(rate = 0.25, seed = 1L, name = "hidden_1_dropout") |>
  layer_dense(
    units = 1L,
    activation = "sigmoid",
    kernel_initializer = initializer_zeros(),
    name = "output"
  )
steps_in_epoch <- as.integer(ceiling(nrow(x_train) / 16))
steps_in_all <- steps_in_epoch * 2L
model |> compile(
  optimizer = optimizer_adam(
    learning_rate = learning_rate_schedule_cosine_decay(
      initial_learning_rate = 0.001,
      decay_steps = steps_in_all
    )
  ),
  loss = "binary_crossentropy",
  weighted_metrics = list(
    loss_binary_crossentropy(reduction = "none", name = "data_loss"),
    metric_auc(name = "auc")
  )
)
history <- model |> fit(
  x_train,
  y_train,
  sample_weight = case_weight,
  validation_data = list(x_validation, y_validation),
  batch_size = 16L,
  epochs = 2L,
  callbacks = list(
    callback_early_stopping(
      monitor = "val_data_loss",
      mode = "min",
      patience = 2L,
      restore_best_weights = TRUE
    )
  )
)
save_model(model, "network.keras")
"""
    )


def test_r_is_given_no_axis() -> None:
    """R's keras3 counts axes from 1 and stops at 0; the default is the first in both languages."""
    written = r_code(_experiment(NETWORK), INPUTS, TRUST, cases=80)
    assert "kernel_constraint = constraint_unitnorm()," in written
    assert "axis" not in written
    assert keras.constraints.UnitNorm().get_config() == {"axis": 0}


def test_r_script_of_a_quantity_ends_in_its_units() -> None:
    written = r_code(_experiment(NetworkSpec(hidden=())), INPUTS, INCOME, input_scale=0.5, cases=80)
    assert "y_train <- (y_train - 50.0) / 10.0" in written
    assert 'layer_rescaling(scale = 0.5, name = "input_scale")' in written
    assert written.endswith(
        'own_units <- layer_rescaling(scale = 10.0, offset = 50.0, name = "outcome_units")\n'
        "model <- keras_model(model$inputs, own_units(model$outputs[[1]]))\n"
        'save_model(model, "network.keras")\n'
    )


@pytest.mark.parametrize("target", EVERY_KIND, ids=lambda target: target.kind.value)
@pytest.mark.parametrize("optimizer", list(Optimizer))
@pytest.mark.parametrize("schedule", list(Schedule))
def test_r_knows_every_function(
    target: TargetCoding, optimizer: Optimizer, schedule: Schedule
) -> None:
    hidden = tuple(HiddenLayer(units=2, activation=name) for name in Activation)
    network = NetworkSpec(hidden=(*NETWORK.hidden, *hidden), input_dropout=0.1)
    experiment = _experiment(network, optimizer=optimizer, schedule=schedule, members=2)
    code = r_code(experiment, INPUTS, target, input_scale=0.5, cases=80)
    families = "layer|initializer|constraint|regularizer|loss|optimizer|metric|callback"
    called = set(re.findall(rf"\b((?:{families})_\w+)\(", code))
    assert called <= set(R_NAMES.values())
    assert {"layer_rescaling", "layer_average", "regularizer_l1_l2"} <= called
    assert "layer_batch_normalization" in called
    assert "keras." not in code


def test_silu_is_written_and_computed_as_x_times_its_sigmoid() -> None:
    network = NetworkSpec(hidden=(HiddenLayer(units=1, activation=Activation.SILU),))
    experiment = _experiment(network)
    python = python_code(experiment, INPUTS, VOTE, input_scale=1.0, cases=80)
    r = r_code(experiment, INPUTS, VOTE, input_scale=1.0, cases=80)
    assert 'keras.layers.Activation(activation="silu", name="hidden_1_activation")' in python
    assert 'layer_activation(activation = "silu", name = "hidden_1_activation")' in r
    # As for ReLU, which it resembles.
    assert "keras.initializers.HeNormal(" in python and "initializer_he_normal(" in r
    model = build_model(network, INPUTS, output_of(Kind.BINARY, 2), seed=1)
    x = np.array([[-2.0], [0.0], [3.0]])
    result = model.get_layer("hidden_1_activation")(x)
    np.testing.assert_allclose(result, x / (1 + np.exp(-x)), rtol=1e-6)


def test_every_r_name_has_a_function_in_keras() -> None:
    for path in R_NAMES:
        function: Any = keras
        for name in path.split("."):
            function = getattr(function, name)
        assert callable(function)
