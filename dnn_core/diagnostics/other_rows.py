"""Is it better than simpler models on other rows as well?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dnn_core.appraisal.resampled import NOT_YET, Resampled
from dnn_core.diagnostics.baselines import ladder_chart, ladder_frame
from dnn_core.diagnostics.diagnostic import Diagnostic, Section
from dnn_core.diagnostics.run_part import RunPart
from dnn_core.diagnostics.style import format_interval, format_share
from dnn_core.evaluation.intervals import NETWORK


class OtherRows(Diagnostic):
    """Network and baselines in cross-validation."""

    code = "other_rows"
    title = "Cross-validation"
    section = Section.FIRM

    def obstacle(self, part: RunPart) -> str | None:
        return super().obstacle(part) or resampling_obstacle(part)

    def question(self, part: RunPart) -> str:
        return "Is it better on other rows as well?"

    def caption(self, part: RunPart) -> str:
        resampled = _of(part)
        folds = len(resampled.folds)
        best = resampled.best_shares()
        order = " each learned from the time before it," if _in_time(resampled) else ""
        return (
            f"{part.metric.title}, mean over {folds} folds of the rows outside the test part,"
            f"{order} with 95% intervals corrected for the folds' overlap (Nadeau and Bengio). "
            f"The network is the best of all on {format_share(best[NETWORK])} of the folds."
            f"{_nested_words(resampled, part)}"
        )

    def alt(self, part: RunPart) -> str:
        rows = self.frame(part)
        listed = "; ".join(rows["title"] + " " + rows["text"])
        return f"{part.metric.title} of each model in cross-validation: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        resampled = _of(part)
        rows = []
        for model in resampled.titles:
            found = resampled.estimate(model)
            rows.append((model, part.metric.name, found.value, found.low, found.high, np.nan))
        columns = ["model", "metric", "value", "low", "high", "unweighted"]
        scores = pd.DataFrame(rows, columns=columns)
        titles = {m: t for m, t in resampled.titles.items() if m != NETWORK}
        return ladder_frame(scores, part.metric.name, titles, "validation")

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return ladder_chart(frame)


def resampling_obstacle(part: RunPart) -> str | None:
    """Why there are no scores on other rows; None if there are."""
    found = part.run.appraisal("resampling")
    if found is None:
        return NOT_YET
    if "scores" not in found.tables:
        return str(found.facts.get("obstacle", "It could not be computed."))
    resampled = Resampled(found, part.metric.name)
    return None if len(resampled.folds) else "No fold has a figure for every model."


def _of(part: RunPart) -> Resampled:
    resampled = Resampled.of(part.run, part.metric.name)
    assert resampled is not None
    return resampled


def _nested_words(resampled: Resampled, part: RunPart) -> str:
    found = resampled.nested() if resampled.metric == part.metric.name else None
    if found is None:
        return ""
    figure = format_interval(found.value, found.low, found.high)
    return f" Choosing the best network within each fold's own training rows gives {figure}."


def _in_time(resampled: Resampled) -> bool:
    return bool(resampled.found.facts["in_time_order"])
