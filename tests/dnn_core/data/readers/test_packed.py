"""A table of text inside a .gz or .zip, and what else is in such archives."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.readers import Delimiter, ReadOptions, read_bytes, unpack
from dnn_core.errors import UserError

TABLE = "größe;ort\n1,5;Köln\n2,5;Ulm\n".encode("cp1252")


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("s.csv.gz", gzip.compress(TABLE, mtime=0)), ("s.zip", archive(s_csv=TABLE))],
)
def test_the_table_inside_is_read_as_if_it_lay_open(name: str, content: bytes) -> None:
    dataset, plain = read_bytes(content, name), read_bytes(TABLE, "s.csv")
    pd.testing.assert_frame_equal(dataset.frame, plain.frame)
    assert dataset.source.options == plain.source.options
    assert dataset.source.size_bytes == len(content)
    # Options hold for the table inside.
    other = read_bytes(content, name, ReadOptions(delimiter=Delimiter.TAB, encoding="cp1252"))
    assert len(other.names) == 1


def test_folders_and_what_macos_adds_are_skipped() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("wave 1/", b"")
        file.writestr("__MACOSX/wave 1/._s.csv", b"\0")
        # Such a name would leave the folder if it were used as one.
        file.writestr("../../wave 1/s.csv", TABLE)
    assert read_bytes(buffer.getvalue(), "s.zip").names == ("größe", "ort")


def test_several_files_are_named() -> None:
    with pytest.raises(UserError, match=r"one file.*“a.csv”, “b.csv”"):
        read_bytes(archive(a_csv=TABLE, b_csv=TABLE), "s.zip")
    with pytest.raises(UserError, match=r"Received: none"):
        read_bytes(archive(), "s.zip")


def test_a_password_is_named() -> None:
    # The flag in the part's header and in the directory is all that says so.
    content = bytearray(archive(s_csv=TABLE))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UserError, match="password"):
        read_bytes(bytes(content), "s.zip")


@pytest.mark.parametrize("name", ["s.gz", "s.zip"])
def test_a_bomb_is_not_unpacked_to_its_end(monkeypatch, name: str) -> None:
    monkeypatch.setattr(unpack, "MOST_UNPACKED", 5_000_000)
    bomb = b"1\n" * 10_000_000
    content = gzip.compress(bomb) if name == "s.gz" else archive(s_csv=bomb)
    assert len(content) < 100_000
    with pytest.raises(UserError, match="too large when unpacked"):
        unpack.unpack(content, name[1:])
    # Two pieces of a megabyte hold more than a million and a half.
    assert len(unpack.unpack_up_to(content, name[1:], 1_500_000)) == 2 << 20


@pytest.mark.parametrize("inside", [b"$FL2@(#) SPSS DATA FILE" + bytes(100), b"PAR1\x15\x04"])
def test_other_files_inside_are_refused(inside: bytes) -> None:
    for content, name in ((gzip.compress(inside), "s.gz"), (archive(s=inside), "s.zip")):
        with pytest.raises(UserError, match=r"inside this archive.*(SPSS|Parquet)"):
            read_bytes(content, name)


def test_other_archives_under_these_names_are_refused() -> None:
    for name in ("s.gz", "s.zip"):
        with pytest.raises(UserError, match="plain text"):
            read_bytes(TABLE, name)
    with pytest.raises(UserError, match=r"Excel file.*end in .xlsx"):
        read_bytes(archive(**{"xl/workbook_xml": b"<x/>"}), "s.zip")


@pytest.mark.parametrize("pack", [gzip.compress, lambda table: archive(s_csv=table)])
def test_damaged_archives_are_refused_or_read(pack) -> None:
    name = "s.gz" if pack is gzip.compress else "s.zip"
    whole = pack(TABLE * 50)
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(200):
        content = bytearray(whole)
        if rng.random() < 0.5:
            del content[int(rng.integers(1, len(content))) :]
        else:
            content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
        try:
            read_bytes(bytes(content), name)
        except UserError:
            refused += 1
    assert refused > 100


def test_the_checksum_is_looked_at() -> None:
    content = bytearray(gzip.compress(TABLE))
    content[-8] ^= 1
    assert zlib.decompress(bytes(content[10:-8]), -15) == TABLE
    with pytest.raises(UserError, match="damaged"):
        read_bytes(bytes(content), "s.gz")
