"""The network as units and connections."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import altair as alt
import pandas as pd

from dnn_core.data.target import TargetCoding
from dnn_core.diagnostics.marks.style import as_role, by_role, finish
from dnn_core.network.layout import LayerCaption, lay_out
from dnn_core.specs import NetworkSpec

UNIT_HEIGHT = 27
"""Pixels from unit to unit."""

FEWEST_SLOTS = 5
"""Height of the smallest diagram, in units."""

CAPTION_GAP, CAPTION_LINE = 14, 16.5

EDGE_WIDTH, EDGE_OPACITY = 0.6, 0.28

ROLE_OF_UNIT = {"input": "reference", "hidden": "quantity", "output": "ink", "ellipsis": "ink"}

PANEL_WIDTH = 330
"""Pixels of the narrowest place where the diagram stands; captions are broken to fit."""

MOST_FULL = 6
"""Layers beyond which only title and units fit side by side."""

ROOMY = 4
"""Layers up to which captions have the usual size."""

FONT_SIZES = (12, 10.5)
CHARACTER_WIDTH = 5.1
"""Pixels of a character; in the smaller font that leaves some air between layers."""

WIDEST_TITLE = 42
"""Pixels of a short caption; where there is less, some hidden layers have none."""


def caption_frame(captions: tuple[LayerCaption, ...]) -> pd.DataFrame:
    """Words below the layers: layer, line (0 is the title), text, role."""
    layers = len(captions)
    longest = int(PANEL_WIDTH / layers / CHARACTER_WIDTH)
    step = math.ceil(WIDEST_TITLE * layers / PANEL_WIDTH)
    rows = []
    for caption in captions:
        if layers <= MOST_FULL:
            title, lines = caption.title, _broken(caption.lines, longest)
        elif caption.layer % step and caption.layer != layers - 1:
            continue
        elif caption.layer + step > layers - 1 > caption.layer:
            # It would run into the caption of the output.
            continue
        else:
            title, lines = (
                caption.title.removeprefix("Hidden "),
                [(caption.lines[0].split()[0], True)],
            )
        rows.append((caption.layer, 0, title, "ink"))
        rows += [
            (caption.layer, number, text, "ink" if first else "reference")
            for number, (text, first) in enumerate(lines, start=1)
        ]
    return pd.DataFrame(rows, columns=["layer", "line", "text", "role"])


def _broken(lines: tuple[str, ...], longest: int) -> list[tuple[str, bool]]:
    """Break lines at spaces; with each goes whether it belongs to the first one."""
    return [
        (piece, number == 0)
        for number, line in enumerate(lines)
        for piece in textwrap.wrap(line, longest, break_long_words=False)
    ]


def network_diagram(
    network: NetworkSpec, inputs: int, predictors: int, target: TargetCoding
) -> Any:
    """Draw at most eight units of each layer, and what each layer is below it.

    Parameters
    ----------
    network : NetworkSpec
    inputs : int
        Number of input columns.
    predictors : int
        Number of variables that these columns encode.
    target : TargetCoding
    """
    layout = lay_out(network, inputs=inputs, predictors=predictors, target=target)
    captions = caption_frame(layout.captions)
    slots = max(FEWEST_SLOTS, int(layout.nodes.groupby("layer").size().max()))
    drawn = UNIT_HEIGHT * slots
    x_scale = alt.Scale(domain=[-0.5, len(layout.captions) - 0.5], nice=False)
    # The units end at `drawn` pixels; the captions stand below, at fixed heights.
    y_scale = alt.Scale(domain=[slots / 2, -slots / 2], range=[0, drawn], nice=False)
    x = alt.X("x:Q", scale=x_scale, axis=None)
    y = alt.Y("y:Q", scale=y_scale, axis=None)
    drawn_units = layout.nodes["role"] != "ellipsis"
    nodes = layout.nodes.assign(role=layout.nodes["role"].map(ROLE_OF_UNIT))
    edges = alt.Chart(layout.edges).mark_rule(
        strokeWidth=EDGE_WIDTH, opacity=EDGE_OPACITY, aria=False
    )
    units = alt.Chart(nodes[drawn_units]).mark_point(filled=True, size=150, opacity=1, aria=False)
    dots = alt.Chart(nodes[~drawn_units]).mark_text(
        text="⋮", fontSize=20, fontWeight="bold", baseline="middle"
    )
    size = FONT_SIZES[len(layout.captions) > ROOMY]
    lines = int(captions["line"].max()) + 1
    return finish(
        alt.layer(
            as_role(edges.encode(x, y, x2="x2:Q", y2="y2:Q"), "reference"),
            units.encode(x, y, by_role("role")),
            as_role(dots.encode(x, y), "ink"),
            *_captions(captions, x_scale, drawn + CAPTION_GAP, size),
        ),
        height=round(drawn + CAPTION_GAP + CAPTION_LINE * lines) + 10,
    )


def _captions(
    captions: pd.DataFrame, x_scale: alt.Scale, top: float, size: float
) -> list[alt.Chart]:
    x = alt.X("layer:Q", scale=x_scale, axis=None)
    text = alt.Text("text:N")
    layers = []
    for line, rows in captions.groupby("line"):
        height = alt.YValue(top + CAPTION_LINE * (float(str(line)) + 0.5))
        weight = "bold" if line == 0 else "normal"
        words = alt.Chart(rows).mark_text(baseline="middle", fontWeight=weight, fontSize=size)
        layers.append(words.encode(x, height, text, by_role("role")))
    return layers
