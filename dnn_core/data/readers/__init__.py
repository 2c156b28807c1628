"""Readers of files, one for each format.

A file format is one function from bytes and options to a `Reading`, and one
line in `READERS`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dnn_core.data.codebook import Codebook, apply_codebook, parse_codebook
from dnn_core.data.dataset import Dataset, Source, Variable
from dnn_core.data.levels.guess import guess_level
from dnn_core.data.readers.csv import detect_options, read_csv, read_text_table
from dnn_core.data.readers.foreign import refuse_other_formats
from dnn_core.data.readers.options import (
    Decimal,
    Delimiter,
    Encoding,
    Options,
    ReadOptions,
    Thousands,
    WorkbookOptions,
)
from dnn_core.data.readers.packed import read_gzip, read_zip
from dnn_core.data.readers.parquet import read_parquet
from dnn_core.data.readers.reading import Reading, Watch
from dnn_core.data.readers.statistical import PARSERS, reader_of
from dnn_core.data.readers.workbook import read_workbook
from dnn_core.errors import UserError

__all__ = [
    "READERS",
    "TEXT_SUFFIXES",
    "WORKBOOK_SUFFIXES",
    "Decimal",
    "Delimiter",
    "Encoding",
    "Options",
    "ReadOptions",
    "Reading",
    "Thousands",
    "WorkbookOptions",
    "detect_options",
    "options_of",
    "read_bytes",
    "read_csv",
    "read_dataset",
]

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".data")

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

READERS: dict[str, Callable[[bytes, Any, Watch | None], Reading]] = {
    **dict.fromkeys(TEXT_SUFFIXES, read_text_table),
    **{suffix: reader_of(suffix) for suffix in PARSERS},
    **dict.fromkeys(WORKBOOK_SUFFIXES, read_workbook),
    ".parquet": read_parquet,
    ".gz": read_gzip,
    ".zip": read_zip,
}
"""Reader of each kind of file, by the ending of its name in small letters."""


def read_dataset(path: str | Path, options: Options = None, name: str | None = None) -> Dataset:
    """Read a file; a codebook of the same name (`x.json` beside `x.csv`) is applied.

    Parameters
    ----------
    path : str or Path
    options : ReadOptions or WorkbookOptions, optional
        How the file is to be read; guessed where left out.
    name : str, optional
        Name of the data set; else the codebook's title, else the file's name.

    Returns
    -------
    Dataset
        `frame` has one row for each case, numbers as float64 or int64 and words as text;
        `variables` its labels, levels and missing codes.

    Raises
    ------
    UserError
        If there is no such file, or it cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(
            f"There is no file “{path}”.", remedy="Check the name and the folder of the file."
        )
    dataset = read_bytes(path.read_bytes(), path.name, options)
    beside = path.with_suffix(".json")
    if beside.is_file():
        dataset = apply_codebook(dataset, _read_codebook(beside))
    return dataset if name is None else replace(dataset, name=name)


def read_bytes(
    content: bytes,
    file_name: str,
    options: Options = None,
    watch: Watch | None = None,
) -> Dataset:
    """Read the bytes of an uploaded file.

    Parameters
    ----------
    content : bytes
    file_name : str
        Its ending chooses the reader.
    options : ReadOptions or WorkbookOptions, optional
        How the file is to be read; guessed where left out.
    watch : callable, optional
        Is told the share of a large table of text that has been read, from 0 to 1.

    Raises
    ------
    UserError
        If the file is of a kind that cannot be read, or damaged.
    """
    suffix = Path(file_name).suffix.lower()
    if suffix not in READERS:
        refuse_other_formats(content)
        raise UserError(
            f"Files of the kind “{suffix or 'without ending'}” cannot be read.",
            expected=", ".join(READERS),
            received=file_name,
            remedy="Save the table as CSV (UTF-8); a table of plain text may be renamed to .txt.",
        )
    reading = READERS[suffix](content, options, watch)
    source = Source(
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        options=reading.options.model_dump(mode="json") if reading.options else {},
        warnings=reading.warnings,
        sheets=reading.sheets,
    )
    variables = reading.variables or tuple(
        Variable(name=str(name), level=guess_level(series))
        for name, series in reading.frame.items()
    )
    return Dataset(file_name, reading.frame, variables, source)


def options_of(stored: Mapping[str, Any]) -> Options:
    """How a file was read, as it can be changed; None for a self-describing file.

    `stored` is `Source.options`, or what a run keeps of it.
    """
    if not stored:
        return None
    kind = WorkbookOptions if "sheet" in stored else ReadOptions
    return kind.model_validate(stored)


def _read_codebook(path: Path) -> Codebook:
    try:
        codebook = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(
            f"The codebook “{path.name}” is not valid JSON.",
            received=str(error),
            remedy="Correct it, or move it away from the data file.",
        ) from error
    # Another JSON file may bear the same name by chance.
    known = isinstance(codebook, dict) and "variables" in codebook
    return parse_codebook(codebook if known else {})
