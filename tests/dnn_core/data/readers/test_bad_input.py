"""What cannot be read is refused with a sentence, whatever the bytes are."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import numpy as np
import pytest

from dnn_core.data.describe.description import describe
from dnn_core.data.readers import READERS, read_bytes
from dnn_core.errors import UserError


def workbook(part: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(part, "<x/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (workbook("xl/workbook.xml"), "Excel"),
        (workbook("word/document.xml"), "Word"),
        (workbook("some.csv"), "zip archive"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"$FL2@(#) SPSS DATA FILE" + bytes(100), "SPSS"),
        (b"<stata_dta><header>", "Stata"),
        (b"r\x02\x01\x00" + bytes(200), "Stata"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"  <!DOCTYPE html><html><body>", "web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "XML"),
        (json.dumps([{"a": 1}, {"a": 2}]).encode(), "JSON"),
        (b'{"a": 1}\n{"a": 2}\n', "JSON"),
        (b"[1, 2, 3]", "JSON"),
    ],
)
@pytest.mark.parametrize("name", ["answers.csv", "answers.xyz"])
def test_other_formats_are_recognised_under_any_name(content: bytes, words: str, name: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        read_bytes(content, name)
    assert caught.value.remedy


def test_other_endings_are_refused_with_those_that_can_be_read() -> None:
    with pytest.raises(UserError, match=r"\.xyz") as caught:
        read_bytes(b"a,b\n1,2\n", "answers.xyz")
    assert all(suffix in str(caught.value) for suffix in READERS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\t\n  \r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"name,age,town\n", "no rows of answers"),
        (b"name,age,town", "no rows of answers"),
        (b'""\n""\n', "no rows of answers"),
        (b"a,b\n,\n,\n", "no rows of answers"),
        (b"a,b\n1,2\n\x00\x00,3\n", "line 3"),
        (bytes(range(256)) * 20, "do not occur in text"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "never closed"),
        (b"x" * 500_000, "131,072"),
        (b"x," * 5_000, "no rows of answers"),
        (b"a,b\n1," + b"x" * 300_000 + b"\n", "131,072"),
    ],
)
def test_bad_tables_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        read_bytes(content, "answers.csv")
    assert caught.value.remedy


SEEDS = (
    b'id,age,town,plz\n1,20,Bonn,01067\n2,NA,Ulm,99999\n3,41.5,"Ulm, Don",12345\n' * 3,
    "land;x;y\nKöln;1,5;TRUE\nUlm;2,5;FALSE\nBonn;;TRUE\n".encode("cp1252") * 4,
    "a\tb\n1\tx\n2\ty\n".encode("utf-16"),
    b"# note;;\n;;\nq;1;2\nland;n;m\nA;1;2\nB;3;4\n",
)
BYTES = b"\n\r\t ,;|\"'\x00\xff\xfe#.-0129NAeE=\xc3\x80"


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_give_a_data_set_or_a_sentence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    read = 0
    for _ in range(100):
        content = bytearray(SEEDS[seed])
        for _ in range(rng.integers(1, 12)):
            place = int(rng.integers(len(content)))
            match rng.integers(4):
                case 0:
                    content[place] = int(rng.integers(256))
                case 1:
                    content[place] = BYTES[rng.integers(len(BYTES))]
                case 2:
                    del content[place : place + int(rng.integers(1, 9))]
                case 3:
                    content[place:place] = bytes(BYTES[i] for i in rng.integers(len(BYTES), size=3))
            content = content or bytearray(b"x")
        try:
            dataset = read_bytes(bytes(content), "answers.csv")
        except UserError:
            continue
        read += 1
        about = describe(dataset)
        assert about.rows == len(dataset) > 0
        assert len(about.table) == len(set(dataset.names)) == len(dataset.frame.columns)
    # Most mutations are harmless; if nothing were read, nothing would be tested.
    assert read > 10
