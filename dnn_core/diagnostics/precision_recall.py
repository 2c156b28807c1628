"""Precision and recall of each category."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, precision_recall_curve

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.one_vs_rest import (
    Ranked,
    curves_chart,
    curves_frame,
    hardest_words,
    ranked,
)
from dnn_core.diagnostics.marks.style import format_number, format_share
from dnn_core.diagnostics.roc import ONE_SIDED
from dnn_core.outcome.kinds import CATEGORICAL
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Kind


def precision_recall_points(line: Ranked) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision at every threshold that raises recall, from the highest down.

    They are what average precision sums up: a step to each recall at its precision.
    """
    precision, recall, _ = precision_recall_curve(
        line.positive, line.score, sample_weight=line.weight
    )
    recall, precision = recall[::-1], precision[::-1]
    finds_more = np.concatenate([[True], np.diff(recall) > 0])
    return recall[finds_more], precision[finds_more]


class PrecisionRecall(Diagnostic):
    """Precision against recall; with several categories, each against the rest."""

    code = "precision_recall"
    title = "Precision and recall"
    section = Section.WORTH
    kinds = CATEGORICAL

    def obstacle(self, part: RunPart) -> str | None:
        return super().obstacle(part) or (None if ranked(part) else ONE_SIDED)

    def question(self, part: RunPart) -> str:
        if part.kind is Kind.BINARY:
            return f"When it says “{part.coding.positive}”, is it right?"
        return "When it names a category, is it right?"

    def caption(self, part: RunPart) -> str:
        which = hardest_words(part)
        return (
            f"Precision: the share correct among the cases so predicted, {part.name} part{which}."
        ) + weighted_words(part)

    def alt(self, part: RunPart) -> str:
        words = "; ".join(self._words(part)["text"])
        return f"Precision against recall on the {part.name} part. {words}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        """Columns label, role, x (recall), y (precision)."""
        return curves_frame(ranked(part), precision_recall_points)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        titles = ("Share recognised (recall)", "Precision")
        reference = self._reference(part)
        return curves_chart(frame, self._words(part), reference, titles=titles, steps=True)

    def _reference(self, part: RunPart) -> pd.DataFrame:
        """Precision if all cases are predicted positive; for two categories only."""
        if part.kind is not Kind.BINARY:
            return pd.DataFrame({"x": [], "y": [], "text": []})
        (line,) = ranked(part)
        share = float(np.average(line.positive, weights=line.weight))
        text = f"{format_share(share)} if all cases were predicted positive"
        return pd.DataFrame({"x": [0.0, 1.0], "y": [share, share], "text": [text, text]})

    def _words(self, part: RunPart) -> pd.DataFrame:
        lines = ranked(part)
        texts = []
        for line in lines:
            precision = average_precision_score(
                line.positive, line.score, sample_weight=line.weight
            )
            area = format_number(precision)
            binary = part.kind is Kind.BINARY
            texts.append(f"average precision {area}" if binary else f"{line.label}: average {area}")
        return pd.DataFrame({"text": texts, "role": [line.role for line in lines]})
