"""Results of analyses for plots, and the reasons why there may be none."""

from __future__ import annotations

from dnn_core.analyses.resampling_result import CODE, Resampled
from dnn_core.runs.part_view import RunPart

NOT_YET = "It has not been computed yet. Click “How robust is this?” above."


def analysis_obstacle(part: RunPart, code: str, table: str) -> str | None:
    """Why the result of an analysis cannot be drawn; None if it can."""
    result = part.run.analysis(code)
    if result is None:
        return NOT_YET
    if table not in result.tables:
        return str(result.facts.get("obstacle", "It could not be computed."))
    return None


def scores_obstacle(part: RunPart) -> str | None:
    """Why there are no scores on other rows; None if there are."""
    reason = analysis_obstacle(part, CODE, "scores")
    if reason is None and resampled_of(part).folds.empty:
        return "No fold has a figure for every model."
    return reason


def resampled_of(part: RunPart) -> Resampled:
    """Scores on other rows, where there is no obstacle."""
    resampled = Resampled.of(part.run)
    assert resampled is not None
    return resampled
