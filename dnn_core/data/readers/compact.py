"""Large tables are put together from pieces, each held in as little memory as is exact.

Whole numbers take one to four bytes instead of eight, and of words each distinct one is
held once, as pandas' category. Decimals stay as they are.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

LARGEST_IN_FLOAT32 = 2.0**24
"""float32 cannot tell larger whole numbers apart."""

MOST_DISTINCT = 0.5
"""Words of which more than this share differ are cheaper as they are."""


def is_text(series: pd.Series) -> bool:
    """Whether a column holds words, as `str` or, in large tables, as category."""
    return is_text_type(series.dtype)


def is_text_type(kind: object) -> bool:
    """The same of a column's type."""
    return str(kind) in ("str", "category")


def compact(piece: pd.Series) -> pd.Series:
    """The same answers in less memory; never a view of the table it comes from."""
    values = piece.to_numpy() if piece.dtype.kind in "iuf" else None
    if values is None or not len(values):
        if str(piece.dtype) == "str":
            places, words = pd.factorize(piece)
            if len(words) <= MOST_DISTINCT * len(piece):
                return pd.Series(pd.Categorical.from_codes(places, words))
        return piece.copy()
    if values.dtype.kind in "iu":
        for smaller in (np.int8, np.int16, np.int32):
            limits = np.iinfo(smaller)
            if limits.min <= values.min() and values.max() <= limits.max:
                return piece.astype(smaller)
        return piece.copy()
    head = values[:100]
    for some in (head, values):
        whole = (some == np.rint(some)) & (np.abs(some) <= LARGEST_IN_FLOAT32)
        if not (whole | np.isnan(some)).all():
            return piece.copy()
    return piece.astype("float32")


def join(pieces: list[pd.Series]) -> pd.Series | None:
    """The pieces of one column as one; None where some hold words and others numbers."""
    filled = [piece for piece in pieces if piece.notna().any()]
    if all(piece.dtype.kind in "iuf" for piece in filled):
        return pd.concat(pieces, ignore_index=True)
    if {str(piece.dtype) for piece in filled} == {"category"}:
        words = [piece.astype(filled[0].dtype) if piece.isna().all() else piece for piece in pieces]
        return pd.Series(union_categoricals(words))
    if all(map(is_text, filled)):
        return pd.concat([piece.astype("str") for piece in pieces], ignore_index=True)
    return None


def join_pieces(pieces: Iterable[pd.DataFrame], names: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Put pieces together, column by column; and name the columns that are not of one kind."""
    pieces = iter(pieces)
    first = next(pieces)
    parts: dict[str, list[pd.Series]] = {}
    for piece in pieces:
        parts = parts or {name: [compact(first[name])] for name in names}
        for name in names:
            parts[name].append(compact(piece[name]))
    if not parts:
        # A table of a single piece stays as it is.
        return first, []
    give_back()
    rows = sum(map(len, parts[names[0]]))
    columns, unlike = {}, []
    for name in names:
        column = join(parts.pop(name))
        if column is None:
            unlike.append(name)
        columns[name] = np.full(rows, np.nan) if column is None else column.array
    give_back()
    return pd.DataFrame(columns, index=pd.RangeIndex(rows), copy=False), unlike


def give_back() -> None:
    """Return memory that is no longer used to the system; glibc keeps that of small arrays."""
    if sys.platform == "linux":
        # Other C libraries have no such function and need none.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
