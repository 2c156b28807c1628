"""What every reader gives back."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dnn_core.data.dataset import Variable
from dnn_core.data.readers.options import ReadOptions


@dataclass(frozen=True)
class Reading:
    """What came out of a file.

    Parameters
    ----------
    frame : pandas.DataFrame
        Raw values, index 0 .. n - 1; text as `str`, all else numeric.
    options : ReadOptions or None
        How a table of text was read; other files say themselves how they are to be read.
    warnings : tuple of str
        Plain sentences on what was mended or changed.
    variables : tuple of Variable, optional
        What the file says about its columns; guessed where it says nothing.
    """

    frame: pd.DataFrame
    options: ReadOptions | None
    warnings: tuple[str, ...]
    variables: tuple[Variable, ...] | None = None
