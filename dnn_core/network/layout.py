"""Positions of units and connections in the diagram, and the captions below it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

import pandas as pd

from dnn_core.data.target import TargetCoding
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.output import output_for
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec
from dnn_core.wording import in_sentence, plain, plural

MOST_UNITS_DRAWN = 8
"""More units a layer would run into each other in a side panel."""

LONGEST_NAME = 18
"""Characters of a name that fit below a layer."""


@dataclass(frozen=True)
class LayerCaption:
    """The words below one layer."""

    layer: int
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class NetworkLayout:
    """The diagram as tables.

    Parameters
    ----------
    nodes : pandas.DataFrame
        One row a mark: layer (0 is the input), x, y, and role: input, hidden,
        output, or ellipsis for the units that are not drawn.
    edges : pandas.DataFrame
        One row a connection between drawn units: x, y, x2, y2.
    captions : tuple of LayerCaption
        One for each layer, at x = layer.

    Notes
    -----
    Layers lie one unit apart in x, units one unit apart in y, centred on 0.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    captions: tuple[LayerCaption, ...]


def lay_out(
    network: NetworkSpec, *, inputs: int, predictors: int, target: TargetCoding
) -> NetworkLayout:
    """Place the units of a network.

    Parameters
    ----------
    network : NetworkSpec
    inputs : int
        Number of input columns.
    predictors : int
        Number of variables that these columns encode.
    target : TargetCoding
    """
    widths = [inputs, *(layer.units for layer in network.hidden), target.outputs]
    roles = ["input", *["hidden"] * len(network.hidden), "output"]
    nodes = pd.DataFrame(
        [
            (layer, float(layer), y, role if drawn else "ellipsis")
            for layer, (width, role) in enumerate(zip(widths, roles, strict=True))
            for y, drawn in _slots(width)
        ],
        columns=["layer", "x", "y", "role"],
    )
    return NetworkLayout(nodes, _edges(widths), _captions(network, inputs, predictors, target))


def _slots(width: int) -> list[tuple[float, bool]]:
    """Heights from top to bottom, and whether a unit is drawn there."""
    slots = min(width, MOST_UNITS_DRAWN)
    hidden_slot = MOST_UNITS_DRAWN // 2 if width > MOST_UNITS_DRAWN else None
    return [((slots - 1) / 2 - slot, slot != hidden_slot) for slot in range(slots)]


def _edges(widths: list[int]) -> pd.DataFrame:
    heights = [[y for y, drawn in _slots(width) if drawn] for width in widths]
    rows = [
        (float(layer), y, float(layer + 1), y2)
        for layer, (left, right) in enumerate(pairwise(heights))
        for y, y2 in product(left, right)
    ]
    return pd.DataFrame(rows, columns=["x", "y", "x2", "y2"])


def _captions(
    network: NetworkSpec, inputs: int, predictors: int, target: TargetCoding
) -> tuple[LayerCaption, ...]:
    output = output_for(target)
    first = [plural(inputs, "column"), f"of {plural(predictors, 'predictor')}"]
    if network.input_dropout:
        first.append(f"dropout {plain(network.input_dropout)}")
    last = (plural(output.units, "unit"), output.activation, _shorten(_predicted(target)))
    hidden = [
        LayerCaption(position, f"Hidden {position}", _hidden_lines(layer))
        for position, layer in enumerate(network.hidden, start=1)
    ]
    return (
        LayerCaption(0, "Input", tuple(first)),
        *hidden,
        LayerCaption(len(hidden) + 1, "Output", last),
    )


def _hidden_lines(layer: HiddenLayer) -> tuple[str, ...]:
    settings = map(in_sentence, layer.describe())
    return (plural(layer.units, "unit"), layer.activation.label, *settings)


def _predicted(target: TargetCoding) -> str:
    """The output of the network, in the outcome's words."""
    positive = target.positive if target.kind is Kind.BINARY else ""
    words = outcome_of(target.kind).drawn
    return words.format(name=target.name, positive=_shorten(positive, LONGEST_NAME - 3))


def _shorten(text: str, longest: int = LONGEST_NAME) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
