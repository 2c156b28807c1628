"""Parquet files with known content."""

from __future__ import annotations

import datetime
import decimal
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.readers import read_bytes
from dnn_core.errors import UserError

pytestmark = pytest.mark.usefixtures("one_process")


def parquet(table: pa.Table | pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    if isinstance(table, pd.DataFrame):
        table.to_parquet(buffer)
    else:
        pq.write_table(table, buffer)
    return buffer.getvalue()


def test_numbers_and_words() -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "x": [0.5, np.nan, 2.5], "w": ["a", "", None]})
    dataset = read_bytes(parquet(frame), "s.parquet")
    assert dataset.names == ("n", "x", "w")
    assert dataset.frame["n"].tolist() == [1, 2, 3] and dataset.frame["n"].dtype == "int64"
    assert dataset.frame["x"].isna().tolist() == [False, True, False]
    assert dataset.frame["w"].isna().tolist() == [False, True, True]
    assert dataset.source.warnings == () and dataset.source.options == {}


def test_ordered_categories_keep_their_order_and_labels() -> None:
    words = ["low", "high", None, "middle"]
    ordered = pd.Categorical(words, categories=["low", "middle", "high"], ordered=True)
    plain = pd.Categorical(["b", "a", None, "a"], categories=["b", "a"])
    numbers = pd.Categorical([3, 1, 1, 2])
    frame = pd.DataFrame({"trust": ordered, "party": plain, "year": numbers})
    dataset = read_bytes(parquet(frame), "s.parquet")
    assert dataset.frame["trust"].dropna().tolist() == [1, 3, 2]
    assert dataset.variable("trust").value_labels == {"1": "low", "2": "middle", "3": "high"}
    assert dataset.variable("trust").level is Level.ORDINAL
    assert dataset.frame["party"].dropna().tolist() == ["b", "a", "a"]
    assert dataset.frame["year"].tolist() == [3, 1, 1, 2]


def test_booleans_dates_decimals() -> None:
    day = datetime.date(2020, 7, 1)
    table = pa.table(
        {
            "yes": pa.array([True, None, False]),
            "day": pa.array([day, None, datetime.date(1700, 1, 1)], pa.date32()),
            # In Berlin it is 1 July already.
            "moment": pa.array(
                [datetime.datetime(2020, 6, 30, 22, 30, tzinfo=datetime.UTC)] * 3,
                pa.timestamp("us", tz="Europe/Berlin"),
            ),
            "clock": pa.array([datetime.time(6, 15)] * 3, pa.time64("us")),
            "took": pa.array([datetime.timedelta(minutes=90)] * 3, pa.duration("s")),
            "price": pa.array([decimal.Decimal("1.25")] * 3, pa.decimal128(8, 2)),
            "small": pa.array([1, None, 3], pa.int8()),
            "none": pa.nulls(3),
        }
    )
    dataset = read_bytes(parquet(table), "s.parquet")
    assert dataset.variable("yes").value_labels == {"0": "false", "1": "true"}
    # 182 days of 365.2425 after the new year.
    assert dataset.frame.iloc[0].tolist()[:7] == pytest.approx(
        [1, 2020.49830, 2020.49830, 6.25, 1.5, 1.25, 1], abs=1e-4
    )
    assert dataset.frame["day"][2] == 1700
    assert dataset.frame.isna().sum().tolist() == [1, 1, 0, 0, 0, 0, 1, 3]
    assert any("hours: “clock”, “took”" in w for w in dataset.source.warnings)
    assert any("years with decimals: “day”, “moment”" in w for w in dataset.source.warnings)


def test_what_is_no_column_of_answers_is_left_out() -> None:
    table = pa.table(
        {"a": [1, 2], "many": [[1], [2, 3]], "raw": [b"x", b"y"], "one": [{"b": 1}] * 2}
    )
    dataset = read_bytes(parquet(table), "s.parquet")
    assert dataset.names == ("a",)
    assert "left out: “many”, “raw”, “one”" in dataset.source.warnings[0]


def test_row_numbers_of_pandas_are_left_out_and_named_ones_kept() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3]})
    kept = read_bytes(parquet(frame.iloc[[0, 2, 1]]), "s.parquet")
    assert kept.names == ("a",) and "row numbers" in kept.source.warnings[0]
    named = read_bytes(parquet(frame.set_axis(pd.Index(list("xyz"), name="id"))), "s.parquet")
    assert named.names == ("a", "id")


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": [], "b": []}), pd.DataFrame()])
def test_a_file_without_rows_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="no answers"):
        read_bytes(parquet(frame), "s.parquet")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"a,b\n1,2\n", "plain text"), (b"PAR1" + bytes(99) + b"PAR1", "damaged"), (b"", "damaged")],
)
def test_what_is_no_parquet_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        read_bytes(content, "s.parquet")
