"""The data as they were read: a frame, its variables and its fingerprint."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from dnn_core.data.encoding.tabulate import LARGEST_ANSWER, among_codes
from dnn_core.errors import UserError
from dnn_core.specs import Choice


class Level(Choice):
    """Levels of measurement, and kinds of columns without one."""

    INTERVAL = "interval", "Interval"
    COUNT = "count", "Count"
    ORDINAL = "ordinal", "Ordinal"
    NOMINAL = "nominal", "Nominal"
    BINARY = "binary", "Binary"
    IDENTIFIER = "identifier", "Identifier"
    TEXT = "text", "Free text"
    IMAGE = "image", "Image"

    @classmethod
    def _missing_(cls, value: object) -> Level | None:
        """The names that SPSS and other programs have for the level of quantities."""
        return cls.INTERVAL if value in ("metric", "scale", "continuous", "ratio") else None


LEVEL_HELP = (
    "Nominal: categories without an order. Ordinal: ordered categories. Interval: a quantity in "
    "its own units, such as age or income; dates count as interval, as years with decimals. "
    "Count: how many or how often, from 0; as a predictor it is transformed to ln(1 + count), "
    "because the step from none to one is larger than from ten to eleven (Mosteller and Tukey "
    "1977, Data Analysis and Regression). Identifiers and free text are left out."
)

QUANTITIES = (Level.INTERVAL, Level.COUNT)
"""Levels of numbers in their own units. A count is a non-negative whole number of something,
such as children or visits; it is never guessed, because age and income in whole euros look
the same."""

USABLE_LEVELS = (*QUANTITIES, Level.ORDINAL, Level.NOMINAL, Level.BINARY, Level.IMAGE)
"""Levels that can be encoded as predictors."""


class Variable(BaseModel):
    """One column's metadata: label, level, value labels and missing codes.

    `value_labels` maps the text of a value (see `value_text`) to its label;
    `missing_codes` holds such texts, which count as missing answers, and of numbers
    also ranges: "-999 to 0", ends included. `question` is the text of the question where
    a codebook has one beside the label. `declared` is what else the file says of the
    column, its measure and format: “scale, F8.2”.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    label: str = ""
    question: str = ""
    level: Level
    value_labels: dict[str, str] = {}
    missing_codes: tuple[str, ...] = ()
    declared: str = ""

    @property
    def title(self) -> str:
        """The label, or the name where there is none."""
        return self.label or self.name

    @property
    def measure(self) -> str:
        """The level that the file itself gives: nominal, ordinal or scale; empty if none."""
        said = self.declared.partition(", ")[0]
        return said if said in ("nominal", "ordinal", "scale") else ""


@dataclass(frozen=True)
class Source:
    """Where a data set came from, for its fingerprint and for display.

    `warnings` are plain sentences on what was mended or guessed while reading, the first line of
    each being the headline; `sheets` are the names of all sheets of a workbook.
    """

    file_name: str
    sha256: str
    size_bytes: int
    options: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Source:
        """Rebuild a source from its JSON, in which tuples have become lists."""
        lists = {name: tuple(values.get(name, ())) for name in ("warnings", "sheets")}
        return cls(**{**values, **lists})


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table (and, for digits, the images behind its rows).

    Parameters
    ----------
    name : str
        Shown in the sidebar.
    frame : pandas.DataFrame
        Raw values, one row per case, index 0 .. n - 1. Text columns are `str`
        or, in large tables, category; all others numeric.
    variables : tuple of Variable
        One for each column of the frame, in its order; a data set with images
        has one more, of level `IMAGE`, that has no column.
    source : Source
    images : numpy.ndarray, optional
        uint8, shape (rows, height, width).
    official_test : numpy.ndarray, optional
        Row numbers of the published test part.
    as_read : mapping of str to Variable
        Variables that were edited since, as they were read.
    """

    name: str
    frame: pd.DataFrame
    variables: tuple[Variable, ...]
    source: Source
    images: np.ndarray | None = None
    official_test: np.ndarray | None = None
    as_read: Mapping[str, Variable] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 (16 digits) of the file's bytes and of how they were read."""
        reading = {
            "sha256": self.source.sha256,
            "options": self.source.options,
            "variables": [v.model_dump(mode="json") for v in self.variables],
        }
        text = json.dumps(reading, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(variable.name for variable in self.variables)

    @cached_property
    def _by_name(self) -> dict[str, Variable]:
        return {variable.name: variable for variable in self.variables}

    def variable(self, name: str) -> Variable:
        """Return one variable.

        Raises
        ------
        UserError
            If the data set has no such variable.
        """
        if name in self._by_name:
            return self._by_name[name]
        raise UserError(
            f"The data set “{self.name}” has no variable “{name}”.",
            remedy="Choose the variables again on the page Variables.",
        )

    def answers(self, name: str) -> pd.Series:
        """Values of one column with missing codes and infinities made missing.

        Returns
        -------
        pandas.Series
            Length rows; float64 for numbers, `str` for text.
        """
        return mask_missing(self.frame[name], self.variable(name).missing_codes)

    def with_variables(self, variables: tuple[Variable, ...]) -> Dataset:
        """The same rows with edited levels, labels or missing codes."""
        read = [self.as_read.get(name, self.variable(name)) for name in self.names]
        edited = {
            before.name: before
            for before, after in zip(read, variables, strict=True)
            if before is not after and before != after
        }
        return replace(self, variables=variables, as_read=edited)


def value_text(value: object) -> str:
    """Text of one raw value: `1.0` and `1` are both `1`; missing is empty."""
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, float | np.floating):
        if math.isnan(value):
            return ""
        if float(value).is_integer() and abs(float(value)) < 1e15:
            return str(int(value))
        return repr(float(value))
    return str(value)


def texts(series: pd.Series) -> pd.Series:
    """Text of every value of a column; missing stays missing (None)."""
    places, distinct = pd.factorize(series)
    # The last is that of the place -1.
    words = np.array([*map(value_text, distinct.tolist()), None], dtype="object")
    return pd.Series(words[places], index=series.index, name=series.name, dtype="object")


def _as_words(series: pd.Series) -> pd.Series:
    """A category as the text that it is: its words may be some that only other rows hold."""
    if series.dtype != "category":
        return series
    words = series.cat.categories.array.take(series.cat.codes.to_numpy(), allow_fill=True)
    return pd.Series(words, index=series.index, name=series.name)


def mask_missing(series: pd.Series, missing_codes: tuple[str, ...]) -> pd.Series:
    """Make missing codes, codes in missing ranges, infinities and numbers near them missing."""
    if pd.api.types.is_numeric_dtype(series):
        series = series.astype("float64")
        bad = ~(series.abs().to_numpy() < LARGEST_ANSWER)
        return series.mask(bad | among_codes(series, missing_codes).to_numpy())
    series = _as_words(series)
    return series.mask(series.isin(list(missing_codes))) if missing_codes else series
