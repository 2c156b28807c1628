"""The network and its training as a Python script."""

from __future__ import annotations

from collections.abc import Sequence

from dnn_core.data.target import TargetCoding
from dnn_core.network.code.parts import (
    ORDER,
    Chosen,
    array_names,
    counts_steps,
    head,
    indented,
    is_weighted,
    layers_of,
    layers_of_members,
    loss_formula,
    loss_of,
    optimizer_of,
    outcome_names,
    standardised,
    validation_names,
)
from dnn_core.network.code.spelling import PYTHON, spell, spell_row, wrap
from dnn_core.network.fitting import DATA_LOSS, callback_calls, metric_calls
from dnn_core.network.plan import Call, Variable, average_call, own_units_call
from dnn_core.specs import Experiment


def python_code(
    experiment: Experiment,
    inputs: int,
    target: TargetCoding,
    *,
    input_scale: float = 1.0,
    cases: int,
) -> str:
    """Write the network and its training as a Python script for Keras 3.

    Parameters
    ----------
    experiment : Experiment
    inputs : int
        Number of input columns.
    target : TargetCoding
    input_scale : float
        What the inputs are multiplied with inside the network.
    cases : int
        Number of training cases, on which the ridge penalty depends.

    Returns
    -------
    str
        A script that reads the arrays named in its head, trains the network
        and saves it; of several networks, the one that averages them.
    """
    if experiment.training.members > 1:
        seeding = []
        training = _python_members(experiment, inputs, target, input_scale, cases)
    else:
        seeding = [f"keras.utils.set_random_seed({experiment.seed})", ""]
        layers = layers_of(experiment, target, input_scale, cases)
        training = _python_network(
            experiment, inputs, target, layers, '"network"', _python_chosen(experiment)
        )
    lines = [
        *head(experiment, inputs, target, "the package keras 3 with TensorFlow"),
        *(["import math", ""] if counts_steps(experiment) else []),
        "import keras",
        "import numpy as np",
        "",
        *seeding,
        'with np.load("arrays.npz", allow_pickle=False) as arrays:',
        *(f'    {name} = arrays["{name}"]' for name in array_names(experiment)),
        *_python_outcome(experiment, target),
        *_python_loss(target),
        "",
        *training,
        *_python_finish(target),
        'model.save("network.keras")',
    ]
    return "\n".join(lines) + "\n"


def _python_network(
    experiment: Experiment,
    inputs: int,
    target: TargetCoding,
    layers: Sequence[Call],
    name: str,
    chosen: Chosen,
) -> list[str]:
    """Build, compile and fit one network."""
    training = experiment.training
    written = [
        f'keras.Input(({inputs},), name="input")',
        *(spell(layer, PYTHON, 8) for layer in layers),
    ]
    callbacks = [spell(item, PYTHON, 8) for item in callback_calls(training)]
    metrics = [spell(item, PYTHON, 8) for item in metric_calls(target.kind)]
    weight = [f"    sample_weight={chosen.weight},"] if is_weighted(experiment, target) else []
    return [
        "model = keras.Sequential(",
        "    [",
        *(f"        {layer}," for layer in written),
        "    ],",
        f"    name={name},",
        ")",
        *_python_steps(experiment, chosen),
        "model.compile(",
        f"    optimizer={spell(optimizer_of(experiment), PYTHON, 4)},",
        f"    loss={spell(loss_of(target), PYTHON, 4)},",
        f"    {wrap('weighted_metrics=[', metrics, ']', PYTHON, 4)},",
        ")",
        "history = model.fit(",
        f"    {chosen.x},",
        f"    {chosen.y},",
        *weight,
        f"    {wrap('validation_data=(', chosen.validation, ')', PYTHON, 4)},",
        f"    batch_size={training.batch_size},",
        f"    epochs={training.epochs},",
        "    callbacks=[",
        *(f"        {callback}," for callback in callbacks),
        "    ],",
        ")",
        *_python_without_loss(target),
    ]


def _python_members(
    experiment: Experiment, inputs: int, target: TargetCoding, input_scale: float, cases: int
) -> list[str]:
    """Build and fit one network after the other, and the model that averages them."""
    chosen = _python_chosen(experiment)
    counted = Variable(chosen.count) if experiment.folds else cases
    layers, rows = layers_of_members(experiment, target, input_scale, counted, 'seeds["{}"]')
    each = _python_network(experiment, inputs, target, layers, 'f"member_{number}"', chosen)
    turns = [
        "    # Each network leaves out another fold, and is validated on it.",
        "    learnt = fold != number - 1",
    ]
    return [
        "# Each network has seeds of its own: of the order of cases, and of its layers.",
        "seeds_of_networks = [",
        *(f"    {spell_row(row, PYTHON, 4)}," for row in rows),
        "]",
        "members = []",
        "for number, seeds in enumerate(seeds_of_networks, start=1):",
        f'    keras.utils.set_random_seed(seeds["{ORDER}"])',
        *(turns if experiment.folds else []),
        *indented(each, "    "),
        "    members.append(model)",
        "",
        "# The predictions of the networks are averaged.",
        f'inputs = keras.Input(({inputs},), name="input")',
        f"average = {spell(average_call(), PYTHON, 0)}",
        "outputs = average([member(inputs) for member in members])",
        'model = keras.Model(inputs, outputs, name="network")',
    ]


def _python_chosen(experiment: Experiment) -> Chosen:
    """The training and validation cases of each network."""
    if not experiment.folds:
        return Chosen(
            "x_train", "y_train", "case_weight", validation_names(experiment), "len(x_train)"
        )
    names = ("x_train", "y_train", *(["weight_train"] if experiment.task.weight else []))
    return Chosen(
        "x_train[learnt]",
        "y_train[learnt]",
        "case_weight[learnt]",
        tuple(f"{name}[~learnt]" for name in names),
        "learnt.sum()",
    )


def _python_outcome(experiment: Experiment, target: TargetCoding) -> list[str]:
    if target.kind.numeric:
        return [
            "",
            standardised(target),
            *(
                f"{name} = ({name} - {target.mean!r}) / {target.scale!r}"
                for name in outcome_names(experiment)
            ),
            *(["case_weight = weight_train"] if experiment.task.weight else []),
        ]
    if not experiment.training.class_weights:
        return ["case_weight = weight_train"] if experiment.task.weight else []
    weights = ", weights=weight_train" if experiment.task.weight else ""
    return [
        "",
        "# Every category gets the same total weight, however rare it is.",
        f"class_size = np.bincount(y_train{weights})",
        "case_weight = (class_size.sum() / (len(class_size) * class_size))[y_train]",
        *(["case_weight = case_weight * weight_train"] if weights else []),
    ]


def _python_loss(target: TargetCoding) -> list[str]:
    """The loss of each case, where Keras has none of that name."""
    formula = loss_formula(target, "keras.ops.")
    if not formula:
        return []
    return [
        "",
        "",
        f"def {DATA_LOSS}(y_true, y_pred):",
        "    y_true = keras.ops.reshape(y_true, (-1,))",
        "    y_pred = keras.ops.reshape(y_pred, (-1,))",
        f"    return {formula}",
        "",
    ]


def _python_without_loss(target: TargetCoding) -> list[str]:
    """Forget a loss that the script defines, so that the saved network does without it."""
    if not loss_formula(target, ""):
        return []
    return ["# What is saved must not need the function above.", "model.compile()"]


def _python_steps(experiment: Experiment, chosen: Chosen) -> list[str]:
    if not counts_steps(experiment):
        return []
    training = experiment.training
    return [
        f"steps_in_epoch = math.ceil({chosen.count} / {training.batch_size})",
        f"steps_in_all = steps_in_epoch * {training.epochs}",
    ]


def _python_finish(target: TargetCoding) -> list[str]:
    if not target.kind.numeric:
        return []
    return [
        "",
        "# What is saved predicts in the outcome's own units.",
        f"own_units = {spell(own_units_call(target), PYTHON, 0)}",
        "model = keras.Model(model.inputs, own_units(model.outputs[0]))",
    ]
