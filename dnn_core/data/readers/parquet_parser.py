"""Parse one Parquet file, in the process of `parser`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dnn_core.data.readers.moments import hours, years
from dnn_core.data.readers.reading import refuse_wide


def parse(source: Path) -> tuple[list[pd.Series], dict[str, Any]]:
    """Columns as numbers and text, with metadata.

    `labels` and `ordered` belong to the columns by position. `left_out` are the names of columns
    that hold lists, records or raw bytes, `index` those of pandas' row numbers.
    """
    file = pq.ParquetFile(source)
    schema = file.schema_arrow
    refuse_wide(len(schema))
    stored = (schema.pandas_metadata or {}).get("index_columns", [])
    unnamed = {name for name in stored if isinstance(name, str) and name.startswith("__index_")}
    about: dict[str, Any] = {"names": [], "labels": [], "ordered": [], "dates": [], "times": []}
    about |= {"left_out": [], "index": []}
    columns = []
    table = file.read()
    for position, field in enumerate(schema):
        if field.name in unnamed:
            about["index"].append(field.name)
            continue
        if pa.types.is_nested(field.type) or _is_binary(field.type):
            about["left_out"].append(field.name)
            continue
        about["labels"].append([])
        about["ordered"].append(False)
        columns.append(_values(table.column(position), field.name, about))
        about["names"].append(field.name)
    return columns, about


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _values(column: pa.ChunkedArray, name: str, about: dict[str, Any]) -> pd.Series:
    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        if kind.ordered and types.is_string(kind.value_type):
            return _ranks(column, about)
        return _values(column.cast(kind.value_type), name, about)
    if types.is_boolean(kind):
        about["labels"][-1] = [[0, "false"], [1, "true"]]
        return _numbers(column.cast(pa.int8()))
    if types.is_date(kind) or types.is_timestamp(kind):
        about["dates"].append(name)
        # The day is that of the column's own clock.
        seconds = pa.timestamp("s", tz=getattr(kind, "tz", None))
        return years(column.cast(seconds, safe=False).to_pandas())
    if types.is_time(kind) or types.is_duration(kind):
        about["times"].append(name)
        return hours(column.to_pandas())
    if types.is_null(kind) or types.is_decimal(kind):
        return _numbers(column.cast(pa.float64()))
    if types.is_integer(kind) or types.is_floating(kind):
        return _numbers(column)
    text = column.cast(pa.large_string()).to_pandas().astype("str")
    return text.mask(text == "")


def _ranks(column: pa.ChunkedArray, about: dict[str, Any]) -> pd.Series:
    """An ordered category as its rank, from 1, with the category as its label."""
    series = column.to_pandas()
    about["labels"][-1] = [[i, str(word)] for i, word in enumerate(series.cat.categories, start=1)]
    about["ordered"][-1] = True
    ranks = series.cat.codes.astype("float64") + 1
    return ranks.mask(ranks == 0)


def _numbers(column: pa.ChunkedArray) -> pd.Series:
    whole = pa.types.is_integer(column.type) and not column.null_count
    if whole and not pa.types.is_uint64(column.type):
        return column.cast(pa.int64()).to_pandas()
    return column.to_pandas().astype("float64")
