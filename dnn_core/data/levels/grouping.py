"""Sort cases into the groups of a variable: its categories, or ranges of its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnn_core.data.dataset import QUANTITIES, Dataset, Level, texts
from dnn_core.errors import UserError

GROUPING_LEVELS = (Level.BINARY, Level.NOMINAL, Level.ORDINAL, *QUANTITIES)

MOST_CATEGORIES = 12
"""Maximum number of categories; beyond it the most frequent are kept, so that the chart stays
readable."""

RANGES = 4
"""Quarters: of a few hundred cases each still has enough for an interval."""

FEW_NUMBERS = 6
"""Numbers that take at most so many values are groups as they are."""

OTHERS, MISSING = "other answers", "no answer"


def grouping_variables(dataset: Dataset) -> tuple[str, ...]:
    """Names of the variables whose answers make groups."""
    return tuple(v.name for v in dataset.variables if v.level in GROUPING_LEVELS)


def group_labels(dataset: Dataset, name: str, rows: np.ndarray) -> pd.Series:
    """The group of some rows.

    Parameters
    ----------
    dataset : Dataset
    name : str
        A variable of `grouping_variables`.
    rows : numpy.ndarray
        Row numbers, shape (cases,).

    Returns
    -------
    pandas.Series
        Ordered categories of text, length cases: labels of values, the less frequent of
        more than `MOST_CATEGORIES` together; quarters of these rows' numbers, as “18 to 34”;
        those without an answer last.

    Raises
    ------
    UserError
        If the answers of the variable make no groups.
    """
    variable = dataset.variable(name)
    if variable.level not in GROUPING_LEVELS:
        raise UserError(
            f"“{variable.title}” has no groups.",
            expected="categories or numbers",
            received=variable.level.label.lower(),
            remedy="Choose another variable.",
        )
    answers = dataset.answers(name).iloc[rows].reset_index(drop=True)
    if variable.level in QUANTITIES and answers.nunique() > FEW_NUMBERS:
        return _in_ranges(answers)
    values = pd.Series(sorted(answers.dropna().unique()))
    if len(values) > MOST_CATEGORIES:
        frequent = answers.value_counts().index[: MOST_CATEGORIES - 1]
        values = values[values.isin(frequent)]
    words = [variable.value_labels.get(text, text) for text in texts(values)]
    grouped = answers.map(dict(zip(values, words, strict=True))).astype("object")
    grouped = grouped.where(grouped.notna() | answers.isna(), OTHERS)
    return _ordered(grouped, [*words, OTHERS])


def _in_ranges(answers: pd.Series) -> pd.Series:
    """Quarters, with as many of the same answer as there are in one of them."""
    position = pd.qcut(answers, RANGES, labels=False, duplicates="drop")
    ends = answers.groupby(position).agg(["min", "max"])
    words = {
        place: f"{low:.7g}" if low == high else f"{low:.7g} to {high:.7g}"
        for place, low, high in ends.itertuples()
    }
    return _ordered(position.map(words).astype("object"), list(words.values()))


def _ordered(answers: pd.Series, words: list[str]) -> pd.Series:
    answers = answers.where(answers.notna(), MISSING)
    # Two values may have the same label; then they are one group.
    present = [word for word in dict.fromkeys([*words, MISSING]) if (answers == word).any()]
    return pd.Series(pd.Categorical(answers, present, ordered=True))
