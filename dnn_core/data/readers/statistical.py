"""Files of SPSS, Stata and SAS, with their labels and missing answers.

They are parsed in a process of their own, see `parsing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dnn_core.data.dataset import Level, Variable, mask_missing, value_text
from dnn_core.data.levels.guess import SAYS_ORDER, guess_level, level_of_labels
from dnn_core.data.readers.moments import describe_moments
from dnn_core.data.readers.names import listed
from dnn_core.data.readers.options import ReadOptions
from dnn_core.data.readers.parsing import Job, parse_in_subprocess
from dnn_core.data.readers.reading import Reading, Watch, name_columns, refuse_empty
from dnn_core.errors import UserError


@dataclass(frozen=True)
class Parser:
    """How one kind of file is parsed: pyreadstat's function, and the kind in messages."""

    function: str
    title: str


PARSERS = {
    ".sav": Parser("read_sav", "an SPSS file (.sav)"),
    ".zsav": Parser("read_sav", "a compressed SPSS file (.zsav)"),
    ".por": Parser("read_por", "a portable SPSS file (.por)"),
    ".dta": Parser("read_dta", "a Stata file (.dta)"),
    ".sas7bdat": Parser("read_sas7bdat", "a SAS file (.sas7bdat)"),
    ".xpt": Parser("read_xport", "a SAS transport file (.xpt)"),
}
"""By the ending of the file's name."""

ENCRYPTED = b"ENCRYPTEDSAV"


def read_statistical(content: bytes, suffix: str) -> Reading:
    """Read the bytes of a file of SPSS, Stata or SAS.

    Parameters
    ----------
    content : bytes
    suffix : str
        One of those in `PARSERS`; it chooses the parser.

    Raises
    ------
    UserError
        If the file is encrypted, damaged, of another kind or holds no answers.
    """
    if ENCRYPTED in content[:32]:
        raise UserError(
            "This SPSS file is protected with a password.",
            remedy="Open it in SPSS and save it again without a password.",
        )
    parser = PARSERS[suffix]
    job = Job("statistical", suffix, parser.title, {"function": parser.function})
    frame, about = parse_in_subprocess(content, job)
    refuse_empty(frame)
    frame, doubles = name_columns(frame, about["names"])
    variables = tuple(
        _variable(str(name), series, known)
        for (name, series), known in zip(frame.items(), about["variables"], strict=True)
    )
    warnings = (*doubles, *_warnings(about, len(frame)), *_describe_levels(variables, frame))
    return Reading(frame, None, warnings, variables)


def reader_of(suffix: str) -> Any:
    """The reader of one kind of file; options, which are for tables of text, are not used."""

    def read(content: bytes, options: ReadOptions | None, watch: Watch | None = None) -> Reading:
        return read_statistical(content, suffix)

    return read


def _variable(name: str, series: pd.Series, known: dict[str, Any]) -> Variable:
    codes = tuple(_code(low, high) for low, high in known["missing"])
    labels = {value_text(value): label for value, label in known["labels"]}
    answers = mask_missing(series, codes)
    return Variable(
        name=name,
        label=known["label"],
        level=guess_level(answers, labels, known["measure"]),
        value_labels=labels,
        missing_codes=codes,
        declared=", ".join(
            word for word in (known["measure"], known["format"]) if word not in ("", "unknown")
        ),
    )


def _code(low: Any, high: Any) -> str:
    if low == high:
        return value_text(low)
    return f"{value_text(low)} to {value_text(high)}"


def _describe_levels(variables: tuple[Variable, ...], frame: pd.DataFrame) -> list[str]:
    """Say which levels come from value labels, why, and where that is undone."""
    by_level: dict[Level, list[Variable]] = {Level.NOMINAL: [], Level.ORDINAL: []}
    for variable in variables:
        answers = frame[variable.name]
        # What the file itself says was not guessed, and words are categories anyway.
        if (
            variable.value_labels
            and variable.level in by_level
            and variable.measure not in SAYS_ORDER
            and pd.api.types.is_numeric_dtype(answers)
            and level_of_labels(
                mask_missing(answers, variable.missing_codes), variable.value_labels
            )
        ):
            by_level[variable.level].append(variable)
    return [
        f"{_count(those)} read as {level.label.lower()}: "
        f"{listed([v.name for v in those])}.\nEvery code that occurs has a label, and the labels "
        f"show {_SHOWN[level]} order. {_passed_over(those)}If one is wrong, change its level on "
        "the page Variables."
        for level, those in by_level.items()
        if those
    ]


_SHOWN = {Level.NOMINAL: "no", Level.ORDINAL: "an"}


def _count(variables: list[Variable]) -> str:
    return "One variable was" if len(variables) == 1 else f"{len(variables):,} variables were"


def _passed_over(variables: list[Variable]) -> str:
    said = any(variable.measure for variable in variables)
    return "SPSS calls every number “scale”, so that entry was ignored. " if said else ""


def _warnings(about: dict[str, Any], cases: int) -> list[str]:
    notes = describe_moments(about["dates"], about["times"])
    if not about["counted"]:
        notes.append(
            f"The file does not say how many cases it has; {cases:,} were read. If you expect "
            "more, its end is missing."
        )
    if about["tables"] > 1:
        notes.append(
            f"The file contains {about['tables']:,} tables; only the first was read. Save the one "
            "that you need as a separate file."
        )
    if about["lost_labels"]:
        notes.append(
            "The file refers to value labels that it does not contain, perhaps because its end "
            f"is missing: {listed(about['lost_labels'])}."
        )
    if about["tagged"]:
        notes.append(
            "The program's own missing values (.a to .z) were converted to negative codes, −1001 "
            f"and below, so that they stay distinguishable: {listed(about['tagged'])}."
        )
    for group in about["groups"]:
        notes.append(
            f"Multiple-response set “{group['label']}”: {listed(group['variables'])}; each is a "
            "separate variable here."
        )
    return notes
