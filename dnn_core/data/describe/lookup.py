"""Details of one variable: its values with labels and counts, and its missing answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnn_core.data.dataset import QUANTITIES, Dataset, Level, Variable, texts, value_text
from dnn_core.data.encoding.tabulate import among_codes
from dnn_core.data.missing.missing_words import labels_of_missing

MOST_VALUES = 30
"""Maximum number of values listed; beyond it those with labels and the most frequent ones."""

MANY_VALUES = 1000
"""Beyond this number of values only some are converted to text, which takes time."""

LONGEST_FINDING = 60
"""Characters of the place where a search found something."""


def find_words(variable: Variable, words: str) -> str | None:
    """Where a variable holds some words; capital letters do not matter.

    Returns
    -------
    str or None
        Empty if they are in its name or label, else the question or the value label that
        holds them, as “-99 = Refused”; None if they are nowhere.
    """
    wanted = words.casefold().strip()
    if wanted in variable.name.casefold() or wanted in variable.label.casefold():
        return ""
    if wanted in variable.question.casefold():
        return _shorten(variable.question)
    for value, label in variable.value_labels.items():
        if wanted in label.casefold():
            return _shorten(f"{value} = {label}")
    return None


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_FINDING else text[: LONGEST_FINDING - 1] + "…"


@dataclass(frozen=True)
class Lookup:
    """The details of one variable.

    Parameters
    ----------
    variable : Variable
    rows, answered : int
        Rows of the data set, and those with an answer.
    distinct : int
        Different answers.
    values : pandas.DataFrame
        value (text), label, count, share (of the answers) and, with a weight,
        weighted (share of the answers): one row for each answer or label, in order;
        at most `MOST_VALUES`. Of a quantity with more values only those with a label;
        none of an identifier.
    missing : pandas.DataFrame
        value, label, count: declared codes that somebody gave or that have a label, and
        empty cells (value "").
    summary : tuple of (str, float)
        Lowest, quartiles, mean and highest of a quantity; empty for categories.
    """

    variable: Variable
    rows: int
    answered: int
    distinct: int
    values: pd.DataFrame
    missing: pd.DataFrame
    summary: tuple[tuple[str, float], ...]


def look_up(dataset: Dataset, name: str, weight: str | None = None) -> Lookup:
    """Look one variable up.

    Parameters
    ----------
    dataset : Dataset
    name : str
    weight : str, optional
        Variable with the weights; rows without one count nothing.

    Raises
    ------
    UserError
        If the data set has no such variable.
    """
    variable = dataset.variable(name)
    answers = dataset.answers(name)
    weights = None if weight is None else dataset.answers(weight).fillna(0).clip(lower=0)
    raw = answers.value_counts()
    counted = _in_words(raw, variable)
    is_quantity = pd.api.types.is_numeric_dtype(answers) and variable.level in QUANTITIES
    return Lookup(
        variable=variable,
        rows=len(answers),
        answered=int(answers.notna().sum()),
        distinct=len(raw),
        values=_values(variable, answers, _listed(variable, counted, is_quantity), weights),
        missing=_missing(variable, dataset.frame[name], answers),
        summary=_summary(answers.dropna()) if is_quantity else (),
    )


def _in_words(raw: pd.Series, variable: Variable) -> pd.Series:
    """Rows by the text of a value, the most frequent first; of very many, those that count."""
    if len(raw) > MANY_VALUES:
        labelled = pd.Series(list(variable.value_labels), dtype="object")
        if pd.api.types.is_numeric_dtype(raw.index):
            labelled = pd.to_numeric(labelled, errors="coerce")
        raw = raw[(np.arange(len(raw)) <= MOST_VALUES) | raw.index.isin(labelled)]
    return pd.Series(raw.to_numpy(), index=[value_text(value) for value in raw.index])


def _listed(variable: Variable, counted: pd.Series, is_quantity: bool) -> pd.Series:
    """Rows of the values that are listed, in order."""
    codes = _declared(pd.Series(list(variable.value_labels), dtype="object"), variable)
    # Files label codes for missing answers that nobody gave.
    silent = labels_of_missing(variable.value_labels)
    labelled = [
        value
        for value, code in zip(variable.value_labels, codes, strict=True)
        if not code and (value in counted.index or value not in silent)
    ]
    if variable.level is Level.IDENTIFIER:
        frequent = []
    elif is_quantity and len(counted) > MOST_VALUES:
        frequent = [value for value in counted.index if value in variable.value_labels]
    else:
        frequent = list(counted.index[:MOST_VALUES])
    listed = sorted(dict.fromkeys([*labelled, *frequent][:MOST_VALUES]), key=_order)
    return counted.reindex(listed, fill_value=0)


def _values(
    variable: Variable, answers: pd.Series, listed: pd.Series, weights: pd.Series | None
) -> pd.DataFrame:
    answered = max(int(answers.notna().sum()), 1)
    frame = pd.DataFrame(
        {
            "value": listed.index.to_numpy(dtype="object"),
            "label": [variable.value_labels.get(value, "") for value in listed.index],
            "count": listed.to_numpy(),
            "share": listed.to_numpy() / answered,
        }
    )
    if weights is not None:
        numeric = pd.api.types.is_numeric_dtype(answers)
        given = [float(value) if numeric and _is_number(value) else value for value in listed.index]
        total = float(weights[answers.notna()].sum()) or 1.0
        frame["weighted"] = [float(weights[answers == value].sum()) / total for value in given]
    return frame


def _missing(variable: Variable, series: pd.Series, answers: pd.Series) -> pd.DataFrame:
    """Codes with their rows, then empty cells and what is no number an answer could be."""
    gone = texts(series[answers.isna().to_numpy()])
    declared = _declared(gone.fillna(""), variable) & gone.notna()
    counted = gone[declared].value_counts()
    codes = _declared(pd.Series(list(variable.value_labels), dtype="object"), variable)
    labelled = [v for v, code in zip(variable.value_labels, codes, strict=True) if code]
    single = [code for code in variable.missing_codes if " to " not in code]
    listed = sorted({*single, *labelled, *counted.index[:MOST_VALUES]}, key=_order)
    rows = [(v, variable.value_labels.get(v, ""), int(counted.get(v, 0))) for v in listed]
    empty = int(answers.isna().sum()) - int(counted.sum())
    rows += [("", "no answer in the file", empty)] if empty else []
    return pd.DataFrame(rows, columns=["value", "label", "count"])


def _declared(values: pd.Series, variable: Variable) -> pd.Series:
    """Which texts of values are declared missing codes, or lie in a range of them."""
    numbers = pd.to_numeric(values, errors="coerce")
    return values.isin(list(variable.missing_codes)) | among_codes(
        numbers.astype("float64"), variable.missing_codes
    )


def _order(value: str) -> tuple[int, float, str]:
    """Numbers first, in their order, then words."""
    return (0, float(value), "") if _is_number(value) else (1, 0.0, value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _summary(answers: pd.Series) -> tuple[tuple[str, float], ...]:
    if not len(answers):
        return ()
    low, first, median, third, high = np.quantile(answers, [0, 0.25, 0.5, 0.75, 1])
    return (
        ("Lowest", float(low)),
        ("First quartile", float(first)),
        ("Median", float(median)),
        ("Mean", float(answers.mean())),
        ("Third quartile", float(third)),
        ("Highest", float(high)),
    )
