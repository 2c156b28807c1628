"""What one case can answer: never a missing code among the answers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.choices import NO_REASON, choices_of, why_missing
from dnn_core.data.dataset import Dataset, Level, Source, Variable

CODES = ("-99", "900 to 999")
LABELS = {"-99": "Refused", "2": "two", "998": "Don't know"}


def dataset(values: list[object], **about: object) -> Dataset:
    variable = Variable(name="x", **{"level": Level.ORDINAL, "value_labels": LABELS, **about})
    return Dataset("d", pd.DataFrame({"x": values}), (variable,), Source("d.csv", "0" * 64, 1))


@pytest.mark.parametrize("level", [Level.INTERVAL, Level.ORDINAL])
def test_codes_stand_beside_the_answers(level: Level) -> None:
    values = [3, -99, 1, 2, 2, 998, 901, 902, np.nan, np.inf]
    choices = choices_of(dataset(values, level=level, missing_codes=CODES), "x")
    assert choices.answers == (1, 2, 3)
    assert list(choices.missing) == ["Refused", "Don't know", "900 to 999", NO_REASON]
    assert [choices.missing[name] for name in list(choices.missing)[:3]] == [-99, 998, 901]
    assert math.isnan(choices.missing[NO_REASON])


def test_what_is_not_declared_is_an_answer() -> None:
    choices = choices_of(dataset([1, 2, -99]), "x")
    assert (choices.answers, choices.missing) == ((-99, 1, 2), {})


@pytest.mark.parametrize("level", [Level.NOMINAL, Level.BINARY])
def test_categories_of_numbers_and_of_words(level: Level) -> None:
    choices = choices_of(dataset([2, 1, 2, 998, -99], level=level, missing_codes=CODES), "x")
    assert choices.answers == (1, 2)
    assert choices.missing == {"Don't know": 998, "Refused": -99}
    words = ["b", "a", None, "refused"]
    choices = choices_of(dataset(words, level=level, missing_codes=("refused",)), "x")
    assert choices.answers == ("a", "b")
    assert list(choices.missing) == [NO_REASON, "refused"]


def test_the_reason_of_one_value() -> None:
    data = dataset([1.0, -99.0, 998.0], missing_codes=CODES)
    assert why_missing(data, "x", -99.0) == "Refused"
    assert why_missing(data, "x", 950.0) == "900 to 999"
    assert why_missing(data, "x", np.nan) == NO_REASON
    assert why_missing(data, "x", 1.0) is None
