"""How much of a figure is due to the seed, and how much to which rows were drawn?"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.analysis_reader import resampled_of, scores_obstacle
from dnn_core.diagnostics.diagnostic import Diagnostic, Section
from dnn_core.diagnostics.marks.style import (
    STRONG,
    as_role,
    by_role,
    finish,
    format_share,
    nice_domain,
    number_axis,
    significant,
    ticks,
)
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.runs.part_view import RunPart

HEIGHT = 270


class SeedsAndSplits(Diagnostic):
    """Scores of the network by fold, one point for each seed."""

    code = "seeds_and_splits"
    title = "Seeds and splits"
    section = Section.ROBUST

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part) or scores_obstacle(part)
        if reason is None and len(resampled_of(part).folds) < 2:
            return "It needs at least two folds."
        return reason

    def question(self, part: RunPart) -> str:
        return "Would another seed or split say the same?"

    def caption(self, part: RunPart) -> str:
        resampled = resampled_of(part)
        components = resampled.components()
        assert components is not None
        words = {
            "split": "which rows were drawn",
            "seed": "the seed",
            "configuration": "the network",
            "suits": "which network suits which rows",
        }
        shares = [
            f"{words[name]} {format_share(share)}"
            for name, share in components.shares().items()
            if share > 0 or name in ("split", "seed")
        ]
        spread = significant(components.seed**0.5, 2)
        return (
            f"{part.metric.title} on each fold, one point for each seed, folds in order. Of the "
            f"variance, {', '.join(shares)}. Another seed alone moves the figure by {spread} "
            "(standard deviation)."
        )

    def alt(self, part: RunPart) -> str:
        frame = self.frame(part)
        return (
            f"{part.metric.title} of {len(frame)} trainings on {frame['place'].nunique()} folds, "
            f"from {significant(frame['value'].min())} to {significant(frame['value'].max())}."
        )

    def frame(self, part: RunPart) -> pd.DataFrame:
        """Place (of the fold, the lowest first), value, seed, mean (of the fold)."""
        seeds = resampled_of(part).seeds
        own = seeds[seeds["model"] == NETWORK].copy()
        own["mean"] = own.groupby(["repeat", "fold"])["value"].transform("mean")
        place = own.groupby(["repeat", "fold"])["value"].mean().rank(method="first")
        keys = pd.MultiIndex.from_frame(own[["repeat", "fold"]])
        own["place"] = place.reindex(keys).to_numpy().astype("int64")
        return own[["place", "value", "seed", "mean"]].sort_values(["place", "seed"])

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        low, high = nice_domain(float(frame["value"].min()), float(frame["value"].max()))
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[low, high], nice=False, zero=False),
            axis=number_axis(ticks(low, high), title=None),
        )
        x = alt.X(
            "place:O",
            axis=alt.Axis(title="Folds, the lowest figure first", labels=False, ticks=False),
        )
        data = frame.assign(role="validation")
        points = alt.Chart(data).mark_point(filled=True, size=34, opacity=0.55)
        points = points.encode(
            x,
            y,
            by_role("role"),
            tooltip=[
                alt.Tooltip("seed:Q", title="Seed"),
                alt.Tooltip("value:Q", title=part.metric.title, format=".3f"),
            ],
        )
        means = alt.Chart(data.drop_duplicates("place")).mark_tick(thickness=STRONG, width=16)
        y_mean = alt.Y("mean:Q", scale=y.to_dict()["scale"], title=None)
        layers = [points, as_role(means.encode(x, y_mean), "ink")]
        return finish(alt.layer(*layers), height=HEIGHT)
