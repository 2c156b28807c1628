"""The network and its training as an R script for the package keras3."""

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
from dnn_core.network.code.spelling import R, spell
from dnn_core.network.fitting import callback_calls, metric_call
from dnn_core.network.output import output_of
from dnn_core.network.plan import own_units_call
from dnn_core.specs import Experiment, Kind


def r_code(
    experiment: Experiment,
    inputs: int,
    target: TargetCoding,
    *,
    input_scale: float = 1.0,
    cases: int,
) -> str:
    """Write the network and its training as an R script for the package keras3.

    Parameters and result are those of `python_code`.
    """
    training = experiment.training
    layers = [
        f'keras_model_sequential(input_shape = c({inputs}L), name = "network")',
        *(spell(item, R, 2) for item in layers_of(experiment, target, input_scale, cases)),
    ]
    callbacks = [spell(item, R, 4) for item in callback_calls(training)]
    output = output_of(target.kind, len(target.classes))
    lines = [
        *head(experiment, inputs, target, "R's packages keras3 and reticulate"),
        "library(keras3)",
        "",
        f"set_random_seed({R.scalar(experiment.seed)})",
        "",
        'arrays <- reticulate::import("numpy")$load("arrays.npz", allow_pickle = FALSE)',
        *(f'{name} <- arrays$f[["{name}"]]' for name in array_names(experiment)),
        *_r_outcome(experiment, target),
        "",
        "model <- " + " |>\n  ".join(layers),
        *_r_steps(experiment),
        "model |> compile(",
        f"  optimizer = {spell(optimizer_of(experiment), R, 2)},",
        f'  loss = "{output.loss}",',
        f"  weighted_metrics = list({spell(metric_call(target.kind), R, 2)})",
        ")",
        "history <- model |> fit(",
        "  x_train,",
        "  y_train,",
        *(["  sample_weight = case_weight,"] if is_weighted(experiment, target) else []),
        f"  validation_data = list({', '.join(validation_names(experiment))}),",
        f"  batch_size = {R.scalar(training.batch_size)},",
        f"  epochs = {R.scalar(training.epochs)},",
        "  callbacks = list(",
        "    " + ",\n    ".join(callbacks),
        "  )",
        ")",
        *_r_finish(target),
        'save_model(model, "network.keras")',
    ]
    return "\n".join(lines) + "\n"


def _r_outcome(experiment: Experiment, target: TargetCoding) -> list[str]:
    if target.kind is Kind.REGRESSION:
        return [
            "",
            "# The network learns the outcome with mean 0 and standard deviation 1.",
            f"y_train <- (y_train - {target.mean!r}) / {target.scale!r}",
            f"y_validation <- (y_validation - {target.mean!r}) / {target.scale!r}",
            *(["case_weight <- weight_train"] if experiment.task.weight else []),
        ]
    if not experiment.training.class_weights:
        return ["case_weight <- weight_train"] if experiment.task.weight else []
    size = "rowsum(c(weight_train), c(y_train))" if experiment.task.weight else "table(y_train)"
    return [
        "",
        "# Every category gets the same say, however rare it is.",
        f"class_size <- as.vector({size})",
        "case_weight <- (sum(class_size) / (length(class_size) * class_size))[y_train + 1L]",
        *(["case_weight <- case_weight * weight_train"] if experiment.task.weight else []),
    ]


def _r_steps(experiment: Experiment) -> list[str]:
    if not counts_steps(experiment):
        return []
    training = experiment.training
    return [
        f"steps_in_epoch <- as.integer(ceiling(nrow(x_train) / {training.batch_size}))",
        f"steps_in_all <- steps_in_epoch * {R.scalar(training.epochs)}",
    ]


def _r_finish(target: TargetCoding) -> list[str]:
    if target.kind is not Kind.REGRESSION:
        return []
    return [
        "",
        "# What is saved predicts in the outcome's own units.",
        f"own_units <- {spell(own_units_call(target), R, 0)}",
        "model <- keras_model(model$inputs, own_units(model$outputs[[1]]))",
    ]
