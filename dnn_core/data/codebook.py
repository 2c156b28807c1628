"""Codebooks: files with labels, levels and missing codes of variables.

A codebook is JSON (UTF-8) that people can read and edit::

    {"version": 1,
     "title": "Turnout",
     "variables": {
       "trust": {"label": "Trust in parliament",
                 "question": "How much do you trust …?",
                 "level": "ordinal",
                 "value_labels": {"0": "No trust at all", "-99": "Refused"},
                 "missing_codes": ["-99", "900 to 999"]}}}

Each entry may leave out what it does not know. `value_labels` maps the text of a value to
its label; a missing code may have one, too. The samples' codebooks have this form; what they
say beyond it, such as a suggested task, is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dnn_core.data.dataset import Dataset, Level, Variable, mask_missing, value_text
from dnn_core.data.encoding.tabulate import among_codes
from dnn_core.data.levels.guess import guess_level, level_obstacle
from dnn_core.errors import UserError

VERSION = 1

LARGEST_FILE = 50_000_000
"""Bytes; ten thousand variables with a hundred labels each take about half of it."""

MOST_ANSWERS = 200
"""A column with more different answers is not searched for answers without a label."""


class Entry(BaseModel):
    """The entry of a codebook for one variable; None for what it does not state."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, frozen=True)

    label: str | None = None
    question: str | None = None
    level: Level | None = None
    value_labels: dict[str, str] | None = None
    missing_codes: tuple[str, ...] | None = None


class Codebook(BaseModel):
    """A codebook, checked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int = Field(default=VERSION, ge=1, le=VERSION)
    title: str = ""
    variables: dict[str, Entry] = {}


def parse_codebook(codebook: Mapping[str, Any]) -> Codebook:
    """Check the form of a codebook.

    Raises
    ------
    UserError
        If it has another form, or a version that is not known here.
    """
    try:
        return Codebook.model_validate(dict(codebook))
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(
            "The codebook cannot be used.",
            received=f"{' > '.join(map(str, first['loc']))}: {first['msg']}",
            remedy=f"It is of version {VERSION} at most; each variable has label, question, "
            "level, value_labels and missing_codes, or some of them.",
        ) from error


def read_codebook(content: bytes) -> Codebook:
    """Read the bytes of a codebook.

    Raises
    ------
    UserError
        If it is too large, no JSON, or no codebook.
    """
    remedy = "Save a codebook on the page Variables, and edit that one."
    if len(content) > LARGEST_FILE:
        raise UserError(
            "This file is too large for a codebook.",
            expected=f"at most {LARGEST_FILE // 1_000_000} MB",
            received=f"{len(content) / 1e6:,.0f} MB",
            remedy=remedy,
        )
    try:
        loaded = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(
            "The codebook is not valid JSON.", received=str(error)[:200], remedy=remedy
        ) from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("variables"), dict):
        raise UserError(
            "This JSON file is not a codebook.",
            expected="an object with an entry “variables”",
            remedy=remedy,
        )
    return parse_codebook(loaded)


def write_codebook(dataset: Dataset) -> str:
    """The codebook of a data set with all edits, one entry a variable, as JSON."""
    entries = {
        variable.name: variable.model_dump(mode="json", exclude={"name", "declared"})
        for variable in dataset.variables
        if variable.level is not Level.IMAGE
    }
    book = {"version": VERSION, "title": dataset.name, "variables": entries}
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def apply_codebook(dataset: Dataset, book: Codebook) -> Dataset:
    """Take title, labels, questions, levels, value labels and missing codes from a codebook.

    What an entry leaves out stays as it is, but a level that is left out is guessed anew
    where missing codes or value labels are given. A level that the answers cannot have is
    passed over. Variables that the data set does not have are ignored.
    """
    return replace(
        dataset, name=book.title or dataset.name, variables=described_variables(dataset, book)
    )


def described_variables(dataset: Dataset, book: Codebook) -> tuple[Variable, ...]:
    """The variables of a data set as a codebook describes them, in their order."""
    return tuple(
        _describe(dataset, variable, book.variables[variable.name])
        if variable.name in book.variables and variable.level is not Level.IMAGE
        else variable
        for variable in dataset.variables
    )


def _describe(dataset: Dataset, variable: Variable, entry: Entry) -> Variable:
    said = entry.model_dump(exclude_none=True)
    codes = said.get("missing_codes", variable.missing_codes)
    series = dataset.frame[variable.name]
    if entry.level is None and said.keys() & {"missing_codes", "value_labels"}:
        labels = said.get("value_labels", variable.value_labels)
        said["level"] = guess_level(mask_missing(series, codes), labels, variable.measure)
    elif entry.level is not None and level_obstacle(series, codes, entry.level):
        said["level"] = variable.level
    return variable.model_copy(update=said)


@dataclass(frozen=True)
class Fit:
    """How a codebook fits a data set.

    Parameters
    ----------
    matched : tuple of str
        Variables of both, in the order of the data set.
    absent : tuple of str
        Variables of the codebook that the data set does not have.
    undescribed : tuple of str
        Variables of the data set that the codebook does not have.
    renamed : dict of str to str
        Absent variables whose names differ from undescribed ones in capital letters only.
    levels : dict of str to str
        Matched variables that cannot have the codebook's level, and why.
    unused_codes : dict of str to tuple of str
        Missing codes of matched variables that nobody gave.
    unlabelled : dict of str to tuple of str
        Answers of categorical variables that have value labels, but not for these.
    changed : tuple of Variable
        Matched variables that applying the codebook changes, as they will be.
    """

    matched: tuple[str, ...]
    absent: tuple[str, ...]
    undescribed: tuple[str, ...]
    renamed: dict[str, str]
    levels: dict[str, str]
    unused_codes: dict[str, tuple[str, ...]]
    unlabelled: dict[str, tuple[str, ...]]
    changed: tuple[Variable, ...]


def check_fit(dataset: Dataset, book: Codebook) -> Fit:
    """Say how a codebook fits a data set, before it is applied."""
    names = [v.name for v in dataset.variables if v.level is not Level.IMAGE]
    matched = tuple(name for name in names if name in book.variables)
    undescribed = tuple(name for name in names if name not in book.variables)
    absent = tuple(name for name in book.variables if name not in set(names))
    folded = {name.casefold(): name for name in undescribed}
    levels, unused, unlabelled = {}, {}, {}
    for name in matched:
        entry, column = book.variables[name], dataset.frame[name]
        codes = entry.missing_codes or ()
        obstacle = level_obstacle(column, codes, entry.level) if entry.level else None
        if obstacle:
            levels[name] = obstacle
        if idle := tuple(code for code in codes if not _occurs(column, code)):
            unused[name] = idle
        if new := _without_label(column, entry):
            unlabelled[name] = new
    after = described_variables(dataset, book)
    return Fit(
        matched=matched,
        absent=absent,
        undescribed=undescribed,
        renamed={name: folded[name.casefold()] for name in absent if name.casefold() in folded},
        levels=levels,
        unused_codes=unused,
        unlabelled=unlabelled,
        changed=tuple(new for old, new in zip(dataset.variables, after, strict=True) if new != old),
    )


def _occurs(column: pd.Series, code: str) -> bool:
    if pd.api.types.is_numeric_dtype(column):
        return bool(among_codes(column.astype("float64"), [code]).any())
    return bool((column == code).any())


def _without_label(column: pd.Series, entry: Entry) -> tuple[str, ...]:
    """Answers that the codebook does not know, where it labels categories."""
    if not entry.value_labels or entry.level not in (Level.NOMINAL, Level.BINARY):
        return ()
    distinct = mask_missing(column, entry.missing_codes or ()).dropna().unique()
    if len(distinct) > MOST_ANSWERS:
        return ()
    return tuple(sorted({value_text(v) for v in distinct} - set(entry.value_labels)))
