"""Is it better than simpler models on other rows as well?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dnn_core.analyses.resampling_result import Resampled
from dnn_core.diagnostics.analysis_reader import resampled_of, scores_obstacle
from dnn_core.diagnostics.baselines_plot import baseline_chart, baseline_frame
from dnn_core.diagnostics.diagnostic import Diagnostic, Section
from dnn_core.diagnostics.marks.style import format_interval, format_share
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Part


class OtherRows(Diagnostic):
    """Network and baselines in cross-validation."""

    code = "other_rows"
    title = "Cross-validation"
    section = Section.ROBUST

    def obstacle(self, part: RunPart) -> str | None:
        return super().obstacle(part) or scores_obstacle(part)

    def question(self, part: RunPart) -> str:
        return "Is it better on other rows as well?"

    def caption(self, part: RunPart) -> str:
        resampled = resampled_of(part)
        folds = len(resampled.folds)
        best = resampled.best_shares()
        order = (
            " each predicted by models of earlier times,"
            if resampled.result.facts["in_time_order"]
            else ""
        )
        return (
            f"{part.metric.title}, mean over {folds} folds of the rows outside the test "
            f"part,{order} with 95% intervals corrected for the folds' overlap (Nadeau and "
            f"Bengio). The network is the best model on {format_share(best[NETWORK])} of the "
            f"folds.{_nested_words(resampled)}"
        )

    def alt(self, part: RunPart) -> str:
        rows = self.frame(part)
        listed = "; ".join(rows["title"] + " " + rows["text"])
        return f"{part.metric.title} of each model in cross-validation: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        resampled = resampled_of(part)
        rows = []
        for model in resampled.titles:
            estimate = resampled.estimate(model)
            rows.append(
                (model, part.metric.name, estimate.value, estimate.low, estimate.high, np.nan)
            )
        columns = ["model", "metric", "value", "low", "high", "unweighted"]
        scores = pd.DataFrame(rows, columns=columns)
        titles = {m: t for m, t in resampled.titles.items() if m != NETWORK}
        return baseline_frame(scores, part.metric.name, titles, Part.VALIDATION)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return baseline_chart(frame)


def _nested_words(resampled: Resampled) -> str:
    nested = resampled.nested()
    if nested is None:
        return ""
    figure = format_interval(nested.value, nested.low, nested.high)
    return f" Choosing the best network within each fold's own training rows gives {figure}."
