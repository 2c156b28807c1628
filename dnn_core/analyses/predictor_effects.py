"""How the predictions of a run vary with its most important predictors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.analyses.analysis import Analysis, Tell
from dnn_core.analyses.predictor_importance import column_positions, networks_of, refuse_images
from dnn_core.data.dataset import Dataset, Level, value_text
from dnn_core.data.encoding.encoder import Column, Encoder
from dnn_core.data.encoding.tabulate import tabulate
from dnn_core.data.prepare import PartData, prepare
from dnn_core.errors import UserError
from dnn_core.evaluation.explanation.partial_dependence import (
    Curve,
    accumulated_local_effects,
    grid,
    partial_dependence,
)
from dnn_core.evaluation.networks import output_names
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec, Part

MOST_PREDICTORS = 6
"""Number of predictors that are drawn, the most important ones."""

MOST_ROWS = 500
"""Maximum number of cases that curves are averaged over; of more, a random sample."""

MOST_CATEGORIES = 10
MOST_SINGLE_CASES = 40
"""Maximum number of categories of a predictor that are drawn."""

SEED = 1

Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class _Points:
    """Answers at which a predictor is drawn.

    Parameters
    ----------
    values : numpy.ndarray
        Numbers in own units, or positions of categories, shape (points,).
    labels : list of str
    encoded : numpy.ndarray
        Shape (points, width).
    answers : numpy.ndarray
        Of the cases, in the form of `values`; NaN where there is none.
    """

    values: np.ndarray
    labels: list[str]
    encoded: np.ndarray
    answers: np.ndarray


def make(run: Run, dataset: Dataset, asked: AnalysisSpec, tell: Tell) -> AnalysisResult:
    """Draw partial dependence, or accumulated local effects where a number is correlated."""
    refuse_images(run)
    important = run.analysis("importance")
    if important is None or "importance" not in important.tables:
        raise UserError("It is not known which predictors are important.")
    prepared = prepare(dataset, run.experiment)
    networks = networks_of(run, prepared)
    whole = prepared.parts[Part.VALIDATION]
    chosen = np.arange(len(whole))
    if len(whole) > MOST_ROWS:
        chosen = np.sort(np.random.default_rng(SEED).choice(chosen, MOST_ROWS, replace=False))
    part = whole.take(chosen)
    partners = _strongest_partners(important)
    drawn: list[dict[str, Any]] = []
    curves, singles = [], []
    names = most_important(important)
    for name in names:
        tell(len(drawn) / len(names))
        points = _points(dataset, prepared.encoder, name, part.rows)
        if len(points.values) < 2:
            continue
        numeric = _column(prepared.encoder, name).numeric
        method = "ale" if numeric and name in partners else "pd"
        columns = column_positions(prepared.encoder, name)
        curve = _curve(method, part, columns, points, networks.outputs)
        drawn.append(
            {
                "name": name,
                "title": dataset.variable(name).title,
                "method": method,
                "partner": partners.get(name),
                "form": _form(dataset, name, points, numeric),
                "cut": _is_cut(points),
            }
        )
        curves.append(_curve_rows(name, points, curve.mean, output_names(prepared.target)))
        if curve.each is not None and curve.each.shape[2] == 1:
            singles.append(_single_rows(name, points, curve.each[..., 0], part.rows))
    facts = {
        "predictors": drawn,
        "cases": len(whole),
        "used": len(part),
        "weighted": part.weight is not None,
        "outputs": output_names(prepared.target),
    }
    return AnalysisResult(facts, {"curves": _joined(curves), "singles": _joined(singles)})


def most_important(result: AnalysisResult) -> list[str]:
    """Names of the predictors with the largest permutation importance for the main metric."""
    table = result.tables["importance"]
    table = table[(table["level"] == "predictor") & (table["metric"] == result.facts["metric"])]
    ordered = table.dropna(subset="value").sort_values("value", ascending=False, kind="stable")
    return ordered["group"].tolist()[:MOST_PREDICTORS]


def _strongest_partners(result: AnalysisResult) -> dict[str, tuple[str, float]]:
    """For each correlated predictor the one with the strongest association; pairs are in order."""
    partners: dict[str, tuple[str, float]] = {}
    for first, second, size in result.facts["pairs"]:
        partners.setdefault(first, (second, size))
        partners.setdefault(second, (first, size))
    return partners


def _column(encoder: Encoder, name: str) -> Column:
    return next(column for column in encoder.columns if column.name == name)


def _points(dataset: Dataset, encoder: Encoder, name: str, rows: np.ndarray) -> _Points:
    """The answers at which one predictor is drawn, and the answers of the cases."""
    column = _column(encoder, name)
    labels = dataset.variable(name).value_labels
    raw = dataset.frame[name].iloc[rows]
    if column.numeric:
        table = tabulate(dataset.frame.iloc[rows], [vars(column)])
        answers = table[name].to_numpy(dtype="float64")
        # A count comes as ln(1 + count); rounding takes away what the way back leaves.
        answers = np.round(np.expm1(answers), 9) if column.count else answers
        values = grid(answers)
        texts = [labels.get(value_text(value), value_text(value)) for value in values]
        return _Points(values, texts, _encode(dataset, encoder, name, values), answers)
    answered = dataset.answers(name).iloc[rows]
    # In their own order: numbers by size, text by the alphabet.
    levels = sorted(answered.value_counts().index[:MOST_CATEGORIES].tolist())
    place = {level: float(i) for i, level in enumerate(levels)}
    values = np.arange(float(len(levels)))
    texts = [labels.get(value_text(level), value_text(level)) for level in levels]
    answers = raw.where(answered.notna()).map(place).to_numpy(dtype="float64")
    return _Points(values, texts, _encode(dataset, encoder, name, levels), answers)


def _encode(
    dataset: Dataset, encoder: Encoder, name: str, answers: Sequence[Any] | np.ndarray
) -> np.ndarray:
    """The encoded columns of a predictor for each answer, shape (answers, width)."""
    if len(answers) == 0:
        return np.empty((0, 0))
    # The other columns are not looked at: any row will do.
    frame = dataset.frame.iloc[np.zeros(len(answers), dtype="int64")].reset_index(drop=True)
    frame[name] = pd.Series(list(answers))
    return encoder.transform(frame)[:, column_positions(encoder, name)]


def _form(dataset: Dataset, name: str, points: _Points, numeric: bool) -> str:
    """How a predictor is drawn: along a scale, as ordered or as unordered categories."""
    if not numeric:
        return "categories"
    variable = dataset.variable(name)
    named = all(value_text(value) in variable.value_labels for value in points.values)
    return "ordered" if named and variable.level is Level.ORDINAL else "scale"


def _is_cut(points: _Points) -> bool:
    """Whether some answers are not drawn."""
    known = points.answers[np.isfinite(points.answers)]
    return bool(known.min() < points.values[0] or known.max() > points.values[-1])


def _curve(
    method: str, part: PartData, columns: np.ndarray, points: _Points, predict: Predict
) -> Curve:
    if method == "pd":
        return partial_dependence(part.x, columns, points.encoded, predict, part.weight)
    return accumulated_local_effects(
        part.x, columns, points.encoded, points.answers, points.values, predict, part.weight
    )


def _curve_rows(
    name: str, points: _Points, mean: np.ndarray, outputs: Sequence[str]
) -> pd.DataFrame:
    """Long table: predictor, output, position, x, label, value."""
    count = len(points.values)
    return pd.concat(
        pd.DataFrame(
            {
                "predictor": name,
                "output": output,
                "position": np.arange(count),
                "x": points.values,
                "label": points.labels,
                "value": mean[:, i],
            }
        )
        for i, output in enumerate(outputs)
    )


def _single_rows(name: str, points: _Points, each: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    """Long table of some cases: predictor, row, position, x, label, value."""
    some = np.arange(len(each))
    if len(each) > MOST_SINGLE_CASES:
        drawn = np.random.default_rng(SEED).choice(len(each), MOST_SINGLE_CASES, replace=False)
        some = np.sort(drawn)
    count = len(points.values)
    return pd.DataFrame(
        {
            "predictor": name,
            "row": np.repeat(rows[some], count),
            "position": np.tile(np.arange(count), len(some)),
            "x": np.tile(points.values, len(some)),
            "label": points.labels * len(some),
            "value": each[some].ravel(),
        }
    )


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


ANALYSIS = Analysis("dependence", "Computing how predictions change", 1.0, make)
