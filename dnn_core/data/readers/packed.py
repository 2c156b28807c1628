"""A table of text inside a .gz or .zip."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO

from dnn_core.data.readers.csv import read_text_table
from dnn_core.data.readers.foreign import is_workbook, recognise, refuse_unless
from dnn_core.data.readers.names import listed
from dnn_core.data.readers.options import ReadOptions
from dnn_core.data.readers.reading import Reading, Watch
from dnn_core.errors import UserError

MOST_UNPACKED = 1_000_000_000
"""Bytes of the table inside. Reading takes up to three times as much, and a laptop has 8 GB."""

_PIECE = 1 << 20

_ENCRYPTED = 1
"""Bit of a part's flags in a zip archive."""

_DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, ValueError)


def read_gzip(content: bytes, options: ReadOptions | None, watch: Watch | None = None) -> Reading:
    """Read a table of text that gzip has packed.

    Raises
    ------
    UserError
        If it is damaged or too large, or holds something else.
    """
    refuse_unless(content.startswith(b"\x1f\x8b"), content, "a gzip archive (.gz)")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            table = _unpack(file)
    except _DAMAGE as error:
        raise _damaged() from error
    return _read(table, options, watch)


def read_zip(content: bytes, options: ReadOptions | None, watch: Watch | None = None) -> Reading:
    """Read a table of text that is the only file of a zip archive.

    The name inside only tells what is skipped; nothing is written anywhere.

    Raises
    ------
    UserError
        If it is damaged, encrypted or too large, or holds something else or several files.
    """
    title = "a zip archive with one table (.zip)"
    refuse_unless(content.startswith(b"PK") and not is_workbook(content), content, title)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            part = _only_file(archive)
            with archive.open(part) as file:
                table = _unpack(file)
    except _DAMAGE as error:
        raise _damaged() from error
    return _read(table, options, watch)


def _only_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    # macOS adds a folder of its own beside what was packed.
    parts = [
        part
        for part in archive.infolist()
        if not part.is_dir() and not part.filename.startswith("__MACOSX/")
    ]
    names = [PurePosixPath(part.filename).name for part in parts]
    if len(parts) != 1:
        raise UserError(
            "This archive does not hold one file, and only one table can be read.",
            expected="exactly one file",
            received=listed(names) if names else "none",
            remedy="Unpack it and upload the table that you need.",
        )
    if parts[0].flag_bits & _ENCRYPTED:
        raise UserError(
            "This archive is protected with a password.",
            remedy="Unpack it on your computer and upload the table inside.",
        )
    return parts[0]


def _unpack(file: IO[bytes] | gzip.GzipFile) -> bytes:
    """Bytes of a packed file; stops at the limit, whatever the archive says of its size."""
    table = bytearray()
    while piece := file.read(_PIECE):
        table += piece
        if len(table) > MOST_UNPACKED:
            raise UserError(
                "This archive unpacks to more than can be read.",
                expected=f"at most {MOST_UNPACKED / 1e9:g} GB",
                remedy="Keep the variables and rows that you need, and pack them again.",
            )
    return bytes(table)


def _read(table: bytes, options: ReadOptions | None, watch: Watch | None) -> Reading:
    found = recognise(table)
    if found is not None:
        raise UserError(
            f"The file inside this archive is not a table of text: it seems to be {found[0]}.",
            expected="a table as plain text (.csv, .tsv, .txt or .tab)",
            remedy="Unpack it on your computer and upload the file inside.",
        )
    return read_text_table(table, options, watch)


def _damaged() -> UserError:
    return UserError(
        "This archive is damaged or incomplete and cannot be unpacked.",
        remedy="Upload it once more, or unpack it on your computer and upload the table inside.",
    )
