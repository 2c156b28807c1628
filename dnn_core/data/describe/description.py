"""The summary of a data set, and its notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from dnn_core.data.dataset import QUANTITIES, Dataset, Level, Variable, mask_missing, value_text
from dnn_core.data.describe.notices import ColumnFacts, Notice, find_notices
from dnn_core.data.encoding.predictor_columns import shared_by_nobody
from dnn_core.data.encoding.tabulate import LARGEST_ANSWER
from dnn_core.data.missing.missing_codes import SuspiciousCode, suspicious_codes, suspicious_words
from dnn_core.specs import EncodingSpec

BARS = 10
CATEGORIES = 12
"""Bars of the small chart of one variable: of a quantity, of categories at most."""

LONGEST_EXAMPLE = 60

MOST_WORDS = 1000
"""Columns of text with more distinct answers are not searched for words that say “no answer”."""

USUAL_RARE = EncodingSpec().rare_level_cases
"""Categories with fewer rows are pooled, unless somebody says otherwise."""


@dataclass(frozen=True)
class Description:
    """A data set at a glance.

    Parameters
    ----------
    rows, variables, numeric, text : int
    missing_share : float
        Share of all cells that are missing, codes and infinities among them.
    most_missing : tuple of str and float, optional
        The variable with most missing answers and their share; None if no
        answer is missing.
    duplicate_rows : int
        Rows that repeat an earlier one in every variable.
    table : pandas.DataFrame
        One row for each variable: variable, label, level (as shown),
        distribution (counts), missing (share), example (text).
    notices : tuple of Notice
    """

    rows: int
    variables: int
    numeric: int
    text: int
    missing_share: float
    most_missing: tuple[str, float] | None
    duplicate_rows: int
    table: pd.DataFrame
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class RoleSuggestion:
    """Whether a variable can serve as predictor, and why not."""

    role: Literal["feature", "leave out"]
    reason: str


def describe(
    dataset: Dataset,
    columns: Mapping[str, ColumnFacts] | None = None,
    duplicate_rows: int | None = None,
) -> Description:
    """Describe a data set; images count as one variable without a column.

    Parameters
    ----------
    dataset : Dataset
    columns : mapping of str to ColumnFacts, optional
        Result of `look_at_columns`, if available.
    duplicate_rows : int, optional
        Result of `count_duplicates`, if available.
    """
    looked = list((look_at_columns(dataset) if columns is None else columns).values())
    worst = max(looked, key=lambda column: column.missing, default=None)
    return Description(
        rows=len(dataset.frame),
        variables=len(dataset.variables),
        numeric=sum(1 for c in looked if c.numeric),
        text=sum(1 for c in looked if not c.numeric),
        missing_share=float(np.mean([c.missing for c in looked])) if looked else 0.0,
        most_missing=(worst.variable.name, worst.missing) if worst and worst.missing else None,
        duplicate_rows=count_duplicates(dataset) if duplicate_rows is None else duplicate_rows,
        table=_table(dataset, looked),
        notices=find_notices(looked, dataset.source.warnings),
    )


def look_at_columns(
    dataset: Dataset, known: Mapping[str, ColumnFacts] | None = None
) -> dict[str, ColumnFacts]:
    """Look at every value of every column, in the order of the data set.

    Parameters
    ----------
    dataset : Dataset
    known : mapping of str to ColumnFacts, optional
        Earlier facts on the same frame: only variables that were edited since are examined again.
    """
    known = known or {}
    looks = {}
    for variable in dataset.variables:
        if variable.level is Level.IMAGE:
            continue
        before = known.get(variable.name)
        if before is None or (before.variable is not variable and before.variable != variable):
            before = _look(dataset.frame[variable.name], variable)
        looks[variable.name] = before
    return looks


def count_duplicates(dataset: Dataset) -> int:
    """Rows that repeat an earlier one in every variable; digits differ in their images."""
    return 0 if dataset.images is not None else _duplicates(dataset.frame)


def suggest_role(dataset: Dataset, name: str) -> RoleSuggestion:
    """Suggest whether a variable should be a predictor.

    Raises
    ------
    UserError
        If the data set has no such variable.
    """
    variable = dataset.variable(name)
    if variable.level is Level.IDENTIFIER:
        return RoleSuggestion(
            "leave out", "It identifies rows and cannot help to predict new ones."
        )
    if variable.level is Level.TEXT:
        return RoleSuggestion("leave out", "Free text cannot be encoded as a predictor.")
    if variable.level is Level.IMAGE:
        return RoleSuggestion("feature", "The images are the input of the network.")
    answers = _answers(dataset.frame[name], variable)
    if not len(answers):
        return RoleSuggestion("leave out", "It has no answers.")
    if _all_rare(dataset.frame[name], variable):
        return RoleSuggestion(
            "leave out", "All of its answers are rare and would be pooled into one category."
        )
    if (answers != answers.iloc[0]).any():
        return RoleSuggestion("feature", "Its answers vary.")
    if len(answers) < len(dataset):
        return RoleSuggestion("feature", "It is answered by some and left empty by others.")
    return RoleSuggestion("leave out", "It never varies and cannot help a prediction.")


def _answers(series: pd.Series, variable: Variable) -> pd.Series:
    """Answers that are not missing; the same as `Dataset.answers`, only faster."""
    if variable.missing_codes or not pd.api.types.is_numeric_dtype(series):
        return mask_missing(series, variable.missing_codes).dropna()
    given: pd.Series = series[np.abs(series.to_numpy(dtype="float64")) < LARGEST_ANSWER]
    return given


def _look(series: pd.Series, variable: Variable) -> ColumnFacts:
    numeric = pd.api.types.is_numeric_dtype(series)
    answers = _answers(series, variable)
    infinite, codes = False, tuple[SuspiciousCode, ...]()
    distinct: np.ndarray
    counts: np.ndarray
    if numeric:
        values = answers.to_numpy(dtype="float64")
        distinct, counts = np.unique(values, return_counts=True)
        infinite = bool((np.abs(series.to_numpy(dtype="float64")) >= LARGEST_ANSWER).any())
        if variable.level is not Level.IDENTIFIER:
            codes = suspicious_codes(distinct, counts, variable.value_labels)
    else:
        tally = answers.value_counts()
        distinct, counts = tally.index.to_numpy(), tally.to_numpy()
        if variable.level not in (Level.IDENTIFIER, Level.TEXT) and len(tally) <= MOST_WORDS:
            words = [str(word) for word in distinct]
            codes = suspicious_words(words, counts.tolist(), variable.value_labels)
    return ColumnFacts(
        variable=variable,
        numeric=numeric,
        missing=1 - len(answers) / len(series) if len(series) else 0.0,
        distinct=len(distinct),
        infinite=infinite,
        # Most columns have a frequent answer; to look closer takes time.
        all_rare=bool(len(counts) > 1 and counts.max() < USUAL_RARE)
        and _all_rare(series, variable),
        codes=codes,
        distribution=_distribution(distinct, counts, variable.level),
        example=_example(answers, variable),
    )


def _all_rare(series: pd.Series, variable: Variable) -> bool:
    """Whether there are categories, and nothing would be left of them as they are encoded."""
    categories = variable.level in (Level.NOMINAL, Level.BINARY)
    # In fewer rows everything is rare, and says nothing of the variable.
    return (
        categories
        and len(series) >= 2 * USUAL_RARE
        and shared_by_nobody(series, variable, EncodingSpec())
    )


def _distribution(distinct: np.ndarray, counts: np.ndarray, level: Level) -> tuple[int, ...]:
    """Counts of a small chart: bins of a quantity, or the most frequent categories."""
    if level in (Level.IDENTIFIER, Level.TEXT) or not len(distinct):
        return ()
    if level in QUANTITIES and distinct.dtype.kind == "f" and len(distinct) > BARS:
        low, high = distinct[0], distinct[-1]
        # Halves keep the span of even the largest numbers finite.
        share = (distinct / 2 - low / 2) / (high / 2 - low / 2)
        bins = np.minimum((share * BARS).astype(int), BARS - 1)
        return tuple(int(n) for n in np.bincount(bins, weights=counts, minlength=BARS))
    if level is Level.NOMINAL:
        counts = np.sort(counts)[::-1]
    return tuple(int(n) for n in counts[:CATEGORIES])


def _example(answers: pd.Series, variable: Variable) -> str:
    """The first answer, by its label where there is one."""
    if not len(answers):
        return ""
    text = value_text(answers.iloc[0])
    text = variable.value_labels.get(text, text)
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"


def _duplicates(frame: pd.DataFrame) -> int:
    """Rows that equal an earlier one; stops as soon as the columns so far tell all apart."""
    groups = np.zeros(len(frame), dtype=np.int64)
    distinct_rows = 1
    for _, series in frame.items():
        codes, distinct = pd.factorize(series, use_na_sentinel=False)
        groups, distinct_groups = pd.factorize(groups * len(distinct) + codes)
        distinct_rows = len(distinct_groups)
        if distinct_rows == len(frame):
            return 0
    return len(frame) - distinct_rows


def _table(dataset: Dataset, columns: list[ColumnFacts]) -> pd.DataFrame:
    looked = {column.variable.name: column for column in columns}
    rows = []
    for variable in dataset.variables:
        column = looked.get(variable.name)
        rows.append(
            {
                "variable": variable.name,
                "label": variable.label,
                "level": variable.level.label,
                "distribution": list(column.distribution) if column else [],
                "missing": column.missing if column else 0.0,
                "example": column.example if column else "",
            }
        )
    names = ["variable", "label", "level", "distribution", "missing", "example"]
    return pd.DataFrame(rows, columns=names)
