"""Parts that the Python and the R script share.

Names and labels come from files: they stand in comments only, written with
`repr`, so that nothing in them can end a line or become code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dnn_core.data.target import TargetCoding
from dnn_core.network.fitting import DATA_LOSS, optimizer_call
from dnn_core.network.plan import Call, Variable, layer_calls, member_seeds
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.output import output_for
from dnn_core.specs import Experiment, Schedule
from dnn_core.wording import plural

ORDER = "order"
"""Name of the seed from which the order of a network's cases is drawn."""


@dataclass(frozen=True)
class Chosen:
    """How a script refers to the cases of one network.

    Parameters
    ----------
    x, y, weight : str
        The training cases.
    validation : tuple of str
        The validation cases: x, y and, if cases have weights, these.
    count : str
        Number of training cases.
    """

    x: str
    y: str
    weight: str
    validation: tuple[str, ...]
    count: str


def head(experiment: Experiment, inputs: int, target: TargetCoding, needs: str) -> list[str]:
    """What the script is about and which arrays it reads, as comments."""
    task = experiment.task
    lines = [
        f"# Outcome {target.name!r} from {plural(len(task.features), 'predictor')} "
        f"in {plural(inputs, 'input column')}.",
        f"# Needs {needs}.",
        "#",
        "# arrays.npz holds the encoded cases as numpy arrays:",
        f"#   {_of_parts(experiment, 'x')}: shape (cases, {inputs}), the input of the network",
    ]
    y = _of_parts(experiment, "y")
    if target.kind.numeric:
        lines.append(f"#   {y}: shape (cases,), the outcome in its own units")
    else:
        lines.append(f"#   {y}: shape (cases,), whole numbers for the categories")
        lines += [f"#     {code} = {label!r}" for code, label in enumerate(target.labels)]
    if task.weight is not None:
        weight = _of_parts(experiment, "weight")
        lines.append(f"#   {weight}: shape (cases,), the case weights {task.weight!r}")
    if experiment.folds:
        lines.append("#   fold: shape (cases,), which network leaves the case out, from 0")
    return lines


def _of_parts(experiment: Experiment, what: str) -> str:
    return f"{what}_train" if experiment.folds else f"{what}_train, {what}_validation"


def array_names(experiment: Experiment) -> list[str]:
    """Names of the arrays that the script reads."""
    parts = ["train"] if experiment.folds else ["train", "validation"]
    names = [f"{what}_{part}" for part in parts for what in ("x", "y")]
    if experiment.task.weight:
        names += [f"weight_{part}" for part in parts]
    return [*names, "fold"] if experiment.folds else names


def validation_names(experiment: Experiment) -> tuple[str, ...]:
    """Names of the arrays on which the epochs are compared, where there are such."""
    return tuple(name for name in array_names(experiment) if name.endswith("_validation"))


def outcome_names(experiment: Experiment) -> list[str]:
    """Names of the arrays that hold the outcome."""
    return [name for name in array_names(experiment) if name.startswith("y_")]


def standardised(target: TargetCoding) -> str:
    """In which form the network learns a number, as a comment."""
    return f"# {outcome_of(target.kind).learnt_as}"


def layers_of(
    experiment: Experiment, target: TargetCoding, input_scale: float, cases: int
) -> tuple[Call, ...]:
    """Calls that make the layers after the input."""
    output = output_for(target)
    return layer_calls(
        experiment.network, output, input_scale=input_scale, seed=experiment.seed, cases=cases
    )


def layers_of_members(
    experiment: Experiment,
    target: TargetCoding,
    input_scale: float,
    cases: int | Variable,
    seed: str,
) -> tuple[list[Call], list[dict[str, int]]]:
    """Layers that take their seeds from a table, and the table.

    Parameters
    ----------
    seed : str
        How the script looks up a seed; "{}" stands for its name, which is its layer's.

    Returns
    -------
    tuple
        Calls that make the layers after the input, the same for every network, and for
        each network its seeds by name.
    """
    output = output_for(target)
    rows: list[dict[str, int]] = []
    layers: tuple[Call, ...] = ()
    for own in member_seeds(experiment.seed, experiment.training.members):
        layers = layer_calls(
            experiment.network, output, input_scale=input_scale, seed=own, cases=cases
        )
        seeds = {layer.arguments["name"]: _seed_in(layer) for layer in layers}
        rows.append({ORDER: own} | {name: s for name, s in seeds.items() if s is not None})
    return [_looked_up(x, Variable(seed.format(x.arguments["name"]))) for x in layers], rows


def _seed_in(layer: Call) -> int | None:
    """The seed of a layer's dropout, or of its starting weights; no layer has both."""
    inner = layer.arguments.get("kernel_initializer", layer)
    seed: int | None = inner.arguments.get("seed")
    return seed


def _looked_up(written: Call, seed: Variable) -> Call:
    arguments: dict[str, Any] = {}
    for name, value in written.arguments.items():
        arguments[name] = _looked_up(value, seed) if isinstance(value, Call) else value
    return Call(written.function, arguments | ({"seed": seed} if "seed" in arguments else {}))


def indented(lines: list[str], by: str) -> list[str]:
    """Move lines to the right, also those within a line that was wrapped."""
    return [by + line.replace("\n", f"\n{by}") if line else line for line in lines]


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
    balanced = experiment.training.class_weights and not target.kind.numeric
    return balanced or experiment.task.weight is not None


def loss_of(target: TargetCoding) -> str | Variable:
    """The loss as a script names it: Keras' name, or the function that the script defines."""
    outcome = outcome_of(target.kind)
    return outcome.loss.value if outcome.keras_loss else Variable(DATA_LOSS)


def loss_formula(target: TargetCoding, ops: str) -> str:
    """The loss of each case, where the script has to define it; else empty.

    Parameters
    ----------
    ops : str
        What functions of `keras.ops` begin with.
    """
    return outcome_of(target.kind).keras_formula.format(ops=ops)
