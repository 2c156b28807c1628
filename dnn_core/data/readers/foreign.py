"""Recognise files that are not tables of text, whatever their names say."""

from __future__ import annotations

import json
import re

from dnn_core.errors import UserError

SAVE_AS_CSV = "Open it in the program that wrote it and save the table as CSV (UTF-8)."

_OWN_ENDING = "Let the file's name end in {}, as it did, and upload it again."

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (
        _OLE,
        "an old Excel or Office file (.xls)",
        "If it is a workbook, let its name end in .xls; else save its table as CSV (UTF-8).",
    ),
    (b"%PDF", "a PDF document", "Ask for the table behind the document, or save it as CSV."),
    (b"$FL2", "an SPSS file (.sav)", _OWN_ENDING.format(".sav")),
    (b"$FL3", "a compressed SPSS file (.zsav)", _OWN_ENDING.format(".zsav")),
    (b"<stata_dta>", "a Stata file (.dta)", _OWN_ENDING.format(".dta")),
    (b"PAR1", "a Parquet file (.parquet)", _OWN_ENDING.format(".parquet")),
    (b"\x1f\x8b", "a gzip archive (.gz)", _OWN_ENDING.format(".gz")),
    (b"BZh", "a bzip2 archive", "Unpack it first and upload the table inside."),
    (b"\xfd7zXZ\x00", "an xz archive", "Unpack it first and upload the table inside."),
    (b"7z\xbc\xaf'\x1c", "a 7-Zip archive", "Unpack it first and upload the table inside."),
    (b"Rar!", "a RAR archive", "Unpack it first and upload the table inside."),
    (b"RDX", "an R workspace (.RData)", "Write the table in R with write.csv(data, file)."),
    (b"\x89HDF\r\n", "an HDF5 file", SAVE_AS_CSV),
    (b"SQLite format 3\x00", "an SQLite database", SAVE_AS_CSV),
    (b"\x89PNG", "a picture (PNG)", "Upload the table itself, not a picture of it."),
    (b"\xff\xd8\xff", "a picture (JPEG)", "Upload the table itself, not a picture of it."),
    (b"{\\rtf", "a word-processor document (RTF)", SAVE_AS_CSV),
)
"""First bytes, what they mean, and what to do."""

_WORKBOOKS = {
    b"xl/workbook.bin": ".xlsb",
    b"xl/workbook": ".xlsx",
    b"opendocument.spreadsheet": ".ods",
}
"""What stands in the archive that a workbook is."""

_OLD_WORKBOOK = re.compile("book".encode("utf-16-le"), re.I)
"""Of the stream "Workbook" of Excel 97, or "Book" of Excel 5."""

_SAS = bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
_MARKUP = re.compile(rb"<(!doctype|html|head|body|table|\?xml|svg|[a-z]+ )", re.I)
_JSON_OBJECT = re.compile(rb'(\[\s*)?\{\s*("[^"]*"\s*:|\})')

MOST_JSON = 10_000_000
"""Bytes of a list of JSON that is parsed to find out whether it is one; it takes half a second."""


def refuse_other_formats(content: bytes) -> None:
    """Raise if the bytes are recognisably not a table of text.

    Raises
    ------
    UserError
        Saying what the file seems to be and what to do.
    """
    recognised = recognise(content)
    if recognised is None:
        return
    kind, remedy = recognised
    raise UserError(
        f"This file is not a table of text: it seems to be {kind}.",
        expected="a table as plain text (.csv, .tsv, .txt or .tab)",
        remedy=remedy,
    )


def refuse_unless(fits: bool, content: bytes, expected: str) -> None:
    """Raise if the bytes are not of the kind that the file's name says.

    Raises
    ------
    UserError
        Saying what the file seems to be and what to do.
    """
    if fits:
        return
    kind, remedy = recognise(content) or (None, None)
    if kind is None and content.strip() and b"\0" not in content[:100_000]:
        kind = "a table of plain text"
        remedy = "Let the file's name end in .csv and upload it again."
    damage = "it is damaged, incomplete or not of the kind that its name says"
    raise UserError(
        f"This file cannot be read; {damage}{f': it seems to be {kind}' if kind else ''}.",
        expected=expected,
        remedy=remedy
        or "Upload it again, or open it in the program that wrote it and save it again.",
    )


def workbook_suffix(content: bytes) -> str | None:
    """Which kind of workbook the bytes are, as the ending of a file's name; None if they are none.

    Programs write workbooks of one kind under the ending of another, most of all under .xls.
    """
    if content.startswith(_OLE):
        return ".xls" if _OLD_WORKBOOK.search(content) else None
    if not content.startswith(b"PK"):
        return None
    # The names of the parts stand uncompressed in the archive's directory.
    for name, suffix in _WORKBOOKS.items():
        if name in content:
            return suffix
    return None


def protected() -> UserError:
    """Say that a workbook cannot be opened without its password."""
    return UserError(
        "This workbook is protected with a password.",
        remedy="Open it in the program it comes from and save it again without a password.",
    )


def recognise(content: bytes) -> tuple[str, str] | None:
    """What bytes that are no table of text seem to be, and what to do; else None."""
    for signature, kind, remedy in _SIGNATURES:
        if content.startswith(signature):
            return kind, remedy
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(content)
    if _SAS in content[:64]:
        return "a SAS file (.sas7bdat)", _OWN_ENDING.format(".sas7bdat")
    # Stata 8 to 12: format 113 to 115, byte order, file type 1, then a zero.
    if content[:1] in b"qrs" and content[1:2] in b"\x01\x02" and content[2:4] == b"\x01\x00":
        return "a Stata file (.dta)", _OWN_ENDING.format(".dta")
    head = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if _MARKUP.match(_without_comments(head)):
        return "a web page or XML", "Download the table itself, as CSV, instead of the page."
    if _JSON_OBJECT.match(head) or _is_json_list(content):
        return "JSON", "Export the table as CSV, one row for each case."
    return None


def _without_comments(head: bytes) -> bytes:
    """What follows comments at the beginning of a web page or XML."""
    while head.startswith(b"<!--") and (end := head.find(b"-->")) >= 0:
        head = head[end + 3 :].lstrip()
    return head


def _zip_kind(content: bytes) -> tuple[str, str]:
    suffix = workbook_suffix(content)
    if suffix is not None:
        kind = "an OpenDocument table" if suffix == ".ods" else "an Excel file"
        return f"{kind} ({suffix})", _OWN_ENDING.format(suffix)
    if b"word/document" in content:
        return "a Word document (.docx)", "Save the table as CSV."
    return "a zip archive (.zip)", _OWN_ENDING.format(".zip")


def _is_json_list(content: bytes) -> bool:
    if len(content) > MOST_JSON:
        return False
    if not (content[:100].lstrip()[:1] == b"[" and content[-100:].rstrip()[-1:] == b"]"):
        return False
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True
