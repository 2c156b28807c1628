"""A small network with the numbers of one case: forward in the units, back below them."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.marks.style import DASHED, as_role, by_role, finish, with_halo
from dnn_core.learn.network import BackwardPass, ForwardPass, SmallNetwork
from dnn_core.wording import number

UNIT_HEIGHT = 88
"""Pixels from unit to unit: the circle, its name above and its error below."""

CIRCLE = 2000
"""Area of a unit in square pixels."""

WIDEST = 5.0
"""Width in pixels of the connection with the largest weight."""

LONGEST_NAME = 26


def values_of(forward: ForwardPass, case: int) -> list[np.ndarray]:
    """The value of every unit for one case, layer by layer: inputs first, predictions last."""
    return [*(inputs[case] for inputs in forward.inputs), forward.predictions[case]]


def unit_frame(
    forward: ForwardPass,
    case: int,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    backward: BackwardPass | None,
) -> pd.DataFrame:
    """One row per unit: layer, x, y, name, value, error (empty where nothing goes back), role."""
    layers = values_of(forward, case)
    rows = []
    for place, values in enumerate(layers):
        last = place == len(layers) - 1
        names = inputs if place == 0 else outputs
        if 0 < place < len(layers) - 1:
            names = tuple(f"unit {unit}" for unit in range(1, len(values) + 1))
        errors = backward.errors[place - 1][case] if backward and place else np.array([])
        role = "reference" if place == 0 else "ink" if last else "quantity"
        for unit, value in enumerate(values):
            shown = unit < len(errors) and (not last or len(errors) == len(values))
            rows.append(
                {
                    "layer": place,
                    "x": float(place),
                    "y": (len(values) - 1) / 2 - unit,
                    "name": _short(names[unit]),
                    "value": number(float(value)),
                    "error": f"error {number(float(errors[unit]))}" if shown else "",
                    "role": role,
                }
            )
    return pd.DataFrame(rows)


def edge_frame(
    network: SmallNetwork, units: pd.DataFrame, path: tuple[int, int] | None
) -> pd.DataFrame:
    """One row per connection: both ends, weight, width, and its role: on the path or beside it.

    Parameters
    ----------
    path : tuple of int, optional
        Layer, from 1, and unit, from 0, whose connections are explained.
    """
    largest = max(float(np.abs(layer.kernel).max()) for layer in network.layers)
    by_layer = {place: group.reset_index(drop=True) for place, group in units.groupby("layer")}
    rows = []
    for place, layer in enumerate(network.layers):
        before, after = by_layer[place], by_layer[place + 1]
        # Ordered categories share one score: each gets its weight.
        kernel = np.broadcast_to(layer.kernel, (len(before), len(after)))
        for (i, j), weight in np.ndenumerate(kernel):
            on_path = path is not None and (
                (place + 1 == path[0] and j == path[1]) or (place == path[0] and i == path[1])
            )
            rows.append(
                {
                    "x": before["x"][i],
                    "y": before["y"][i],
                    "x2": after["x"][j],
                    "y2": after["y"][j],
                    "weight": float(weight),
                    "width": max(0.6, WIDEST * abs(float(weight)) / largest),
                    "negative": bool(weight < 0),
                    "on_path": on_path,
                    "text": f"{before['name'][i]} → {after['name'][j]}: {number(weight)}",
                }
            )
    return pd.DataFrame(rows)


def passes_diagram(
    network: SmallNetwork,
    forward: ForwardPass,
    case: int,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    *,
    backward: BackwardPass | None = None,
    path: tuple[int, int] | None = None,
) -> Any:
    """Draw every unit with its value, every connection by its weight, and errors going back.

    Parameters
    ----------
    network : SmallNetwork
    forward : ForwardPass
    case : int
        Position among the cases of the pass.
    inputs, outputs : tuple of str
        Names of the units of the first and of the last layer.
    backward : BackwardPass, optional
        Of the same cases.
    path : tuple of int, optional
        Layer, from 1, and unit, from 0, whose connections are explained.
    """
    units = unit_frame(forward, case, inputs, outputs, backward)
    edges = edge_frame(network, units, path)
    slots = float(units["y"].max()) + 0.5
    last = float(units["x"].max())
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.45, last + 0.45], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[-slots, slots + 0.1], nice=False), axis=None)
    width = alt.StrokeWidth("width:Q", scale=None)
    lines = [
        as_role(
            alt.Chart(chosen)
            .mark_rule(opacity=0.9 if dark else 0.35, aria=False)
            .encode(
                x,
                y,
                x2="x2:Q",
                y2="y2:Q",
                strokeWidth=width,
                strokeDash=alt.condition(
                    alt.datum.negative, alt.value(list(DASHED)), alt.value([1, 0])
                ),
                tooltip=alt.Tooltip("text:N", title="weight"),
            ),
            "ink" if dark else "reference",
        )
        for dark in (False, True)
        if len(chosen := edges[edges["on_path"] == dark])
    ]
    base = alt.Chart(units).encode(x, y)
    circles = base.mark_point(
        shape="circle", size=CIRCLE, filled=True, opacity=1, strokeWidth=2, aria=False
    )
    fill = as_role(circles, "paper")
    rim = base.mark_point(
        shape="circle", size=CIRCLE, filled=False, opacity=1, strokeWidth=2, aria=False
    ).encode(by_role("role"))
    values = as_role(
        base.mark_text(fontSize=13, fontWeight="bold", aria=False).encode(text="value:N"), "ink"
    )
    names = as_role(base.mark_text(fontSize=12, dy=-34, aria=False).encode(text="name:N"), "ink")
    errors = as_role(
        base.mark_text(fontSize=12, fontWeight="bold", dy=35, aria=False).encode(text="error:N"),
        "validation",
    )
    marks = [*lines, fill, rim, values, with_halo(names), with_halo(errors)]
    return finish(alt.layer(*marks), height=int(UNIT_HEIGHT * (2 * slots + 0.2)))


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
