"""Which images does the network get wrong?"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section
from dnn_core.diagnostics.marks.digits import IMAGE_SIZE, INK_OF_THEME, pictures_frame
from dnn_core.diagnostics.marks.style import as_role, finish, format_number, role_scale
from dnn_core.outcome.kinds import CATEGORICAL
from dnn_core.runs.part_view import RunPart
from dnn_core.wording import plural

WRONG_ACROSS, WRONG_DOWN = 10, 4
"""The most confident errors are shown."""


def wrong_frame(part: RunPart) -> pd.DataFrame:
    """The errors with the highest predicted probability.

    Returns
    -------
    pandas.DataFrame
        row, observed, predicted (labels), probability (of the predicted one),
        text, column, line, dark_ink and light_ink (data URLs).
    """
    assert part.dataset is not None and part.dataset.images is not None
    wrong = np.flatnonzero(part.observed != part.predicted)
    sure = part.probabilities[wrong, part.predicted[wrong]]
    order = np.argsort(-sure, kind="stable")[: WRONG_ACROSS * WRONG_DOWN]
    labels = np.array(part.coding.labels, dtype=object)
    chosen = wrong[order]
    frame = pictures_frame(part.dataset.images, part.predictions["row"].to_numpy()[chosen])
    frame["observed"] = labels[part.observed[chosen]]
    frame["predicted"] = labels[part.predicted[chosen]]
    frame["probability"] = sure[order]
    frame["text"] = frame["observed"] + " → " + frame["predicted"]
    frame["column"] = np.arange(len(frame)) % WRONG_ACROSS
    frame["line"] = np.arange(len(frame)) // WRONG_ACROSS
    return frame


def wrong_chart(frame: pd.DataFrame) -> Any:
    """Draw the images in lines with observed → predicted below each."""
    lines = int(frame["line"].max()) + 1
    # As people count: the first row is 1.
    frame = frame.assign(row=frame["row"] + 1)
    x = alt.X("column:O", scale=alt.Scale(domain=list(range(WRONG_ACROSS))), axis=None)
    y = alt.Y("line:O", axis=None)
    tooltip = [
        alt.Tooltip("row:Q", title="Row", format=",d"),
        alt.Tooltip("observed:N", title="Observed"),
        alt.Tooltip("predicted:N", title="Predicted"),
        alt.Tooltip("probability:Q", title="Its probability", format=".2f"),
    ]
    size = IMAGE_SIZE + 11
    pictures = alt.Chart(frame).mark_image(
        width=size, height=size, url=INK_OF_THEME, yOffset=-9, aria=False
    )
    text = alt.Chart(frame).mark_text(baseline="top", dy=15, limit=90)
    chart = alt.layer(
        role_scale(),
        pictures.encode(x, y, tooltip=tooltip),
        as_role(text.encode(x, y, alt.Text("text:N")), "ink"),
    )
    return finish(chart, height=72 * lines + 8)


class WrongDigits(Diagnostic):
    """Images that are predicted wrongly."""

    code = "wrong_digits"
    title = "Wrong images"
    section = Section.CASES
    kinds = CATEGORICAL

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part)
        if reason is not None:
            return reason
        if part.dataset is None or part.dataset.images is None:
            return "It needs images, and these data have none."
        if bool((part.observed == part.predicted).all()):
            return "No case is predicted wrongly."
        return None

    def question(self, part: RunPart) -> str:
        return "Which images does it get wrong?"

    def caption(self, part: RunPart) -> str:
        wrong = int((part.observed != part.predicted).sum())
        shown = min(wrong, WRONG_ACROSS * WRONG_DOWN)
        which = (
            plural(wrong, "error")
            if shown == wrong
            else (f"the {shown} most confident of {wrong:,} errors")
        )
        return f"Observed → predicted: {which}, {part.name} part."

    def alt(self, part: RunPart) -> str:
        rows = self.frame(part).head(5)
        listed = ", ".join(
            f"{text} (probability {format_number(probability)})"
            for text, probability in zip(rows["text"], rows["probability"], strict=True)
        )
        return (
            "Images that are predicted wrongly, observed → predicted; the most confident are "
            f"{listed}."
        )

    def frame(self, part: RunPart) -> pd.DataFrame:
        return wrong_frame(part)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return wrong_chart(frame)
