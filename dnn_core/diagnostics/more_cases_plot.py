"""Would more cases help?"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.analysis_reader import resampled_of, scores_obstacle
from dnn_core.diagnostics.baselines_plot import THIS_NETWORK
from dnn_core.diagnostics.diagnostic import Diagnostic, Section
from dnn_core.diagnostics.marks.style import (
    AXIS_HEIGHT,
    DASHED,
    POINT_SIZE,
    STRONG,
    THIN,
    as_role,
    by_role,
    finish,
    format_number,
    nice_domain,
    number_axis,
    spread,
    ticks,
    with_halo,
)
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.outcome.kinds import CHANCE_BASELINES
from dnn_core.runs.part_view import RunPart

HEIGHT, LINE_HEIGHT = 270, 16
ROOM_FOR_NAMES = 1.55
"""The axis of cases is logarithmic: factor by which it is longer than the curves."""


class MoreCases(Diagnostic):
    """Scores of network and baselines by the number of training cases."""

    code = "more_cases"
    title = "Learning curve in the number of cases"
    section = Section.ROBUST

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part) or scores_obstacle(part)
        if reason is None and _table(part).empty:
            return "The number of cases was not varied, or there are too few to halve."
        return reason

    def question(self, part: RunPart) -> str:
        return "Would more cases help?"

    def caption(self, part: RunPart) -> str:
        estimate = resampled_of(part).last_doubling()
        words = ""
        if estimate is not None:
            verdict = (
                "and another doubling may bring more"
                if estimate.low > 0
                else "which is not distinguishable from no gain"
            )
            words = (
                f" The last doubling brought the network {format_number(estimate.value, 3)} "
                f"({format_number(estimate.low, 3)} to {format_number(estimate.high, 3)}), "
                f"{verdict}."
            )
        return (
            f"{part.metric.title} by the number of training cases, evaluated on the same folds "
            f"each time, with 95% intervals of the network's.{words}"
        )

    def alt(self, part: RunPart) -> str:
        frame = self.frame(part)
        ends = (
            frame.sort_values("cases").groupby("model", sort=False)["value"].agg(["first", "last"])
        )
        titles = dict(zip(frame["model"], frame["title"], strict=True))
        listed = "; ".join(
            f"{titles[m]} from {format_number(a)} to {format_number(b)}"
            for m, (a, b) in zip(ends.index, ends.to_numpy(), strict=True)
        )
        least, most = frame["cases"].min(), frame["cases"].max()
        return f"{part.metric.title} with {least:,.0f} to {most:,.0f} training cases: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        """model, title, cases, value, low, high, role."""
        table = _table(part)
        titles = {**resampled_of(part).titles, NETWORK: THIS_NETWORK}
        table["title"] = table["model"].map(titles)
        table["role"] = ["validation" if m == NETWORK else "reference" for m in table["model"]]
        order = {model: i for i, model in enumerate(titles)}
        return table.sort_values(
            ["model", "cases"], key=lambda c: c.map(order) if c.name == "model" else c
        ).reset_index(drop=True)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        own = frame[frame["model"] == NETWORK]
        least = min(float(frame["value"].min()), float(own["low"].min()))
        most = max(float(frame["value"].max()), float(own["high"].max()))
        # A model that fails altogether on few cases would squeeze all others.
        least = max(least, 2 * float(own["value"].min()) - most) if least < 0 else least
        low, high = nice_domain(least, most)
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[low, high], nice=False, zero=False, clamp=True),
            axis=number_axis(ticks(low, high), title=None),
        )
        cases = sorted(frame["cases"].unique())
        # One tick for each size, named by the network's own cases.
        sizes = own["cases"].round().astype(int).tolist()
        x = alt.X(
            "cases:Q",
            scale=alt.Scale(type="log", domain=[cases[0], cases[-1] * ROOM_FOR_NAMES], nice=False),
            axis=number_axis(sizes, title="Training cases", grid=False),
        )
        base = alt.Chart(frame)
        others = base.transform_filter(alt.datum.model != NETWORK)
        lines = others.mark_line(strokeWidth=THIN, strokeDash=list(DASHED), clip=True).encode(
            x, y, by_role("role"), alt.Detail("model:N")
        )
        mine = alt.Chart(own)
        band = mine.mark_area(opacity=0.14).encode(
            x, alt.Y("low:Q", scale=y.to_dict()["scale"]), alt.Y2("high:Q")
        )
        line = mine.mark_line(strokeWidth=STRONG).encode(x, y)
        points = mine.mark_point(filled=True, size=POINT_SIZE, opacity=1).encode(
            x,
            y,
            tooltip=[alt.Tooltip("cases:Q", format=",.0f"), alt.Tooltip("value:Q", format=".3f")],
        )
        layers = [
            as_role(band, "validation"),
            lines,
            as_role(line, "validation"),
            as_role(points, "validation"),
            _names(frame, x, (low, high)),
        ]
        return finish(alt.layer(*layers), height=HEIGHT)


def _names(frame: pd.DataFrame, x: alt.X, domain: tuple[float, float]) -> alt.LayerChart:
    ends = frame.loc[frame.groupby("model", sort=False)["cases"].idxmax()].copy()
    gap = (domain[1] - domain[0]) * LINE_HEIGHT / (HEIGHT - AXIS_HEIGHT)
    ends["value"] = spread(ends["value"].clip(*domain).tolist(), gap, *domain)
    scale = alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True)
    text = (
        alt.Chart(ends)
        .mark_text(align="left", dx=9, baseline="middle")
        .encode(x, alt.Y("value:Q", scale=scale), alt.Text("title:N"), by_role("role"))
    )
    return with_halo(text)


def _table(part: RunPart) -> pd.DataFrame:
    table = resampled_of(part).by_size()
    # A model that ignores the predictors gains nothing from more cases.
    return table[~table["model"].isin(CHANCE_BASELINES)].reset_index(drop=True)
