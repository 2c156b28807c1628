"""Workbooks of Excel and OpenDocument: one sheet is the table."""

from __future__ import annotations

from typing import Any

from dnn_core.data.dataset import Variable
from dnn_core.data.levels.guess import guess_level
from dnn_core.data.readers.foreign import protected, refuse_unless, workbook_suffix
from dnn_core.data.readers.moments import describe_moments
from dnn_core.data.readers.names import listed
from dnn_core.data.readers.options import ReadOptions, WorkbookOptions
from dnn_core.data.readers.parsing import Job, parse_in_subprocess
from dnn_core.data.readers.reading import Reading, Watch, name_columns, refuse_empty
from dnn_core.wording import plural

TITLE = "a workbook (.xlsx, .xlsm, .xlsb, .xls or .ods)"

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Of the stream in which Excel keeps a workbook of today's kind once it has a password."""

_BOOLEAN = {"0": "false", "1": "true"}


def read_workbook(
    content: bytes,
    options: ReadOptions | WorkbookOptions | None,
    watch: Watch | None = None,
) -> Reading:
    """Read one sheet of a workbook: the one asked for, or the first with a table.

    Raises
    ------
    UserError
        If the file is encrypted, damaged, of another kind, or the sheet holds no table.
    """
    suffix = workbook_suffix(content)
    if suffix is None and _ENCRYPTED in content:
        raise protected()
    refuse_unless(suffix is not None, content, TITLE)
    asked = None if options is None else options.model_dump(mode="json")
    frame, about = parse_in_subprocess(
        content, Job("workbook", str(suffix), TITLE, {"options": asked})
    )
    refuse_empty(frame)
    frame, renamed = name_columns(frame, about["names"])
    variables = tuple(
        Variable(
            name=str(name),
            level=guess_level(series),
            value_labels=_BOOLEAN if boolean else {},
        )
        for (name, series), boolean in zip(frame.items(), about["booleans"], strict=True)
    )
    empty = frame.isna().all(axis=1)
    if empty.any():
        frame = frame[~empty].reset_index(drop=True)
    warnings = _warnings(about, int(empty.sum()))
    used = WorkbookOptions.model_validate(about["options"])
    return Reading(frame, used, (*renamed, *warnings), variables, tuple(about["sheets"]))


def _warnings(about: dict[str, Any], empty: int) -> list[str]:
    warnings = []
    if empty:
        warnings.append(f"Rows without any answer were left out: {empty:,}.")
    for what, words in (
        ("errors", "Cells with an error such as #N/A or #DIV/0! count as missing"),
        ("tokens", "Words such as NA or “.” count as missing"),
        ("as_text", "Numbers stored as text were converted to numbers"),
        (
            "either",
            "In numbers stored as text, such as 60.130, the point was read as the decimal mark; "
            "if it groups thousands, convert them to numbers in Excel",
        ),
        (
            "marks",
            "Numbers stored as text with a decimal comma or a thousands mark stay text; convert "
            "them to numbers in Excel",
        ),
        ("mixed", "Columns that mix numbers, dates and words were read as text"),
    ):
        if what in about:
            warnings.append(f"{words}: {listed(about[what])}.")
    if "blanks" in about:
        warnings.append(
            "In a workbook of this kind, cells with an error such as #N/A, and formulas without a "
            "result, look like empty cells and count as missing: check those of "
            f"{listed(about['blanks'])}."
        )
    if about["uncalculated"]:
        warnings.append(
            f"{plural(about['uncalculated'], 'formula has', 'formulas have')} no result in the "
            "file. Such cells count as missing; open the file in Excel and save it again."
        )
    return warnings + describe_moments(about.get("dates", []), about.get("times", []))
