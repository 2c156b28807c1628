"""The possible answers of one case: those of other cases, and reasons for no answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dnn_core.data.dataset import Dataset
from dnn_core.data.encoding.predictor_columns import column_of
from dnn_core.data.encoding.tabulate import look
from dnn_core.data.missing.missing_reasons import MARK

NO_REASON = "No answer"
"""The reason where none is given."""


@dataclass(frozen=True)
class Choices:
    """The possible values of one predictor.

    Parameters
    ----------
    answers : tuple
        Raw values of all rows that are answers, each once, in ascending order.
    missing : dict of str to object
        Reasons for having no answer that rows have, and a raw value that stands for each.
    """

    answers: tuple[Any, ...]
    missing: dict[str, Any]


def choices_of(dataset: Dataset, name: str) -> Choices:
    """Answers of one predictor and, apart from them, its missing codes and empty cells.

    Raises
    ------
    UserError
        If the data set has no such variable.
    """
    raw, given = dataset.frame[name], dataset.answers(name)
    none = raw[given.isna().to_numpy()].drop_duplicates()
    missing: dict[str, Any] = {}
    for value, reason in zip(none.tolist(), _reasons(dataset, name, none), strict=True):
        missing.setdefault(reason or NO_REASON, value)
    return Choices(tuple(sorted(given.dropna().unique().tolist())), missing)


def why_missing(dataset: Dataset, name: str, value: object) -> str | None:
    """The reason that a raw value of a predictor stands for; None if it is an answer."""
    one = pd.Series([value], dtype=dataset.frame[name].dtype)
    return _reasons(dataset, name, one)[0]


def _reasons(dataset: Dataset, name: str, values: pd.Series) -> list[str | None]:
    """Whether the encoder distinguishes kinds of missing answers."""
    column = column_of(dataset, name)
    kinds = list(dict.fromkeys(kind for _, kind in column.reasons))
    names = [None, NO_REASON, *(kind.removesuffix(MARK) for kind in kinds)]
    return [names[why] for why in look(values, vars(column), kinds)[1]]
