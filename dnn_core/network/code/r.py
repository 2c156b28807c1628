"""The network and its training as an R script for the package keras3."""

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
from dnn_core.network.code.spelling import R, spell, spell_row, wrap
from dnn_core.network.fitting import DATA_LOSS, callback_calls, metric_calls
from dnn_core.network.plan import Call, Variable, average_call, own_units_call
from dnn_core.specs import Experiment


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
    if experiment.training.members > 1:
        seeding = []
        training = _r_members(experiment, inputs, target, input_scale, cases)
    else:
        seeding = [f"set_random_seed({R.scalar(experiment.seed)})", ""]
        layers = layers_of(experiment, target, input_scale, cases)
        chosen = _r_chosen(experiment)
        training = _r_network(experiment, inputs, target, layers, '"network"', chosen)
    lines = [
        *head(experiment, inputs, target, "R's packages keras3 and reticulate"),
        "library(keras3)",
        "",
        *seeding,
        'arrays <- reticulate::import("numpy")$load("arrays.npz", allow_pickle = FALSE)',
        *(f'{name} <- arrays$f[["{name}"]]' for name in array_names(experiment)),
        *_r_outcome(experiment, target),
        *_r_loss(target),
        "",
        *training,
        *_r_finish(target),
        'save_model(model, "network.keras")',
    ]
    return "\n".join(lines) + "\n"


def _r_network(
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
        f"keras_model_sequential(input_shape = c({inputs}L), name = {name})",
        *(spell(layer, R, 2) for layer in layers),
    ]
    callbacks = [spell(item, R, 4) for item in callback_calls(training)]
    metrics = [spell(item, R, 4) for item in metric_calls(target.kind)]
    weight = [f"  sample_weight = {chosen.weight},"] if is_weighted(experiment, target) else []
    return [
        "model <- " + " |>\n  ".join(written),
        *_r_steps(experiment, chosen),
        "model |> compile(",
        f"  optimizer = {spell(optimizer_of(experiment), R, 2)},",
        f"  loss = {spell(loss_of(target), R, 2)},",
        f"  {wrap('weighted_metrics = list(', metrics, ')', R, 2)}",
        ")",
        "history <- model |> fit(",
        f"  {chosen.x},",
        f"  {chosen.y},",
        *weight,
        f"  {wrap('validation_data = list(', chosen.validation, ')', R, 2)},",
        f"  batch_size = {R.scalar(training.batch_size)},",
        f"  epochs = {R.scalar(training.epochs)},",
        "  callbacks = list(",
        "    " + ",\n    ".join(callbacks),
        "  )",
        ")",
        *_r_without_loss(target),
    ]


def _r_members(
    experiment: Experiment, inputs: int, target: TargetCoding, input_scale: float, cases: int
) -> list[str]:
    """Build and fit one network after the other, and the model that averages them."""
    chosen = _r_chosen(experiment)
    counted = Variable(chosen.count) if experiment.folds else cases
    layers, rows = layers_of_members(experiment, target, input_scale, counted, 'seeds[["{}"]]')
    each = _r_network(experiment, inputs, target, layers, 'paste0("member_", number)', chosen)
    turns = [
        "  # Each network leaves out another fold, and is validated on it.",
        "  learnt <- c(fold) != number - 1L",
    ]
    return [
        "# Each network has seeds of its own: of the order of cases, and of its layers.",
        "seeds_of_networks <- list(",
        "  " + ",\n  ".join(spell_row(row, R, 2) for row in rows),
        ")",
        "members <- list()",
        "for (number in seq_along(seeds_of_networks)) {",
        "  seeds <- seeds_of_networks[[number]]",
        f'  set_random_seed(seeds[["{ORDER}"]])',
        *(turns if experiment.folds else []),
        *indented(each, "  "),
        "  members[[number]] <- model",
        "}",
        "",
        "# The predictions of the networks are averaged.",
        f'inputs <- keras_input(shape = c({inputs}L), name = "input")',
        f"average <- {spell(average_call(), R, 0)}",
        "outputs <- average(lapply(members, function(member) member(inputs)))",
        'model <- keras_model(inputs, outputs, name = "network")',
    ]


def _r_chosen(experiment: Experiment) -> Chosen:
    """The training and validation cases of each network."""
    if not experiment.folds:
        return Chosen(
            "x_train", "y_train", "case_weight", validation_names(experiment), "nrow(x_train)"
        )
    evaluated = ["x_train[!learnt, , drop = FALSE]", "y_train[!learnt]"]
    return Chosen(
        "x_train[learnt, , drop = FALSE]",
        "y_train[learnt]",
        "case_weight[learnt]",
        (*evaluated, *(["weight_train[!learnt]"] if experiment.task.weight else [])),
        "sum(learnt)",
    )


def _r_outcome(experiment: Experiment, target: TargetCoding) -> list[str]:
    if target.kind.numeric:
        return [
            "",
            standardised(target),
            *(
                f"{name} <- ({name} - {target.mean!r}) / {target.scale!r}"
                for name in outcome_names(experiment)
            ),
            *(["case_weight <- weight_train"] if experiment.task.weight else []),
        ]
    if not experiment.training.class_weights:
        return ["case_weight <- weight_train"] if experiment.task.weight else []
    size = "rowsum(c(weight_train), c(y_train))" if experiment.task.weight else "table(y_train)"
    return [
        "",
        "# Every category gets the same total weight, however rare it is.",
        f"class_size <- as.vector({size})",
        "case_weight <- (sum(class_size) / (length(class_size) * class_size))[y_train + 1L]",
        *(["case_weight <- case_weight * weight_train"] if experiment.task.weight else []),
    ]


def _r_loss(target: TargetCoding) -> list[str]:
    """The loss of each case, where Keras has none of that name."""
    formula = loss_formula(target, "op_")
    if not formula:
        return []
    return [
        "",
        f'{DATA_LOSS} <- custom_metric("{DATA_LOSS}", function(y_true, y_pred) {{',
        "  y_true <- op_reshape(y_true, -1L)",
        "  y_pred <- op_reshape(y_pred, -1L)",
        f"  {formula}",
        "})",
    ]


def _r_without_loss(target: TargetCoding) -> list[str]:
    """Forget a loss that the script defines, so that the saved network does without it."""
    if not loss_formula(target, ""):
        return []
    return ["# What is saved must not need the function above.", "model |> compile()"]


def _r_steps(experiment: Experiment, chosen: Chosen) -> list[str]:
    if not counts_steps(experiment):
        return []
    training = experiment.training
    return [
        f"steps_in_epoch <- as.integer(ceiling({chosen.count} / {training.batch_size}))",
        f"steps_in_all <- steps_in_epoch * {R.scalar(training.epochs)}",
    ]


def _r_finish(target: TargetCoding) -> list[str]:
    if not target.kind.numeric:
        return []
    return [
        "",
        "# What is saved predicts in the outcome's own units.",
        f"own_units <- {spell(own_units_call(target), R, 0)}",
        "model <- keras_model(model$inputs, own_units(model$outputs[[1]]))",
    ]
