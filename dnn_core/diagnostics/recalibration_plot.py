"""Are predictions too extreme, and would recalibrating them help?"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.marks.interval_rows import interval_rows
from dnn_core.diagnostics.marks.style import (
    as_role,
    finish,
    format_interval,
    format_number,
    ticks,
)
from dnn_core.evaluation.calibration.figures import FIGURES
from dnn_core.evaluation.calibration.recalibration import Recalibrated
from dnn_core.outcome.kinds import CATEGORICAL, outcome_of
from dnn_core.outcome.metrics import metric
from dnn_core.runs.part_view import RunPart
from dnn_core.specs import Part

ROW_HEIGHT, AXIS_ROOM = 44, 44
MOST_ROWS = 12
NO_FIGURES = "There are no figures of calibration for this part."


class CalibrationSlope(Diagnostic):
    """Slope of what was observed on what was predicted, with the intercept in words."""

    code = "calibration_slope"
    title = "Calibration slope"
    section = Section.PROBABILITIES

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part)
        if reason is None and self.frame(part).empty:
            return "The predictions separate the outcome perfectly, or they are all the same."
        return reason

    def question(self, part: RunPart) -> str:
        return "Are its predictions too extreme?"

    def caption(self, part: RunPart) -> str:
        how = outcome_of(part.kind).calibration_regression
        return (
            f"Calibration slope with 95% interval, {part.name} part: {how}. Below 1 predictions "
            "are too extreme, above 1 not extreme "
            f"enough.{self._intercept(part)}{weighted_words(part, 'Regressions')}"
        )

    def alt(self, part: RunPart) -> str:
        listed = "; ".join(f"{r.title} {r.text}" for r in self.frame(part).itertuples())
        return f"Calibration slopes on the {part.name} part: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        """title, value, low, high, text of each slope that there is."""
        rows = _figures(part, "slope").dropna().head(MOST_ROWS)
        title = rows["category"].replace("", part.coding.name)
        text = [format_interval(*numbers) for numbers in rows[["value", "low", "high"]].to_numpy()]
        return rows[["value", "low", "high"]].assign(title=title, text=text)

    def _intercept(self, part: RunPart) -> str:
        rows = _figures(part, "intercept").dropna()
        if len(rows) != 1:
            return ""
        figure = format_interval(*rows[["value", "low", "high"]].to_numpy()[0])
        unit = outcome_of(part.kind).calibration_unit
        unit = f" ({unit})" if unit else ""
        return f" On the whole it is off by {figure}{unit}; 0 is right."

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        low = min(0.0, float(frame["low"].min()))
        high = max(2.0, float(frame["high"].max()))
        return interval_rows(
            frame.assign(role=part.name),
            (low, high),
            ticks(low, high),
            reference=1.0,
            reference_role="ink",
            row_height=ROW_HEIGHT,
        )


class RecalibrationHelps(Diagnostic):
    """Calibration error and scores before and after recalibration."""

    code = "recalibration"
    title = "Recalibration"
    section = Section.PROBABILITIES
    kinds = CATEGORICAL

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part)
        if reason is None and self.frame(part).empty:
            return NO_FIGURES
        return reason

    def question(self, part: RunPart) -> str:
        return "Would recalibrating help?"

    def caption(self, part: RunPart) -> str:
        learnt = (
            "each case by a map fitted without it"
            if part.name == Part.VALIDATION
            else "by maps fitted to validation rows"
        )
        chance = _figures(part, "error_by_chance")["value"]
        noise = f" Perfect probabilities would show an error of {format_number(chance.iloc[0], 3)} "
        noise += "by chance alone."
        return (
            f"With 95% intervals, {part.name} part, {learnt}; lower is better."
            f"{noise if len(chance) and np.isfinite(chance.iloc[0]) else ''}"
            f"{weighted_words(part, 'Figures')}"
        )

    def alt(self, part: RunPart) -> str:
        listed = "; ".join(
            f"{r.version}, {r.figure} {r.text}" for r in self.frame(part).itertuples()
        )
        return f"Figures before and after recalibration: {listed}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        """version, figure, text."""
        table = part.run.calibration
        table = table[table["part"] == part.name]
        there = set(zip(table["version"], table["figure"], strict=True))
        score = outcome_of(part.kind).calibration_metric
        titles = {"error": FIGURES["error"]} | {
            name: metric(name).title for name in ("log_loss", score)
        }
        rows = [
            (choice.label, title, format_interval(*_numbers(table, choice, name), 3))
            for choice in Recalibrated
            for name, title in titles.items()
            if (choice.value, name) in there
        ]
        return pd.DataFrame(rows, columns=["version", "figure", "text"])

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        order = frame["figure"].unique().tolist()
        axis = alt.Axis(
            title=None, orient="top", domain=False, ticks=False, labelAngle=0, grid=False
        )
        rows = alt.Axis(title=None, domain=False, ticks=False, grid=True)
        text = alt.Chart(frame).mark_text(baseline="middle")
        text = text.encode(
            alt.X("figure:N", sort=order, axis=axis),
            alt.Y("version:N", sort=[choice.label for choice in Recalibrated], axis=rows),
            alt.Text("text:N"),
        )
        return finish(alt.layer(as_role(text, "ink")), height=ROW_HEIGHT * 3 + AXIS_ROOM)


def _figures(part: RunPart, name: str) -> pd.DataFrame:
    """Rows of one figure on this part, before recalibration."""
    table = part.run.calibration
    mine = (table["part"] == part.name) & (table["version"] == Recalibrated.LEARNT.value)
    return table[mine & (table["figure"] == name)]


def _numbers(table: pd.DataFrame, choice: Recalibrated, name: str) -> tuple[float, float, float]:
    rows = table[(table["version"] == choice.value) & (table["figure"] == name)]
    value, low, high = rows[["value", "low", "high"]].to_numpy(dtype="float64")[0]
    return float(value), float(low), float(high)
