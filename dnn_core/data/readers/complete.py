"""Whether a file of SPSS, Stata or SAS is complete: pyreadstat reads some truncated ones silently.

Layout of transport files: SAS Institute, technical notes TS-140 and "Record layout of a SAS version
8 or 9 data set in SAS transport format". Of .dta: Stata, "File formats .dta".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from dnn_core.errors import UserError

RECORD = 80
"""Bytes of a record of a transport file; all of it is made of such."""

_HEADER = b"HEADER RECORD*******"
_STATA = (b"<stata_dta>", b"</stata_dta>")
_SPSS = (b"$FL2", b"$FL3")


@dataclass(frozen=True)
class Extent:
    """The size that a file states.

    Parameters
    ----------
    size : int
        Bytes up to the end of its first table.
    counted : bool
        Whether it says how many cases it has, so that a missing end is noticed.
    tables : int
    """

    size: int
    counted: bool = True
    tables: int = 1


def check_complete(content: bytes) -> Extent:
    """How far the first table of a file goes.

    Raises
    ------
    UserError
        If the file ends before its table does, as far as its kind can tell.
    """
    if content.startswith(_STATA[0]) and _STATA[1] not in content[-100:]:
        raise _cut("it does not end as a Stata file ends")
    if content.startswith(_SPSS) and len(content) > 84:
        order = "<" if content[64:68] in (b"\2\0\0\0", b"\3\0\0\0") else ">"
        # -1 where the program that wrote it did not know yet.
        return Extent(len(content), struct.unpack(order + "i", content[80:84])[0] >= 0)
    if content.startswith(_HEADER + b"LIB"):
        return _check_transport(content)
    return Extent(len(content))


def _check_transport(content: bytes) -> Extent:
    begin = _record(content, b"OBS", 0)
    names = _record(content, b"NAM", 0)
    member = _record(content, b"MEMB", 0)
    if min(begin, names, member) < 0:
        raise _cut("it ends before its first case")
    width = _width_of_case(content, member, names)
    if not width:
        return Extent(len(content), False)
    start = begin + RECORD
    following = _record(content, b"MEMB", start)
    end = len(content) if following < 0 else following
    tables = 1
    while following >= 0:
        tables += 1
        following = _record(content, b"MEMB", following + RECORD)
    held = (end - start) // width
    version_8 = content[begin + len(_HEADER) :].startswith(b"OBSV8")
    count = content[begin + 48 : begin + 63].strip()
    if version_8 and count.isdigit():
        if held < int(count):
            raise _cut(f"{held:,} of the {int(count):,} cases that its header states")
        return Extent(end, True, tables)
    # Blanks fill the last record up; anything else is the beginning of a case.
    if end % RECORD or content[start + held * width : end].strip(b" "):
        raise _cut(f"{held:,} cases and part of another one")
    return Extent(end, False, tables)


def _record(content: bytes, kind: bytes, start: int) -> int:
    """Where the next header record of a kind begins; -1 if there is none."""
    place = content.find(_HEADER + kind, start)
    while place >= 0 and place % RECORD:
        place = content.find(_HEADER + kind, place + 1)
    return place


def _width_of_case(content: bytes, member: int, names: int) -> int:
    """Bytes of a case, by the descriptions of its variables; 0 if they cannot be read."""
    size, count = content[member + 74 : member + 78], content[names + 48 : names + 58]
    if not (size.isdigit() and count.isdigit() and int(size) > 6):
        return 0
    first = names + RECORD
    places = range(first, first + int(count) * int(size), int(size))
    return sum(int.from_bytes(content[place + 4 : place + 6], "big") for place in places)


def _cut(received: str) -> UserError:
    return UserError(
        "This file is incomplete: its end is missing.",
        received=received,
        remedy="Upload it again, or export it again from the program that wrote it.",
    )
