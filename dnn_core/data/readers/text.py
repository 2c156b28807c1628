"""Decode bytes to clean text: encoding, line ends, and files that are not text."""

from __future__ import annotations

import codecs

import numpy as np

from dnn_core.data.readers.letters import guess_letters
from dnn_core.data.readers.options import Encoding
from dnn_core.errors import UserError

CONTROL_SHARE = 0.01
"""More control characters than this do not occur in text that people wrote."""

MARK = "\N{REPLACEMENT CHARACTER}"
"""Stands for bytes that have no meaning."""

LONGEST_SHOWN = 30
"""Bytes of a word that are shown to either side of such a mark."""

_WORD_ENDS = (b" ", b"\t", b"\n", b",", b";", b"|", b'"')

_SAMPLE = 100_000


def guess_encoding(content: bytes) -> tuple[Encoding, tuple[str, ...]]:
    """Byte-order mark, zeros of UTF-16, UTF-8; else the encoding that makes words of the bytes.

    Returns
    -------
    encoding : Encoding
    notices : tuple of str
        Says that it was guessed, unless the bytes leave no doubt.
    """
    if content.startswith(codecs.BOM_UTF8):
        return Encoding.UTF_8, ()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding.UTF_16, ()
    if content.isascii() and b"\0" not in content[:_SAMPLE]:
        return Encoding.UTF_8, ()
    sample = np.frombuffer(content[:_SAMPLE], dtype=np.uint8)
    zeros = [float((sample[start::2] == 0).mean()) if len(sample) > 3 else 0 for start in (0, 1)]
    if max(zeros) > 0.4 and min(zeros) < 0.05:
        return (Encoding.UTF_16_LE if zeros[1] > zeros[0] else Encoding.UTF_16_BE), ()
    try:
        _decode(content, Encoding.UTF_8)
    except UnicodeDecodeError:
        encoding, notice = guess_letters(content)
        return encoding, (notice,)
    return Encoding.UTF_8, ()


def to_utf8(content: bytes, encoding: Encoding) -> tuple[bytes, tuple[str, ...]]:
    r"""Recode to UTF-8 without byte-order mark and with `\n` at line ends.

    Returns
    -------
    text : bytes
    notices : tuple of str
        In which lines letters cannot be read, if there are some.

    Raises
    ------
    UserError
        If the bytes are empty, not of this encoding, or no text.
    """
    if encoding is Encoding.UTF_8 and content.isascii():
        return _checked(content), ()
    try:
        text, damaged = _decode(content, encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"The file cannot be read with the encoding {encoding.label}.",
            received=f"a byte in line {line:,} that is invalid in this encoding",
            remedy="Choose another encoding.",
        ) from error
    plain = _checked(text.removeprefix("\ufeff").encode("utf-8", errors="replace"))
    return plain, (_describe_damage(plain, encoding),) if damaged else ()


def _decode(content: bytes, encoding: Encoding) -> tuple[str, bool]:
    """Text, and whether some bytes have no meaning; each of those becomes a mark.

    A few of them do not make another encoding of a file. As soon as there are more of them than
    letters beyond ASCII that can be read, it is the encoding that is wrong.

    Raises
    ------
    UnicodeDecodeError
    """
    try:
        return content.decode(encoding.value), False
    except UnicodeDecodeError:
        if encoding in (Encoding.UTF_16, Encoding.UTF_16_LE, Encoding.UTF_16_BE):
            raise
        text = content.decode(encoding.value, errors="replace")
        ascii_bytes = int((np.frombuffer(content, dtype=np.uint8) < 128).sum())
        if 2 * text.count(MARK) > len(text) - ascii_bytes:
            raise
        return text, True


def _describe_damage(text: bytes, encoding: Encoding) -> str:
    """Name the lines with bytes that have no meaning."""
    mark = MARK.encode()
    lines: dict[int, str] = {}
    line, counted, place = 1, 0, text.find(mark)
    while place >= 0:
        line += text.count(b"\n", counted, place)
        if line not in lines:
            lines[line] = _around(text, place) if not lines else ""
        counted, place = place, text.find(mark, place + len(mark))
    first, *more = lines
    where = f"line {first:,}" if not more else f"{len(lines):,} lines, the first of them {first:,},"
    return (
        f"The file is in {encoding.label}, but in {where} some characters are not. “{MARK}” "
        f"stands for them: “{lines[first]}”. Correct them in the file."
    )


def _around(text: bytes, place: int) -> str:
    """The word at a place of the text."""
    begin = max(text.rfind(sign, 0, place) for sign in _WORD_ENDS) + 1
    begin = max(begin, place - LONGEST_SHOWN)
    ends = [end for sign in _WORD_ENDS if (end := text.find(sign, place)) >= 0]
    end = min([*ends, place + LONGEST_SHOWN])
    return text[begin:end].decode("utf-8", errors="ignore")


def _checked(plain: bytes) -> bytes:
    if b"\r" in plain:
        plain = plain.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not plain or plain.isspace():
        raise UserError(
            "The file is empty.",
            expected="a header row and at least one row of answers",
            remedy="Check that you chose the right file, or export it again.",
        )
    _refuse_binary(plain)
    return plain


def _refuse_binary(text: bytes) -> None:
    zero = text.find(b"\0")
    sample = np.frombuffer(text[:_SAMPLE], dtype=np.uint8)
    control = (sample < 9) | ((sample > 13) & (sample < 32))
    if zero < 0 and control.mean() <= CONTROL_SHARE:
        return
    where = f" (the first in line {text.count(bytes([10]), 0, zero) + 1:,})" if zero >= 0 else ""
    raise UserError(
        "The file contains characters that do not occur in text; it is damaged or not a table of "
        "text.",
        received=f"{'zero bytes' if zero >= 0 else 'control characters'}{where}",
        remedy="Export the table again as CSV (UTF-8), or choose another encoding.",
    )


def line_offset(text: bytes, line: int, start: int = 0) -> int:
    """Byte at which the given line after `start` begins; -1 if there is none."""
    offset = start
    for _ in range(line):
        offset = text.find(b"\n", offset) + 1
        if offset == 0:
            return -1
    return offset if offset < len(text) else -1


def first_lines(text: bytes, lines: int, size: int, start: int = 0) -> list[str]:
    """Up to `lines` lines, but no more than `size` bytes once there are 30 lines."""
    kept_lines: list[str] = []
    offset = start
    while (
        offset < len(text)
        and len(kept_lines) < lines
        and (offset - start < size or len(kept_lines) < 30)
    ):
        end = text.find(b"\n", offset) + 1 or len(text)
        kept_lines.append(text[offset:end].decode("utf-8"))
        offset = end
    return kept_lines
