"""The plot of the network beside its baselines."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, chance_words
from dnn_core.diagnostics.marks.interval_rows import interval_rows
from dnn_core.diagnostics.marks.style import (
    format_interval,
    format_number,
    nice_domain,
    ticks,
)
from dnn_core.evaluation.inference.design_effect import design_effect, effective_cases
from dnn_core.outcome.kinds import CHANCE_BASELINES
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Part
from dnn_core.wording import plural

NETWORK = "network"
THIS_NETWORK = "This network"

FLOOR = -1.0
"""R² has no lower limit; values below this are drawn at this one."""

LABEL_ROOM = 175
"""Pixels of the longest line of a title."""

ROW_HEIGHT = 46
"""Pixels of a row."""


def baseline_frame(
    scores: pd.DataFrame, metric: str, titles: dict[str, str], role: str
) -> pd.DataFrame:
    """Models from the simplest to the network with their figure.

    Parameters
    ----------
    scores : pandas.DataFrame
        model, metric, value, low, high, of one part of the data.
    metric : str
        Name of the metric.
    titles : dict of str to str
        Title of each baseline, in the order of display.
    role : str
        Colour of the network's row; the baselines are grey.

    Returns
    -------
    pandas.DataFrame
        model, title, value, low, high, text, role, unweighted (the value with every
        case counting the same). A model without a value is left out.
    """
    of_metric = scores[scores["metric"] == metric].set_index("model")
    columns = ["value", "low", "high", "unweighted"]
    of_metric = of_metric.reindex(columns=columns).astype("float64").dropna(subset="value")
    figures = dict(zip(of_metric.index, of_metric.to_numpy(), strict=True))
    rows = []
    for model, title in {**titles, NETWORK: THIS_NETWORK}.items():
        if model not in figures:
            continue
        value, low, high, unweighted = figures[model]
        text = format_interval(value, low, high)
        rows.append(
            {
                "model": model,
                "title": title,
                "value": value,
                "low": low,
                "high": high,
                "text": text,
                "role": role if model == NETWORK else "reference",
                "unweighted": unweighted,
            }
        )
    columns = ["model", "title", "value", "low", "high", "text", "role", "unweighted"]
    return pd.DataFrame(rows, columns=columns)


def baseline_chart(frame: pd.DataFrame, *, weighted: bool = False) -> Any:
    """Draw a point and an interval for each row, the figure beside it.

    With `weighted`, a hollow point marks the unweighted figure.
    """
    shown = ["value", "low", "high", *(["unweighted"] if weighted else [])]
    bounds = pd.concat([frame[name] for name in shown]).dropna()
    best = float(bounds.max())
    # A baseline that fails altogether stands at the edge, with its figure beside it.
    low, _ = nice_domain(max(float(bounds.min()), min(FLOOR, best - 1)), best, 5)
    span = max(best - low, 0.01)
    unweighted = [alt.Tooltip("unweighted:Q", title="Unweighted", format=".3f")]
    return interval_rows(
        frame,
        (low - 0.03 * span, low + 1.03 * span),
        ticks(low, low + span),
        reference=float(frame.loc[frame["model"] == NETWORK, "value"].iloc[0]),
        reference_role=str(frame["role"].iloc[-1]),
        tooltip=[
            alt.Tooltip("title:N", title="Model"),
            alt.Tooltip("text:N", title="Value"),
            *(unweighted if weighted else []),
        ],
        hollow="unweighted" if weighted else None,
        strong_title=THIS_NETWORK,
        title_room=LABEL_ROOM,
        row_height=ROW_HEIGHT,
    )


class Baselines(Diagnostic):
    """Network and baselines with their intervals."""

    code = "baselines"
    title = "Baselines"
    section = Section.WORTH

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part)
        if reason is None and self.frame(part).empty:
            return "No model has a figure on this part."
        return reason

    def question(self, part: RunPart) -> str:
        return "Is the network worth it?"

    def caption(self, part: RunPart) -> str:
        words = chance_words(part)
        facts = part.facts
        notes = [f" {facts.baselines[n]}: {note}" for n, note in facts.baseline_notes.items()]
        notes += [f" {title} {why}." for title, why in facts.baselines_left_out.items()]
        return (
            f"{part.metric.title} on the {part.name} part, {plural(part.cases, 'case')}, "
            f"with 95% intervals.{f' {words}.' if words else ''}{_turns_words(part)}"
            f"{''.join(notes)}"
            f"{design_words(part)}"
        )

    def alt(self, part: RunPart) -> str:
        rows = self.frame(part)
        texts = rows["title"] + " " + rows["text"]
        if part.weight is not None:
            texts += ", unweighted " + rows["unweighted"].map(format_number)
        listed = "; ".join(texts)
        return f"{part.metric.title} of each model on the {part.name} part: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        return baseline_frame(part.scores, part.metric.name, part.facts.baselines, part.name)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        return baseline_chart(frame, weighted=part.weight is not None)


def _turns_words(part: RunPart) -> str:
    """Which models were fitted to the rows, where networks take turns; empty where they do not."""
    constant = [name for name in part.facts.baselines if name in CHANCE_BASELINES]
    if part.name != Part.VALIDATION or not part.run.experiment.folds or not constant:
        return ""
    return (
        f" “{part.facts.baselines[constant[0]]}” gives one prediction for all these rows, which "
        "it was fitted to; the other models were not fitted to the rows that they predict."
    )


def design_words(part: RunPart) -> str:
    """The design effect and the source of the intervals; empty for a simple random sample."""
    task = part.run.experiment.task
    words = ""
    if part.weight is not None and part.weight.sum() > 0:
        words = (
            f" Filled: weighted, as precise as {effective_cases(part.weight):,.0f} cases of equal "
            f"weight (design effect {format_number(design_effect(part.weight))}); hollow: "
            "unweighted."
        )
    if task.replicates is not None:
        source = "by replicate weights"
    elif task.cluster or task.strata:
        drawn = "over whole clusters" if task.cluster else "over cases"
        source = drawn + (" within strata" if task.strata else "")
    else:
        return words
    return f"{words} Intervals are {source}, with the models as fitted."
