"""Settings that contradict each other or have no effect.

Each rule examines all settings and returns a remark or None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dnn_core.specs import (
    Activation,
    Kind,
    NetworkSpec,
    Optimizer,
    Schedule,
    TrainingSpec,
    describe_field,
)
from dnn_core.wording import plural


@dataclass(frozen=True)
class Contradiction:
    """One remark: `title` says what is so, `detail` why and what to do."""

    code: str
    title: str
    detail: str


@dataclass(frozen=True)
class _Asked:
    network: NetworkSpec
    training: TrainingSpec
    training_rows: int
    kind: Kind


def contradictions(
    network: NetworkSpec, training: TrainingSpec, *, training_rows: int, kind: Kind
) -> tuple[Contradiction, ...]:
    """Return remarks on settings that cannot work as probably intended.

    Parameters
    ----------
    network : NetworkSpec
    training : TrainingSpec
    training_rows : int
        Number of training cases.
    kind : Kind
    """
    asked = _Asked(network, training, training_rows, kind)
    contradicting = [rule(asked) for rule in _RULES]
    return (
        *(remark for remark in contradicting if remark is not None),
        *_unused_settings(training),
    )


def _several_restraints(asked: _Asked) -> Contradiction | None:
    hidden = asked.network.hidden
    dropout = bool(asked.network.input_dropout) or any(layer.dropout for layer in hidden)
    l1 = any(layer.l1 for layer in hidden)
    l2 = any(layer.l2 for layer in hidden)
    names = [name for name, on in (("Dropout", dropout), ("L1", l1), ("L2", l2)) if on]
    if len(names) < 2:
        return None
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return Contradiction(
        "several_restraints",
        f"{listed} {'both' if len(names) == 2 else 'all'} regularise the network.",
        "Begin with one of them; it is easier to see what it does.",
    )


def _decay_and_l2(asked: _Asked) -> Contradiction | None:
    training = asked.training
    if training.optimizer is not Optimizer.ADAMW or not training.weight_decay:
        return None
    if not any(layer.l2 for layer in asked.network.hidden):
        return None
    return Contradiction(
        "weight_decay_and_l2",
        "Weight decay and L2 both shrink the weights.",
        "Set one of them to 0, so that the strength of the other means what it says.",
    )


def _dropout_and_batch_norm(asked: _Asked) -> Contradiction | None:
    hidden = asked.network.hidden
    if not (any(layer.dropout for layer in hidden) and any(layer.batch_norm for layer in hidden)):
        return None
    # Li, Chen, Hu and Yang (2019), "Understanding the disharmony between
    # dropout and batch normalization by variance shift".
    return Contradiction(
        "dropout_and_batch_norm",
        "Dropout and batch normalisation interfere with each other.",
        "Dropout changes the variance that batch normalisation has estimated. Compare the "
        "network with and without one of them.",
    )


def _batch_norm_of_one_case(asked: _Asked) -> Contradiction | None:
    if asked.training.batch_size > 1 or not any(x.batch_norm for x in asked.network.hidden):
        return None
    return Contradiction(
        "batch_norm_of_one_case",
        "Batch normalisation cannot work with batches of one case.",
        "A single case has no variance, so normalisation removes all of its information. Raise "
        "the batch size.",
    )


def _selu_disturbed(asked: _Asked) -> Contradiction | None:
    layers = [layer for layer in asked.network.hidden if layer.activation is Activation.SELU]
    if not any(layer.batch_norm or layer.dropout for layer in layers):
        return None
    # Klambauer, Unterthiner, Mayr and Hochreiter (2017), "Self-normalizing
    # neural networks".
    return Contradiction(
        "selu_disturbed",
        "SELU has no advantage with batch normalisation or dropout.",
        "SELU keeps the standard deviation of a layer at 1 by itself, which both of them "
        "override. Switch them off, or choose ReLU.",
    )


def _linear_layers(asked: _Asked) -> Contradiction | None:
    hidden = asked.network.hidden
    linear = [layer.activation is Activation.LINEAR for layer in hidden]
    if hidden and all(linear):
        return Contradiction(
            "all_linear",
            "With linear activations only, the whole network is a linear model.",
            "Choose another activation, or the preset “Linear”, which says the same in one layer.",
        )
    idle = [
        position
        for position, layer in enumerate(hidden, start=1)
        if linear[position - 1] and not (layer.batch_norm or layer.dropout)
    ]
    if not idle:
        return None
    return Contradiction(
        "linear_layer",
        f"Hidden layer {idle[0]} is linear and adds no non-linearity.",
        "Together with the next layer it is a single linear transformation. Choose another "
        "activation, or remove it.",
    )


def _dropout_on_few_units(asked: _Asked) -> Contradiction | None:
    few = [
        (position, layer.units)
        for position, layer in enumerate(asked.network.hidden, start=1)
        if layer.dropout and layer.units <= 2
    ]
    if not few:
        return None
    position, units = few[0]
    return Contradiction(
        "dropout_on_few_units",
        f"Dropout often switches off all of hidden layer {position}.",
        f"The layer has {units} unit{'s' if units > 1 else ''} only. "
        "Widen it, or set its dropout to 0.",
    )


def _batch_exceeds_rows(asked: _Asked) -> Contradiction | None:
    if asked.training.batch_size <= asked.training_rows:
        return None
    return Contradiction(
        "batch_exceeds_rows",
        f"The batch size of {asked.training.batch_size:,} exceeds the "
        f"{plural(asked.training_rows, 'training case')}.",
        "Every epoch is a single step. Lower the batch size, or the network hardly learns.",
    )


def _early_stopping_never_acts(asked: _Asked) -> Contradiction | None:
    training = asked.training
    # The first epoch is always the best so far, so epoch patience + 1 is the
    # earliest to stop after; after the last epoch there is nothing to stop.
    if not training.early_stopping or training.patience < training.epochs - 1:
        return None
    return Contradiction(
        "early_stopping_never_acts",
        "Early stopping never acts.",
        f"A patience of {training.patience} does not run out within "
        f"{plural(training.epochs, 'epoch')}. Lower the patience, or raise the epochs.",
    )


def _plateau_never_acts(asked: _Asked) -> Contradiction | None:
    training = asked.training
    patience = training.plateau_patience
    if training.schedule is not Schedule.PLATEAU:
        return None
    if training.early_stopping and patience >= training.patience:
        waits = plural(training.patience, "epoch")
        reason = f"early stopping ends training after {waits} without progress"
    elif patience >= training.epochs - 1:
        reason = f"training ends after {plural(training.epochs, 'epoch')}"
    else:
        return None
    return Contradiction(
        "plateau_never_acts",
        "The learning rate is never reduced.",
        f"Its plateau patience is {patience}, and {reason}. Lower the plateau patience.",
    )


def _class_weights_of_quantity(asked: _Asked) -> Contradiction | None:
    if not asked.training.class_weights or not asked.kind.numeric:
        return None
    return Contradiction(
        "class_weights_of_quantity",
        "Class weights have no effect on a quantity.",
        "The outcome has no categories whose weight could be changed.",
    )


_RULES: tuple[Callable[[_Asked], Contradiction | None], ...] = (
    _linear_layers,
    _batch_norm_of_one_case,
    _batch_exceeds_rows,
    _several_restraints,
    _decay_and_l2,
    _dropout_and_batch_norm,
    _selu_disturbed,
    _dropout_on_few_units,
    _early_stopping_never_acts,
    _plateau_never_acts,
    _class_weights_of_quantity,
)

_USED_WHEN: dict[str, tuple[Callable[[TrainingSpec], bool], str]] = {
    "momentum": (lambda t: t.optimizer is Optimizer.SGD, "Only the optimiser SGD reads it."),
    "weight_decay": (
        lambda t: t.optimizer is Optimizer.ADAMW,
        "Only the optimiser AdamW reads it.",
    ),
    "plateau_patience": (
        lambda t: t.schedule is Schedule.PLATEAU,
        "Only the schedule “Reduce on plateau” reads it.",
    ),
    "plateau_factor": (
        lambda t: t.schedule is Schedule.PLATEAU,
        "Only the schedule “Reduce on plateau” reads it.",
    ),
    "decay": (
        lambda t: t.schedule is Schedule.EXPONENTIAL,
        "Only the schedule “Exponential decay” reads it.",
    ),
    "patience": (lambda t: t.early_stopping, "Early stopping is switched off."),
}


def _unused_settings(training: TrainingSpec) -> list[Contradiction]:
    """Return a remark for each setting that was changed and is not read."""
    remarks = []
    for name, (is_used, reason) in _USED_WHEN.items():
        setting = describe_field(TrainingSpec, name)
        value = getattr(training, name)
        if value == setting.default or is_used(training):
            continue
        remarks.append(
            Contradiction(
                f"{name}_unused",
                f"“{setting.title}” ({setting.show(value)}) has no effect.",
                reason,
            )
        )
    return remarks


def idle_settings(training: TrainingSpec, *, training_rows: int, kind: Kind) -> dict[str, str]:
    """Settings of training that have no effect beside the others, and why; by field.

    Unlike `contradictions` it also names those that have their default value.
    """
    unused = {name: reason for name, (used, reason) in _USED_WHEN.items() if not used(training)}
    asked = _Asked(NetworkSpec(), training, training_rows, kind)
    never = {
        ("plateau_factor", "plateau_patience"): _plateau_never_acts,
        ("patience",): _early_stopping_never_acts,
        ("class_weights",): _class_weights_of_quantity,
    }
    for names, rule in never.items():
        remark = rule(asked)
        if remark is not None:
            unused |= dict.fromkeys(names, f"{remark.title} {remark.detail}")
    return unused
