"""The prediction for one case, as it was and as it is set by hand."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.style import as_role, finish, with_halo

PICTURE_SCALE = 8
"""Screen pixels for each pixel of a digit."""


def case_chart(frame: pd.DataFrame, span: tuple[float, float]) -> Any:
    """Draw one dot for each case on the scale of the prediction.

    Parameters
    ----------
    frame : pandas.DataFrame
        case (text), value (float); drawn from top to bottom in this order.
    span : tuple of float
        Ends of the scale.
    """
    low, high = span
    margin = 0.0 if (low, high) == (0.0, 1.0) else 0.05 * (high - low or 1.0)
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[low - margin, high + margin], nice=False, clamp=True),
        axis=alt.Axis(title=None),
    )
    y = alt.Y("case:N", sort=None, axis=alt.Axis(title=None, grid=False))
    dots = as_role(alt.Chart(frame).mark_point(filled=True, size=90, opacity=1), "ink")
    words = as_role(alt.Chart(frame).mark_text(align="left", dx=9), "ink")
    texts = words.encode(x, y, text=alt.Text("value:Q", format=".2f"))
    return finish(alt.layer(dots.encode(x, y), with_halo(texts)), height=alt.Step(26))


def image_picture(image: np.ndarray) -> np.ndarray:
    """Enlarge one image, ink dark on light, for display.

    Parameters
    ----------
    image : numpy.ndarray
        uint8, shape (height, width), 255 is ink.

    Returns
    -------
    numpy.ndarray
        uint8, shape (8 height, 8 width).
    """
    return np.kron(255 - image, np.ones((PICTURE_SCALE, PICTURE_SCALE), dtype="uint8"))
