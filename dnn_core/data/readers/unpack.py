"""Unpack a .gz or .zip that contains one table of text."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO

from dnn_core.data.readers.foreign import recognise
from dnn_core.data.readers.names import listed
from dnn_core.errors import UserError

MOST_UNPACKED = 1_000_000_000
"""Bytes of the table inside. Reading takes up to three times as much, and a laptop has 8 GB."""

_PIECE = 1 << 20

_ENCRYPTED = 1
"""Bit of a part's flags in a zip archive."""

_DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, ValueError)


def unpack(content: bytes, suffix: str) -> bytes:
    """Bytes of a table of text; unpacked if its name ends in .gz or .zip.

    Raises
    ------
    UserError
        If the archive is damaged, encrypted or too large, or holds several files or something
        else than a table of text.
    """
    if suffix not in (".gz", ".zip"):
        return content
    table = unpack_up_to(content, suffix, MOST_UNPACKED)
    if len(table) > MOST_UNPACKED:
        raise UserError(
            "This archive is too large when unpacked.",
            expected=f"at most {MOST_UNPACKED / 1e9:g} GB",
            remedy="Keep only the variables and rows that you need, and pack them again.",
        )
    recognised = recognise(table)
    if recognised is not None:
        raise UserError(
            f"The file inside this archive is not a table of text: it seems to be {recognised[0]}.",
            expected="a table as plain text (.csv, .tsv, .txt or .tab)",
            remedy="Unpack it on your computer and upload the file inside.",
        )
    return table


def unpack_up_to(content: bytes, suffix: str, most: int) -> bytes:
    """What an archive holds; a little more than `most` bytes of it, if there are more.

    The name inside only tells what is skipped; nothing is written anywhere.

    Raises
    ------
    UserError
        If it is damaged or encrypted, or holds several files.
    """
    try:
        if suffix == ".gz":
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                return _take(file, most)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            part = _only_file(archive)
            with archive.open(part) as file:
                return _take(file, most)
    except _DAMAGE as error:
        raise UserError(
            "This archive is damaged or incomplete and cannot be unpacked.",
            remedy="Upload it again, or unpack it on your computer and upload the table inside.",
        ) from error


def _take(file: IO[bytes] | gzip.GzipFile, most: int) -> bytes:
    # Whatever the archive says of its size.
    table = bytearray()
    while len(table) <= most and (piece := file.read(_PIECE)):
        table += piece
    return bytes(table)


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
            "This archive must contain exactly one file, because only one table can be read.",
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
