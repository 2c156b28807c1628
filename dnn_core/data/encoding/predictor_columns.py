"""Predictors as columns of an encoding: what can be one, and what its training rows tell apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from dnn_core.data.dataset import QUANTITIES, USABLE_LEVELS, Dataset, Level, Variable
from dnn_core.data.encoding.encoder import Column, distinct_answers
from dnn_core.data.encoding.tabulate import NO_ANSWER, look
from dnn_core.data.levels.guess import uncountable
from dnn_core.data.missing.missing_reasons import missing_reasons
from dnn_core.errors import UserError
from dnn_core.specs import EncodingSpec, MissingKinds


def column_of(dataset: Dataset, name: str) -> Column:
    """One predictor, with every reason for a missing answer that its codes may stand for."""
    return _column_from(dataset.frame[name], dataset.variable(name))


def _column_from(series: pd.Series, variable: Variable) -> Column:
    level = variable.level
    numbers = pd.api.types.is_numeric_dtype(series)
    return Column(
        variable.name,
        numbers and level in (*QUANTITIES, Level.ORDINAL),
        variable.missing_codes,
        missing_reasons(variable),
        count=level is Level.COUNT,
        words=not numbers,
    )


def column_in_training(
    dataset: Dataset, name: str, encoding: EncodingSpec, training: np.ndarray
) -> Column:
    """One predictor, and which kinds of missing answer its training rows tell apart."""
    _require_usable(dataset, name)
    level, series = dataset.variable(name).level, dataset.frame[name]
    if level in QUANTITIES and not pd.api.types.is_numeric_dtype(series):
        raise UserError(
            f"“{name}” is marked as {level.label.lower()} but holds text.",
            received=str(series.dropna().iloc[0]) if series.notna().any() else "no answers",
            remedy="Mark it as nominal on the page Variables, or read the column as numbers.",
        )
    if level is Level.COUNT:
        _require_counts(dataset, name)
    column = column_of(dataset, name)
    if encoding.missing_kinds is MissingKinds.TOGETHER:
        column = replace(column, reasons=())
    counts = count_missing(series.iloc[training], column)
    none = counts.pop(NO_ANSWER)
    kinds = tuple(kind for kind, n in counts.items() if n >= encoding.rare_level_cases)
    if column.numeric and none + sum(n for kind, n in counts.items() if kind not in kinds):
        # Categories have one for no answer without being told.
        kinds = (NO_ANSWER, *kinds)
    return replace(column, kinds=kinds)


def _require_usable(dataset: Dataset, name: str) -> None:
    """Raise for answers that no two rows share: encoded, they would be the same in every row."""
    level = dataset.variable(name).level
    if level in USABLE_LEVELS:
        return
    raise UserError(
        f"“{name}” cannot be a predictor.",
        expected=", ".join(usable.label.lower() for usable in USABLE_LEVELS),
        received=level.label.lower(),
        remedy="Leave it out of the predictors, sort its answers into categories in the file, or "
        "give it another level on the page Variables.",
    )


def require_shared(
    dataset: Dataset, features: tuple[str, ...], encoding: EncodingSpec, training: np.ndarray
) -> None:
    """Raise where all answers to a predictor are rare: pooled, they say the same of every row.

    Raises
    ------
    UserError
    """
    for name in features:
        # Of free text, its level is the reason.
        _require_usable(dataset, name)
        column = column_of(dataset, name)
        if column.numeric:
            continue
        rows = rows_of_answers(dataset.frame[column.name].iloc[training], column)
        if _all_rare(rows, encoding):
            raise UserError(
                f"Nothing would be left of “{column.name}”: rare answers become one category, "
                "and all of its answers are rare.",
                expected=f"an answer that at least {encoding.rare_level_cases} training rows give",
                received=f"{len(rows):,} different answers, each in {rows.iloc[0]:,} training "
                "rows at most",
                remedy="Leave it out of the predictors, sort its answers into fewer categories in "
                "the file, or lower “Rare categories, cases” on the page Network.",
            )


def shared_by_nobody(series: pd.Series, variable: Variable, encoding: EncodingSpec) -> bool:
    """Whether a predictor has categories of which all are rare."""
    column = _column_from(series, variable)
    return not column.numeric and _all_rare(rows_of_answers(series, column), encoding)


def _all_rare(rows: pd.Series, encoding: EncodingSpec) -> bool:
    """Whether each of several answers is rare, from the rows with each, most first."""
    return len(rows) > 1 and bool(rows.iloc[0] < encoding.rare_level_cases)


def count_missing(series: pd.Series, column: Column) -> dict[str, int]:
    """Count each kind of missing answer of one column, no answer at all first."""
    kinds = list(dict.fromkeys(kind for _, kind in column.reasons))
    _, why = look(series, vars(column), kinds)
    counts = np.bincount(why, minlength=2 + len(kinds))[1:].tolist()
    return dict(zip([NO_ANSWER, *kinds], counts, strict=True))


def _require_counts(dataset: Dataset, name: str) -> None:
    wrong = uncountable(dataset.answers(name))
    if len(wrong):
        raise UserError(
            f"“{name}” is marked as count but holds other numbers.",
            expected="whole numbers of at least 0",
            received=f"{wrong.iloc[0]:g}",
            remedy="Mark it as interval on the page Variables, or declare such numbers as "
            "missing codes.",
        )


def rows_of_answers(series: pd.Series, column: Column) -> pd.Series:
    """Rows with each answer, or without one, by its text; the most frequent first."""
    places, words = distinct_answers(series, column)
    # The last is that of the place -1.
    counts = np.bincount(places.astype("int64") % len(words), minlength=len(words))
    rows = pd.Series(counts).groupby(words).sum().sort_values(ascending=False)
    return rows[rows > 0]
