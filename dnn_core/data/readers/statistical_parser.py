"""Parse one file of SPSS, Stata or SAS, in the process of `parser`."""

from __future__ import annotations

import math
import string
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from dnn_core.data.readers.complete import Extent, check_complete
from dnn_core.data.readers.moments import DATES, TIMES, hours, years

KNOW_MISSING = ("read_sav", "read_dta", "read_sas7bdat")
"""Readers that distinguish several kinds of missing answers."""

TAGS = string.ascii_lowercase + "_"
"""What Stata and SAS write after the point of a missing answer, as in .a; SAS also as .A."""

FIRST_CODES = (-1001, -100_001, -10_000_001, -1_000_000_001)
"""Codes of .a, of which .b and so on are the next lower ones: numbers, so that a column stays one
of numbers. The first is taken with which no code is an answer of somebody."""


COARSE_DATES = ("QYR", "MOYR", "WKYR")
"""SPSS formats of quarters, months and weeks, which pyreadstat leaves as seconds."""

SPSS_BEGINS = pd.Timestamp("1582-10-14").as_unit("s")
"""The origin of time in SPSS, which counts seconds."""


def parse(source: Path, function: str) -> tuple[list[pd.Series], dict[str, Any]]:
    """Columns as numbers and text, with metadata.

    Parameters
    ----------
    function : str
        One of pyreadstat's.
    """
    extent = _take_first_table(source)
    settings = {"user_missing": True} if function in KNOW_MISSING else {}
    frame, meta = getattr(pyreadstat, function)(source, **settings)
    about: dict[str, Any] = {"dates": [], "times": [], "tagged": []}
    about |= {"counted": extent.counted, "tables": extent.tables}
    # Stata's value labels stand at the end of the file.
    attached = meta.variable_to_label or {} if function == "read_dta" else {}
    about["lost_labels"] = [name for name, key in attached.items() if key not in meta.value_labels]
    # By position: a damaged file may use a name twice.
    columns = [frame.iloc[:, i] for i in range(frame.shape[1])]
    about["names"] = [str(name) for name in meta.column_names]
    about["variables"] = [_known(meta, name) for name in about["names"]]
    about["groups"] = [
        {"label": answers_set["label"] or name, "variables": list(answers_set["variable_list"])}
        for name, answers_set in (meta.mr_sets or {}).items()
    ]
    tagged = meta.missing_user_values or {}
    values = [
        _tagged(column, known, about) if known["name"] in tagged else _values(column, known, about)
        for column, known in zip(columns, about["variables"], strict=True)
    ]
    return values, about


def _take_first_table(source: Path) -> Extent:
    """Check that a file is whole, and cut tables behind the first off: they would become cases."""
    content = source.read_bytes()
    extent = check_complete(content)
    if extent.size < len(content):
        source.write_bytes(content[: extent.size])
    return extent


def _known(meta: Any, name: str) -> dict[str, Any]:
    """Label, measure, format, value labels and missing codes of one variable."""
    labels = (meta.variable_value_labels or {}).get(name, {})
    ranges = (meta.missing_ranges or {}).get(name, [])
    return {
        "name": name,
        "label": (meta.column_names_to_labels or {}).get(name) or "",
        "measure": (meta.variable_measure or {}).get(name) or "unknown",
        "format": (meta.original_variable_types or {}).get(name) or "",
        "labels": [[value, str(label)] for value, label in labels.items()],
        "missing": [[_end(ends["lo"]), _end(ends["hi"])] for ends in ranges],
    }


def _end(end: Any) -> Any:
    """The end of a missing range; SPSS writes “lowest” and “highest” as the largest numbers."""
    if isinstance(end, float) and not abs(end) < 1e30:
        return math.copysign(math.inf, end)
    return end


def _values(column: pd.Series, known: dict[str, Any], about: dict[str, Any]) -> pd.Series:
    """One column as numbers or as text; notes in `about` what was changed."""
    if column.dtype == "float64" and known["format"].startswith(COARSE_DATES):
        about["dates"].append(known["name"])
        seconds = pd.to_timedelta(column.round(), unit="s").astype("timedelta64[s]")
        return years(SPSS_BEGINS + seconds)
    dated = pd.api.types.is_datetime64_any_dtype(column)
    kinds = {type(value) for value in column.dropna()} if column.dtype == object else set()
    if dated or (kinds and kinds <= set(DATES)):
        about["dates"].append(known["name"])
        return years(column)
    if kinds and kinds <= set(TIMES):
        about["times"].append(known["name"])
        return hours(column)
    if pd.api.types.is_numeric_dtype(column):
        # Labels of tagged missing answers that nobody gave.
        known["labels"] = [[v, label] for v, label in known["labels"] if not isinstance(v, str)]
        return column.astype("float64") if column.dtype != "int64" else column
    text = column.map(lambda value: None if pd.isna(value) else str(value)).astype("str")
    return text.mask(text == "")


def _tagged(column: pd.Series, known: dict[str, Any], about: dict[str, Any]) -> pd.Series:
    """Numbers with the codes of tagged missing answers, which become missing codes."""
    about["tagged"].append(known["name"])
    tags = column.map(lambda value: value if isinstance(value, str) else None)
    numbers = pd.to_numeric(column.mask(tags.notna())).astype("float64")
    codes = _codes(numbers)
    tags_seen = sorted(set(tags.dropna()), key=str.lower)
    known["missing"] += [[codes[tag], codes[tag]] for tag in tags_seen]
    labels = {tag: f".{tag}" for tag in tags_seen}
    for value, label in known["labels"]:
        labels[value] = f"{label} (.{value})" if value in codes else label
    known["labels"] = [[codes.get(value, value), label] for value, label in labels.items()]
    return numbers.where(tags.isna(), tags.map(codes)).astype("float64")


def _codes(numbers: pd.Series) -> dict[str, int]:
    """The code of each tag, none of which is among the numbers."""
    for first in FIRST_CODES:
        codes = {tag: first - i for i, tag in enumerate(TAGS)}
        if not numbers.isin(list(codes.values())).any():
            return codes | {tag.upper(): code for tag, code in codes.items()}
    raise ValueError("No number is free to stand for missing answers.")
