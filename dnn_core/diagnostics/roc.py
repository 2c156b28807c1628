"""How well are cases of a category ranked above the others?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.one_vs_rest import (
    Ranked,
    curves_chart,
    curves_frame,
    hardest_words,
    ranked,
)
from dnn_core.diagnostics.marks.style import format_interval, format_number
from dnn_core.outcome.kinds import CATEGORICAL
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind

ONE_SIDED = "Every case of this part has the same category, so there is nothing to rank."


def roc_points(line: Ranked) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rate at every threshold that changes them."""
    false_positive, true_positive, _ = roc_curve(
        line.positive, line.score, sample_weight=line.weight
    )
    return false_positive, true_positive


class Roc(Diagnostic):
    """ROC curve; with several categories, each against the rest."""

    code = "roc"
    title = "ROC curve"
    section = Section.WORTH
    kinds = CATEGORICAL

    def obstacle(self, part: RunPart) -> str | None:
        return super().obstacle(part) or (None if ranked(part) else ONE_SIDED)

    def question(self, part: RunPart) -> str:
        if part.kind is Kind.BINARY:
            return f"How well is “{part.coding.positive}” separated from the rest?"
        return "How well is each category separated from the rest?"

    def caption(self, part: RunPart) -> str:
        which = hardest_words(part)
        return (
            f"Share recognised against share of false alarms, {part.name} part{which}."
            + weighted_words(part)
        )

    def alt(self, part: RunPart) -> str:
        words = "; ".join(self._words(part)["text"])
        return f"ROC curve on the {part.name} part. {words}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        """Columns label, role, x (false positive rate), y (true positive rate)."""
        return curves_frame(ranked(part), roc_points)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        chance = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0], "text": ["", ""]})
        titles = ("Share of false alarms", "Share found")
        return curves_chart(frame, self._words(part), chance, titles=titles)

    def _words(self, part: RunPart) -> pd.DataFrame:
        lines = ranked(part)
        if part.kind is Kind.BINARY:
            texts = [f"AUC {_interval(part, line)}" for line in lines]
        else:
            texts = [f"{line.label}: AUC {format_number(line.area, 3)}" for line in lines]
        return pd.DataFrame({"text": texts, "role": [line.role for line in lines]})


def _interval(part: RunPart, line: Ranked) -> str:
    """The AUC as it stands in the run's scores, so that both figures agree."""
    scores = part.scores
    row = scores[(scores["model"] == "network") & (scores["metric"] == "auc")]
    if row.empty:
        return format_number(line.area)
    value, low, high = row.iloc[0][["value", "low", "high"]]
    return format_interval(float(value), float(low), float(high))
