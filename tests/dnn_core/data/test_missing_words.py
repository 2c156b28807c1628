"""Labels that say “no answer”, in four languages, and answers that look like them."""

from __future__ import annotations

import pytest

from dnn_core.data.missing_words import says_missing


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
        # The end of a scale.
        ("Trifft nicht zu", ("Trifft voll zu", "Trifft eher zu")),
        ("Does not apply", ("Applies completely",)),
    ],
)
def test_an_answer(label: str, others: tuple[str, ...]) -> None:
    assert not says_missing(label, others)


def test_an_abbreviation_beside_others_is_no_country() -> None:
    assert says_missing("DK", ("Yes", "No", "NA", "RF"))
