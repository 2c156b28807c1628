"""What the Python and the R script have in common.

Names and labels come from files: they stand in comments only, written with
`repr`, so that nothing in them can end a line or become code.
"""

from __future__ import annotations

from dnn_core.data.target import TargetCoding
from dnn_core.network.fitting import optimizer_call
from dnn_core.network.output import output_of
from dnn_core.network.plan import Call, Variable, layer_calls
from dnn_core.specs import Experiment, Kind, Schedule


def head(experiment: Experiment, inputs: int, target: TargetCoding, needs: str) -> list[str]:
    """What the script is about and which arrays it reads, as comments."""
    task = experiment.task
    lines = [
        f"# Outcome {target.name!r} from {len(task.features)} predictors "
        f"in {inputs} input columns.",
        f"# Needs {needs}.",
        "#",
        "# arrays.npz holds the encoded cases as numpy arrays:",
        f"#   x_train, x_validation: shape (cases, {inputs}), what the network sees",
    ]
    if target.kind is Kind.REGRESSION:
        lines.append("#   y_train, y_validation: shape (cases,), the outcome in its own units")
    else:
        lines.append("#   y_train, y_validation: shape (cases,), whole numbers for the categories")
        lines += [f"#     {code} = {label!r}" for code, label in enumerate(target.labels)]
    if task.weight is not None:
        lines.append(
            f"#   weight_train, weight_validation: shape (cases,), the case weights {task.weight!r}"
        )
    return lines


def array_names(experiment: Experiment) -> list[str]:
    """Names of the arrays that the script reads."""
    names = ["x_train", "y_train", "x_validation", "y_validation"]
    return [*names, "weight_train", "weight_validation"] if experiment.task.weight else names


def validation_names(experiment: Experiment) -> list[str]:
    """Names of the arrays on which the epochs are compared."""
    return [name for name in array_names(experiment) if name.endswith("_validation")]


def layers_of(
    experiment: Experiment, target: TargetCoding, input_scale: float, cases: int
) -> tuple[Call, ...]:
    """Calls that make the layers after the input."""
    output = output_of(target.kind, len(target.classes))
    return layer_calls(
        experiment.network, output, input_scale=input_scale, seed=experiment.seed, cases=cases
    )


def optimizer_of(experiment: Experiment) -> Call:
    """Call that makes the optimizer, from steps that the script counts."""
    return optimizer_call(
        experiment.training,
        steps_in_epoch=Variable("steps_in_epoch"),
        steps_in_all=Variable("steps_in_all"),
    )


def counts_steps(experiment: Experiment) -> bool:
    """Whether the learning rate depends on the number of steps."""
    return experiment.training.schedule in (Schedule.EXPONENTIAL, Schedule.COSINE)


def is_weighted(experiment: Experiment, target: TargetCoding) -> bool:
    """Whether cases count differently in training."""
    balanced = experiment.training.class_weights and target.kind is not Kind.REGRESSION
    return balanced or experiment.task.weight is not None
