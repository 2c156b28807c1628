"""Coverage of prediction intervals and sets, overall and by group."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.data.levels.grouping import group_labels
from dnn_core.diagnostics.diagnostic import Diagnostic, Picture, Section, weighted_words
from dnn_core.diagnostics.marks.interval_rows import interval_rows
from dnn_core.diagnostics.marks.style import (
    format_number,
    format_share,
    significant,
)
from dnn_core.evaluation.calibration.calibration_error import FEWEST_IN_GROUP
from dnn_core.evaluation.calibration.conformal import (
    DEFAULT_LEVEL,
    Conformal,
    covered_when_left_out,
    nonconformity,
)
from dnn_core.evaluation.inference.linearisation import share_interval
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Part
from dnn_core.wording import decimals_to_tell

COLUMNS = ("title", "cases", "value", "low", "high", "text")
EVERYBODY = "All cases"

SLICES = 5
"""Number of slices of equally many cases by their predicted number."""

MOST_SIZES = 5
"""Sets of this many categories and more share a row."""

ROW_HEIGHT = 40


def covered_cases(part: RunPart, level: int) -> np.ndarray:
    """Whether each case's interval or set contains what was observed, bool, shape (cases,).

    On the validation part, which gave the thresholds, each case is evaluated with the threshold of
    all others.
    """
    conformal = _conformal(part)
    given = part.predicted if part.kind.numeric else part.probabilities
    scores = nonconformity(part.kind, part.observed, given, conformal.scale)
    if part.name == Part.VALIDATION:
        return covered_when_left_out(scores, level / 100, _weight(part))
    covered: np.ndarray = scores <= conformal.thresholds[level]
    return covered


def coverage_frame(part: RunPart, level: int, group: pd.Series | None = None) -> pd.DataFrame:
    """Share of cases whose interval or set holds, over all and by group.

    Parameters
    ----------
    part : RunPart
        With its data set, so that clusters and strata are known.
    level : int
        Percent, one of `conformal.LEVELS`.
    group : pandas.Series, optional
        Categories of text, one for each case, in whose order the rows are.

    Returns
    -------
    pandas.DataFrame
        title, cases, value, low, high (95 %), text; the first row is all cases. Of
        groups below `calibration.FEWEST_IN_GROUP` no share is given.
    """
    covered = covered_cases(part, level)
    design = part.design
    named = [(EVERYBODY, np.ones(len(covered), dtype=bool))]
    if group is not None:
        named += [(name, (group == name).to_numpy()) for name in group.cat.categories]
    rows = []
    for title, inside in named:
        cases = int(inside.sum())
        if cases < FEWEST_IN_GROUP:
            reduced = f"fewer than {FEWEST_IN_GROUP} cases"
            rows.append((title, cases, np.nan, np.nan, np.nan, reduced))
            continue
        value, low, high = share_interval(covered[inside], design.take(inside))
        text = f"{format_share(value)}{_ends(low, high)}"
        rows.append((title, cases, value, low, high, text))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _ends(low: float, high: float) -> str:
    """The interval of a share, with more digits where its ends would look the same."""
    if not np.isfinite([low, high]).all() or low == high:
        return ""
    ends = format_share(low), format_share(high)
    if ends[0] == ends[1]:
        decimals = decimals_to_tell(100 * low, 100 * high, least=1)
        ends = f"{100 * low:.{decimals}f}%", f"{100 * high:.{decimals}f}%"
    return f" ({ends[0]} to {ends[1]})"


def coverage_chart(frame: pd.DataFrame, level: int, role: str) -> Any:
    """Draw each group's share with its interval, beside the nominal level."""
    known = frame["low"].min()
    start = max(0.0, np.floor((min(known if np.isfinite(known) else 1, level / 100) - 0.02) * 10))
    start = start / 10
    marks = [tick / 10 for tick in range(round(start * 10), 11)]
    return interval_rows(
        frame.assign(role=role),
        (start, 1.0),
        marks if len(marks) <= 6 else marks[::2],
        reference=level / 100,
        reference_role="ink",
        tooltip=[
            alt.Tooltip("title:N", title="Group"),
            alt.Tooltip("text:N", title="Held"),
            alt.Tooltip("cases:Q", title="Cases", format=","),
        ],
        percent=True,
        row_height=ROW_HEIGHT,
    )


def draw_coverage(part: RunPart, level: int, name: str | None = None) -> Picture:
    """How often intervals or sets of a level hold, by the groups of a variable.

    Parameters
    ----------
    part : RunPart
        With its data set.
    level : int
        Percent, one of `conformal.LEVELS`.
    name : str, optional
        Any variable of the data.
    """
    group = None
    if name is not None:
        assert part.dataset is not None
        group = group_labels(part.dataset, name, part.predictions["row"].to_numpy())
    frame = coverage_frame(part, level, group)
    listed = "; ".join(f"{row.title}: {row.text}" for row in frame.itertuples())
    return Picture(
        "coverage_by_group",
        "Do they hold, and for whom?",
        f"Share of cases whose {level}% {'interval' if part.kind.numeric else 'set'} contains "
        f"what was observed, {part.name} part, with 95% intervals. "
        f"{coverage_words(part)}{weighted_words(part)}",
        coverage_chart(frame, level, part.name),
        f"Share of {level}% intervals or sets that hold: {listed}.",
        frame,
    )


class Coverage(Diagnostic):
    """Width of intervals or size of sets, and how often they hold what was observed."""

    code = "coverage"
    title = "Intervals and sets of single predictions"
    section = Section.PROBABILITIES

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part)
        if reason is not None:
            return reason
        conformal = part.run.conformal
        if conformal is None or not conformal.usable(DEFAULT_LEVEL):
            return f"There are too few validation cases for intervals of {DEFAULT_LEVEL}%."
        return None

    def question(self, part: RunPart) -> str:
        return "How sure is each prediction?"

    def caption(self, part: RunPart) -> str:
        noun = "intervals" if part.kind.numeric else "sets"
        return (
            f"{DEFAULT_LEVEL}% {noun} {self._size(part)}. Share that contains what was observed, "
            f"{part.name} part. {coverage_words(part)}{weighted_words(part)}"
        )

    def alt(self, part: RunPart) -> str:
        listed = "; ".join(f"{r.title}: {r.text}" for r in self.frame(part).itertuples())
        return f"Share of {DEFAULT_LEVEL}% intervals or sets that hold: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        group = self._groups(part)
        several = len(group.cat.categories) > 1
        return coverage_frame(part, DEFAULT_LEVEL, group if several else None)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return coverage_chart(frame, DEFAULT_LEVEL, part.name)

    def _groups(self, part: RunPart) -> pd.Series:
        """By size of the set; or in slices by what is predicted, the lowest first."""
        if not part.kind.numeric:
            size = np.minimum(_sizes(part), MOST_SIZES)
            of_all = len(part.coding.labels)
            names = {1: "1 category named"} | {
                k: f"{k}{' and more' if k == MOST_SIZES < of_all else ''} categories named"
                for k in range(2, MOST_SIZES + 1)
            }
            return _categories(size, names)
        ranks = pd.Series(part.predicted).rank(method="average", pct=True).to_numpy()
        place = np.ceil(ranks * SLICES - 1e-9).astype("int64") - 1
        ends = [part.predicted[place == k] for k in range(SLICES)]
        names_of = {
            k: f"{k + 1}: predicted {significant(own.min())} to {significant(own.max())}"
            for k, own in enumerate(ends)
            if len(own)
        }
        return _categories(place, names_of)

    def _size(self, part: RunPart) -> str:
        weight = _weight(part)
        if not part.kind.numeric:
            size = _sizes(part)
            if size.max() == 1:
                return (
                    f"name the likeliest category alone, which reaches {DEFAULT_LEVEL}% by itself"
                )
            one = format_share(float(np.average(size == 1, weights=weight)))
            mean = format_number(float(np.average(size, weights=weight)), 1)
            return f"name {mean} categories on average, a single one for {one}"
        conformal = _conformal(part)
        low, high = conformal.intervals(part.predicted, DEFAULT_LEVEL)
        return f"are {significant(float(np.average(high - low, weights=weight)))} wide on average"


def _categories(place: np.ndarray, names: dict[int, str]) -> pd.Series:
    """The name of each case's place, in the order of places; those that occur."""
    there = [name for k, name in names.items() if (place == k).any()]
    return pd.Series(pd.Categorical([names[k] for k in place], there))


def coverage_words(part: RunPart) -> str:
    """What a share on this part is evidence for."""
    if part.name == Part.TEST:
        return "Thresholds are from validation rows alone."
    if part.run.experiment.folds:
        return (
            "Overall, coverage is near the level by construction: each row is left out by one "
            "network and by its own threshold. The evidence is in groups and in the test part."
        )
    return (
        "Overall, coverage is near the level by construction: each row is evaluated with the "
        "threshold of the others. The evidence is in groups and in the test part."
    )


def _sizes(part: RunPart) -> np.ndarray:
    sizes: np.ndarray = _conformal(part).sets(part.probabilities, DEFAULT_LEVEL).sum(axis=1)
    return sizes


def _conformal(part: RunPart) -> Conformal:
    conformal = part.run.conformal
    assert conformal is not None
    return conformal


def _weight(part: RunPart) -> np.ndarray:
    return np.ones(len(part.predictions)) if part.weight is None else part.weight
