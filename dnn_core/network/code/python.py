"""The network and its training as a Python script."""

from __future__ import annotations

from dnn_core.data.target import TargetCoding
from dnn_core.network.code.parts import (
    array_names,
    counts_steps,
    head,
    is_weighted,
    layers_of,
    optimizer_of,
    validation_names,
)
from dnn_core.network.code.spelling import PYTHON, spell
from dnn_core.network.fitting import callback_calls, metric_call
from dnn_core.network.output import output_of
from dnn_core.network.plan import own_units_call
from dnn_core.specs import Experiment, Kind


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
        and saves it.
    """
    training = experiment.training
    layers = [
        f'keras.Input(({inputs},), name="input")',
        *(spell(item, PYTHON, 8) for item in layers_of(experiment, target, input_scale, cases)),
    ]
    callbacks = [spell(item, PYTHON, 8) for item in callback_calls(training)]
    output = output_of(target.kind, len(target.classes))
    lines = [
        *head(experiment, inputs, target, "the package keras 3 with TensorFlow"),
        *(["import math", ""] if counts_steps(experiment) else []),
        "import keras",
        "import numpy as np",
        "",
        f"keras.utils.set_random_seed({experiment.seed})",
        "",
        'with np.load("arrays.npz", allow_pickle=False) as arrays:',
        *(f'    {name} = arrays["{name}"]' for name in array_names(experiment)),
        *_python_outcome(experiment, target),
        "",
        "model = keras.Sequential(",
        "    [",
        *(f"        {layer}," for layer in layers),
        "    ],",
        '    name="network",',
        ")",
        *_python_steps(experiment),
        "model.compile(",
        f"    optimizer={spell(optimizer_of(experiment), PYTHON, 4)},",
        f'    loss="{output.loss}",',
        f"    weighted_metrics=[{spell(metric_call(target.kind), PYTHON, 4)}],",
        ")",
        "history = model.fit(",
        "    x_train,",
        "    y_train,",
        *(["    sample_weight=case_weight,"] if is_weighted(experiment, target) else []),
        f"    validation_data=({', '.join(validation_names(experiment))}),",
        f"    batch_size={training.batch_size},",
        f"    epochs={training.epochs},",
        "    callbacks=[",
        *(f"        {callback}," for callback in callbacks),
        "    ],",
        ")",
        *_python_finish(target),
        'model.save("network.keras")',
    ]
    return "\n".join(lines) + "\n"


def _python_outcome(experiment: Experiment, target: TargetCoding) -> list[str]:
    if target.kind is Kind.REGRESSION:
        return [
            "",
            "# The network learns the outcome with mean 0 and standard deviation 1.",
            f"y_train = (y_train - {target.mean!r}) / {target.scale!r}",
            f"y_validation = (y_validation - {target.mean!r}) / {target.scale!r}",
            *(["case_weight = weight_train"] if experiment.task.weight else []),
        ]
    if not experiment.training.class_weights:
        return ["case_weight = weight_train"] if experiment.task.weight else []
    weights = ", weights=weight_train" if experiment.task.weight else ""
    return [
        "",
        "# Every category gets the same say, however rare it is.",
        f"class_size = np.bincount(y_train{weights})",
        "case_weight = (class_size.sum() / (len(class_size) * class_size))[y_train]",
        *(["case_weight = case_weight * weight_train"] if weights else []),
    ]


def _python_steps(experiment: Experiment) -> list[str]:
    if not counts_steps(experiment):
        return []
    training = experiment.training
    return [
        f"steps_in_epoch = math.ceil(len(x_train) / {training.batch_size})",
        f"steps_in_all = steps_in_epoch * {training.epochs}",
    ]


def _python_finish(target: TargetCoding) -> list[str]:
    if target.kind is not Kind.REGRESSION:
        return []
    return [
        "",
        "# What is saved predicts in the outcome's own units.",
        f"own_units = {spell(own_units_call(target), PYTHON, 0)}",
        "model = keras.Model(model.inputs, own_units(model.outputs[0]))",
    ]
