"""Labels that say “no answer”, in four languages, and answers that look like them."""

from __future__ import annotations

import pytest

from dnn_core.data.missing.missing_words import labels_of_missing, says_missing


@pytest.mark.parametrize(
    "label",
    [
        "Don't know",
        "DON’T KNOW",
        "Dont know/No answer",
        "Refused (.r)",
        "99. Refused to answer",
        "No answer, refused",
        "Not applicable",
        "IAP,DK,NA,uncodeable (.i)",
        "N/A",
        "NA",
        "dk",
        "Can't choose",
        "Keine Angabe",
        "-9 k. A.",
        "Weiß nicht",
        "weiss nicht, keine Angabe",
        "TNZ: Filter",
        "Trifft nicht zu",
        "Verweigert",
        "Ne sait pas",
        "Refus",
        "Sans réponse",
        "Non concerné(e)",
        "No sabe",
        "No contesta",
        "N.S./N.C.",
    ],
)
def test_no_answer(label: str) -> None:
    assert says_missing(label)


@pytest.mark.parametrize(
    ("label", "others"),
    [
        ("Other", ()),
        ("None", ()),
        ("No", ("Yes",)),
        ("No trust at all", ()),
        ("Never", ()),
        ("Neither agree nor disagree", ()),
        ("Undecided", ()),
        ("Would refuse an order", ()),
        ("No answer would have been better than the one that the government gave us", ()),
        ("", ()),
        ("9", ()),
        # Countries: Denmark and Namibia among others.
        ("DK", ("DE", "FR", "NA")),
        ("NA", ("DE", "FR", "DK")),
        # The same with their names, and states of the USA, and parties.
        ("DK - Denmark", ("DE - Germany", "FR - France", "NA - Namibia")),
        ("NA - Namibia", ("NC - New Caledonia", "NR - Nauru", "DK - Denmark")),
        ("NC: Neukaledonien", ("AT: Österreich", "ES: Spanien", "Refused")),
        ("KS (Kansas)", ("KY (Kentucky)", "LA (Louisiana)")),
        ("NA - Nueva Alianza", ("PRI - Revolucionario Institucional", "PAN - Acción Nacional")),
        # The end of a scale.
        ("Trifft nicht zu", ("Trifft voll zu", "Trifft eher zu")),
        ("Does not apply", ("Applies completely",)),
    ],
)
def test_an_answer(label: str, others: tuple[str, ...]) -> None:
    assert not says_missing(label, others)


@pytest.mark.parametrize(
    ("label", "others"),
    [
        ("DK", ("Yes", "No", "NA", "RF")),
        # Among countries, too, what stands behind the abbreviation may say it.
        ("NA - no answer", ("DE - Germany", "FR - France", "DK - Denmark")),
        ("DK/NA", ("DE - Germany", "FR - France")),
        ("dk (.d)", ("na (.n)", "yes")),
        ("DK: unsure", ("Yes", "No: never", "Maybe")),
    ],
)
def test_an_abbreviation_beside_others_is_no_country(label: str, others: tuple[str, ...]) -> None:
    assert says_missing(label, others)


def test_codes_with_names_of_countries_are_answers() -> None:
    labels = {"1": "DK - Denmark", "2": "DE - Germany", "3": "NA - Namibia", "9": "NA"}
    assert labels_of_missing(labels) == {"9": "NA"}
