"""Which predictors does the network rely on?"""

from __future__ import annotations

from typing import Any, ClassVar

import altair as alt
import pandas as pd

from dnn_core.diagnostics.analysis_reader import analysis_obstacle
from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.interval_rows import interval_rows
from dnn_core.diagnostics.marks.style import (
    format_interval,
    format_number,
    nice_domain,
    significant,
    ticks,
)
from dnn_core.outcome.metrics import metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Part
from dnn_core.wording import in_sentence, plural

MOST_ROWS = 12
"""Further ones hardly matter."""

PAIRS_NAMED = 2
DIGITS = 3
ROW_HEIGHT, TITLE_ROOM = 30, 190
"""Pixels of a row and of its title."""

ASSOCIATION = "It shows what the network relies on: association, not effect."

ANOTHER_PART = "It was computed on the validation part: choose that one above."


def importance_frame(result: AnalysisResult, level: str) -> pd.DataFrame:
    """Predictors or blocks, the most important first.

    Parameters
    ----------
    result : AnalysisResult
        As `dnn_core.analyses.predictor_importance` wrote it.
    level : str
        “predictor” or “block”.

    Returns
    -------
    pandas.DataFrame
        title, members (all titles), value, low, high (of the main metric), text, loss
        (increase of the loss, as text); at most `MOST_ROWS` rows.
    """
    table = result.tables["importance"]
    table = table[table["level"] == level].astype({"value": "float64"})
    own = table[table["metric"] == result.facts["metric"]].set_index("group").dropna(subset="value")
    loss = table[table["metric"] == result.facts["loss"]].set_index("group")["value"]
    worth = worth_of_predictors(result)
    rows = []
    for group, row in own.sort_values("value", ascending=False, kind="stable").iterrows():
        names = sorted(str(group).split("\n"), key=lambda name: -worth.get(name, 0.0))
        titles = [result.facts["titles"][name] for name in names]
        more = f" + {len(titles) - 1} more" if len(titles) > 1 else ""
        value, low, high = (float(row[column]) for column in ("value", "low", "high"))
        rows.append(
            {
                "title": titles[0] + more,
                "members": "; ".join(titles),
                "value": value,
                "low": low,
                "high": high,
                "text": format_interval(value, low, high, DIGITS),
                "loss": significant(float(loss[group]), 2),
            }
        )
    columns = ["title", "members", "value", "low", "high", "text", "loss"]
    frame = pd.DataFrame(rows[:MOST_ROWS], columns=columns)
    # Two rows of one name would be drawn on top of each other.
    again = frame.groupby("title").cumcount()
    frame["title"] += again.map(lambda n: f" ({n + 1})" if n else "")
    return frame


def worth_of_predictors(result: AnalysisResult) -> dict[str, float]:
    """How much the main metric falls without each predictor; not a number where that is unknown.

    Parameters
    ----------
    result : Found
        As `dnn_core.analyses.predictor_importance` left it.
    """
    table = result.tables["importance"]
    rows = table[(table["level"] == "predictor") & (table["metric"] == result.facts["metric"])]
    return dict(zip(rows["group"], rows["value"].astype("float64"), strict=True))


def importance_chart(frame: pd.DataFrame, *, role: str, loss: str) -> Any:
    """Draw a point and an interval for each row, the figure beside it, and a line at none."""
    bounds = pd.concat([frame[name] for name in ("value", "low", "high")]).dropna()
    low, high = nice_domain(min(0.0, float(bounds.min())), float(bounds.max()), 4)
    span = high - low
    return interval_rows(
        frame.assign(role=role),
        (low - 0.02 * span, high + 0.02 * span),
        ticks(low, high, 4),
        reference=0.0,
        tooltip=[
            alt.Tooltip("members:N", title="Answers of"),
            alt.Tooltip("text:N", title="Importance"),
            alt.Tooltip("loss:N", title=f"{loss} rises by"),
        ],
        title_room=TITLE_ROOM,
        row_height=ROW_HEIGHT,
    )


def drivers_obstacle(part: RunPart, code: str, table: str) -> str | None:
    """Why the result on the validation part cannot be drawn; None if it can."""
    return ANOTHER_PART if part.name != Part.VALIDATION else analysis_obstacle(part, code, table)


def sample_words(result: AnalysisResult) -> str:
    """How many cases it is about, and whether they are a sample of more."""
    cases, used = result.facts["cases"], result.facts["used"]
    if used < cases:
        return f"{plural(used, 'case')} at random of {cases:,}"
    return plural(cases, "case")


class Importance(Diagnostic):
    """Permutation importance of each predictor."""

    code = "importance"
    title = "Importance of predictors"
    section = Section.DRIVERS
    level: ClassVar[str] = "predictor"

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part) or drivers_obstacle(part, "importance", "importance")
        if reason is None and self.frame(part).empty:
            return f"{part.metric.title} has no value on these cases."
        return reason

    def question(self, part: RunPart) -> str:
        return "Which predictors does it rely on?"

    def caption(self, part: RunPart) -> str:
        return _measure_words(part, "a predictor's answers") + _pair_words(
            _result(part), "pairs", "each can stand in for the other, so look at the blocks"
        )

    def alt(self, part: RunPart) -> str:
        rows = self.frame(part)
        listed = "; ".join(rows["title"] + " " + rows["text"])
        metric_words = in_sentence(part.metric.title)
        return f"Loss of {metric_words} without each {self.level}'s answers: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        return importance_frame(_result(part), self.level)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        loss = metric(_result(part).facts["loss"]).title
        return importance_chart(frame, role="validation", loss=loss)


class BlockImportance(Importance):
    """Permutation importance of blocks of questions."""

    code = "block_importance"
    title = "Importance of blocks"
    level = "block"

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part)
        if reason is None and all(len(block) == 1 for block in _result(part).facts["blocks"]):
            return "No predictors belong together by their names or by correlation."
        return reason

    def question(self, part: RunPart) -> str:
        return "Which blocks of questions does it rely on?"

    def caption(self, part: RunPart) -> str:
        return _measure_words(part, "the answers of a block, together,") + _pair_words(
            _result(part), "between_blocks", "although in different blocks"
        )


def _result(part: RunPart) -> AnalysisResult:
    result = part.run.analysis("importance")
    assert result is not None
    return result


def _measure_words(part: RunPart, what: str) -> str:
    result = _result(part)
    by = " by networks that did not learn from them" if part.run.experiment.folds else ""
    return (
        f"How much {in_sentence(part.metric.title)} falls when {what} are permuted among the "
        f"cases: validation part, {sample_words(result)}{', predicted' + by if by else ''}, mean "
        f"of {result.facts['permutations']} permutations, 95% intervals. {ASSOCIATION}"
        + weighted_words(part, "Cases")
    )


def _pair_words(result: AnalysisResult, key: str, end: str) -> str:
    """Warning at the end of a caption where predictors are correlated."""
    pairs = result.facts[key]
    if not pairs:
        return ""
    titles = result.facts["titles"]
    named = "; ".join(
        f"{titles[first]} and {titles[second]} ({format_number(size)})"
        for first, second, size in pairs[:PAIRS_NAMED]
    )
    further = len(pairs) - PAIRS_NAMED
    more = f" and {plural(further, 'more pair')}" if further > 0 else ""
    return f" Correlated: {named}{more}; {end}."
