"""Large tables of text are parsed in a process of their own, with the same result."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from dnn_core.data.readers import csv, packed, parser, parsing, read_bytes
from dnn_core.data.readers.csv import read_here
from dnn_core.errors import UserError

TABLE = (
    "größe;ort;plz;gewicht;wann\n"
    + "".join(
        f"1,{i:02d};Köln;0{i};{'NA' if i % 5 else i};2020-01-{i:02d}\n" for i in range(10, 30)
    )
    + "1,5;Ulm\n"
).encode()


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("t.csv", content)
    return buffer.getvalue()


@pytest.fixture
def nothing_is_small(monkeypatch: pytest.MonkeyPatch, one_process: None) -> None:
    for module in (csv, packed):
        monkeypatch.setattr(module, "SMALL", 10)


@pytest.mark.parametrize(
    ("name", "content"),
    [("t.csv", TABLE), ("t.csv.gz", gzip.compress(TABLE)), ("t.zip", zipped(TABLE))],
)
def test_the_same_is_read(nothing_is_small: None, name: str, content: bytes) -> None:
    here, apart = read_here(TABLE, None), read_bytes(content, name)
    pd.testing.assert_frame_equal(apart.frame, here.frame)
    assert here.options is not None
    assert apart.source.options == here.options.model_dump(mode="json")
    assert apart.source.warnings == here.warnings != ()
    again = read_bytes(content, name, here.options.but(decimal="."))
    assert again.frame["größe"].tolist()[:2] == ["1,10", "1,11"]


def test_what_is_refused_there_is_refused_here(nothing_is_small: None) -> None:
    for content in (b'a,b\n1,2\n3,"4\n5,6\n', b"name,age,town\n", b"%PDF-1.7 and so on"):
        with pytest.raises(UserError) as here:
            read_here(content, None)
        with pytest.raises(UserError) as apart:
            read_bytes(content, "t.csv")
        assert str(apart.value) == str(here.value)


def test_small_tables_need_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "ParserProcess", None)
    for name, content in (("t.csv", TABLE), ("t.csv.gz", gzip.compress(TABLE))):
        assert len(read_bytes(content, name)) == 21


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zipped])
def test_an_endless_line_needs_no_process_to_be_refused(
    monkeypatch: pytest.MonkeyPatch, pack
) -> None:
    monkeypatch.setattr(parsing, "ParserProcess", None)
    name = {bytes: "t.csv", gzip.compress: "t.gz", zipped: "t.zip"}[pack]
    with pytest.raises(UserError, match="too many columns"):
        read_bytes(pack(b"," * 20_000_000), name)


def test_one_is_told_how_far_it_is(nothing_is_small: None) -> None:
    shares: list[float] = []
    read_bytes(TABLE, "t.csv", None, shares.append)
    assert shares[-1] == 1


def test_reading_has_a_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "SMALL", 10)
    monkeypatch.setattr(csv, "SECONDS_TO_READ", 0.05)
    with pytest.raises(UserError, match=r"still ran after 0\.05 seconds"):
        read_bytes(TABLE, "t.csv")


def test_only_running_out_of_memory_is_a_fault_of_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = tmp_path / "t.csv"

    def fails(error: Exception) -> None:
        def parse(source: Path) -> None:
            raise error

        monkeypatch.setitem(parser.PARSERS, "text", parse)
        parser._execute("text", source, {})

    fails(MemoryError())
    assert "MemoryError" in (tmp_path / "about.json").read_text()
    with pytest.raises(KeyError):
        fails(KeyError("a mistake of ours"))
