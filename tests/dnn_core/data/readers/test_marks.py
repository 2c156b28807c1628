"""Decimal and thousands marks: what the numbers of a file show, and what is said where they do not.

Every expected value can be read off the few cells beside it.
"""

from __future__ import annotations

import pytest

from dnn_core.data.dataset import Dataset
from dnn_core.data.readers import Decimal, ReadOptions, Thousands, read_bytes
from dnn_core.data.readers.marks import grouped, look_at, plain_number


def read(options: ReadOptions | None = None, /, mark: str = ";", **columns: list[str]) -> Dataset:
    """Read a table of these columns, each as long as the longest."""
    rows = max(map(len, columns.values()))
    cells = [[column[i % len(column)] for column in columns.values()] for i in range(rows)]
    quoted = [[f'"{c}"' if mark in c else c for c in row] for row in cells]
    text = "\n".join(mark.join(row) for row in [list(columns), *quoted])
    return read_bytes(f"{text}\n".encode(), "t.csv", options)


def marks(dataset: Dataset) -> tuple[str, str]:
    return dataset.source.options["decimal"], dataset.source.options["thousands"]


def test_a_thousands_mark_of_one_column_holds_for_the_others() -> None:
    data = read(income=["1.949,71", "999,10"], people=["60.130", "1.000"])
    assert marks(data) == (",", ".")
    assert data.frame["income"].tolist() == [1949.71, 999.1]
    assert data.frame["people"].tolist() == [60130, 1000]
    # Nothing is left to guess.
    assert data.source.warnings == ()


@pytest.mark.parametrize(
    ("shows", "decimal", "people"),
    [
        (["12,5", "3,25"], ",", [60130, 1000]),
        (["1.234.567", "950"], ",", [60130, 1000]),
        (["1.234,5", "2.345,6"], ",", [60130, 1000]),
        (["12.5", "3.25"], ".", [60.13, 1]),
        (["0.125", "0.250"], ".", [60.13, 1]),
        (["1234.567", "2345.678"], ".", [60.13, 1]),
        (["1,234.5", "2,345.6"], ".", [60.13, 1]),
        (["1,234,567", "950"], ".", [60.13, 1]),
    ],
)
@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_what_one_column_shows_decides_about_the_others(mark, shows, decimal, people) -> None:
    data = read(mark=mark, shows=shows, people=["60.130", "1.000"])
    assert marks(data)[0] == decimal
    assert data.frame["people"].tolist() == people


def test_what_nothing_shows_is_said_and_can_be_undone() -> None:
    columns = {"people": ["60.130", "12.345"], "x": ["1", "2"]}
    # Semicolons stand between cells where the comma stands before decimals.
    data = read(**columns)
    assert data.frame["people"].tolist() == [60130, 12345]
    (notice,) = data.source.warnings
    assert "Numbers such as “60.130” are ambiguous in this file (“people”)" in notice
    assert "so that this is 60130." in notice
    assert "The point was read as the thousands mark" in notice
    chosen = ReadOptions(delimiter=";", decimal=Decimal.POINT)
    again = read(chosen, **columns)
    assert again.frame["people"].tolist() == [60.13, 12.345]
    assert again.source.warnings == ()
    # And the other way round between tabs.
    data = read(mark="\t", **columns)
    assert data.frame["people"].tolist() == [60.13, 12.345]
    (notice,) = data.source.warnings
    assert "The point was read as the decimal mark" in notice
    chosen = ReadOptions(delimiter="\t", decimal=Decimal.COMMA, thousands=Thousands.POINT)
    again = read(chosen, mark="\t", **columns)
    assert again.frame["people"].tolist() == [60130, 12345]
    assert again.source.warnings == ()


def test_a_guess_is_told_as_long_as_it_holds() -> None:
    data = read(people=["60.130", "12.345"], x=["1", "2"])
    options = ReadOptions.model_validate(data.source.options)
    again = read(options.but(missing_tokens=("k.A.",)), people=["60.130", "12.345"], x=["1", "2"])
    assert again.source.warnings == data.source.warnings != ()


@pytest.mark.parametrize(
    ("people", "values", "taken"),
    [
        # Decimals would not come and go in threes; who groups digits groups all of them.
        (["950", "1.234"], [950, 1234], "as the thousands mark"),
        (["1500", "1.234"], [1500, 1.234], "as the decimal mark"),
    ],
)
def test_numbers_without_a_mark_beside_them_tell_more(people, values, taken) -> None:
    for mark in (";", "\t"):
        data = read(mark=mark, people=people, x=["1", "2"])
        assert data.frame["people"].tolist() == values
        assert taken in data.source.warnings[0]


def test_marks_far_below_the_first_rows_are_seen() -> None:
    # As 1.234 the last but one would be a thousandth of what it is.
    people = [str(100 + i % 800) for i in range(900)]
    data = read(people=[*people, "1.234", "12.345"], x=["1", "2"])
    assert data.frame["people"].tolist()[-3:] == [199, 1234, 12345]
    assert "as the thousands mark" in data.source.warnings[0]
    data = read(people=[*people, "1.234", "1.234.567"], x=["1", "2"])
    assert data.frame["people"].tolist()[-3:] == [199, 1234, 1234567]
    assert data.source.warnings == ()
    data = read(share=[*people, "12,5", "3,25"], x=["1", "2"])
    assert data.frame["share"].tolist()[-3:] == [199, 12.5, 3.25]


def test_between_commas_a_comma_groups_and_does_not_stand_before_decimals() -> None:
    data = read(mark=",", people=["60,130", "12,345"], x=["1", "2"])
    assert data.frame["people"].tolist() == [60130, 12345]
    assert "The comma was read as the thousands mark" in data.source.warnings[0]
    # What has both marks shows it.
    data = read(mark=",", income=["1.949,71", "999,10"], people=["60.130", "1.000"])
    assert data.frame["income"].tolist() == [1949.71, 999.1]
    assert data.frame["people"].tolist() == [60130, 1000]
    assert data.source.warnings == ()


def test_what_may_be_a_list_of_answers_stays_text_and_is_said() -> None:
    data = read(mark=",", media=["1,2", "1,3"], x=["1", "2"])
    assert data.frame["media"].tolist() == ["1,2", "1,3"]
    (notice,) = data.source.warnings
    assert "“1,2” are not numbers with" in notice and "“media”" in notice
    again = read(ReadOptions(decimal=Decimal.COMMA), mark=",", media=["1,2", "1,3"], x=["1", "2"])
    assert again.frame["media"].tolist() == [1.2, 1.3]


def test_a_column_with_other_marks_than_the_rest_is_named() -> None:
    data = read(a=["1,5", "2,5"], b=["0,5", "7,25"], c=["0.5", "7.25"])
    assert data.frame["c"].tolist() == ["0.5", "7.25"]
    (notice,) = data.source.warnings
    assert "a decimal comma and no thousands mark. These columns stay text: “c”" in notice


def test_spaces_and_apostrophes_of_every_kind_group() -> None:
    for sign in (" ", "\u00a0", "\u202f"):
        data = read(n=[f"1{sign}234,5", f"12{sign}345{sign}678"], x=["1", "2"])
        assert data.frame["n"].tolist() == [1234.5, 12345678]
        assert marks(data) == (",", " ")
    for sign in ("'", "’"):
        data = read(n=[f"1{sign}234.5", f"12{sign}345{sign}678"], x=["1", "2"])
        assert data.frame["n"].tolist() == [1234.5, 12345678]


def test_a_word_among_numbers_does_not_hide_their_marks() -> None:
    income = [f"1.{i},71" for i in range(100, 200)]
    data = read(income=[*income, "keine Angabe"], people=["60.130", "1.000"])
    assert data.frame["people"].tolist()[:2] == [60130, 1000]


def test_dates_are_no_numbers_and_become_years_that_is_said() -> None:
    data = read(born=["29.03.1982", "10.09.1990"], income=["1.169,30", "2.716,54"])
    # 29 March is the 88th day: 87 have passed.
    assert data.frame["born"].iloc[0] == pytest.approx(1982 + 87 / 365.2425)
    assert data.source.warnings == ("Dates were converted to years with decimals: “born”.",)


@pytest.mark.parametrize(
    ("answer", "uses"),
    [
        ("60.130", {("either", "."): 1}),
        ("-60,130", {("either", ","): 1}),
        ("0.130", {("decimal", "."): 1}),
        (".5", {("decimal", "."): 1}),
        ("1.5e-05", {("decimal", "."): 1}),
        ("14,5 %", {}),
        ("14,5%", {("decimal", ","): 1}),
        ("1.234.567,8", {("decimal", ","): 1, ("groups", "."): 1}),
        ("1 234", {("groups", " "): 1}),
        ("1.234.5", {}),
        ("1.234 567", {}),
        ("29.03.1982", {}),
        ("192.168.0.1", {}),
        (".", {}),
    ],
)
def test_what_a_number_shows(answer: str, uses: dict[tuple[str, str], int]) -> None:
    result = look_at([answer])
    assert dict(result.uses) == uses
    assert result.words == (not uses)


def test_the_case_that_was_wrong_by_a_thousand_beside_dates() -> None:
    lines = ["einkommen;geboren;stunden;miete"]
    lines += 50 * ["1.169,30;29.03.1982;2,7;667,09", "2.716,54;10.09.1990;2,4;1.856,22"]
    dataset = read_bytes("\n".join(lines).encode(), "t.csv")
    # 29 March is day 88 of 1982.
    assert dataset.frame.iloc[0].tolist() == pytest.approx(
        [1169.30, 1982 + 87 / 365.2425, 2.7, 667.09]
    )
    assert dataset.frame.iloc[1, [0, 2, 3]].tolist() == [2716.54, 2.4, 1856.22]


def test_the_case_that_was_wrong_by_a_thousand_in_one_of_two_columns() -> None:
    lines = ["a;b", *50 * ["1.234,50;12.345", "999,10;1.000"]]
    dataset = read_bytes("\n".join(lines).encode(), "t.csv")
    assert dataset.frame.iloc[:2].to_numpy().tolist() == [[1234.5, 12345], [999.1, 1000]]


@pytest.mark.parametrize(
    ("answer", "thousands", "decimal", "plain"),
    [
        ("-1.234.567,8", Thousands.POINT, Decimal.COMMA, "-1234567.8"),
        ("1\u202f234", Thousands.SPACE, Decimal.COMMA, "1234"),
        ("1234.5", Thousands.NONE, Decimal.POINT, "1234.5"),
        ("12,5", Thousands.NONE, Decimal.COMMA, "12.5"),
    ],
)
def test_a_number_as_a_computer_writes_it(answer, thousands, decimal, plain) -> None:
    assert grouped(thousands, decimal).fullmatch(answer)
    assert plain_number(answer, ReadOptions(thousands=thousands, decimal=decimal)) == plain


def test_without_a_thousands_mark_none_is_taken() -> None:
    assert not grouped(Thousands.NONE, Decimal.POINT).fullmatch("1,234")
