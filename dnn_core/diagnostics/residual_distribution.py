"""How large are the errors?"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.histogram import histogram_bars, histogram_frame, left_out
from dnn_core.diagnostics.marks.style import DOTTED, as_role, finish, one_row, significant
from dnn_core.evaluation.inference.design_effect import weighted_median
from dnn_core.outcome.kinds import NUMERIC
from dnn_core.runs.part_view import RunPart

OPACITY = 0.65
"""Solid bars in the colour of a part would outweigh everything else on the page."""


class ResidualDistribution(Diagnostic):
    """Histogram of the residuals."""

    code = "residual_distribution"
    title = "Size of the errors"
    section = Section.CASES
    kinds = NUMERIC

    def question(self, part: RunPart) -> str:
        return "How large are the errors?"

    def caption(self, part: RunPart) -> str:
        residuals = part.observed - part.predicted
        typical = significant(weighted_median(np.abs(residuals), part.weight))
        text = f"Half of the predictions are off by less than {typical}; {part.name} part."
        outside = left_out(self.frame(part), len(residuals))
        text += f" {outside}." if outside else ""
        return text + weighted_words(part, "Bars and the half")

    def alt(self, part: RunPart) -> str:
        return f"Distribution of observed less predicted. {self.caption(part)}"

    def frame(self, part: RunPart) -> pd.DataFrame:
        return histogram_frame(part.observed - part.predicted, part.weight)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        bars = histogram_bars(
            frame,
            title="Observed less predicted",
            role=part.name,
            opacity=OPACITY,
            shares=part.weight is not None,
        )
        zero = alt.Chart(one_row(start=0.0)).mark_rule(strokeDash=list(DOTTED), strokeWidth=1.4)
        layers = [bars]
        if frame["start"].min() <= 0 <= frame["end"].max():
            layers.append(as_role(zero.encode(alt.X("start:Q")), "ink"))
        return finish(alt.layer(*layers), height=280)
