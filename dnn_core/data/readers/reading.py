"""The result of every reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from dnn_core.data.dataset import Variable
from dnn_core.data.readers.names import unique_names
from dnn_core.data.readers.options import ReadOptions, WorkbookOptions
from dnn_core.errors import UserError
from dnn_core.wording import plural

Watch = Callable[[float], None]
"""Called with the share of a file that has been read."""

MOST_COLUMNS = 16_384
"""As many as the largest sheet of Excel has. Pages are tested with 10,000 variables; a much wider
table is a file that was parsed wrongly, or one made to exhaust memory."""


@dataclass(frozen=True)
class Reading:
    """The content of a file.

    Parameters
    ----------
    frame : pandas.DataFrame
        Raw values, index 0 .. n - 1; text as `str` or, in large tables, category, all else
        numeric.
    options : ReadOptions, WorkbookOptions or None
        How a table of text or a workbook was read; other files say themselves how they are
        to be read.
    warnings : tuple of str
        Plain sentences on what was mended or changed.
    variables : tuple of Variable, optional
        What the file says about its columns; guessed where it says nothing.
    sheets : tuple of str
        Names of all sheets of a workbook.
    """

    frame: pd.DataFrame
    options: ReadOptions | WorkbookOptions | None
    warnings: tuple[str, ...]
    variables: tuple[Variable, ...] | None = None
    sheets: tuple[str, ...] = ()


def refuse_wide(columns: int, where: str = "") -> None:
    """Raise if a table has too many columns.

    Parameters
    ----------
    columns : int
    where : str, optional
        The row that has them, as it follows their number.

    Raises
    ------
    UserError
    """
    if columns > MOST_COLUMNS:
        raise UserError(
            "This table has too many columns.",
            expected=f"at most {MOST_COLUMNS:,} columns, as many as a sheet of Excel holds",
            received=f"{columns:,}{where}",
            remedy="Check the delimiter, or keep only the variables that you need and save the "
            "table again.",
        )


def refuse_empty(frame: pd.DataFrame) -> None:
    """Raise if a self-describing file contains no answers.

    Raises
    ------
    UserError
    """
    if frame.empty:
        raise UserError(
            "This file contains no answers.",
            received=f"{plural(len(frame.columns), 'variable')}, {plural(len(frame), 'row')}",
            remedy="Check that the cases were saved with it.",
        )


def name_columns(frame: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Give every column a name of its own, and say what was changed."""
    unique, warnings = unique_names(names)
    return frame.set_axis(pd.Index(unique, dtype="str"), axis=1), warnings
