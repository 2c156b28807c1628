"""How does the prediction vary with one predictor?"""

from __future__ import annotations

from typing import Any, ClassVar

import altair as alt
import pandas as pd

from dnn_core.diagnostics.diagnostic import Diagnostic, Section, weighted_words
from dnn_core.diagnostics.importance_plot import drivers_obstacle, sample_words
from dnn_core.diagnostics.marks.style import (
    LINE_KEYS,
    MEMBER,
    STRONG,
    as_role,
    by_role,
    finish,
    format_number,
    nice_domain,
    number_axis,
    significant,
    ticks,
    with_halo,
)
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.part_view import RunPart

HEIGHT = 260
SINGLE_OPACITY = 0.3
LABEL_ROOM = 0.3
"""Width of names at the ends of lines, as share of the axis."""

MOST_LINES = len(LINE_KEYS)


def dependence_chart(
    curve: pd.DataFrame, singles: pd.DataFrame, *, form: str, title: str, outcome: str, role: str
) -> Any:
    """Draw the mean of all cases, and single cases behind it.

    Parameters
    ----------
    curve : pandas.DataFrame
        From `Dependence.frame`: output, role, position, x, label, value.
    singles : pandas.DataFrame
        row, position, x, label, value; may be empty.
    form : str
        “scale”, “ordered” or “categories”; the last are not connected.
    title, outcome : str
        Of the axes.
    role : str
        Colour of the single cases.
    """
    several = curve["output"].nunique() > 1
    drawn = [curve["value"], *([singles["value"]] if len(singles) else [])]
    low, high = nice_domain(float(min(d.min() for d in drawn)), float(max(d.max() for d in drawn)))
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(domain=[low, high], nice=False, zero=False),
        axis=alt.Axis(title=outcome, tickCount=5),
    )
    x = _x(curve, form, title, room=several)
    tooltip = [
        alt.Tooltip("label:N", title="Answer"),
        alt.Tooltip("value:Q", title="Prediction", format=",.3~f"),
        *([alt.Tooltip("output:N", title="Category")] if several else []),
    ]
    color, detail = by_role("role"), alt.Detail("output:N")
    layers: list[Any] = []
    if len(singles):
        base = alt.Chart(singles)
        mark = (
            base.mark_tick(orient="horizontal", opacity=SINGLE_OPACITY, aria=False, size=26)
            if form == "categories"
            else base.mark_line(strokeWidth=MEMBER, opacity=SINGLE_OPACITY, aria=False)
        )
        layers.append(as_role(mark.encode(x, y, alt.Detail("row:N")), role))
    if form != "categories":
        line = alt.Chart(curve).mark_line(strokeWidth=STRONG)
        layers.append(line.encode(x, y, color, detail))
    size = 90 if form == "categories" else 34
    points = alt.Chart(curve).mark_point(filled=True, opacity=1, size=size)
    layers.append(points.encode(x, y, color, detail, tooltip=tooltip))
    if several:
        last = curve[curve["position"] == curve["position"].max()]
        names = alt.Chart(last).mark_text(align="left", dx=9, limit=130)
        layers.append(with_halo(as_role(names.encode(x, y, alt.Text("output:N")), "ink")))
    return finish(alt.layer(*layers), height=HEIGHT)


def _x(curve: pd.DataFrame, form: str, title: str, *, room: bool) -> alt.X:
    """The predictor's own scale, or its categories in their order."""
    if form != "scale":
        labels = curve.sort_values("position")["label"].drop_duplicates().tolist()
        axis = alt.Axis(
            title=title, grid=False, labelAngle=-30 if len(labels) > 4 else 0, labelLimit=120
        )
        return alt.X("label:N", sort=labels, axis=axis)
    low, high = float(curve["x"].min()), float(curve["x"].max())
    margin = 0.02 * (high - low)
    end = high + (LABEL_ROOM * (high - low) if room else margin)
    scale = alt.Scale(domain=[low - margin, end], nice=False, zero=False)
    axis = number_axis(ticks(low, high, 6), title=title, grid=False)
    return alt.X("x:Q", scale=scale, axis=axis)


class Dependence(Diagnostic):
    """Partial dependence or accumulated local effects of one predictor.

    `place` is its place among the most important ones, from 1.
    """

    section = Section.DRIVERS
    place: ClassVar[int]

    def obstacle(self, part: RunPart) -> str | None:
        reason = super().obstacle(part) or drivers_obstacle(part, "dependence", "curves")
        if reason is None and len(_result(part).facts["predictors"]) < self.place:
            return "There are fewer predictors."
        return reason

    def question(self, part: RunPart) -> str:
        return f"How does the prediction vary with {self._about(part)['title']}?"

    def caption(self, part: RunPart) -> str:
        about, result = self._about(part), _result(part)
        where = f"validation part, {sample_words(result)}"
        partner = ""
        if about["partner"] is not None:
            name, size = about["partner"]
            other = part.run.analysis("importance")
            title = name if other is None else other.facts["titles"].get(name, name)
            partner = f"is associated with {title} ({format_number(size)})"
        if about["method"] == "ale":
            text = (
                f"Accumulated local effects, because it {partner}. At each step only the cases "
                f"with answers near it are moved; {where}. The curve is centred at the mean "
                "prediction."
            )
        else:
            single = (
                "; thin: single cases" if part.kind.numeric or len(result.tables["singles"]) else ""
            )
            text = f"Mean prediction if everybody gave this answer{single}; {where}."
            if partner:
                text += f" It {partner}, so some of these answers hardly occur for some cases."
        return f"{text}{_middle_words(about)} Association, not effect." + weighted_words(
            part, "Means"
        )

    def alt(self, part: RunPart) -> str:
        curve = self.frame(part)
        parts = []
        for output, rows in curve.groupby("output", sort=False):
            values = map(significant, rows["value"].astype("float64"))
            listed = "; ".join(f"{a}: {v}" for a, v in zip(rows["label"], values, strict=True))
            parts.append(f"{output}: {listed}")
        title = self._about(part)["title"]
        return f"Mean prediction along {title}. {'. '.join(parts)}."

    def frame(self, part: RunPart) -> pd.DataFrame:
        result = _result(part)
        curve = result.tables["curves"]
        curve = curve[curve["predictor"] == self._about(part)["name"]]
        outputs = result.facts["outputs"]
        if len(outputs) == 1:
            return curve.assign(role="ink").drop(columns="predictor").reset_index(drop=True)
        # The lines with the largest range matter most.
        reach = curve.groupby("output")["value"].agg(lambda values: values.max() - values.min())
        kept = set(reach.sort_values(ascending=False).index[:MOST_LINES])
        shown = [output for output in outputs if output in kept]
        roles = dict(zip(shown, LINE_KEYS, strict=False))
        curve = curve[curve["output"].isin(kept)]
        curve = curve.assign(role=curve["output"].map(roles))
        return curve.drop(columns="predictor").reset_index(drop=True)

    def chart(self, frame: pd.DataFrame, part: RunPart) -> Any:
        about, singles = self._about(part), _result(part).tables["singles"]
        if len(singles):
            singles = singles[singles["predictor"] == about["name"]]
        return dependence_chart(
            frame,
            singles,
            form=about["form"],
            title=about["title"],
            outcome=_outcome_words(part),
            role="validation",
        )

    def _about(self, part: RunPart) -> dict[str, Any]:
        about: dict[str, Any] = _result(part).facts["predictors"][self.place - 1]
        return about


def _result(part: RunPart) -> AnalysisResult:
    result = part.run.analysis("dependence")
    assert result is not None
    return result


def _middle_words(about: dict[str, Any]) -> str:
    return " The curve covers the middle 95% of the answers." if about["cut"] else ""


def _outcome_words(part: RunPart) -> str:
    """Title of the vertical axis."""
    outputs = _result(part).facts["outputs"]
    if part.kind.numeric:
        return f"Predicted {outputs[0]}"
    return f"Probability of {outputs[0]}" if len(outputs) == 1 else "Probability"


class FirstDependence(Dependence):
    """Dependence on the most important predictor."""

    code, title, place = "dependence_1", "Most important predictor", 1


class SecondDependence(Dependence):
    """Dependence on the second most important predictor."""

    code, title, place = "dependence_2", "Second predictor", 2


class ThirdDependence(Dependence):
    """Dependence on the third most important predictor."""

    code, title, place = "dependence_3", "Third predictor", 3


class FourthDependence(Dependence):
    """Dependence on the fourth most important predictor."""

    code, title, place = "dependence_4", "Fourth predictor", 4


class FifthDependence(Dependence):
    """Dependence on the fifth most important predictor."""

    code, title, place = "dependence_5", "Fifth predictor", 5


class SixthDependence(Dependence):
    """Dependence on the sixth most important predictor."""

    code, title, place = "dependence_6", "Sixth predictor", 6


DEPENDENCE: tuple[Dependence, ...] = (
    FirstDependence(),
    SecondDependence(),
    ThirdDependence(),
    FourthDependence(),
    FifthDependence(),
    SixthDependence(),
)
