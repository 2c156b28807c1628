"""Make survey.xlsb with the content of survey.xls, record by record.

Only Excel saves workbooks of this kind. Records and their fields are those of [MS-XLSB], whose
numbers of sections stand beside. pyxlsb, which knows no words within cells, reads the same numbers.
"""

from __future__ import annotations

import datetime
import struct
import zipfile
from pathlib import Path
from typing import Any

from make_workbooks import NAMES, ROWS

FORMATS = {"date": 14, "moment": 22, "clock": 20, "length": 46, "percent": 9, "money": 164}
"""Numbers of formats; 164 is the first of one's own."""

ERRORS = {"#DIV/0!": 0x07}

SHEETS = ((1, "About", 0), (2, "Lists", 1), (3, "Data", 0))
"""Number, name, and whether it is hidden."""


def record(kind: int, body: bytes = b"") -> bytes:
    """One record: its kind and length in groups of seven bits, then the fields (2.1.4)."""
    low = struct.pack("<B", kind) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(body)
    while length > 0x7F:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    return low + size + bytes([length]) + body


def wide(text: str) -> bytes:
    """A text with its length before it (2.5.169)."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def serial(value: Any) -> tuple[float, str]:
    """Days since 30 December 1899, and the format that shows them."""
    day = datetime.timedelta(days=1)
    if isinstance(value, datetime.datetime):
        return (value - datetime.datetime(1899, 12, 30)) / day, "moment"
    if isinstance(value, datetime.date):
        return float((value - datetime.date(1899, 12, 30)).days), "date"
    if isinstance(value, datetime.time):
        return (value.hour * 60 + value.minute) / 1440, "clock"
    return value / day, "length"


def cell(column: int, value: Any, formats: list[str]) -> bytes:
    """BrtCellSt, BrtCellError, BrtCellBool or BrtCellReal (2.4.306 and following)."""
    style = 0
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        value, name = serial(value)
        style = formats.index(name) + 1
    place = struct.pack("<II", column, style)
    if isinstance(value, str):
        if value in ERRORS:
            return record(3, place + bytes([ERRORS[value]]))
        return record(6, place + wide(value))
    if isinstance(value, bool):
        return record(4, place + bytes([value]))
    return record(5, place + struct.pack("<d", value))


def sheet(rows: list[list[Any]]) -> bytes:
    width = max(map(len, rows))
    parts = [
        record(0x81),  # BrtBeginSheet
        record(0x94, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1)),  # BrtWsDim
        record(0x91),  # BrtBeginSheetData
    ]
    for number, row in enumerate(rows):
        parts.append(record(0, struct.pack("<III", number, 0, 0) + bytes(13)))  # BrtRowHdr
        parts += [cell(i, v, list(FORMATS)) for i, v in enumerate(row) if v is not None]
    return b"".join([*parts, record(0x92), record(0x82)])


def styles() -> bytes:
    """One format of one's own, and a cell format for each of `FORMATS` after the general one."""
    formats = [0, *FORMATS.values()]
    return b"".join(
        [
            record(0x0116),  # BrtBeginStyleSheet
            record(0x0267, struct.pack("<I", 1)),  # BrtBeginFmts
            record(0x2C, struct.pack("<H", 164) + wide('#,##0.00 "€"')),
            record(0x0268),
            record(0x0269, struct.pack("<I", len(formats))),  # BrtBeginCellXFs
            *[record(0x2F, struct.pack("<HH", 0, number) + bytes(12)) for number in formats],
            record(0x026A),
            record(0x0117),
        ]
    )


def workbook() -> bytes:
    sheets = [
        record(0x9C, struct.pack("<II", hidden, number) + wide(f"rId{number}") + wide(name))
        for number, name, hidden in SHEETS
    ]
    begin, end = (record(0x83), record(0x99, bytes(12)), record(0x8F)), (0x90, 0x9D, 0x84)
    return b"".join([*begin, *sheets, *map(record, end)])


def results() -> list[list[Any]]:
    """The rows with what Excel makes of their formulas."""
    ratios = [1.0, "#DIV/0!", 1 / 3]
    return [
        [*row[:10], 2.0 * row[0], ratio, row[12]] for row, ratio in zip(ROWS, ratios, strict=True)
    ]


def relations(targets: dict[str, str], book: bool) -> str:
    base = "http://schemas.openxmlformats.org"
    kinds = {
        target: "styles" if "styles" in target else "worksheet" if book else "officeDocument"
        for target in targets.values()
    }
    inside = "".join(
        f'<Relationship Id="{key}" Target="{target}" '
        f'Type="{base}/officeDocument/2006/relationships/{kinds[target]}"/>'
        for key, target in targets.items()
    )
    return f'<Relationships xmlns="{base}/package/2006/relationships">{inside}</Relationships>'


def main() -> None:
    sheets = {
        1: [["Survey of 2020"]],
        2: [["x", "y"], [1, 2], [3, 4]],
        3: [["Who and where", None, None, "When"], NAMES, *results()],
    }
    targets = {f"rId{number}": f"worksheets/sheet{number}.bin" for number in sheets}
    path = Path(__file__).with_name("survey.xlsb")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="bin" '
            'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        )
        archive.writestr("_rels/.rels", relations({"rId1": "xl/workbook.bin"}, book=False))
        everything = targets | {"rId9": "styles.bin"}
        archive.writestr("xl/_rels/workbook.bin.rels", relations(everything, book=True))
        archive.writestr("xl/workbook.bin", workbook())
        archive.writestr("xl/styles.bin", styles())
        for number, rows in sheets.items():
            archive.writestr(f"xl/worksheets/sheet{number}.bin", sheet(rows))


if __name__ == "__main__":
    main()
