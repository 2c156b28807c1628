"""Parsers that crash, hang or eat memory, and damaged files of every kind that is parsed apart."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dnn_core.data.describe.description import describe
from dnn_core.data.readers import parsing, read_bytes, read_dataset
from dnn_core.errors import UserError


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "survey.parquet"
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_parquet(path)
    return path


@pytest.mark.parametrize("failure", ["raise SystemExit(3)", "import os; os.abort()"])
def test_a_parser_that_dies_takes_nobody_along(table, monkeypatch, tmp_path, failure):
    dying = tmp_path / "dying_parser.py"
    dying.write_text(failure)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(parsing, "MODULE", "dying_parser")
    with pytest.raises(UserError, match="parser ended"):
        read_dataset(table)


def test_a_parser_that_hangs_is_ended(table, monkeypatch, tmp_path):
    (tmp_path / "hanging_parser.py").write_text("import time; time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(parsing, "MODULE", "hanging_parser")
    monkeypatch.setattr(parsing, "SECONDS_TO_PARSE", 0.5)
    with pytest.raises(UserError, match=r"still ran after 0\.5 seconds"):
        read_dataset(table)


def test_a_parser_that_eats_memory_is_ended(table, monkeypatch):
    # Less than the libraries alone take.
    monkeypatch.setattr(parsing, "GIGABYTES_TO_PARSE", 0.05)
    with pytest.raises(UserError, match="damaged"):
        read_dataset(table)


TIMES = 100

TIMES_OF_RUST = 15
"""Over a damaged file of these kinds the process often ends, and a fresh one takes a second."""


def survey(suffix, folder, rows=60):
    """The bytes of a small survey with labels, missing codes, dates and words."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "vote": rng.choice([1.0, 2.0, 3.0, -99.0], rows),
            "thermo": rng.integers(0, 101, rows).astype(float),
            "party": rng.choice(["left", "right", "none of them, by far"], rows),
            "day": pd.date_range("2021-03-01", periods=rows).date,
        }
    )
    frame.loc[3, "thermo"] = np.nan
    path = folder / f"survey{suffix}"
    labels = {"vote": {1.0: "Left", 2.0: "Right", -99.0: "Refused"}}
    if suffix == ".sav":
        pyreadstat.write_sav(
            frame, path, variable_value_labels=labels, missing_ranges={"vote": [-99.0]}
        )
    elif suffix == ".dta":
        pyreadstat.write_dta(frame, path, variable_value_labels=labels)
    elif suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif suffix in (".xls", ".xlsb", ".ods"):
        path = Path(__file__).parent / "workbooks" / path.name
    else:
        frame.assign(party=frame["party"].astype("category")).to_parquet(path)
    return path.read_bytes()


def cut(whole, rng):
    return whole[: int(rng.integers(1, len(whole)))]


def flipped(whole, rng):
    """One to eight bits of another value."""
    content = bytearray(whole)
    for place in rng.integers(0, len(content), size=int(rng.integers(1, 9))):
        content[place] ^= 1 << int(rng.integers(8))
    return bytes(content)


_SHEET = re.compile(r"sheet[13]\.|content\.xml")


def flipped_inside(whole, rng):
    """The same in the sheet that a workbook packs, where its checksum does not show it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as before, zipfile.ZipFile(buffer, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            after.writestr(name, flipped(data, rng) if _SHEET.search(name) else data)
    return buffer.getvalue()


def outcome(content, name):
    """Whether a file is read or refused; whatever else is raised lets the test fail."""
    try:
        dataset = read_bytes(content, name)
    except UserError as error:
        # Running out of time would be caught, too, but nobody wants to wait for it.
        return "ran out of time" if "still ran" in (error.received or "") else "refused"
    assert describe(dataset).rows == len(dataset) > 0
    assert len(dataset.variables) == dataset.frame.shape[1] > 0
    return "read"


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [
        (suffix, how)
        for suffix in (".sav", ".dta", ".xlsx", ".xls", ".parquet")
        for how in (cut, flipped)
    ]
    + [(suffix, flipped_inside) for suffix in (".xlsx", ".xlsb", ".ods")],
)
def test_damage_is_refused_or_read_and_never_ends_or_hangs_the_caller(
    tmp_path, suffix, damage, one_process
):
    name = f"survey{suffix}"
    whole = survey(suffix, tmp_path)
    assert outcome(whole, name) == "read"
    rng = np.random.default_rng(7)
    times = TIMES_OF_RUST if suffix in (".xls", ".xlsb") else TIMES
    result = Counter(outcome(damage(whole, rng), name) for _ in range(times))
    assert result["refused"] > times / 10 and result["ran out of time"] == 0
    # And the way is open for the next file.
    assert outcome(whole, name) == "read"
