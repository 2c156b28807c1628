"""Bars of hyperparameter importance, with the importance expected by chance."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dnn_core.diagnostics.diagnostic import Picture
from dnn_core.diagnostics.marks.style import AXIS_HEIGHT, as_role, finish, format_share, with_halo
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.specs import setting_of
from dnn_core.tuning.trial import FEWEST_TRIALS

ROW_HEIGHT = 34


def draw_hyperparameters(result: AnalysisResult) -> Picture | str:
    """Draw the table `hyperparameters` of a study's result, or state why there is none."""
    table = result.tables["hyperparameters"]
    if table.empty:
        return f"The importance of settings is shown from {FEWEST_TRIALS} configurations onwards."
    frame = hyperparameter_frame(table)
    beyond = frame.loc[frame["importance"] > frame["chance"], "title"].tolist()
    idle = frame.loc[frame["importance"] <= frame["chance"], "title"].tolist()
    words = (
        f"More than chance: {', '.join(beyond)}."
        if beyond
        else ("No setting matters more than by chance.")
    )
    return Picture(
        code="study_hyperparameters",
        question="Which settings mattered?",
        caption="How far the best tenth of the configurations differs from the others in each "
        "setting (PED-ANOVA, shares of the whole). Ticks: exceeded by one in twenty "
        f"random permutations of the figures. {words}",
        chart=_chart(frame),
        alt="; ".join(f"{r.title} {r.text}" for r in frame.itertuples())
        + (f". No more than chance: {', '.join(idle)}." if idle else "."),
        frame=frame,
    )


def hyperparameter_frame(table: pd.DataFrame) -> pd.DataFrame:
    """hyperparameter, importance, chance, title, text."""
    return table.assign(
        title=[setting_of(hyperparameter).title for hyperparameter in table["hyperparameter"]],
        text=[format_share(value) for value in table["importance"]],
    )


def _chart(frame: pd.DataFrame) -> Any:
    y = alt.Y(
        "title:N",
        sort=frame["title"].tolist(),
        axis=alt.Axis(title=None, grid=False, domain=False, ticks=False),
    )
    top = max(1e-6, float(frame[["importance", "chance"]].max().max()))
    scale = alt.Scale(domain=[0, top * 1.25], nice=False)
    x = alt.X("importance:Q", scale=scale, axis=None)
    base = alt.Chart(frame)
    bars = as_role(base.mark_bar(height=14).encode(x, y), "quantity")
    chance = base.mark_tick(thickness=2, height=20).encode(
        alt.X("chance:Q", scale=scale, axis=None), y
    )
    text = base.mark_text(align="left", dx=6).encode(x, y, alt.Text("text:N"))
    layers = [bars, as_role(chance, "reference"), with_halo(as_role(text, "ink"))]
    return finish(alt.layer(*layers), height=AXIS_HEIGHT + ROW_HEIGHT * len(frame))
