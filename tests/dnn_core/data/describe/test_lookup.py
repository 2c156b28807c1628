"""One variable looked up: values and counts as they can be counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.describe.lookup import find_words, look_up

TRUST = Variable(
    name="trust",
    label="Trust in parliament",
    question="How much do you personally trust each institution?",
    level=Level.ORDINAL,
    value_labels={"0": "None at all", "2": "Complete", "3": "Too much", "-99": "Refused"}
    | {"-98": "Don't know", "-97": "Not asked"},
    missing_codes=("-99", "-98 to -97"),
)


def survey() -> Dataset:
    frame = pd.DataFrame(
        {
            "trust": [0, 1, 1, 2, -99, -98, -98, None, 1, 2],
            "weight": [1.0, 2.0, 2.0, 5.0, 1, 1, 1, 1, None, 0],
            "age": [float(20 + i) for i in range(10)],
            "town": pd.Series(["b", "a", "a", None, "x", "a", "b", "c", "a", "x"], dtype="str"),
            "id": range(10),
        }
    )
    variables = (
        TRUST,
        Variable(name="weight", level=Level.INTERVAL),
        Variable(name="age", level=Level.INTERVAL),
        Variable(name="town", level=Level.NOMINAL, missing_codes=("x",)),
        Variable(name="id", level=Level.IDENTIFIER),
    )
    return Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))


def test_values_and_missing_codes() -> None:
    about = look_up(survey(), "trust")
    assert (about.rows, about.answered, about.distinct) == (10, 6, 3)
    assert about.values.to_dict("list") == {
        "value": ["0", "1", "2", "3"],
        "label": ["None at all", "", "Complete", "Too much"],
        "count": [1, 3, 2, 0],
        "share": pytest.approx([1 / 6, 3 / 6, 2 / 6, 0]),
    }
    assert about.missing.to_dict("list") == {
        "value": ["-99", "-98", "-97", ""],
        "label": ["Refused", "Don't know", "Not asked", "no answer in the file"],
        "count": [1, 2, 0, 1],
    }
    assert about.summary == ()


def test_weighted_shares() -> None:
    # Weights of 0: 1; of 1: 2 + 2 and one without a weight; of 2: 5 + 0. Together 10.
    values = look_up(survey(), "trust", "weight").values
    assert values["weighted"].tolist() == pytest.approx([0.1, 0.4, 0.5, 0])


def test_a_quantity_is_summed_up() -> None:
    summary = dict(look_up(survey(), "age").summary)
    assert summary == pytest.approx(
        {
            "Lowest": 20,
            "First quartile": 22.25,
            "Median": 24.5,
            "Mean": 24.5,
            "Third quartile": 26.75,
            "Highest": 29,
        }
    )


def test_words_are_listed_in_their_order() -> None:
    about = look_up(survey(), "town")
    assert about.values["value"].tolist() == ["a", "b", "c"]
    assert about.values["count"].tolist() == [4, 2, 1]
    assert about.missing["count"].tolist() == [2, 1]


def test_identifiers_and_long_quantities_list_no_values() -> None:
    assert look_up(survey(), "id").values.empty
    frame = pd.DataFrame({"income": [float(i) for i in range(100)] + [-1.0]})
    income = Variable(
        name="income",
        level=Level.INTERVAL,
        value_labels={"5": "five", "-1": "Refused", "-2": "Not asked"},
        missing_codes=("-1",),
    )
    about = look_up(Dataset("d", frame, (income,), Source("d", "0" * 64, 1)), "income")
    # Nobody was “not asked”; the label alone makes it no answer.
    assert about.values["value"].tolist() == ["5"]
    assert about.missing.to_dict("list") == {"value": ["-1"], "label": ["Refused"], "count": [1]}


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("", ""),
        ("TRUST", ""),
        ("parliament", ""),
        ("personally", "How much do you personally trust each institution?"),
        ("complete", "2 = Complete"),
        ("refused", "-99 = Refused"),
        ("elsewhere", None),
    ],
)
def test_words_are_found_in_names_labels_questions_and_answers(
    words: str, place: str | None
) -> None:
    assert find_words(TRUST, words) == place


def test_of_very_many_values_those_with_a_label_are_counted() -> None:
    # 0 to 2,999, and 7 four times in all, one of them with a weight of 2.
    frame = pd.DataFrame({"income": [*map(float, range(3000)), 7, 7, 7], "w": [1.0] * 3003})
    frame.loc[3000, "w"] = 2
    income = Variable(name="income", level=Level.INTERVAL, value_labels={"7": "seven", "-5": "?"})
    weight = Variable(name="w", level=Level.INTERVAL)
    data = Dataset("d", frame, (income, weight), Source("d", "0" * 64, 1))
    about = look_up(data, "income", "w")
    assert about.distinct == 3000
    assert about.values["value"].tolist() == ["-5", "7"]
    assert about.values["count"].tolist() == [0, 4]
    assert about.values["weighted"].tolist() == pytest.approx([0, 5 / 3004])


def test_a_country_that_nobody_named_is_listed() -> None:
    labels = {"1": "DE - Germany", "2": "DK - Denmark", "3": "FR - France", "8": "DK"}
    variable = Variable(name="country", level=Level.NOMINAL, value_labels=labels)
    frame = pd.DataFrame({"country": [1, 3, 3]})
    about = look_up(Dataset("d", frame, (variable,), Source("d.sav", "0" * 64, 1)), "country")
    assert about.values["label"].tolist() == ["DE - Germany", "DK - Denmark", "FR - France"]
