"""Files of SPSS, Stata and SAS as people really have them, and made ones with known content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.describe.description import describe
from dnn_core.data.readers import read_bytes, read_dataset
from dnn_core.data.readers.statistical import PARSERS
from dnn_core.data.target import guess_kind
from dnn_core.errors import UserError
from dnn_core.specs import Kind

FORMATS = Path(__file__).resolve().parents[5] / "shared" / "data" / "formats"
real = pytest.mark.skipif(not FORMATS.is_dir(), reason=f"real files are not in {FORMATS}")

pytestmark = pytest.mark.usefixtures("one_process")

FRAME = pd.DataFrame(
    {
        "vote": [1.0, 2.0, -99.0, 1.0, 2.0, np.nan],
        "thermo": [55.0, 998.0, 999.0, 40.0, 0.0, 100.0],
        "party": ["a", "b", "a", "b", "c", "a"],
    }
)
LABELS = {"vote": "Vote in 2021", "thermo": "Feeling thermometer", "party": "Party"}


@pytest.fixture
def spss(tmp_path):
    path = tmp_path / "survey.sav"
    pyreadstat.write_sav(
        FRAME,
        str(path),
        column_labels=LABELS,
        variable_value_labels={
            "vote": {1.0: "Left", 2.0: "Right", -99.0: "Refused"},
            "party": {"a": "Alpha"},
        },
        missing_ranges={"vote": [-99.0], "thermo": [{"lo": 998.0, "hi": 999.0}]},
        variable_measure={"vote": "nominal", "thermo": "scale", "party": "nominal"},
    )
    return path


def test_labels_codes_and_levels_of_spss_survive(spss):
    dataset = read_dataset(spss)
    vote, thermo, party = dataset.variables
    assert (vote.label, thermo.label, party.label) == tuple(LABELS.values())
    assert vote.value_labels == {"1": "Left", "2": "Right", "-99": "Refused"}
    assert vote.missing_codes == ("-99",)
    assert thermo.missing_codes == ("998 to 999",)
    assert [v.level for v in dataset.variables] == [Level.BINARY, Level.INTERVAL, Level.NOMINAL]
    # A letter is a category here, and no missing answer of Stata's.
    assert party.value_labels == {"a": "Alpha"}
    assert dataset.frame["party"].tolist() == FRAME["party"].tolist()


def test_measure_and_format_of_the_file_are_known(spss):
    declared = {v.name: v.declared for v in read_dataset(spss).variables}
    assert declared["vote"].startswith("nominal, F")
    assert declared["thermo"].startswith("scale, F")


LABELLED = {
    "party": {1.0: "Union", 2.0: "Greens", 3.0: "Liberals", 4.0: "Left", 9.0: "Refused"},
    "trust": {1.0: "none", 2.0: "little", 3.0: "some", 4.0: "a lot"},
    "lr": {1.0: "left", 4.0: "right"},
    "chosen": {1.0: "Union", 2.0: "Greens", 3.0: "Liberals", 4.0: "Left"},
}


def test_labelled_numbers_are_categories_whatever_the_measure(tmp_path):
    frame = pd.DataFrame({name: [1.0, 2.0, 3.0, 4.0] * 9 for name in LABELLED})
    frame.loc[0, "party"] = 9.0
    path = tmp_path / "labelled.sav"
    measures = {"party": "scale", "trust": "scale", "lr": "scale", "chosen": "ordinal"}
    pyreadstat.write_sav(
        frame, str(path), variable_value_labels=LABELLED, variable_measure=measures
    )
    dataset = read_dataset(path)
    assert {v.name: v.level for v in dataset.variables} == {
        "party": Level.NOMINAL,
        "trust": Level.ORDINAL,
        "lr": Level.INTERVAL,
        "chosen": Level.ORDINAL,
    }
    nominal, ordinal = dataset.source.warnings
    assert nominal.startswith("One variable was read as nominal: “party”.\nEvery code that occurs")
    assert "show no order" in nominal and "page Variables" in nominal and "“scale”" in nominal
    assert ordinal.startswith("One variable was read as ordinal: “trust”.")
    assert "show an order" in ordinal
    # What it was taken for stands alone in the headline.
    (title, _) = [n.title for n in describe(dataset).notices if n.code == "reading"]
    assert title == "One variable was read as nominal: “party”."
    assert guess_kind(dataset, "party").kind is Kind.MULTICLASS
    # Stata knows no measure.
    path = tmp_path / "labelled.dta"
    pyreadstat.write_dta(frame, str(path), variable_value_labels=LABELLED)
    dataset = read_dataset(path)
    assert [v.level.value for v in dataset.variables] == [
        "nominal",
        "ordinal",
        "ordinal",
        "nominal",
    ]
    (nominal, _) = dataset.source.warnings
    assert nominal.startswith("2 variables were read as nominal: “party”, “chosen”.")
    assert "SPSS" not in nominal


@real
def test_what_real_files_call_labelled_numbers():
    levels = {
        name: {v.name: v.level.value for v in read_dataset(FORMATS / name).variables}
        for name in ("gss1996_hoffmann.sav", "GSS2018_extract.dta")
    }
    gss = levels["gss1996_hoffmann.sav"]
    assert gss["marital"] == "nominal"
    ordered = ("childs", "polviews", "fund", "attend", "spanking", "prayer", "polview1")
    assert {gss[name] for name in ordered} == {"ordinal"}
    assert levels["GSS2018_extract.dta"] == {
        "education": "interval", "income": "ordinal", "prestige": "interval",
        "race": "nominal", "sex": "binary",
    }  # fmt: skip


@real
@pytest.mark.parametrize(
    ("name", "lr"),
    [
        ("a05_stata_labelled_nominal.dta", Level.ORDINAL),
        ("a05_spss_labelled_all_scale.sav", Level.INTERVAL),
    ],
)
def test_parties_states_and_denominations_are_nominal(name, lr):
    dataset = read_dataset(FORMATS.parent / "cases" / name)
    levels = {v.name: v.level for v in dataset.variables}
    assert levels == {
        "party": Level.NOMINAL, "land": Level.NOMINAL, "relig": Level.NOMINAL,
        "age": Level.INTERVAL, "lr": lr,
    }  # fmt: skip
    assert guess_kind(dataset, "party").kind is Kind.MULTICLASS


def test_missing_codes_stay_in_the_data_and_are_no_answers(spss):
    dataset = read_dataset(spss)
    assert dataset.frame["vote"].tolist()[:5] == [1, 2, -99, 1, 2]
    assert dataset.answers("vote").notna().tolist() == [True, True, False, True, True, False]
    assert dataset.answers("thermo").dropna().tolist() == [55, 40, 0, 100]


def test_the_same_bytes_have_the_same_fingerprint(spss):
    assert read_dataset(spss).fingerprint == read_dataset(spss).fingerprint


@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        (".zsav", lambda frame, path: pyreadstat.write_sav(frame, path, compress=True)),
        (".por", pyreadstat.write_por),
        (".dta", pyreadstat.write_dta),
        (".xpt", pyreadstat.write_xport),
    ],
)
def test_the_other_formats_give_the_same_numbers_and_words(tmp_path, suffix, write):
    path = tmp_path / f"survey{suffix}"
    write(FRAME, str(path))
    dataset = read_dataset(path)
    assert [name.lower() for name in dataset.names] == list(FRAME)
    assert dataset.frame.iloc[:, 1].tolist() == FRAME["thermo"].tolist()
    assert dataset.frame.iloc[:, 2].tolist() == FRAME["party"].tolist()


@real
def test_tagged_missing_answers_of_stata_stay_distinguishable():
    dataset = read_dataset(FORMATS / "GSS2018_extract.dta")
    assert len(dataset) == 2348 and len(dataset.variables) == 5
    prestige = dataset.variable("prestige")
    assert prestige.label == "r's occupational prestige score using threshold method (2010)"
    assert prestige.value_labels == {"-1009": "IAP,DK,NA,uncodeable (.i)"}
    assert prestige.missing_codes == ("-1009",)
    # Codes of which the labels tell, as Stata's codebook lists them: only .a was given.
    education = dataset.variable("education")
    assert education.missing_codes == ("-1001",)
    assert education.value_labels["-1009"] == "iap (.i)"
    assert dataset.variable("race").value_labels == {"1": "white", "2": "black", "3": "other"}
    assert dataset.variable("sex").value_labels == {"1": "male", "2": "female"}
    counts = {name: int(dataset.answers(name).notna().sum()) for name in dataset.names}
    assert counts == {
        "education": 2345, "income": 2152, "prestige": 2248, "race": 2348, "sex": 2348,
    }  # fmt: skip
    # pandas, which knows nothing of tags, counts the same answers.
    plain = pd.read_stata(FORMATS / "GSS2018_extract.dta", convert_categoricals=False)
    for name in dataset.names:
        assert dataset.answers(name).notna().sum() == plain[name].notna().sum()
    assert any("−1001 and below" in warning for warning in dataset.source.warnings)


@real
@pytest.mark.parametrize("name", ["haven_tagged-na-double.dta", "haven_tagged-na-int.dta"])
def test_tags_of_haven(name):
    dataset = read_dataset(FORMATS / name)
    (x,) = dataset.variables
    assert x.value_labels == {"-1001": "apple (.a)", "-1026": ".zebra (.z)", "-1008": ".h"}
    assert set(x.missing_codes) == {"-1001", "-1008", "-1026"}
    assert dataset.answers("x").dropna().tolist() == [1, 2, 3, 4, 5]


def test_an_answer_is_never_taken_for_a_tag(tmp_path):
    # A loss of 1,001 is an answer; .a is none.
    frame = pd.DataFrame({"profit": [-1001.0, "a", 50.0, "z"]}, dtype="object")
    path = tmp_path / "firms.dta"
    pyreadstat.write_dta(frame, str(path), missing_user_values={"profit": ["a", "z"]})
    dataset = read_dataset(path)
    assert dataset.answers("profit").dropna().tolist() == [-1001, 50]
    assert dataset.frame["profit"].tolist() == [-1001, -100_001, 50, -100_026]
    assert dataset.variable("profit").value_labels == {"-100001": ".a", "-100026": ".z"}


@real
def test_missing_ranges_dates_and_times_of_spss():
    dataset = read_dataset(FORMATS / "pyreadstat_sample_missing.sav")
    assert dataset.variable("mynum").missing_codes == ("2000 to 3000", "-1")
    assert dataset.variable("myord").missing_codes == ("-1", "-2", "-3")
    assert dataset.variable("myord").level is Level.ORDINAL
    # 6 May is day 126 of 2018: 2018 + 125 / 365.2425; 10:10:10 are 10 + 10/60 + 10/3600 hours.
    assert dataset.frame["mydate"][0] == pytest.approx(2018.3422, abs=1e-4)
    assert dataset.variable("mylabl").value_labels == {
        "-1": "undetermined", "1": "Male", "2": "Female",
    }  # fmt: skip
    counts = [int(dataset.answers(name).notna().sum()) for name in dataset.names]
    assert counts == [6, 5, 4, 4, 5, 5, 4]
    assert dataset.frame["mytime"][0] == pytest.approx(10.1694, abs=1e-4)


@real
def test_multiple_response_sets_are_named():
    dataset = read_dataset(FORMATS / "pyreadstat_simple_alltypes.sav")
    assert dataset.variable("x").missing_codes == ("7", "8", "99")
    assert dataset.variable("z").missing_codes == ("-999 to 0", "999")
    assert dataset.variable("x").value_labels["1"] == "red"
    assert [int(dataset.answers(name).notna().sum()) for name in dataset.names] == [
        5, 4, 2, 5, 5, 6, 6, 6, 6, 6, 6, 6,
    ]  # fmt: skip
    # The last quarter of 2014 begins on day 274: 2014 + 273 / 365.2425.
    assert dataset.frame["quarter"][0] == pytest.approx(2014.7474, abs=1e-4)
    (words,) = [w for w in dataset.source.warnings if "My multiple response set" in w]
    assert "“bool1”, “bool2”, “bool3”" in words


@real
def test_labels_of_2903_respondents():
    dataset = read_dataset(FORMATS / "gss1996_hoffmann.sav")
    assert dataset.frame.shape == (2903, 20)
    assert sum(1 for v in dataset.variables if v.value_labels) == 12
    assert dataset.variable("marital").value_labels["5"] == "never married"
    assert dataset.variable("id").level is Level.IDENTIFIER
    # Counted with pyreadstat, which makes missing answers NaN by itself.
    plain, _ = pyreadstat.read_sav(FORMATS / "gss1996_hoffmann.sav")
    assert all(dataset.answers(n).notna().sum() == plain[n].notna().sum() for n in dataset.names)
    assert dataset.answers("totrelig").notna().sum() == 527


@real
def test_a_labelled_number_with_a_missing_code():
    dataset = read_dataset(FORMATS / "haven_labelled-num-na.sav")
    (only,) = dataset.variables
    assert (only.label, only.value_labels, only.missing_codes) == (
        "Only one value", {"1": "This is one"}, ("9",),
    )  # fmt: skip
    assert dataset.frame["VAR00002"].tolist() == [1, 9]
    assert dataset.answers("VAR00002").notna().tolist() == [True, False]


@real
def test_umlauts_and_long_words():
    assert read_dataset(FORMATS / "haven_umlauts.sav").variables[0].label == "This is an ä-umlaut"
    dataset = read_dataset(FORMATS / "readspss_testdata.sav")
    # The format keeps 255 characters in one piece; longer text must be put together again.
    assert dataset.frame["string_500"].dropna().str.len().tolist() == [493, 397, 459]
    assert dataset.variable("factor_n_duplicated").value_labels == {"1": "A", "2": "A", "3": "B"}
    assert dataset.variable("string_miss").missing_codes == ("a", "b")
    assert dataset.variable("factor_numeric").missing_codes == ("-1 to 0",)
    assert dataset.variable("factor_n_coded_miss").missing_codes == ("99",)
    assert dataset.variable("factor_s_coded_miss").missing_codes == ("u", "v", "w")
    assert dataset.variable("factor_s_coded_miss").value_labels == {
        "f": "female", "m": "male", "u": "unknown",
    }  # fmt: skip
    umlauts = read_dataset(FORMATS / "haven_umlauts.sav").variables[0].value_labels
    assert umlauts == {"1": "the ä umlaut", "2": "the ü umlaut", "3": "the ö umlaut"}


@real
def test_a_column_without_answers_is_read():
    dataset = read_dataset(FORMATS / "pyreadstat_missing_test.dta")
    assert dataset.variable("var1").missing_codes == ("-1001",)
    # .b, .c, .x, .y and .z.
    assert [v.missing_codes for v in dataset.variables[1:6]] == [
        ("-1002",), ("-1003",), ("-1024",), ("-1025",), ("-1026",),
    ]  # fmt: skip
    counts = [int(dataset.answers(name).notna().sum()) for name in dataset.names]
    assert counts == [0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_a_password_is_named():
    # As SPSS begins an encrypted file: the length of the head and what it is, then no words.
    encrypted = b"\x1c" + bytes(7) + b"ENCRYPTEDSAV" + b"\x15" + bytes(15) + b"\xee\x44" * 800
    with pytest.raises(UserError, match="password"):
        read_bytes(encrypted, "hotel.sav")


@real
def test_a_password_is_named_also_of_a_file_of_spss():
    with pytest.raises(UserError, match="password"):
        read_dataset(FORMATS / "readspss_hotel-encrypted.sav")


@pytest.mark.parametrize("suffix", list(PARSERS))
def test_what_is_no_such_file_is_refused(suffix):
    with pytest.raises(UserError, match="damaged, incomplete or not of the kind"):
        read_bytes(b"name;age\nA;1\n" * 50, f"survey{suffix}")


def test_a_file_without_rows_is_refused(tmp_path):
    path = tmp_path / "empty.dta"
    pyreadstat.write_dta(FRAME.iloc[:0], str(path))
    with pytest.raises(UserError, match="no answers"):
        read_dataset(path)
