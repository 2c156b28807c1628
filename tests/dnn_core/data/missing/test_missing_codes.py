"""Codes of survey archives beside the answers they stand out from, and look-alikes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dnn_core.data.describe.description import look_at_columns
from dnn_core.data.missing.missing_codes import codes_of_size, suspicious_codes, suspicious_words
from dnn_core.data.readers import read_bytes, read_dataset
from dnn_core.data.samples import SAMPLE_FOLDER

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"


def codes_in(rows: dict[float, int], labels: dict[str, str] | None = None) -> tuple[str, ...]:
    values = np.array(sorted(rows), dtype=float)
    counts = np.array([rows[value] for value in sorted(rows)])
    return tuple(result.code for result in suspicious_codes(values, counts, labels))


def each(values: object, rows: int = 20) -> dict[float, int]:
    return dict.fromkeys(values, rows)  # type: ignore[call-overload]


AGES = {float(age): max(1, round(60 - 1.4 * abs(age - 45))) for age in range(18, 96)}
"""18 to 95, few of them very old."""


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        (each([1, 2, 3, 4, 5, 8, 9]), ("8", "9")),
        (each([*range(11), 77, 88, 99]), ("77", "88", "99")),
        (each([1, 2, 9]), ("9",)),
        (each([*range(18, 90), 999]), ("999",)),
        (each([1, 2, 3, -99]), ("-99",)),
        (each([0.5, 1.5, -99]), ("-99",)),
        (each([-3.5, -1.2, 4.0, -99]), ("-99",)),
        (each([1, 2, -1, -2, -9]), ("-9", "-2", "-1")),
        # A gap below: 8 is not given.
        (each([1, 2, 3, 4, 5, 6, 7, 9]), ("9",)),
        (each([1, 2, 3, 4, 5, 6, 8, 9]), ("8", "9")),
        # ALLBUS: -9 no answer, -10 not asked, -42 data error; GESIS: -98, -71.
        (each([1, 2, 3, -9, -10, -42]), ("-42", "-10", "-9")),
        (each([0, 1, -98, -71]), ("-98", "-71")),
        # One code below a scale that has negative answers of its own.
        (each([*range(-5, 6), -9]), ("-9",)),
        (each([*range(-5, 6), -99]), ("-99",)),
        # Ages to 95, 99 given far more often than any age nearby.
        ({**AGES, 99: 25}, ("99",)),
        # Incomes with one far beyond all.
        (each([800.0, 1500.0, 2400.0, 41310.0, 99999.0]), ("99999",)),
        (each([*range(100, 9000, 50), 999999]), ("999999",)),
        # A profit or loss of many values, -99 in many rows.
        ({**each(range(-3000, 3000, 10), 1), -99: 40}, ("-99",)),
    ],
)
def test_fires(rows: dict[float, int], codes: tuple[str, ...]) -> None:
    assert codes_in(rows) == codes


@pytest.mark.parametrize(
    "rows",
    [
        {},
        each([99]),
        each([-99]),
        each(range(11)),
        each(range(18, 100)),
        each([1, 2, 3, 4, 5, 6, 7]),
        # A scale from 1 to 9, from 1 to 8, and percentages.
        each(range(1, 10)),
        each(range(1, 9)),
        each(range(101)),
        {float(v): 3 if v == 99 else 1 for v in range(0, 100, 3)},
        each([-2, -1, 0, 1, 2]),
        each([-5, -3, 0, 5]),
        # A change from -3 to 7 that most did not make.
        {-3: 4, -2: 10, -1: 40, 0: 90, 1: 50, 2: 20, 3: 9, 4: 5, 5: 3, 6: 2, 7: 1},
        each([-0.5, 0.25, -1.0]),
        each([0, 1]),
        each([9_000, 9_999, 12_000]),
        each([-150.0, -99.0, 20.0, 180.0]),
        # Some are really 98 or 99 years old.
        {**AGES, 98: 1, 99: 1},
        # Years, of birth and of two digits.
        each(range(1900, 2021)),
        {float(year): 30 for year in range(20, 100)},
        # Children: a thin tail with a gap.
        {0: 300, 1: 200, 2: 150, 3: 60, 4: 20, 5: 5, 7: 1},
        # Hours of work a week, one of whom works 66.
        {float(hours): 40 for hours in range(20, 46)} | {50: 3, 66: 1},
        # Incomes, all different, one of which is 8,888.
        {**each(np.linspace(500, 4900, 300).round(1).tolist(), 1), 8888.0: 1},
        # Temperatures.
        each([-12, -7, -3, 0, 4, 9, 15, 22]),
    ],
)
def test_silent(rows: dict[float, int]) -> None:
    assert codes_in(rows) == ()


def test_labels_decide() -> None:
    scale = each(range(1, 10))
    assert codes_in(scale, {"8": "Don't know", "9": "Keine Angabe"}) == ("8", "9")
    labels = {"1": "Agree strongly", "9": "Disagree strongly"}
    assert codes_in(scale, labels) == ()
    # Beyond the scale, but labelled as an answer.
    assert codes_in(each([1, 2, 3, 9]), {"9": "Another party"}) == ()
    assert codes_in(each([1, 2, 3, 9]), {"9": "Refused"}) == ("9",)
    # Labelled, but given by nobody.
    assert codes_in(each([1, 2, 3]), {"9": "Refused"}) == ()


def test_the_reason_is_said_with_the_figures() -> None:
    values = np.array([-9.0, 1, 2, 3, 4, 5, 8])
    counts = np.array([12, 100, 100, 100, 100, 100, 7])
    negative, above = suspicious_codes(values, counts, {"8": "Refused"})
    assert (negative.code, negative.count, negative.label) == ("-9", 12, "")
    assert negative.reasons == ("negative, while all other answers are positive", "a usual code")
    assert (above.code, above.count, above.label) == ("8", 7, "Refused")
    assert above.reasons == ("labelled “Refused”",)
    (nines,) = suspicious_codes(np.array([1.0, 2, 3, 99]), np.array([9, 9, 9, 4]))
    assert nines.reasons == ("above the other answers, which end at 3", "all nines")
    ages = {**AGES, 99.0: 25}
    (old,) = suspicious_codes(np.array([*ages]), np.array([*ages.values()]))
    # Of the ages from 91 to 95 there is one each.
    assert old.reasons[0] == "given in 25 rows; the answers just below in at most 1"


def test_words() -> None:
    result = suspicious_words(["yes", "Don't know", "no"], [5, 2, 4])
    assert [(code.code, code.count, code.reasons) for code in result] == [
        ("Don't know", 2, ("in words: no answer",))
    ]
    assert suspicious_words(["DK", "DE", "FR"], [1, 2, 3]) == ()
    (coded,) = suspicious_words(["a", "x"], [1, 1], {"x": "Refus", "a": "Oui"})
    assert (coded.code, coded.label, coded.reasons) == ("x", "Refus", ("labelled “Refus”",))


def test_codes_of_countries_with_their_names_are_answers() -> None:
    words = ["DK - Denmark", "NC - New Caledonia", "NA - Namibia", "NR - Nauru", "AT - Austria"]
    assert suspicious_words(words, [1] * 5) == ()
    (silent,) = suspicious_words([*words, "NA - no answer"], [1] * 6)
    assert silent.code == "NA - no answer"
    counts = np.ones(5, dtype=int)
    labels = {str(code): word for code, word in enumerate(words, start=1)}
    assert suspicious_codes(np.arange(1.0, 6.0), counts, labels) == ()


def test_usual_codes() -> None:
    assert codes_of_size(1) == (7, 8, 9)
    assert codes_of_size(2) == (66, 77, 88, 96, 97, 98, 99)
    assert codes_of_size(5) == (99996, 99997, 99998, 99999)


REAL = {
    "formats/china_minus99.csv": {"edu": ("9",), "child_care": ("-99",)},
    "formats/gss1996_hoffmann.sav": {},
    "formats/GSS2018_extract.dta": {},
    "formats/flying-etiquette.csv": {},
    "formats/StarWars.csv": {},
    "formats/btw17_strukturdaten_cp1252.csv": {},
    "tables/adult.data": {"v11": ("99999",)},
    "tables/german.data": {},
    "tables/rd_carData_Chile.csv": {},
    "tables/rd_carData_Mroz.csv": {},
    "tables/rd_modeldata_ames.csv": {"Electrical": ("Unknown",)},
    "tables/rd_modeldata_attrition.csv": {},
    "tables/rd_psych_bfi.csv": {},
}
"""Codes that are pointed out in real files, none of which is an answer."""


@pytest.mark.parametrize("name", REAL)
def test_real_files(name: str) -> None:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    dataset = read_bytes(path.read_bytes(), path.name.replace(".data", ".csv"))
    assert flagged(dataset) == REAL[name]


@pytest.mark.parametrize("name", ["anes96", "randhie", "simulated_survey"])
def test_the_samples_have_declared_theirs(name: str) -> None:
    dataset = read_dataset(SAMPLE_FOLDER / f"{name}.csv")
    assert flagged(dataset) == {}
    raw = read_bytes((SAMPLE_FOLDER / f"{name}.csv").read_bytes(), "x.csv")
    declared = {v.name: set(v.missing_codes) for v in dataset.variables if v.missing_codes}
    assert {variable: set(codes) for variable, codes in flagged(raw).items()} == declared


def flagged(dataset: object) -> dict[str, tuple[str, ...]]:
    facts = look_at_columns(dataset)  # type: ignore[arg-type]
    return {name: tuple(c.code for c in f.codes) for name, f in facts.items() if f.codes}
