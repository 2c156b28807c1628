"""Make survey.xls and survey.ods as LibreOffice saves them, with the same content.

Needs LibreOffice (`soffice`); tests read the files that it left here.
"""

from __future__ import annotations

import datetime
import subprocess
import tempfile
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent

NAMES = [
    "id", "income", "town", "day", "moment", "clock", "length", "share", "wage", "yes", "double",
    "ratio", "plz",
]  # fmt: skip

ROWS = [
    [1, 1200.5, "Köln", datetime.date(2020, 7, 1), datetime.datetime(2020, 7, 1, 12),
     datetime.time(6, 15), datetime.timedelta(hours=30, minutes=30), 0.25, 12.5, True, "=2*A3",
     "=1/A3", "01067"],
    [2, None, "Ulm", datetime.date(1950, 1, 1), datetime.datetime(1950, 1, 1, 18),
     datetime.time(23, 45), datetime.timedelta(hours=1), 0.5, 9.99, False, "=2*A4",
     "=1/(A4-2)", "53111"],
    [3, 800, None, datetime.date(2000, 12, 31), datetime.datetime(2000, 12, 31, 6),
     datetime.time(0, 30), datetime.timedelta(hours=48), 1, 100, True, "=2*A5", "=1/A5", "80331"],
]  # fmt: skip


def make_book() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    about = book.active
    about.title = "About"
    about.append(["Survey of 2020"])
    lists = book.create_sheet("Lists")
    lists.sheet_state = "hidden"
    for row in ([["x", "y"]], [[1, 2]], [[3, 4]]):
        lists.append(*row)
    data = book.create_sheet("Data")
    data.append(["Who and where", None, None, "When"])
    data.merge_cells("A1:C1")
    data.append(NAMES)
    for row in ROWS:
        data.append(row)
    for row in data.iter_rows(min_row=3):
        row[7].number_format = "0%"
        row[8].number_format = '#,##0.00 "€"'
    return book


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "survey.xlsx"
        make_book().save(source)
        for kind in ("xls", "ods"):
            subprocess.run(
                ["soffice", "--headless", "--convert-to", kind, "--outdir", HERE, source],
                check=True,
            )


if __name__ == "__main__":
    main()
