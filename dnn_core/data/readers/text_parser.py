"""Parse one table of text, packed or not, in the process of `parser`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from dnn_core.data.readers.csv import read_here
from dnn_core.data.readers.options import ReadOptions
from dnn_core.data.readers.reading import Watch
from dnn_core.data.readers.unpack import unpack


def parse(
    source: Path, options: dict[str, Any] | None = None, watch: Watch | None = None
) -> tuple[list[pd.Series], dict[str, Any]]:
    """Columns as numbers and text, with metadata.

    Parameters
    ----------
    source : Path
        Unpacked first where its name ends in .gz or .zip.
    options : dict, optional
        How the table is to be read; guessed where left out.
    watch : callable, optional
        Is told the share that has been read.
    """
    table = unpack(source.read_bytes(), source.suffix)
    asked = None if options is None else ReadOptions.model_validate(options)
    reading = read_here(table, asked, watch)
    assert reading.options is not None
    about = {
        "names": list(reading.frame.columns),
        "options": reading.options.model_dump(mode="json"),
        "warnings": list(reading.warnings),
    }
    return [series for _, series in reading.frame.items()], about
