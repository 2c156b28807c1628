"""Settings that a study can vary: read from the fields' declarations, applied to an experiment.

A hyperparameter is named like its field: `learning_rate`. A hyperparameter of a hidden layer holds
for all hidden layers, `dropout 2` for the second one only. Two hyperparameters belong to no field:
`layers`, how many hidden layers there are, and `shape`, how wide the later ones are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dnn_core.errors import UserError
from dnn_core.specs.encoding import EncodingSpec
from dnn_core.specs.experiment import Experiment
from dnn_core.specs.fields import Choice, Hyperparameter, Setting, Spec, describe_field
from dnn_core.specs.network import HiddenLayer, NetworkSpec
from dnn_core.specs.training import TrainingSpec


class Shape(Choice):
    """How wide hidden layers after the first are."""

    FUNNEL = "funnel", "Each half as wide as the one before"
    EQUAL = "equal", "All equally wide"


LAYERS = Setting(
    name="layers",
    title="Hidden layers",
    help="How many layers lie between the predictors and the outcome; none is a linear model.",
    kind=int,
    default=2,
    low=0,
    high=20,
    hyperparameter=Hyperparameter(step=1, tune=(1, 3)),
    optional=False,
)
SHAPE = Setting(
    name="shape",
    title="Width of later layers",
    help="Whether each layer is half as wide as the one before it, or all are equally wide.",
    kind=Shape,
    default=Shape.FUNNEL,
    low=None,
    high=None,
    hyperparameter=Hyperparameter(),
    optional=False,
)

PARTS: dict[str, type[Spec]] = {
    "network": NetworkSpec,
    "training": TrainingSpec,
    "encoding": EncodingSpec,
}
FIXED = frozenset({"hidden", "members", "neutral_start"})
"""Fields that no study varies: layers have hyperparameters of their own, and a trial is one
network."""

OF_LAYER = re.compile(r"(?P<field>[a-z0-9_]+) (?P<layer>[1-9][0-9]?)")


@dataclass(frozen=True)
class _Place:
    """The target of a hyperparameter's value: a part of the experiment, or hidden layers."""

    setting: Setting
    part: str
    layer: int | None = None


def hyperparameters() -> dict[str, Setting]:
    """Every hyperparameter but those of single layers, by name, in the order of display."""
    settings = {"layers": LAYERS, "units": describe_field(HiddenLayer, "units"), "shape": SHAPE}
    settings |= {name: describe_field(HiddenLayer, name) for name in HiddenLayer.model_fields}
    for spec in PARTS.values():
        settings |= {n: describe_field(spec, n) for n in spec.model_fields if n not in FIXED}
    return settings


def setting_of(hyperparameter: str) -> Setting:
    """The declaration behind a hyperparameter; the title says for which layer it holds.

    Raises
    ------
    UserError
        If there is no such hyperparameter.
    """
    place = _place(hyperparameter)
    if place.layer is None:
        return place.setting
    return replace(place.setting, title=f"{place.setting.title}, layer {place.layer}")


def configure(experiment: Experiment, values: Mapping[str, Any]) -> Experiment:
    """The experiment with hyperparameters set.

    Parameters
    ----------
    experiment : Experiment
    values : mapping of str to value
        By hyperparameter. Where layers, units or shape are among them, the hidden layers are made
        anew: the first is as wide as `units` says, or as wide as it was, and all are otherwise like
        it. Without `shape` they are equally wide where the first two were, and halved otherwise.

    Raises
    ------
    UserError
        If there is no such hyperparameter or layer, or a value is out of its field's range.
    """
    places = {hyperparameter: _place(hyperparameter) for hyperparameter in values}
    hidden = _hidden(experiment.network.hidden, values)
    # What holds for all layers comes before what holds for one of them.
    for hyperparameter, place in sorted(places.items(), key=lambda item: item[1].layer or 0):
        if place.part == "hidden" and place.setting.name not in ("layers", "shape"):
            # Where the number of layers varies, a network may lack the one that is meant.
            hidden = _set(hidden, place, values[hyperparameter], may_lack="layers" in values)
    changes: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    for hyperparameter, place in places.items():
        if place.part in PARTS:
            changes[place.part][place.setting.name] = values[hyperparameter]
    changes["network"]["hidden"] = hidden
    return experiment.but(
        **{part: getattr(experiment, part).but(**values) for part, values in changes.items()}
    )


def _place(hyperparameter: str) -> _Place:
    if hyperparameter == "layers":
        return _Place(LAYERS, "hidden")
    if hyperparameter == "shape":
        return _Place(SHAPE, "hidden")
    match = OF_LAYER.fullmatch(hyperparameter)
    name, layer = (match["field"], int(match["layer"])) if match else (hyperparameter, None)
    if name in HiddenLayer.model_fields:
        return _Place(describe_field(HiddenLayer, name), "hidden", layer)
    for part, spec in PARTS.items():
        if layer is None and name in spec.model_fields and name not in FIXED:
            return _Place(describe_field(spec, name), part)
    raise UserError(
        "A study cannot vary this setting.",
        expected="one of " + ", ".join(hyperparameters()),
        received=hyperparameter[:60],
        remedy="Choose another setting.",
    )


def _hidden(before: tuple[HiddenLayer, ...], values: Mapping[str, Any]) -> tuple[HiddenLayer, ...]:
    """Hidden layers as many and as wide as asked for."""
    if not {"layers", "units", "shape"} & set(values):
        return before
    model = before[0] if before else HiddenLayer(units=64)
    units = int(values.get("units", model.units))
    count = int(values.get("layers", len(before) or 1))
    equal = len(before) > 1 and before[1].units == before[0].units
    halved = Shape(values.get("shape", Shape.EQUAL if equal else Shape.FUNNEL)) is Shape.FUNNEL
    return tuple(model.but(units=max(1, units >> n if halved else units)) for n in range(count))


def _set(
    hidden: tuple[HiddenLayer, ...], place: _Place, value: Any, *, may_lack: bool
) -> tuple[HiddenLayer, ...]:
    """Set a field of all hidden layers, or of one."""
    name = place.setting.name
    if place.layer is None:
        if name == "units":
            # `_hidden` has seen to it.
            return hidden
        return tuple(layer.but(**{name: value}) for layer in hidden)
    if place.layer > len(hidden):
        if may_lack:
            return hidden
        raise UserError(
            f"There is no hidden layer {place.layer}.",
            expected=f"a layer from 1 to {len(hidden)}",
            received=f"{name} {place.layer}",
            remedy="Add layers to the network, or leave this setting out.",
        )
    chosen = place.layer - 1
    return (*hidden[:chosen], hidden[chosen].but(**{name: value}), *hidden[chosen + 1 :])
