"""Cases as points; shared by predicted against observed and residuals."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.marks.style import as_role
from dnn_core.runs.part_view import RunPart

MOST_POINTS = 2000
"""More points hide each other and slow the browser down."""

SAMPLE_SEED = 1
"""Seed of the random sample of cases, so that it is always the same."""


def scatter_frame(
    row: np.ndarray,
    observed: np.ndarray,
    predicted: np.ndarray,
    weight: np.ndarray | None = None,
) -> pd.DataFrame:
    """Cases to draw: row, observed, predicted, residual (observed less predicted), weight.

    Of more than `MOST_POINTS` cases a simple random sample with the seed
    `SAMPLE_SEED`.
    """
    frame = pd.DataFrame(
        {
            "row": row,
            "observed": observed,
            "predicted": predicted,
            "residual": observed - predicted,
            "weight": np.ones(len(row)) if weight is None else weight,
        }
    )
    if len(frame) > MOST_POINTS:
        frame = frame.sample(MOST_POINTS, random_state=SAMPLE_SEED)
    return frame.sort_values("row", ignore_index=True)


def cases_frame(part: RunPart) -> pd.DataFrame:
    """The cases of one part as in `scatter_frame`."""
    row = part.predictions["row"].to_numpy()
    return scatter_frame(row, part.observed, part.predicted, part.weight)


def case_points(frame: pd.DataFrame, x: alt.X, y: alt.Y, role: str) -> alt.Chart:
    """The cases as a layer."""
    # As people count: the first row is 1.
    frame = frame.assign(row=frame["row"] + 1)
    # The fewer the cases, the more of each can be seen.
    opacity = float(np.clip(40 / np.sqrt(max(len(frame), 1)) / 5, 0.25, 0.7))
    tooltip = [
        alt.Tooltip("row:Q", title="Row", format=",d"),
        alt.Tooltip("observed:Q", title="Observed", format=",.6~r"),
        alt.Tooltip("predicted:Q", title="Predicted", format=",.6~r"),
    ]
    points = alt.Chart(frame).mark_point(filled=True, size=24, opacity=opacity, aria=False)
    return as_role(points.encode(x, y, tooltip=tooltip), role)
