"""Images as pictures: a sheet of each class beside their number."""

from __future__ import annotations

import base64
import io
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from PIL import Image

from dnn_core.data.dataset import Dataset, Level, texts
from dnn_core.diagnostics.marks.style import as_role, finish

IMAGE_SIZE = 27
"""Pixels on the screen."""

COLUMNS = 20
"""Images of each class on the sheet."""

ROW_HEIGHT = 43

SHEET_SHARE = 0.655
"""Share of the width that the images take; the bars stand to their right."""

DARK_INK, LIGHT_INK = 20, 232
"""Grey values of the strokes in the light and the dark theme."""

INK_OF_THEME = alt.ExprRef(
    "luminance(scale('color', 'paper')) > 0.5 ? datum.dark_ink : datum.light_ink"
)


def png_url(image: np.ndarray, ink: int) -> str:
    """Picture of one image with its strokes in one grey and the rest transparent.

    Parameters
    ----------
    image : numpy.ndarray
        uint8, shape (height, width); 255 is a full stroke.
    ink : int
        Grey value of the strokes, 0 to 255.

    Returns
    -------
    str
        A data URL, so that nothing is fetched.
    """
    grey = np.full_like(image, ink)
    picture = Image.fromarray(np.dstack([grey, np.ascontiguousarray(image)]), mode="LA")
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def pictures_frame(images: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    """Pictures of some rows for both themes: row, dark_ink, light_ink (data URLs)."""
    return pd.DataFrame(
        {
            "row": rows,
            "dark_ink": [png_url(images[row], DARK_INK) for row in rows],
            "light_ink": [png_url(images[row], LIGHT_INK) for row in rows],
        }
    )


def sheet_frame(dataset: Dataset, target: str, rows: np.ndarray) -> pd.DataFrame:
    """The first images of each class.

    Returns
    -------
    pandas.DataFrame
        row (in the data set), label, column (0 .. 19), dark_ink and light_ink
        (data URLs).
    """
    assert dataset.images is not None
    labels = texts(dataset.answers(target).iloc[rows])
    chosen = pd.DataFrame({"row": rows, "label": labels.to_numpy()}).dropna()
    chosen["column"] = chosen.groupby("label").cumcount()
    chosen = chosen[chosen["column"] < COLUMNS].reset_index(drop=True)
    pictures = pictures_frame(dataset.images, chosen["row"].to_numpy())
    return chosen.assign(dark_ink=pictures["dark_ink"], light_ink=pictures["light_ink"])


def class_counts(dataset: Dataset, target: str, rows: np.ndarray) -> pd.DataFrame:
    """Number of images of each class: label, count, equal (count at equal shares)."""
    labels = texts(dataset.answers(target).iloc[rows]).dropna()
    counts = labels.value_counts()
    order = sorted(counts.index, key=_as_number)
    counts = counts.reindex(order)
    return pd.DataFrame(
        {"label": order, "count": counts.to_numpy(), "equal": len(labels) / max(len(order), 1)}
    )


def _as_number(label: str) -> tuple[float, str]:
    try:
        return float(label), label
    except ValueError:
        return float("inf"), label


def digit_sheet(dataset: Dataset, rows: np.ndarray | None = None) -> Any:
    """Draw the first 20 images of each class beside the number of images of each class.

    One chart with one row for each class, so that images and bars line up. The
    bars begin at `SHEET_SHARE` of the width.

    Parameters
    ----------
    dataset : Dataset
        With images; the class is its first variable that is no image.
    rows : numpy.ndarray, optional
        Rows to look at, such as those of the training part; by default all
        but the published test part.
    """
    target = next(v.name for v in dataset.variables if v.level is not Level.IMAGE)
    if rows is None:
        sealed = np.array([], dtype="int64")
        if dataset.official_test is not None:
            sealed = dataset.official_test
        rows = np.setdiff1d(np.arange(len(dataset)), sealed)
    counts = class_counts(dataset, target, rows)
    images = sheet_frame(dataset, target, rows)
    scale = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("label:N", sort=counts["label"].tolist(), axis=None)
    layers = [
        *_sheet(images, counts, scale, y),
        *_bars(counts, scale, y),
    ]
    return finish(alt.layer(*layers), height=ROW_HEIGHT * len(counts) + 8)


def _sheet(
    images: pd.DataFrame, counts: pd.DataFrame, scale: alt.Scale, y: alt.Y
) -> list[alt.Chart]:
    step = (SHEET_SHARE - 0.015) / (COLUMNS + 0.5)
    # As people count: the first row is 1.
    placed = images.assign(x=0.012 + (images["column"] + 1) * step, row=images["row"] + 1)
    tooltip = [
        alt.Tooltip("row:Q", title="Row", format=",d"),
        alt.Tooltip("label:N", title="Class"),
    ]
    x = alt.X("x:Q", scale=scale, axis=None)
    # Where the sheet is narrow, images shrink rather than lie on each other.
    size = alt.ExprRef(f"min({IMAGE_SIZE}, {step:.4f} * width)")
    pictures = alt.Chart(placed).mark_image(width=size, height=size, url=INK_OF_THEME, aria=False)
    names = alt.Chart(counts.assign(x=0.0)).mark_text(align="left", fontSize=15, dx=2)
    return [
        pictures.encode(x, y, tooltip=tooltip),
        as_role(names.encode(x, y, alt.Text("label:N")), "reference"),
    ]


def _bars(counts: pd.DataFrame, scale: alt.Scale, y: alt.Y) -> list[alt.Chart]:
    start, end = SHEET_SHARE + 0.012, 0.94
    unit = (end - start) / float(counts["count"].max())
    placed = counts.assign(
        start=start,
        end=start + counts["count"] * unit,
        equal=start + counts["equal"] * unit,
        right=1.0,
    )
    x = alt.X("start:Q", scale=scale, axis=None)
    tooltip = [
        alt.Tooltip("label:N", title="Class"),
        alt.Tooltip("count:Q", title="Images", format=","),
    ]
    bars = alt.Chart(placed).mark_bar(height=15).encode(x, y, x2="end:Q", tooltip=tooltip)
    equal = alt.Chart(placed.head(1)).mark_rule(strokeDash=[3, 2], strokeWidth=1.4)
    text = alt.Chart(placed).mark_text(align="right", baseline="middle")
    right = alt.X("right:Q", scale=scale, axis=None)
    return [
        as_role(bars, "quantity"),
        as_role(equal.encode(alt.X("equal:Q", scale=scale, axis=None)), "ink"),
        as_role(text.encode(right, y, alt.Text("count:Q", format=",")), "ink"),
    ]
