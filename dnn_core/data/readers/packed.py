"""A table of text inside a .gz or .zip."""

from __future__ import annotations

from dnn_core.data.readers.csv import SMALL, read_here, read_in_subprocess, refuse_endless_line
from dnn_core.data.readers.foreign import refuse_unless, workbook_suffix
from dnn_core.data.readers.options import ReadOptions
from dnn_core.data.readers.reading import Reading, Watch
from dnn_core.data.readers.unpack import unpack, unpack_up_to


def read_gzip(content: bytes, options: ReadOptions | None, watch: Watch | None = None) -> Reading:
    """Read a table of text that gzip has packed.

    Raises
    ------
    UserError
        If it is damaged or too large, or holds something else.
    """
    refuse_unless(content.startswith(b"\x1f\x8b"), content, "a gzip archive (.gz)")
    return _read(content, ".gz", options, watch)


def read_zip(content: bytes, options: ReadOptions | None, watch: Watch | None = None) -> Reading:
    """Read a table of text that is the only file of a zip archive.

    Raises
    ------
    UserError
        If it is damaged, encrypted or too large, or holds something else or several files.
    """
    title = "a zip archive with one table (.zip)"
    fits = content.startswith(b"PK") and workbook_suffix(content) is None
    refuse_unless(fits, content, title)
    return _read(content, ".zip", options, watch)


def _read(content: bytes, suffix: str, options: ReadOptions | None, watch: Watch | None) -> Reading:
    if len(content) <= SMALL:
        # No more is unpacked here than would be parsed here.
        begin = unpack_up_to(content, suffix, SMALL)
        if len(begin) <= SMALL:
            return read_here(unpack(content, suffix), options, watch)
        refuse_endless_line(begin)
    return read_in_subprocess(content, suffix, options, watch)
