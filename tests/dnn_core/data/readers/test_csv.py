"""Text tables: what is guessed, what is mended, and what is never lost silently.

Every expected value can be read off the few lines of text beside it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.readers import (
    Decimal,
    Delimiter,
    Encoding,
    ReadOptions,
    Thousands,
    columns,
    detect_options,
    read_csv,
)
from dnn_core.data.readers.csv import read_here, read_text_table
from dnn_core.errors import UserError


def read(text: str | bytes) -> tuple[pd.DataFrame, ReadOptions, tuple[str, ...]]:
    content = text.encode() if isinstance(text, str) else text
    reading = read_text_table(content, None)
    return reading.frame, reading.options, reading.warnings


def rows(frame: pd.DataFrame) -> list[list[object]]:
    return [[None if pd.isna(v) else v for v in row] for row in frame.to_numpy(dtype=object)]


@pytest.mark.parametrize("delimiter", list(Delimiter))
def test_every_delimiter_is_found(delimiter: Delimiter) -> None:
    text = "age,town,note\n20,Bonn,x\n30,Ulm,y\n".replace(",", delimiter.value)
    frame, options, warnings = read(text)
    assert options.delimiter is delimiter
    assert rows(frame) == [[20, "Bonn", "x"], [30, "Ulm", "y"]]
    assert warnings == ()


def test_delimiters_inside_quotation_marks_do_not_count() -> None:
    frame, options, _ = read('name;when\n"Doe, J; Dr";1\n"Poe, E; Dr";2\n')
    assert options.delimiter is Delimiter.SEMICOLON
    assert rows(frame) == [["Doe, J; Dr", 1], ["Poe, E; Dr", 2]]


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", Encoding.UTF_8),
        ("utf-8-sig", Encoding.UTF_8),
        ("utf-16", Encoding.UTF_16),
        ("utf-16-le", Encoding.UTF_16_LE),
        ("utf-16-be", Encoding.UTF_16_BE),
        ("cp1252", Encoding.WINDOWS_1252),
    ],
)
def test_encodings(codec: str, encoding: Encoding) -> None:
    frame, options, _ = read("town,n\nKöln,1\nMünchen,2\nAsnières,3\n".encode(codec))
    assert options.encoding is encoding
    assert list(frame.columns) == ["town", "n"]
    assert frame["town"].tolist() == ["Köln", "München", "Asnières"]


def test_bytes_without_meaning_in_windows_1252_are_of_another_encoding() -> None:
    frame, options, warnings = read(b"town,n\nK\x81ln,1\nUlm,2\n")
    assert options.encoding is Encoding.DOS
    assert frame["town"].tolist() == ["Küln", "Ulm"]
    assert "“Küln”" in warnings[0]


def test_a_wrong_encoding_is_named_with_its_line() -> None:
    content = "town,n\nUlm,1\nKöln,2\n".encode("cp1252")
    with pytest.raises(UserError, match=r"UTF-8.*line 3"):
        read_csv(content, ReadOptions(encoding=Encoding.UTF_8))


def test_decimal_comma_and_thousands() -> None:
    frame, options, _ = read("share;people\n1,5;1.234.567\n2,25;950\n0,75;12.000\n")
    assert (options.decimal, options.thousands) == (Decimal.COMMA, Thousands.POINT)
    assert rows(frame) == [[1.5, 1234567.0], [2.25, 950.0], [0.75, 12000.0]]


def test_thousands_without_any_decimals() -> None:
    frame, _, _ = read("people;n\n950;1\n1.234;2\n12.000;3\n")
    assert frame["people"].tolist() == [950.0, 1234.0, 12000.0]


def test_decimal_points_stay_decimal_points() -> None:
    frame, options, _ = read("x;n\n0.125;1\n1.234;2\n12.000;3\n")
    assert options.decimal is Decimal.POINT
    assert frame["x"].tolist() == [0.125, 1.234, 12.0]


def test_several_answers_between_commas_are_no_decimals() -> None:
    frame, options, _ = read('media,n\n"1,2",1\n"1,3",2\n"2,3",3\n')
    assert options.decimal is Decimal.POINT
    assert frame["media"].tolist() == ["1,2", "1,3", "2,3"]


def test_comments_and_titles_before_the_table_are_skipped() -> None:
    frame, options, _ = read("# Source: X;;\n#;;\nTable 1;;\nland;n;share\nA;1;0,5\nB;2;0,7\n")
    assert options.header_row == 3
    assert list(frame.columns) == ["land", "n", "share"]
    assert len(frame) == 2


def test_a_row_of_numbers_above_the_names_is_skipped() -> None:
    frame, options, _ = read("No.;;1;2\nland;town;n;share\nA;x;1;0,5\nB;y;2;0,7\n")
    assert options.header_row == 1
    assert list(frame.columns) == ["land", "town", "n", "share"]


def test_two_header_rows_are_joined() -> None:
    text = "id,Seen?,,,Age\n,Film A,Film B,Film C,Response\n1,yes,no,yes,20\n2,no,no,no,30\n"
    frame, options, _ = read(text)
    assert (options.header_row, options.header_rows) == (0, 2)
    assert list(frame.columns) == ["id", "Seen?: Film A", "Seen?: Film B", "Seen?: Film C",
                                   "Age: Response"]  # fmt: skip
    assert frame["Age: Response"].tolist() == [20, 30]


def test_no_header_is_noticed() -> None:
    frame, options, _ = read("39,State,13\n50,Private,13\n38,State,9\n")
    assert options.header_row is None
    assert list(frame.columns) == ["v1", "v2", "v3"]
    assert len(frame) == 3


def test_a_header_of_years_is_a_header() -> None:
    frame, options, _ = read("country,1990,2000,2005\nA,1,2,3\nB,4,5,6\n")
    assert options.header_row == 0
    assert list(frame.columns) == ["country", "1990", "2000", "2005"]


def test_header_only_where_text_does_not_recur() -> None:
    assert detect_options(b"sex,town\nf,Bonn\nm,Ulm\nf,Ulm\n").header_row == 0
    assert detect_options(b"f,Ulm\nm,Bonn\nf,Ulm\nm,Ulm\n").header_row is None


def test_missing_tokens_that_occur_are_declared() -> None:
    frame, options, _ = read("a,b,c\n1,x,.\nNA,y,2\n3,n/a,3\n,,4\n")
    assert options.missing_tokens == ("NA", "n/a", ".")
    assert rows(frame) == [[1, "x", None], [None, "y", 2], [3, None, 3], [None, None, 4]]


def test_a_dash_among_words_stays_an_answer() -> None:
    frame, options, _ = read("a,b\nx,1\n-,2\nNone,3\n")
    assert options.missing_tokens == ()
    assert frame["a"].tolist() == ["x", "-", "None"]


def test_tokens_far_down_the_file_are_found() -> None:
    text = "a,b\n" + "1,x\n" * 5000 + "NA,null\n" + "2,y\n"
    frame, options, _ = read(text)
    assert options.missing_tokens == ("NA", "null")
    assert frame["a"].dtype == "float64"
    # The row of nothing but tokens is no case.
    assert len(frame) == 5001
    assert frame["a"].iloc[-1] == 2


def test_namibia_survives() -> None:
    codes = ["DE", "FR", "NA", "US", "ZA", "BR", "NA"]
    frame, options, warnings = read(
        "country,gdp\n" + "".join(f"{code},{i}\n" for i, code in enumerate(codes)) + "DE,NA\n"
    )
    assert frame["country"].tolist() == [*codes, "DE"]
    assert options.no_tokens_in == ("country",)
    assert np.isnan(frame["gdp"].iloc[-1])
    assert "Namibia" in warnings[0]


def test_tokens_can_be_taken_back() -> None:
    content = b"name,n\nNA,1\nJo,2\n"
    options = detect_options(content)
    assert options.missing_tokens == ("NA",)
    frame, _ = read_csv(content, options.but(missing_tokens=()))
    assert frame["name"].tolist() == ["NA", "Jo"]


@pytest.mark.parametrize("place", ["first", "last"])
def test_leading_zeros_are_kept(place: str) -> None:
    many = "12345,1\n" * 3000
    text = "plz,n\n" + ("01067,7\n" + many if place == "first" else many + "01067,7\n")
    frame, options, _ = read(text)
    assert options.as_text == ("plz",)
    assert frame["plz"].dtype == "str"
    assert "01067" in set(frame["plz"])
    assert frame["n"].dtype == "int64"


def test_zero_and_decimals_are_no_codes() -> None:
    frame, options, _ = read("a,b\n0,0.5\n1,0.25\n0,10\n")
    assert options.as_text == ()
    assert frame["a"].tolist() == [0, 1, 0]


def test_long_numbers_keep_their_digits() -> None:
    frame, options, _ = read("id,n\n12345678901234567,1\n12345678901234568,2\n")
    assert options.as_text == ("id",)
    assert frame["id"].tolist() == ["12345678901234567", "12345678901234568"]


def test_true_and_false_are_words_as_in_the_file() -> None:
    frame, _, _ = read("a,b\nTRUE,true\nFALSE,\nTRUE,false\n")
    assert frame["a"].tolist() == ["TRUE", "FALSE", "TRUE"]
    assert rows(frame[["b"]]) == [["true"], [None], ["false"]]


@pytest.mark.parametrize(
    "text", ["a,b\n1,2,\n3,4,\n", "a,b,\n1,2,\n3,4,\n", "a,b,,\n1,2,,\n3,4,,\n", "a,b,\n1,2\n3,4\n"]
)
def test_delimiters_at_the_end_make_no_variable(text: str) -> None:
    frame, _, warnings = read(text)
    assert list(frame.columns) == ["a", "b"]
    assert rows(frame) == [[1, 2], [3, 4]]
    assert warnings == ()


def test_row_names_without_a_heading_shift_nothing() -> None:
    frame, _, warnings = read("mpg,cyl\nMazda,21,6\nDatsun,22.8,4\n")
    assert list(frame.columns) == ["v1", "mpg", "cyl"]
    assert rows(frame) == [["Mazda", 21, 6], ["Datsun", 22.8, 4]]
    assert "no name" in warnings[0]


@pytest.mark.parametrize("filler", [0, 2000])
def test_short_rows_are_padded_and_named(filler: int) -> None:
    text = "a,b,c\n" + "1,2,3\n" * filler + "1,2,3\n4,5\n6,7,8\n"
    frame, _, warnings = read(text)
    assert rows(frame)[-2:] == [[4, 5, None], [6, 7, 8]]
    assert "One row had fewer cells" in warnings[0]
    assert f"line {filler + 3}" in warnings[0]


def test_short_rows_are_found_beside_quotation_marks() -> None:
    text = "a,b,c\n" + '1,"x, y",3\n' * 1000 + "4,5\n"
    frame, _, warnings = read(text)
    assert rows(frame)[-1] == [4, "5", None]
    assert "line 1002" in warnings[0]


@pytest.mark.parametrize("filler", [0, 2000])
def test_a_few_long_rows_are_left_out_and_named(filler: int) -> None:
    text = "a,b\n" + "1,2\n" * filler + "1,2\n3,4,5\n6,7\n"
    frame, _, warnings = read(text)
    assert rows(frame)[-2:] == [[1, 2], [6, 7]]
    assert len(frame) == filler + 2
    assert "left out" in warnings[0] and f"line {filler + 3}" in warnings[0]


def test_many_long_rows_are_refused_with_their_lines() -> None:
    text = "a,b\n" + "1,2\n" * 20 + "1,2,3\n" * 10
    with pytest.raises(UserError, match=r"10 of 30 rows .*line.* 22, 23, 24, 25, 26 and 5 more"):
        read(text)


def test_rows_that_are_all_too_short_are_refused() -> None:
    with pytest.raises(UserError, match="names and answers cannot be matched"):
        read_csv(b"a,b,c\n1,2\n3,4\n", ReadOptions())


def test_footnotes_are_left_out_and_named() -> None:
    frame, _, warnings = read("a,b,c\n1,2,3\n4,5,6\nSource: somewhere\n")
    assert rows(frame) == [[1, 2, 3], [4, 5, 6]]
    assert "line 4" in warnings[0]


def test_rows_of_delimiters_only_are_left_out() -> None:
    frame, _, warnings = read("a,b\n1,2\n,\n3,\n,\n")
    assert rows(frame) == [[1, 2], [3, None]]
    assert list(frame.index) == [0, 1]
    assert "Rows without any answer were left out: 2." in warnings


def test_duplicate_and_empty_names() -> None:
    frame, _, warnings = read("a,a,a_2,,b\n1,2,3,4,5\n6,7,8,9,0\n")
    assert list(frame.columns) == ["a", "a_3", "a_2", "v4", "b"]
    assert any("“v4”" in w for w in warnings) and any("“a_3”" in w for w in warnings)


def test_line_breaks_within_quotation_marks() -> None:
    frame, _, warnings = read('"long\nname",n\n"two\nlines",1\n"one",2\n')
    assert list(frame.columns) == ["long name", "n"]
    assert rows(frame) == [["two\nlines", 1], ["one", 2]]
    assert warnings == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    frame, _, _ = read(f"a,b{end}1,x{end}{end}2,y{end}")
    assert rows(frame) == [[1, "x"], [2, "y"]]


def test_spaces_after_the_delimiter_carry_no_meaning() -> None:
    frame, _, _ = read('a, b, c\n1, x, "p, q"\n2, y, r\n')
    assert rows(frame) == [[1, "x", "p, q"], [2, "y", "r"]]


def test_inches_are_no_quotation_marks() -> None:
    frame, _, warnings = read('height,n\n6\'3",1\n5\'1",2\n5",3\n')
    assert frame["height"].tolist() == ["6'3\"", "5'1\"", '5"']
    assert warnings == ()


def test_one_column_is_read_with_a_warning() -> None:
    frame, _, warnings = read("age\n20\n30\n")
    assert rows(frame) == [[20], [30]]
    assert "only one column" in warnings[0]


def test_infinities_are_kept_for_describe_to_report() -> None:
    frame, _, _ = read("a,b\ninf,1\n1.5,2\n-inf,3\n")
    assert np.isinf(frame["a"]).tolist() == [True, False, True]


def test_formulas_and_markdown_are_only_text() -> None:
    frame, _, _ = read("**bold** [x](http://y),$z$\n=cmd|' /C calc'!A0,:red[x]\n+1+1,<b>\n")
    assert list(frame.columns) == ["**bold** [x](http://y)", "$z$"]
    assert frame.iloc[0].tolist() == ["=cmd|' /C calc'!A0", ":red[x]"]


def test_what_is_declared_is_what_is_done() -> None:
    """Reading again with the options that were guessed gives the same table."""
    content = b"plz;x;c;w\n01067;1,5;DE;TRUE\n99999;NA;NA;FALSE\n1;-;FR;\n;2,5;US;TRUE\n"
    reading = read_text_table(content, None)
    again, warnings = read_csv(content, reading.options)
    pd.testing.assert_frame_equal(again, reading.frame)
    assert warnings == reading.warnings
    assert ReadOptions.model_validate(reading.options.model_dump(mode="json")) == reading.options


def test_the_header_row_can_be_moved() -> None:
    content = b"a,b\nc,d\n1,2\n3,4\n"
    options = detect_options(content)
    frame, _ = read_csv(content, options.but(header_row=1))
    assert list(frame.columns) == ["c", "d"]
    frame, _ = read_csv(content, options.but(header_row=None))
    assert list(frame.columns) == ["v1", "v2"] and len(frame) == 4
    with pytest.raises(UserError, match="no line 9"):
        read_csv(content, options.but(header_row=8))


def test_ten_thousand_columns() -> None:
    width = 10_000
    text = ",".join(f"c{i}" for i in range(width)) + "\n" + (",".join(["1.5"] * width) + "\n") * 5
    frame, _, warnings = read(text)
    assert frame.shape == (5, width)
    assert warnings == ()


def test_a_table_parsed_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    # What a column is shows in different pieces: words after numbers, decimals after whole
    # numbers, TRUE after empty cells, codes with leading zeros and missing tokens at the end.
    rows = [f"{i},{i},{'' if i < 60 else 'TRUE'},{i % 3},x,{i},{10**17 + i}" for i in range(70)]
    rows += [f"{i}.5,word,FALSE,NA,,0{i},-5" for i in range(70, 90)]
    content = ("a,b,c,d,e,f,g\n" + "\n".join(rows) + "\n").encode()
    whole = read_text_table(content, None)
    monkeypatch.setattr(columns, "PIECE_CELLS", 1)
    for size in (7, 30, 89):
        monkeypatch.setattr(columns, "PIECE_ROWS", size)
        pieces = read_text_table(content, None)
        # The same answers, only held in less memory.
        types = whole.frame.dtypes.to_dict()
        pd.testing.assert_frame_equal(pieces.frame.astype(types), whole.frame)
        assert (pieces.options, pieces.warnings) == (whole.options, whole.warnings)
    assert whole.frame["b"].tolist()[68:71] == ["68", "69", "word"]
    assert whole.frame["a"].tolist()[68:71] == [68, 69, 70.5]


def test_one_is_told_how_far_the_reading_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "PIECE_CELLS", 1)
    monkeypatch.setattr(columns, "PIECE_ROWS", 50_000)
    content = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(200_000))
    shares: list[float] = []
    read_here(content, None, shares.append)
    # 200,000 rows are four pieces, each about a quarter of the file.
    assert len(shares) == 4 and shares[-1] == 1
    assert [round(4 * share) for share in shares] == [1, 2, 3, 4]


def test_a_header_that_comes_again_is_left_out_and_named() -> None:
    # As where tables were put together; the line breaks of both are those of their files.
    frame, options, warnings = read("town,n\nBonn,1\nUlm,2\ntown,n\nBonn,3\ntown,n\ntown,n\nUlm,4")
    assert options.header_row == 0
    assert rows(frame) == [["Bonn", 1], ["Ulm", 2], ["Bonn", 3], ["Ulm", 4]]
    assert warnings == ("3 rows that repeat the names left out: lines 4, 6, 7.",)
    # Lines further down keep their numbers.
    _, _, warnings = read("# x\n\nname,n\nA,1\nname,n\nB,2,3\nC,4\n")
    assert warnings[0] == "One row that repeats the names left out: line 5."
    assert "line 6" in warnings[1]


def test_rows_that_come_again_without_a_header_are_answers() -> None:
    frame, options, _ = read("Ulm,NA\nBonn,1\nUlm,NA\nBonn,2\nUlm,3\n")
    assert options.header_row is None
    assert len(frame) == 5
    # In a single column, a name may be an answer.
    frame, _, _ = read("pet\ncat\npet\ndog\n")
    assert "pet" in set(frame.iloc[:, 0])
