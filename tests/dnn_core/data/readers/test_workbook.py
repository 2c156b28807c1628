"""Excel workbooks as people write them, made here with known content."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.readers import WorkbookOptions, options_of, read_bytes, read_dataset
from dnn_core.data.readers import workbook_parser as parser
from dnn_core.errors import UserError

pytestmark = pytest.mark.usefixtures("one_process")


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


TABLE = [["id", "age", "town"], [1, 20, "Bonn"], [2, 41.5, "Ulm"], [3, None, "Ulm"]]
OTHER = [["x", "y"], [1, 2], [3, 4], [5, 6]]


def test_the_first_sheet_with_a_table_is_read() -> None:
    dataset = read_bytes(
        workbook(About=[["Survey of 2021"], ["By post"]], Data=TABLE, More=OTHER), "s.xlsx"
    )
    assert dataset.names == ("id", "age", "town")
    assert dataset.frame["id"].tolist() == [1, 2, 3]
    assert dataset.frame["age"].tolist()[:2] == [20, 41.5] and np.isnan(dataset.frame["age"][2])
    assert dataset.frame["town"].tolist() == ["Bonn", "Ulm", "Ulm"]
    assert dataset.source.sheets == ("About", "Data", "More")
    assert options_of(dataset.source.options) == WorkbookOptions(sheet="Data")
    assert dataset.source.warnings == ()
    assert read_bytes(workbook(Only=[["a"], [1], [2]]), "s.xlsx").frame["a"].tolist() == [1, 2]


def test_the_sheet_is_chosen_and_part_of_the_fingerprint() -> None:
    content = workbook(Data=TABLE, More=OTHER)
    first = read_bytes(content, "s.xlsx")
    other = read_bytes(content, "s.xlsx", WorkbookOptions(sheet="More"))
    assert other.frame["y"].tolist() == [2, 4, 6]
    assert (
        first.fingerprint
        == read_bytes(content, "s.xlsx", options_of(first.source.options)).fingerprint
    )
    # The same names and levels, so that only the sheet tells them apart.
    twice = workbook(A=OTHER, B=OTHER)
    options = [WorkbookOptions(sheet=name) for name in "AB"]
    assert len({read_bytes(twice, "s.xlsx", o).fingerprint for o in options}) == 2
    with pytest.raises(UserError, match=r"no sheet “Gone”.*“Data”, “More”"):
        read_bytes(content, "s.xlsx", WorkbookOptions(sheet="Gone"))


def test_a_hidden_sheet_is_not_taken_by_itself_but_can_be_chosen() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Lists"
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("Data")
    for row in OTHER:
        book["Lists"].append(row)
    for row in TABLE:
        shown.append(row)
    assert read_bytes(saved(book), "s.xlsx").names == ("id", "age", "town")
    assert read_bytes(saved(book), "s.xlsx", WorkbookOptions(sheet="Lists")).names == ("x", "y")


def test_titles_empty_rows_and_columns_around_the_table() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["B2"] = "Survey of 2021, by county"
    sheet.merge_cells("B2:D2")
    for i, row in enumerate(TABLE, start=4):
        for j, value in enumerate(row, start=2):
            sheet.cell(i, j, value)
    dataset = read_bytes(saved(book), "s.xlsx")
    assert dataset.names == ("id", "age", "town")
    assert dataset.frame.shape == (3, 3)
    assert options_of(dataset.source.options).header_row == 3


def test_a_merged_heading_over_items() -> None:
    book = openpyxl.Workbook()
    for row in [["id", "Trust", None, "age"], [None, "police", "courts", None],
                [1, 5, 3, 20], [2, 4, 4, 30]]:  # fmt: skip
        book.active.append(row)
    book.active.merge_cells("B1:C1")
    dataset = read_bytes(saved(book), "s.xlsx", WorkbookOptions(sheet="Sheet", header_rows=2))
    assert dataset.names[1:3] == ("Trust: police", "Trust: courts")
    assert dataset.frame.shape == (2, 4)


def test_without_a_header() -> None:
    dataset = read_bytes(
        workbook(D=TABLE[1:]), "s.xlsx", WorkbookOptions(sheet="D", header_row=None)
    )
    assert dataset.names == ("v1", "v2", "v3")
    assert len(dataset) == 3


def test_dates_and_times_become_numbers() -> None:
    # 1 July 2020 is day 183: 2020 + 182 / 365.2425; a quarter past six is 6.25 hours.
    rows = [["day", "moment", "clock"]] + [
        [datetime.date(2020, 7, 1), datetime.datetime(2020, 7, 1, 12), datetime.time(6, 15)]
    ] * 3
    dataset = read_bytes(workbook(D=rows), "s.xlsx")
    assert dataset.frame.iloc[0].tolist() == pytest.approx([2020.49830, 2020.49830, 6.25], abs=1e-4)
    assert any("years with decimals: “day”, “moment”" in w for w in dataset.source.warnings)
    assert any("hours: “clock”" in w for w in dataset.source.warnings)


WORKBOOKS = Path(__file__).parent / "workbooks"


@pytest.mark.parametrize("kind", ["xls", "xlsb", "ods"])
def test_workbooks_of_other_kinds(kind: str) -> None:
    """Two were saved by LibreOffice; `workbooks/make_workbooks.py` says what stands in them."""
    read = read_dataset(WORKBOOKS / f"survey.{kind}")
    # A note stands alone in the first sheet, and the second is hidden.
    assert read.source.sheets == ("About", "Lists", "Data")
    assert options_of(read.source.options) == WorkbookOptions(sheet="Data", header_row=1)
    frame = read.frame
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["income"].tolist() == pytest.approx([1200.5, np.nan, 800], nan_ok=True)
    assert frame["town"].tolist()[:2] == ["Köln", "Ulm"] and frame["town"].isna()[2]
    # Days 183, 1 and 366 of their years; see the dates above.
    assert frame["day"].tolist() == pytest.approx([2020.49830, 1950, 2000.99934], abs=1e-5)
    assert frame["moment"].tolist() == frame["day"].tolist()
    assert frame["clock"].tolist() == pytest.approx([6.25, 23.75, 0.5])
    assert frame["length"].tolist() == pytest.approx([30.5, 1, 48])
    assert frame["share"].tolist() == [0.25, 0.5, 1] and frame["wage"].tolist() == [12.5, 9.99, 100]
    assert frame["yes"].tolist() == [1, 0, 1]
    # Results of formulas; the second is a division by zero.
    assert frame["double"].tolist() == [2, 4, 6]
    assert frame["ratio"].tolist() == pytest.approx([1, np.nan, 1 / 3], nan_ok=True)
    assert frame["plz"].tolist() == ["01067", "53111", "80331"]
    told = " ".join(read.source.warnings)
    assert "look like empty cells" in told
    assert "check those of “income”, “town”, “ratio”." in told
    lists = read_dataset(WORKBOOKS / f"survey.{kind}", WorkbookOptions(sheet="Lists"))
    assert lists.frame["y"].tolist() == [2, 4] and lists.source.warnings == ()


def test_durations_of_an_open_document_are_added_up() -> None:
    # LibreOffice writes 26 hours and 15.5 seconds so, and one before midnight with a sign.
    content = (WORKBOOKS / "survey.ods").read_bytes()
    content = rewritten(content, b"PT30H30M00S", b"PT26H00M15.5S")
    content = rewritten(content, b"PT48H00M00S", b"-PT01H30M00S")
    hours = read_bytes(content, "s.ods").frame["length"].tolist()
    assert hours == pytest.approx([26 + 15.5 / 3600, 1, -1.5])


def test_the_content_and_not_the_name_says_which_workbook_it_is() -> None:
    assert read_bytes(workbook(D=OTHER), "survey.xls").frame["y"].tolist() == [2, 4, 6]
    old = (WORKBOOKS / "survey.xls").read_bytes()
    assert read_bytes(old, "survey.xlsx").names[:2] == ("id", "income")


def test_errors_are_told_where_the_file_does_not_name_its_cells() -> None:
    content = workbook(D=[["a", "b"], [1, "x"], ["#N/A", "y"], [3, "#REF!"], [4, "z"]])
    content = rewritten(content, b'<c r="A3" t="e">', b'<c t="e">')
    content = rewritten(content, b'<c r="B4" t="e">', b"<c t='e'>")
    read = read_bytes(content, "s.xlsx")
    assert read.frame["a"].isna().tolist() == [False, True, False, False]
    assert read.frame["b"].isna().tolist() == [False, False, True, False]
    assert "#DIV/0! count as missing: “a”, “b”." in " ".join(read.source.warnings)


def test_an_error_above_the_table_is_no_answer() -> None:
    content = workbook(D=[["#N/A", None], ["a", "b"], [1, 2], [3, 4]])
    read = read_bytes(content, "s.xlsx", WorkbookOptions(sheet="D", header_row=1))
    assert read.source.warnings == ()


def test_a_formula_with_an_empty_word_for_its_result_is_calculated() -> None:
    content = workbook(D=[["a", "word"], [1, '=IF(A2=1,"",A2)'], [2, "x"], [3, "y"]])
    content = rewritten(content, b'<c r="B2"><f>', b'<c r="B2" t="str"><f>')
    assert read_bytes(content, "s.xlsx").source.warnings == ()


def test_an_open_document_with_a_password_is_refused() -> None:
    # The archive's list says of each part whether, and how, it is encrypted.
    entry = b'manifest:full-path="content.xml" manifest:media-type="text/xml"'
    protected = rewritten(
        (WORKBOOKS / "survey.ods").read_bytes(),
        entry + b"/>",
        entry + b"><manifest:encryption-data/></manifest:file-entry>",
    )
    with pytest.raises(UserError, match="protected with a password"):
        read_bytes(protected, "survey.ods")


def test_errors_tokens_and_mixed_columns() -> None:
    rows = [["ratio", "score", "code", "plz", "mixed", "yes"],
            [1.5, 3, "7", "01067", 1, True],
            ["#DIV/0!", "NA", "8", "53111", "none of them", False],
            ["#N/A", 4, "9", "80331", 2.0, True]]  # fmt: skip
    dataset = read_bytes(workbook(D=rows), "s.xlsx")
    frame, words = dataset.frame, " ".join(dataset.source.warnings)
    assert frame["ratio"].tolist()[0] == 1.5 and frame["ratio"].isna().sum() == 2
    assert frame["score"].dropna().tolist() == [3, 4]
    assert frame["code"].tolist() == [7, 8, 9]
    # Leading zeros would be lost.
    assert frame["plz"].tolist() == ["01067", "53111", "80331"]
    assert frame["mixed"].tolist() == ["1", "none of them", "2"]
    assert frame["yes"].tolist() == [1, 0, 1]
    assert dataset.variable("yes").value_labels == {"0": "false", "1": "true"}
    assert dataset.variable("yes").level is Level.BINARY
    assert "#DIV/0! count as missing: “ratio”." in words
    assert "count as missing: “score”." in words
    assert "stored as text were converted to numbers: “code”." in words
    assert "were read as text: “mixed”." in words


def test_formulas_give_their_result_and_those_without_are_counted() -> None:
    # openpyxl writes formulas without results, as R's and Python's libraries do.
    content = workbook(D=[["a", "double"], [1, "=2*A2"], [2, "=2*A3"], [3, 6]])
    dataset = read_bytes(content, "s.xlsx")
    assert dataset.frame["double"].isna().tolist() == [True, True, False]
    assert any("2 formulas have no result" in w for w in dataset.source.warnings)
    # As Excel saves it: the result beside the formula.
    calculated = rewritten(content, b"<f>2*A2</f><v />", b"<f>2*A2</f><v>2</v>")
    calculated = rewritten(calculated, b"<f>2*A3</f><v />", b"<f>2*A3</f><v>4</v>")
    again = read_bytes(calculated, "s.xlsx")
    assert again.frame["double"].tolist() == [2, 4, 6]
    assert again.source.warnings == ()


def rewritten(content: bytes, old: bytes, new: bytes) -> bytes:
    buffer, changed = io.BytesIO(), False
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(buffer, "w") as after,
    ):
        for part in before.infolist():
            data = before.read(part)
            changed = changed or old in data
            after.writestr(part, data.replace(old, new))
    assert changed
    return buffer.getvalue()


def test_empty_rows_are_left_out_and_counted() -> None:
    dataset = read_bytes(workbook(D=[*TABLE[:2], [None] * 3, *TABLE[2:], [" "], []]), "s.xlsx")
    assert len(dataset) == 3
    assert dataset.source.warnings == ("Rows without any answer were left out: 1.",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old Excel or Office file \(.xls\)"),
        (b"a;b\n1;2\n", "a table of plain text.*end in .csv"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        (b"PAR1" + bytes(50), "a Parquet file.*end in .parquet"),
        (b"", "damaged"),
        (b"PK\x03\x04" + b"xl/workbook.xml" + bytes(100), "damaged"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        read_bytes(content, "s.xlsx")
    assert caught.value.remedy


@pytest.mark.parametrize("rows", [[], [["a", "b"]]])
def test_a_workbook_without_answers_is_refused(rows: list[list[object]]) -> None:
    with pytest.raises(UserError, match="contains a table with answers"):
        read_bytes(workbook(D=rows), "s.xlsx")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parser, "MOST_UNPACKED", 1000)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(workbook(D=TABLE))
    with pytest.raises(UserError, match="too large when unpacked"):
        parser.parse(path)


def test_rows_far_below_end_the_reading() -> None:
    content = rewritten(workbook(D=TABLE), b'<c r="A4"', b'<c r="A999999999"')
    with pytest.raises(UserError, match="damaged"):
        read_bytes(content, "s.xlsx")


def test_marks_of_numbers_that_are_stored_as_text_are_told() -> None:
    rows = [["a", "b", "c"], ["60.130", "1.234,5", "1.5"], ["12.345", "999,1", 3]]
    dataset = read_bytes(workbook(one=rows), "b.xlsx")
    assert dataset.frame["a"].tolist() == [60.13, 12.345]
    assert dataset.frame["b"].tolist() == ["1.234,5", "999,1"]
    assert dataset.frame["c"].tolist() == [1.5, 3]
    told = " ".join(dataset.source.warnings)
    assert "the point was read as the decimal mark; if it groups thousands" in told
    assert "in Excel: “a”." in told and "stay text; convert them to numbers in Excel: “b”." in told
