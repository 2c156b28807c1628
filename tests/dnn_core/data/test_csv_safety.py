"""Exports that a spreadsheet cannot run."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.csv_safety import guard_formulas, write_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_text_that_would_run_is_guarded(start: str) -> None:
    frame = pd.DataFrame({f"{start}name": [f"{start}cmd|' /C calc'!A0", "plain", None]})
    guarded = guard_formulas(frame)
    assert guarded.columns.tolist() == [f"'{start}name"]
    assert guarded.iloc[:2, 0].tolist() == [f"'{start}cmd|' /C calc'!A0", "plain"]
    assert pd.isna(guarded.iloc[2, 0])
    assert frame.columns.tolist() == [f"{start}name"]


def test_numbers_stay_numbers() -> None:
    frame = pd.DataFrame(
        {"x": [-1.5, 2.0], "n": [-1, 2], "text": ["-5", "+3,2"], "b": [True, False]}
    )
    guarded = guard_formulas(frame)
    assert guarded.dtypes[["x", "n", "b"]].tolist() == frame.dtypes[["x", "n", "b"]].tolist()
    assert guarded["text"].tolist() == ["-5", "+3,2"]


def test_other_kinds_of_columns() -> None:
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["=a", "b", "=a"]),
            "mixed": pd.Series(["=1+1", 2, np.nan], dtype=object),
        }
    )
    guarded = guard_formulas(frame)
    assert guarded["kind"].tolist() == ["'=a", "b", "'=a"]
    assert guarded["mixed"].tolist()[:2] == ["'=1+1", 2]


def test_columns_of_the_same_name() -> None:
    frame = pd.DataFrame([["=a", "=b"]], columns=["x", "x"])
    assert guard_formulas(frame).to_numpy().tolist() == [["'=a", "'=b"]]


def test_csv_for_excel() -> None:
    frame = pd.DataFrame({"Größe": [1.5, np.nan], "=x": ["Köln, Rhein", "=1+1"]})
    content = write_csv(frame)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == "Größe,'=x\r\n1.5,\"Köln, Rhein\"\r\n,'=1+1\r\n"
    again = pd.read_csv(io.BytesIO(content))
    assert again["Größe"].tolist()[0] == 1.5
