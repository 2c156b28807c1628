"""A new file is read as the training file was, also where a guess would differ."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Level, Variable
from dnn_core.data.encoding.encoder import Column, Encoder
from dnn_core.data.encoding.fitting import fit_encoder
from dnn_core.data.encoding.predictor_columns import column_of
from dnn_core.data.encoding.tabulate import tabulate
from dnn_core.data.new_file import read_new_file
from dnn_core.data.readers import (
    Decimal,
    Delimiter,
    Encoding,
    ReadOptions,
    Thousands,
    WorkbookOptions,
    read_bytes,
)
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.specs import EncodingSpec, Imputation, Kind, MissingKinds, Ordered

GERMAN = ReadOptions(
    delimiter=Delimiter.SEMICOLON, decimal=Decimal.COMMA, thousands=Thousands.POINT
)


def columns(dataset):
    return [column_of(dataset, name) for name in dataset.names]


def numbers(*names):
    return [Column(name, True, ()) for name in names]


def words(*names):
    return [Column(name, False, (), words=True) for name in names]


def new(content, options, expected, name="new.csv"):
    if isinstance(content, str):
        content = content.encode()
    stored = options.model_dump(mode="json") if options is not None else {}
    return read_new_file(content, name, stored, expected)


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\nTrue,1\nFalse,2\n,3\n",
        b"postcode,b\n01067,1\n50667,2\n",
        "\ufeffä,b\nx,1\ny,2\n".encode(),
        "a\tb\nä\t1\ny\t2\n".encode("utf-16"),
        b"a;b\n1.234,5;x\n2.345,0;y\n10,0;z\n",
        b"country,b\nNA,1\nDE,2\nFR,3\nUS,4\nGB,5\nAT,\n,3\n",
        b'a,b\n"x, y",1\n"z ""q""",2\n',
        b"A title above the table\n\na,b\n1,2\n3,4\n5,6\n",
        b"two  words , b\n x, 1\ny ,2\n",
        b"a,b\n1.0,1\n2.0,2\n,3\n",
        "größe;b\n1,5;ä\n\n2,5;\n".encode("cp1252"),
        b"income;codes\n1,234.5;3,4\n2,345.0;1,2\n900.0;2\n",
        b"income;born\n1.169,30;29.03.1982\n949,92;15.05.1949\n",
    ],
)
def test_the_training_file_itself_is_read_as_it_was(content):
    dataset = read_bytes(content, "old.csv")
    data = read_new_file(content, "new.csv", dataset.source.options, columns(dataset))
    pd.testing.assert_frame_equal(data.frame, dataset.frame)


def test_thousands_and_dates_have_the_values_they_are_written_with():
    content = "income;born;hours\n1.169,30;29.03.1982;2,7\n60.130;1.7.2020;48\n"
    frame = new(content, GERMAN, numbers("income", "born", "hours")).frame
    assert frame["income"].tolist() == [1169.30, 60130]
    # 29 March is the 88th day of 1982, 1 July the 183rd of 2020.
    assert frame["born"].tolist() == pytest.approx([1982 + 87 / 365.2425, 2020 + 182 / 365.2425])
    assert frame["hours"].tolist() == [2.7, 48]


def test_few_new_rows_do_not_change_what_a_point_means():
    content = "income;y\n1.169;1\n2.716;2\n"
    assert new(content, GERMAN, numbers("income")).frame["income"].tolist() == [1169, 2716]
    english = ReadOptions(delimiter=Delimiter.SEMICOLON)
    assert new(content, english, numbers("income")).frame["income"].tolist() == [1.169, 2.716]


def test_a_word_among_decimals_without_thousands_costs_its_own_row_only():
    options = GERMAN.but(thousands=Thousands.NONE)
    frame = new("hours;y\n2,5;1\nviel;2\n-40;3\n1.5;4\n", options, numbers("hours")).frame
    assert tabulate(frame, [vars(numbers("hours")[0])])["hours"].tolist() == pytest.approx(
        [2.5, np.nan, -40, 1.5], nan_ok=True
    )


def test_a_word_among_numbers_costs_its_own_row_only():
    content = "income;born\n1.169,30;29.03.1982\nk.A.;nie\n2,5;1.7.2020\n900;\n"
    data = new(content, GERMAN, numbers("income", "born"))
    table = tabulate(data.frame, [vars(c) for c in numbers("income", "born")])
    assert table["income"].tolist() == pytest.approx([1169.3, np.nan, 2.5, 900], nan_ok=True)
    assert table["born"].round(2).tolist() == pytest.approx(
        [1982.24, np.nan, 2020.5, np.nan], nan_ok=True
    )
    # As it is in the file, for the report and for the scored file.
    assert data.frame["income"][1] == "k.A." and pd.isna(data.frame["born"][3])


def test_words_in_large_tables_stay_words():
    content = "income;y\n" + "1.169,5;1\nnichts;2\n" * 60_000
    column = new(content, GERMAN, numbers("income")).frame["income"]
    assert column.unique().tolist() == ["1169.5", "nichts"]


@pytest.mark.parametrize("options", [GERMAN, GERMAN.but(thousands=Thousands.NONE), None])
def test_codes_that_were_words_stay_words(options):
    content = "codes;y\n3,4;1\n1,2;2\n"
    frame = new(content, options, words("codes")).frame
    assert frame["codes"].tolist() == ["3,4", "1,2"]


def test_two_header_rows_are_two():
    options = ReadOptions(delimiter=Delimiter.SEMICOLON, header_rows=2)
    content = "trust;;age\nparliament;police;years\n1;7;30\n4;2;61\n"
    frame = new(content, options, numbers("trust: parliament", "age: years")).frame
    assert list(frame.columns) == ["trust: parliament", "trust: police", "age: years"]
    assert frame["age: years"].tolist() == [30, 61]


def test_a_file_that_is_written_otherwise_is_guessed_and_says_so():
    result = new("income,y\n1.5,1\n2.5,2\n", GERMAN, numbers("income", "y"))
    assert result.frame["income"].tolist() == [1.5, 2.5]
    assert result.source.warnings[0] == (
        "The file is not written as the training file was: delimiter “Comma ,”, not "
        "“Semicolon ;”; decimal mark “Point 1.5”, not “Comma 1,5”; thousands mark "
        "“None 1234567”, not “Point 1.234.567”."
    )


def test_a_file_that_lacks_a_column_either_way_is_read_as_the_training_file():
    result = new("income;y\n1.169;1\n", GERMAN, numbers("income", "age"))
    assert result.frame["income"].tolist() == [1169]
    assert not [told for told in result.source.warnings if "not written" in told]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_are_right_however_they_are_stored(encoding):
    content = "größe;y\nKöln;1\nGießen;2\n".encode(encoding)
    for recorded in (Encoding.WINDOWS_1252, Encoding.UTF_8):
        frame = new(content, GERMAN.but(encoding=recorded), words("größe")).frame
        assert frame["größe"].tolist() == ["Köln", "Gießen"]


def test_a_code_page_is_that_of_the_training_file():
    content = "kraj;y\nŁódź;1\nżółw;2\n".encode("cp1250")
    options = GERMAN.but(encoding=Encoding.WINDOWS_1250)
    assert new(content, options, words("kraj")).frame["kraj"].tolist() == ["Łódź", "żółw"]


def test_another_kind_of_file_says_itself_how_it_is_read():
    frame = pd.DataFrame({"income": [1.5, 2.5]})
    book, parquet = io.BytesIO(), io.BytesIO()
    frame.to_excel(book, index=False, sheet_name="Neu")
    frame.to_parquet(parquet)
    result = new(parquet.getvalue(), GERMAN, numbers("income"), "new.parquet")
    assert result.frame["income"].tolist() == [1.5, 2.5]
    told = new(book.getvalue(), WorkbookOptions(sheet="Alt"), numbers("income"), "new.xlsx")
    assert told.frame["income"].tolist() == [1.5, 2.5]
    assert told.source.warnings == (
        "The file is not written as the training file was: sheet “Neu”, not “Alt”.",
    )
    text = new("income;y\n1,5;1\n2,5;2\n", WorkbookOptions(sheet="Alt"), numbers("income"))
    assert text.frame["income"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("content", "name"), [("", "new.csv"), ("a;b\n", "new.csv"), ("x", "a.pdf")]
)
def test_what_cannot_be_read_is_refused(content, name):
    with pytest.raises(UserError):
        new(content, GERMAN, numbers("a"), name)


OLD = (
    b"income,educ,party,visits,born\n"
    + b"".join(b"%d,%d,%d,%d,197%d-07-01\n" % (i, i % 4, i % 3, i % 7, i % 10) for i in range(40))
    + b"-99,-99,-99,0,1.7.1980\n-98,1,-98,,\n,2,,-99,1980-01-02\n" * 6
)
NEW = (
    b"income,educ,party,visits,born\n"
    b"-99,-99,-99,-99,1980-12-31\n-98,-98,-98,-98,31.12.1980\n-97,1.5,-97,-3,\n,,,,never\n"
    b"7.5,9,2,4,1980-02-30\n1e30,2,7,1000,1970\n"
)


@pytest.mark.parametrize("imputation", list(Imputation))
@pytest.mark.parametrize("kinds", list(MissingKinds))
@pytest.mark.parametrize("ordered", list(Ordered))
def test_a_stored_encoder_takes_it_as_the_fitted_one_takes_raw_values(
    tmp_path, imputation, kinds, ordered
):
    dataset = read_bytes(OLD, "old.csv")
    levels = {
        "income": Level.INTERVAL,
        "educ": Level.ORDINAL,
        "party": Level.NOMINAL,
        "visits": Level.COUNT,
        "born": Level.INTERVAL,
    }
    labels = {"-99": "Refused", "-98": "Don't know", "-97": "Not asked"}
    dataset = dataset.with_variables(
        tuple(
            Variable(name=n, level=v, value_labels=labels, missing_codes=("-99", "-98 to -90"))
            for n, v in levels.items()
        )
    )
    spec = EncodingSpec(imputation=imputation, missing_kinds=kinds, ordered=ordered)
    target = TargetCoding("y", Kind.REGRESSION)
    encoder = fit_encoder(dataset, dataset.names, target, spec, np.arange(len(dataset)))
    apart = kinds is MissingKinds.APART
    assert ("income Refused (missing)" in encoder.outputs) is apart
    assert ("party = Don't know (missing)" in encoder.outputs) is apart
    encoder.save(tmp_path)
    stored = Encoder.load(tmp_path)
    data = read_new_file(NEW, "new.csv", dataset.source.options, stored.columns)
    encoded = stored.transform(data.frame)
    raw = pd.read_csv(io.BytesIO(NEW), keep_default_na=False, na_values=[""])
    np.testing.assert_array_equal(encoded, encoder.transform(raw))
    assert np.isfinite(encoded).all()


def test_an_encoder_keeps_which_columns_were_words(tmp_path):
    dataset = read_bytes(b"codes;party\n1,2,3;1\n3,4;2\n1,2;3\n", "old.csv")
    dataset = dataset.with_variables(
        tuple(v.model_copy(update={"level": Level.NOMINAL}) for v in dataset.variables)
    )
    target, spec = TargetCoding("y", Kind.REGRESSION), EncodingSpec(rare_level_cases=1)
    encoder = fit_encoder(dataset, dataset.names, target, spec, np.arange(3))
    encoder.save(tmp_path)
    stored = json.loads((tmp_path / "encoder.json").read_text())["columns"]
    assert [column["words"] for column in stored] == [True, False]
    assert Encoder.load(tmp_path).columns == encoder.columns
