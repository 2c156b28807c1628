"""Whom does the network predict worse than others?"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.data.levels.grouping import group_labels
from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.interval_rows import interval_rows
from dnn_core.diagnostics.marks.style import (
    format_interval,
    format_number,
    nice_domain,
    ticks,
)
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.metrics.subgroup_differences import FEWEST_CASES
from dnn_core.evaluation.metrics.subgroups import compare_groups
from dnn_core.outcome.metrics import Metric, metric
from dnn_core.runs.part_view import RunPart
from dnn_core.wording import decimals_to_tell, in_sentence, p_value

FEW_CATEGORIES = ("binary", "nominal")
"""Levels whose answers are groups in everyday language."""

LEVEL, RESAMPLES = 0.95, 500
"""Differences need a standard error, right to 3 % with 500 resamples."""

MOST_NAMED = 3
"""Groups that a sentence names."""

ROW_HEIGHT = 38


class Groups(Diagnostic):
    """Each group's figure beside that of all others.

    Parameters
    ----------
    variables : tuple of str
        One or two variables of the data, whose answers make the groups.
    measure : str
        Name of a metric.
    """

    code = "groups"
    title = "Groups"
    section = Section.GROUPS

    def __init__(self, variables: tuple[str, ...], measure: str) -> None:
        self.variables = variables
        self.measure = measure
        self._metric = metric(measure)
        self._frames: dict[RunPart, pd.DataFrame] = {}

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part)
        if reason is None and part.dataset is None:
            return "The data of the run are not available."
        if reason is None and not self.variables:
            return "No variable is chosen."
        if reason is None and self.frame(part)["value"].isna().all():
            return (
                f"No group has this figure: {FEWEST_CASES} cases are needed in a group, and for "
                "some measures every category of the outcome."
            )
        return reason

    def question(self, part: RunPart) -> str:
        assert part.dataset is not None
        titles = " and ".join(part.dataset.variable(name).title for name in self.variables)
        return f"Whom does it predict worse, by {titles}?"

    def caption(self, part: RunPart) -> str:
        frame = self.frame(part)
        return (
            f"{self._metric.title} on the {part.name} part with 95% intervals; the dotted line "
            "is the figure of all cases. In colour: groups that differ from all others, tested "
            f"for all groups together.{weighted_words(part, 'Figures')}{_hidden_words(frame)}"
        )

    def alt(self, part: RunPart) -> str:
        frame = self.frame(part)
        shown = frame[frame["value"].notna()]
        listed = "; ".join(shown["group"] + " " + shown["text"])
        verdict = verdict_sentence(frame, self._metric)
        return f"{verdict} {self._metric.title} of each group on the {part.name} part: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        """As `compare_groups`, with figure, text, p_text (in words), role, all (of all cases)."""
        if part not in self._frames:
            self._frames[part] = self._compare(part)
        return self._frames[part]

    def _compare(self, part: RunPart) -> pd.DataFrame:
        assert part.dataset is not None
        rows = part.predictions["row"].to_numpy()
        groups = pd.DataFrame(
            {name: group_labels(part.dataset, name, rows) for name in self.variables}
        )
        predicted = part.predicted if part.kind.numeric else part.probabilities
        mean = part.facts.training_mean
        frame = compare_groups(
            part.kind,
            part.observed,
            predicted,
            groups,
            self.measure,
            part.design,
            training_mean=mean,
            level=LEVEL,
            resamples=RESAMPLES,
            seed=part.run.experiment.seed,
        )
        every = evaluate(part.kind, part.observed, predicted, part.weight, training_mean=mean)
        told = frame["verdict"] != ""
        frame["all"] = every[self.measure]
        frame["role"] = np.where(told, part.name, "reference")
        frame["figure"] = [_figure_words(row) for row in frame.itertuples()]
        frame["text"] = frame["figure"] + frame["cases"].map(", {:,} cases".format)
        frame["p_text"] = frame["p"].map(p_value)
        return frame

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return groups_chart(frame[frame["value"].notna()])


def _figure_words(row: Any) -> str:
    return format_interval(row.value, row.low, row.high) if np.isfinite(row.value) else ""


def verdict_sentence(frame: pd.DataFrame, measure: Metric) -> str:
    """One sentence on the groups that are predicted worse or better than all others.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `compare_groups`.
    measure : Metric
        What was compared.
    """
    compared = int(frame["p"].notna().sum())
    if compared == 0:
        return "No group can be compared: too few cases, or no variation."
    corrected = f"this holds after correcting for {compared} groups" if compared > 2 else ""
    told = frame[frame["verdict"] != ""]
    if told.empty and compared == 2:
        return "The two groups are not distinguishable."
    if told.empty:
        return f"None of the {compared} groups is distinguishable from the others."
    # Of two groups one is worse just as much as the other one is better.
    verdicts = ["worse"] if compared == 2 and (told["verdict"] == "worse").any() else None
    pieces, named = [], []
    for verdict in verdicts or ["worse", "better"]:
        rows = told[told["verdict"] == verdict]
        rows = rows.reindex(rows["p"].sort_values(kind="stable").index)
        if len(rows):
            pieces.append(f"{_named(rows)} {verdict} than the others")
            named.append(rows)
    # Figures are those of a group that has just been named, not of the one it is set beside.
    listed = pd.concat(named)
    worst = listed.iloc[int(listed["difference"].abs().argmax())]
    decimals = decimals_to_tell(worst["value"], worst["rest"], least=2)
    example = " against ".join(format_number(worst[side], decimals) for side in ("value", "rest"))
    whose = "" if len(listed) == 1 else f" for “{worst['group']}”"
    ending = f"; {corrected}." if corrected else "."
    figures = f"{in_sentence(measure.title)} {example}{whose}{ending}"
    return f"It predicts {', and '.join(pieces)}: {figures}"


def _named(rows: pd.DataFrame) -> str:
    names = [f"“{group}”" for group in rows["group"].head(MOST_NAMED)]
    more = len(rows) - len(names)
    if more:
        names.append(f"{more} more")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _hidden_words(frame: pd.DataFrame) -> str:
    hidden = frame.loc[~frame["enough"], "group"].tolist()
    if not hidden:
        return ""
    names = ", ".join(f"“{group}”" for group in hidden[:MOST_NAMED])
    more = f" and {len(hidden) - MOST_NAMED} more" if len(hidden) > MOST_NAMED else ""
    return f" Not shown, fewer than {FEWEST_CASES} cases: {names}{more}."


def groups_chart(frame: pd.DataFrame) -> Any:
    """Draw a point and an interval for each group, with a line for all cases."""
    bounds = pd.concat([frame[name] for name in ("value", "low", "high", "all")]).dropna()
    low, high = nice_domain(float(bounds.min()), float(bounds.max()), 5)
    span = high - low
    return interval_rows(
        frame.assign(title=frame["group"]),
        (low - 0.03 * span, high + 0.03 * span),
        ticks(low, high),
        reference=float(frame["all"].iloc[0]),
        tooltip=[
            alt.Tooltip("group:N", title="Group"),
            alt.Tooltip("text:N", title="Figure"),
            alt.Tooltip("rest:Q", title="All others", format=".3f"),
            alt.Tooltip("p_text:N", title="p, all groups together"),
        ],
        row_height=ROW_HEIGHT,
    )


def default_variable(part: RunPart, names: tuple[str, ...]) -> str | None:
    """The variable to begin with: a predictor with categories, else the first that there is."""
    assert part.dataset is not None
    features = [name for name in part.run.experiment.task.features if name in names]
    categories = [
        name for name in features if part.dataset.variable(name).level.value in FEW_CATEGORIES
    ]
    return next(iter([*categories, *features, *names]), None)
