"""Evidence that several checks share: training rows, their properties, and the parts.

The test part stays sealed: of its rows no check sees an outcome. Only
`duplicates_across_parts` asks whether whole rows are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.audit.finding import NotApplicable
from dnn_core.data.dataset import Dataset, Level, mask_missing, value_text
from dnn_core.data.encoding.tabulate import DAYS_IN_YEAR, LARGEST_ANSWER
from dnn_core.data.target import guess_kind
from dnn_core.specs import Kind, Part, SplitSpec, Task

MOST_ROWS = 20_000
"""A figure from so many rows is precise to two decimals: the standard error of a share is at most
0.0035. More rows would only take time."""

MOST_CELLS = 4_000_000
"""Rows are drawn more thinly where there are very many predictors."""

FEWEST_ROWS = 40
"""With fewer training rows a predictor can look perfect by chance."""

SEED = 1

FIRST_YEAR, LAST_YEAR = 1850.0, 2150.0
"""Numbers that are all within this range can be dates, which are read as years with decimals."""

DATED_SHARE = 0.95

HEAD = 1000
"""Rows that show whether a variable can be a date."""


@dataclass(frozen=True, eq=False)
class Column:
    """Answers of one predictor in the examined rows.

    Parameters
    ----------
    values : numpy.ndarray
        float64: numbers, or positions of categories; not a number where there is no answer.
    categories : int
        How many categories there are; 0 for a number.
    distinct : int
        How many different answers there are.
    """

    values: np.ndarray
    categories: int
    distinct: int

    @cached_property
    def answered(self) -> np.ndarray:
        """Which rows have an answer, bool."""
        return np.isfinite(self.values)


@dataclass(frozen=True, eq=False)
class Evidence:
    """A data set with its split, and a sample of its training rows.

    Parameters
    ----------
    parts : dict of str to numpy.ndarray
        From `split_rows`.
    folds : int
        Not 0 where networks take turns: then the validation part is the training part.
    alone : dict
        Results of `tell_alone` so far, by predictor.
    """

    dataset: Dataset
    task: Task
    split: SplitSpec
    parts: dict[Part, np.ndarray]
    folds: int
    alone: dict[str, Any] = field(default_factory=dict)
    _columns: dict[str, Column] = field(default_factory=dict)

    @cached_property
    def predictors(self) -> tuple[str, ...]:
        """Predictors that are columns; empty for images."""
        task, dataset = self.task, self.dataset
        return tuple(n for n in task.features if dataset.variable(n).level is not Level.IMAGE)

    @cached_property
    def rows(self) -> np.ndarray:
        """The examined training rows, sorted."""
        training = self.parts[Part.TRAINING]
        wanted = min(MOST_ROWS, max(1000, MOST_CELLS // max(len(self.predictors), 1)))
        if len(training) <= wanted:
            return training
        return np.sort(np.random.default_rng(SEED).choice(training, wanted, replace=False))

    @cached_property
    def first_half(self) -> np.ndarray:
        """Which of the rows are in the first of two random halves, bool."""
        half = np.zeros(len(self.rows), dtype=bool)
        order = np.random.default_rng(SEED).permutation(len(half))
        half[order[: len(half) // 2]] = True
        return half

    @cached_property
    def is_quantity(self) -> bool:
        """Whether the outcome is told as a number rather than as one of several categories."""
        kind = self.task.kind or guess_kind(self.dataset, self.task.target).kind
        numeric = pd.api.types.is_numeric_dtype(self.dataset.answers(self.task.target))
        return numeric and kind not in (Kind.BINARY, Kind.MULTICLASS)

    @cached_property
    def outcome(self) -> np.ndarray:
        """Outcome of the rows: float64, or int64 positions of categories."""
        answers = self.dataset.answers(self.task.target).iloc[self.rows]
        if self.is_quantity:
            return answers.to_numpy(dtype="float64")
        return pd.factorize(answers, sort=True)[0].astype("int64")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Labels of the outcome's categories, by position; empty for a quantity."""
        if self.is_quantity:
            return ()
        answers = self.dataset.answers(self.task.target).iloc[self.rows]
        known = self.dataset.variable(self.task.target).value_labels
        names = [value_text(value) for value in pd.factorize(answers, sort=True)[1]]
        return tuple(known.get(name, name) for name in names)

    def column(self, name: str) -> Column:
        """Answers of one predictor in `rows`."""
        if name not in self._columns:
            self._columns[name] = self._read(name)
        return self._columns[name]

    def _read(self, name: str) -> Column:
        numbers = _numbers(self.dataset, name, self.rows)
        if numbers is not None and self.dataset.variable(name).level is not Level.NOMINAL:
            return Column(numbers, 0, len(np.unique(numbers[np.isfinite(numbers)])))
        codes, values_seen = pd.factorize(self.answers(name, self.rows))
        return Column(np.where(codes < 0, np.nan, codes), len(values_seen), len(values_seen))

    def numbers(self, name: str, rows: np.ndarray) -> np.ndarray | None:
        """Numbers of some rows, not a number where there is no answer; None for text."""
        return _numbers(self.dataset, name, rows)

    def answers(self, name: str, rows: np.ndarray) -> pd.Series:
        """Answers to one variable in some rows; missing codes are missing."""
        return _answers(self.dataset, name, rows)

    def times(self, name: str, rows: np.ndarray) -> np.ndarray | None:
        """`read_times` of this data set."""
        return read_times(self.dataset, name, rows)


def _answers(dataset: Dataset, name: str, rows: np.ndarray) -> pd.Series:
    # Rows first: most of a large column is not looked at.
    return mask_missing(dataset.frame[name].iloc[rows], dataset.variable(name).missing_codes)


def _numbers(dataset: Dataset, name: str, rows: np.ndarray) -> np.ndarray | None:
    """Numbers of some rows, not a number where there is no answer; None for text."""
    series = dataset.frame[name]
    if not pd.api.types.is_numeric_dtype(series):
        return None
    if dataset.variable(name).missing_codes:
        return _answers(dataset, name, rows).to_numpy(dtype="float64", na_value=np.nan)
    # The same without pandas, whose steps take longer than the work where columns are many.
    values = series.to_numpy(dtype="float64", na_value=np.nan)[rows]
    return np.where(np.abs(values) < LARGEST_ANSWER, values, np.nan)


def read_times(dataset: Dataset, name: str, rows: np.ndarray) -> np.ndarray | None:
    """Dates of some rows as years with decimals; None for a variable that holds no dates.

    Dates are numbers that are years, as the readers make them, or text as ISO 8601 writes
    it.

    Returns
    -------
    numpy.ndarray, optional
        float64, shape (rows,); not a number where there is no date.
    """
    numbers = _numbers(dataset, name, rows)
    if numbers is not None:
        finite = numbers[np.isfinite(numbers)]
        if not len(finite) or finite.min() == finite.max():
            return None
        are_years = finite.min() >= FIRST_YEAR and finite.max() <= LAST_YEAR
        return numbers if are_years else None
    first = _answers(dataset, name, rows[:50]).dropna().astype(str)
    if not first.str.match(r"\d{4}-\d{2}").all():
        return None
    answers = _answers(dataset, name, rows)
    known = answers.dropna()
    if known.empty:
        return None
    dates = pd.to_datetime(answers, format="ISO8601", errors="coerce", utc=True)
    if dates.notna().sum() < DATED_SHARE * len(known):
        return None
    return (dates.dt.year + (dates.dt.day_of_year - 1) / DAYS_IN_YEAR).to_numpy(dtype="float64")


def dated_variables(dataset: Dataset) -> tuple[str, ...]:
    """Variables that hold dates or years, by their first rows; in the order of the file."""
    head = np.arange(min(len(dataset), HEAD))
    columns = (v.name for v in dataset.variables if v.level is not Level.IMAGE)
    return tuple(name for name in columns if read_times(dataset, name, head) is not None)


def require_columns(evidence: Evidence) -> None:
    """Raise `NotApplicable` for images, and where there are too few training rows."""
    if not evidence.predictors:
        raise NotApplicable(
            "The predictors are pixels, and a single pixel has no meaning of its own."
        )
    if len(evidence.parts[Part.TRAINING]) < FEWEST_ROWS:
        raise NotApplicable(
            f"It takes {FEWEST_ROWS} training rows to tell a perfect predictor from chance."
        )
