"""Parts that follow a column of the data: stretches of time, or values of one's choice."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset, Level, texts
from dnn_core.errors import UserError
from dnn_core.specs import Part, SplitMethod, SplitSpec, Task
from dnn_core.wording import plural

FEWEST_TIMES = 3
"""One for each part."""

_ISO_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])([T ].*)?)?")
"""Months and days as ISO 8601 writes them: as text they are in time order."""


def require_turns(units: int, folds: int, noun: str) -> None:
    """Refuse more networks than there are units to leave out."""
    if units < folds:
        raise UserError(
            f"{folds} networks cannot take turns with {units} {noun}.",
            expected=f"at least {folds}",
            remedy="Train fewer networks, or choose one validation part for all of them.",
        )


def _column(dataset: Dataset, task: Task, split: SplitSpec) -> pd.Series:
    """Answers of the variable that the rows are split by."""
    words = f"The split “{split.method_for(task).label}” needs a variable to split by"
    if split.by is None:
        raise UserError(
            f"{words}.", remedy="Choose one under “Split by”, or choose another method."
        )
    if split.by == task.target or dataset.variable(split.by).level is Level.IMAGE:
        raise UserError(
            f"{words}, and “{split.by}” cannot be it.",
            expected="a variable that is neither the outcome nor the images",
            remedy="Choose another one under “Split by”.",
        )
    return dataset.answers(split.by)


def chosen_rows(dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray) -> np.ndarray:
    """Test rows by their values; rows without a value are never among them.

    Parameters
    ----------
    rows : numpy.ndarray
        Row numbers to choose from.

    Raises
    ------
    UserError
        If no value is chosen, or no row has a chosen one.
    """
    column = _column(dataset, task, split)
    if not split.test_values:
        raise UserError(
            f"No value of “{split.by}” is chosen for the test part.",
            remedy="Choose at least one value for the test part.",
        )
    test = rows[texts(column.iloc[rows]).isin(split.test_values).to_numpy()]
    if len(test) == 0:
        raise UserError(
            f"No row with an outcome has a chosen value of “{split.by}”.",
            received=", ".join(split.test_values[:5]),
            remedy="Choose other values for the test part.",
        )
    return test


def in_time_order(
    dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray, folds: int
) -> dict[Part, np.ndarray]:
    """The latest rows are the test part, the latest of the others the validation part.

    Rows of one time stay together; a boundary is where that comes nearest to the
    share asked for. With `folds`, training takes all rows before the test part,
    which is the same as without them.

    Raises
    ------
    UserError
        If there are too few times, a row has none, or they have no order.
    """
    codes, counts = _times(dataset, task, split, rows)
    if len(counts) < FEWEST_TIMES:
        raise UserError(
            f"“{split.by}” has only {plural(len(counts), 'different time')}.",
            expected=f"at least {FEWEST_TIMES}, one for each part; rows of one time stay together",
            remedy="Split by a finer measure of time, or choose the method "
            f"“{SplitMethod.COLUMN.label}” and the values of the test part.",
        )
    # Two times remain for training and validation, so that no part can be empty.
    (last,) = _cuts(counts, [len(rows) * (1 - split.test)], lowest=FEWEST_TIMES - 1)
    rest, test = rows[codes < last], rows[codes >= last]
    if folds:
        require_turns(last, folds, f"times of “{split.by}” before the test part")
        return {Part.TRAINING: rest, Part.VALIDATION: rest, Part.TEST: test}
    share = split.validation / (1 - split.test)
    (first,) = _cuts(counts[:last], [len(rest) * (1 - share)])
    return {
        Part.TRAINING: rows[codes < first],
        Part.VALIDATION: rows[(codes >= first) & (codes < last)],
        Part.TEST: test,
    }


def stretches(
    dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray, folds: int
) -> np.ndarray:
    """Number of each row's stretch of time, the earliest 0; stretches have about as many rows."""
    codes, counts = _times(dataset, task, split, rows)
    require_turns(len(counts), folds, f"times of “{split.by}” before the test part")
    cuts = _cuts(counts, [len(rows) * number / folds for number in range(1, folds)])
    return np.searchsorted(cuts, codes, side="right").astype("int64")


def _times(
    dataset: Dataset, task: Task, split: SplitSpec, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Position of each row's time among the different times, and how many rows each has.

    Raises
    ------
    UserError
        If a row has no time, or the times are text other than ISO dates.
    """
    answers = _column(dataset, task, split).iloc[rows]
    missing = int(answers.isna().sum())
    if missing:
        verb = "has" if missing == 1 else "have"
        raise UserError(
            f"{missing:,} of {len(rows):,} rows with an outcome {verb} no value of “{split.by}”, "
            "so the time is unknown.",
            remedy="Split by another variable, or leave these rows out of the file.",
        )
    values = answers.to_numpy()
    if not pd.api.types.is_numeric_dtype(answers):
        values = values.astype(str)
        for text in np.unique(values):
            if not _ISO_DATE.fullmatch(text):
                raise UserError(
                    f"“{split.by}” is text without an order in time.",
                    expected="numbers, or dates written like 2021-05-31",
                    received=f"“{text[:40]}”",
                    remedy="Split by another variable, or write the dates in this way.",
                )
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    return codes, counts


def _cuts(counts: np.ndarray, wanted: Sequence[float], lowest: int = 1) -> list[int]:
    """Cut ordered values as near to the wanted numbers of rows as whole values allow.

    Parameters
    ----------
    counts : numpy.ndarray
        Rows of each value; more values than cuts.
    wanted : sequence of float
        How many rows are to be before each cut, ascending.
    lowest : int
        How many values are at least before the first cut.

    Returns
    -------
    list of int
        How many values are before each cut; every piece has at least one.
    """
    before = np.cumsum(counts)
    cuts: list[int] = []
    for number, rows in enumerate(wanted):
        low = cuts[-1] + 1 if cuts else lowest
        high = len(counts) - len(wanted) + number
        cuts.append(low + int(np.argmin(np.abs(before[low - 1 : high] - rows))))
    return cuts
