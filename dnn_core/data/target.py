"""The outcome: its kind, its categories and its coding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.data.dataset import QUANTITIES, Dataset, Level, Variable, texts
from dnn_core.errors import UserError
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import impossible
from dnn_core.outcome.output import output_for
from dnn_core.outcome.row import Outcome
from dnn_core.specs import Kind
from dnn_core.wording import plural

MOST_CLASSES = 100
"""More categories than this are almost always a quantity or an identifier."""

MOST_NAMED = 3
"""Values that a message quotes."""

FEWEST_AMOUNTS = 100
"""Different values of a number that may be guessed to be an amount: years of schooling or
points of a scale have fewer."""

STRONG_SKEWNESS = 1.5
LOG_SKEWNESS = 0.6
"""From and up to which numbers are guessed to be an amount: between an exponential
distribution's 2 and what a normal one never shows, and near symmetry. Conventions of this
project, chosen so that few outcomes are guessed to be amounts."""

FEWEST_CASES = 3
"""A category needs a case in each of the three parts."""


@dataclass(frozen=True)
class KindGuess:
    """A kind of task and the reason for guessing it."""

    kind: Kind
    reason: str


def guess_kind(dataset: Dataset, target: str) -> KindGuess:
    """Guess the kind of task from the outcome's values and level."""
    level = dataset.variable(target).level
    answers = dataset.answers(target)
    distinct = int(answers.nunique())
    if distinct == 2:
        return KindGuess(Kind.BINARY, f"Guessed because {target} has exactly two values.")
    numeric = pd.api.types.is_numeric_dtype(answers)
    if numeric and level is Level.COUNT:
        return KindGuess(Kind.COUNT, f"Guessed because {target} has the level “{level.label}”.")
    if numeric and level in QUANTITIES and _is_amount(answers):
        return KindGuess(
            Kind.AMOUNT,
            f"Guessed because {target} is always above 0, has {distinct:,} values, and is strongly "
            "skewed to the right, which its logarithm is not.",
        )
    if numeric and level in QUANTITIES:
        return KindGuess(
            Kind.REGRESSION, f"Guessed because {target} is a number with {distinct:,} values."
        )
    # The order of words is not known.
    if numeric and level is Level.ORDINAL:
        return KindGuess(
            Kind.ORDINAL,
            f"Guessed because {target} has {distinct} ordered categories. If you declare it a "
            "quantity, the task is a regression.",
        )
    return KindGuess(Kind.MULTICLASS, f"Guessed because {target} has {distinct} categories.")


def _is_amount(answers: pd.Series) -> bool:
    """Whether numbers are clearly what a gamma regression with logarithmic link is made for."""
    values = answers.dropna().to_numpy(dtype="float64")
    if answers.nunique() < FEWEST_AMOUNTS or not (np.isfinite(values) & (values > 0)).all():
        return False
    raw, of_logarithm = _skewness(values), abs(_skewness(np.log(values)))
    return raw >= STRONG_SKEWNESS and of_logarithm <= min(LOG_SKEWNESS, raw / 3)


def _skewness(values: np.ndarray) -> float:
    """Third standardised moment; 0 for a constant."""
    away = values - values.mean()
    deviation = away.std()
    return float((away**3).mean() / deviation**3) if deviation > 0 else 0.0


@dataclass(frozen=True)
class TargetCoding:
    """How the outcome becomes numbers and back.

    For a quantity the network learns (y - mean) / scale; a count or an amount has mean
    0 here and its mean as scale, so that one whose mean is 300 is learnt as readily as one of
    0.3.
    For categories it learns the position in `classes`.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0
    missing_codes: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """Number of output units."""
        return output_for(self).units

    @property
    def positive(self) -> str:
        """Label of the category whose probability a binary network gives."""
        return self.labels[1]

    def encode(self, answers: pd.Series) -> np.ndarray:
        """Return float32 (quantity) or int32 (categories), shape (rows,)."""
        if self.kind.numeric:
            return answers.to_numpy(dtype="float32", na_value=np.nan)
        position = {name: i for i, name in enumerate(self.classes)}
        return texts(answers).map(position).to_numpy(dtype="int32")

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "kind": self.kind.value}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TargetCoding:
        sequences: dict[str, Any] = {
            key: tuple(values[key]) for key in ("classes", "labels", "missing_codes")
        }
        return cls(**{**values, **sequences, "kind": Kind(values["kind"])})


def code_target(
    dataset: Dataset, target: str, kind: Kind | None, training: np.ndarray
) -> TargetCoding:
    """Fit the coding of the outcome; mean and scale come from training rows.

    Raises
    ------
    UserError
        If the outcome cannot be predicted as this kind.
    """
    variable = dataset.variable(target)
    kind = kind or guess_kind(dataset, target).kind
    answers = dataset.answers(target)
    common: dict[str, Any] = {"name": target, "kind": kind, "missing_codes": variable.missing_codes}
    outcome = outcome_of(kind)
    if outcome.is_categorical:
        classes, labels = _categories(answers, variable, kind)
        return TargetCoding(**common, classes=classes, labels=labels)
    _require_possible(answers, target, outcome)
    mean, deviation = _moments(answers, target, training)
    if outcome.mean_divided:
        return TargetCoding(**common, scale=mean)
    return TargetCoding(**common, mean=mean, scale=deviation)


def _categories(
    answers: pd.Series, variable: Variable, kind: Kind
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Categories in their order, and a label of its own for each."""
    target = variable.name
    if kind is Kind.ORDINAL and not pd.api.types.is_numeric_dtype(answers):
        raise UserError(
            f"The categories of “{target}” are words, and the file does not say their order.",
            expected="numbers in the order of the categories, with labels if you like",
            remedy="Choose “Several categories”, or code the categories as numbers in the file.",
        )
    counts = texts(answers).dropna().value_counts()
    _refuse_bad_classes(counts, target, kind)
    classes = _in_order(answers, counts.index)
    labels = tuple(variable.value_labels.get(name, name) for name in classes)
    # Two categories with one label would share a column in every table.
    if len(set(labels)) < len(labels):
        labels = tuple(f"{label} ({name})" for name, label in zip(classes, labels, strict=True))
    return classes, labels


def _require_possible(answers: pd.Series, target: str, outcome: Outcome) -> None:
    if not pd.api.types.is_numeric_dtype(answers):
        raise UserError(
            f"“{target}” is text and cannot be predicted as {outcome.noun}.",
            remedy="Choose a kind of task with categories, or read the column as numbers.",
        )
    values = answers.dropna()
    refused = values[impossible(outcome, values.to_numpy(dtype="float64"))]
    if len(refused):
        some = ", ".join(f"{value:g}" for value in refused.unique()[:MOST_NAMED])
        raise UserError(
            f"“{target}” cannot be predicted as {outcome.noun}.",
            expected=outcome.domain_words,
            received=f"{plural(len(refused), 'row')} with other numbers, such as {some}",
            remedy=outcome.remedy,
        )


def _moments(answers: pd.Series, target: str, training: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the training rows."""
    values = answers.iloc[training].dropna()
    deviation = float(values.std(ddof=0))
    if not deviation > 0.0:
        raise UserError(
            f"“{target}” has the same value in every training row, so there is nothing to predict.",
            remedy="Choose another outcome.",
        )
    return float(values.mean()), deviation


def _refuse_bad_classes(counts: pd.Series, target: str, kind: Kind) -> None:
    if len(counts) < 2:
        raise UserError(
            f"“{target}” has only one category, so there is nothing to predict.",
            received=", ".join(counts.index) or "no answer at all",
            remedy="Choose another outcome, or check its missing codes.",
        )
    if kind is Kind.BINARY and len(counts) > 2:
        raise UserError(
            f"“{target}” has {len(counts)} categories.",
            expected="exactly two for this kind of task",
            remedy="Choose “Several categories”, or declare further codes as missing.",
        )
    if kind is Kind.ORDINAL and len(counts) == 2:
        raise UserError(
            f"“{target}” has two categories, so their order does not matter.",
            expected="at least three for this kind of task",
            remedy="Choose “Two categories (binary)”.",
        )
    if len(counts) > MOST_CLASSES:
        raise UserError(
            f"“{target}” has {len(counts):,} different values.",
            expected=f"at most {MOST_CLASSES} categories",
            remedy="If it is a quantity, choose “A quantity (regression)” as kind of task.",
        )
    rare = counts[counts < FEWEST_CASES]
    if len(rare):
        name = rare.index[0]
        raise UserError(
            f"Category “{name}” of “{target}” has only {plural(int(rare.iloc[0]), 'case')}.",
            expected=f"at least {FEWEST_CASES}, one for each part of the data",
            remedy="Declare the category as a missing code, or merge it with another in the file.",
        )


def _in_order(answers: pd.Series, names: pd.Index) -> tuple[str, ...]:
    """Numbers in numeric order, text in alphabetical order."""
    if pd.api.types.is_numeric_dtype(answers):
        return tuple(sorted(names, key=float))
    return tuple(sorted(names))
