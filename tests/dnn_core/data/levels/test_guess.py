"""Levels of measurement, each rule on a column made for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Level
from dnn_core.data.levels.guess import (
    MOST_CATEGORIES_OF_NUMBERS,
    guess_level,
    level_obstacle,
    level_of_labels,
)

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([1, 2] * 20, Level.BINARY),
        ([1.0, 2.0, np.nan, np.inf] * 20, Level.BINARY),
        (["yes", "no", None] * 20, Level.BINARY),
        ([True, False] * 20, Level.BINARY),
        ([1, 2, 3, 4, 5] * 20, Level.ORDINAL),
        ([*range(12)] * 3, Level.ORDINAL),
        ([*range(13)] * 3, Level.INTERVAL),
        ([0.5, 1.0, 1.5] * 20, Level.INTERVAL),
        ([1, 2, 3], Level.INTERVAL),
        (RNG.normal(size=2000), Level.INTERVAL),
        (RNG.integers(18, 90, 2000), Level.INTERVAL),
        ([*range(1000), 0.5], Level.INTERVAL),
        (range(1, 51), Level.IDENTIFIER),
        (RNG.permutation(50), Level.IDENTIFIER),
        (3_292_000_000 + RNG.permutation(90_000)[:50], Level.IDENTIFIER),
        # Incomes of fifty respondents: all different, yet no numbers of rows.
        (RNG.permutation(np.arange(800, 90_000, 37))[:50], Level.INTERVAL),
        ([7] * 30, Level.INTERVAL),
        ([np.nan] * 30, Level.INTERVAL),
        (["only"] * 30, Level.NOMINAL),
        (["a", "b", "c"] * 20, Level.NOMINAL),
        ([f"case {i}" for i in range(50)], Level.IDENTIFIER),
        ([f"I voted because of reason {i} and no other" for i in range(50)] * 1 + ["no"] * 5,
         Level.TEXT),
        ([f"{'a long answer ' * 5}{i}" for i in range(50)], Level.TEXT),
        ([f"town {i}" for i in range(40)] + ["town 1"] * 5, Level.NOMINAL),
    ],
)  # fmt: skip
def test_levels(values: object, level: Level) -> None:
    series = pd.Series(values)
    if series.dtype == object and not isinstance(series.iloc[0], bool):
        series = series.astype("str")
    assert guess_level(series) is level


def test_a_telling_name_makes_an_identifier() -> None:
    values = RNG.permutation(np.arange(800, 90_000, 37))[:50]
    assert guess_level(pd.Series(values, name="respondent_id")) is Level.IDENTIFIER
    assert guess_level(pd.Series(values, name="income")) is Level.INTERVAL


def test_a_late_decimal_is_seen() -> None:
    values = [1.0, 2.0, 3.0] * 1000 + [1.5]
    assert guess_level(pd.Series(values)) is Level.INTERVAL


PARTIES = {"1": "Union", "2": "Social Democrats", "3": "Greens", "4": "Liberals"}
FREQUENCY = {"1": "never", "2": "sometimes", "3": "often", "4": "always"}
TOWNS = {str(i): f"{letter} town" for i, letter in enumerate("nbkdtrapsuwyzcveqfgh", start=1)}
BRACKETS = {str(i): f"{1000 * i} to {1000 * i + 999}" for i in range(1, 21)}


@pytest.mark.parametrize(
    ("values", "labels", "measure", "level"),
    [
        ([1, 2, 3, 4] * 9, PARTIES, "", Level.NOMINAL),
        # SPSS says scale of every number.
        ([1, 2, 3, 4] * 9, PARTIES, "scale", Level.NOMINAL),
        ([1, 2, 3, 4] * 9, PARTIES, "ordinal", Level.ORDINAL),
        ([1, 2, 3, 4] * 9, FREQUENCY, "", Level.ORDINAL),
        ([1, 2, 3, 4] * 9, FREQUENCY, "scale", Level.ORDINAL),
        ([1, 2, 3, 4] * 9, FREQUENCY, "nominal", Level.NOMINAL),
        # More categories than a scale without labels has; all occur, or some.
        ([*range(1, 21)] * 3, TOWNS, "scale", Level.NOMINAL),
        ([*range(1, 18)] * 3, BRACKETS, "scale", Level.ORDINAL),
        ([1, 2, 4] * 9, PARTIES, "scale", Level.NOMINAL),
        # Labelled at its ends, or with its own numbers between them.
        ([*range(11)] * 3, {"0": "left", "10": "right"}, "", Level.ORDINAL),
        ([*range(11)] * 3, {"0": "left", "10": "right"}, "scale", Level.INTERVAL),
        ([*range(11)] * 3, {str(i): str(i) for i in range(11)} | {"0": "0 left", "10": "10 right"},
         "", Level.ORDINAL),
        # A count of which the last is open, years, and an age that nobody named.
        ([*range(9)] * 3, {"8": "eight or more"}, "scale", Level.INTERVAL),
        ([*range(25)] * 3, {"0": "no schooling", "98": "Don't know"}, "", Level.INTERVAL),
        ([*range(18, 90), 99] * 2, {"99": "No answer"}, "", Level.INTERVAL),
        ([*range(1990, 1999)] * 9, {str(i): str(i) for i in range(1990, 1999)}, "", Level.ORDINAL),
        # What says that there is no answer is no category, declared or not.
        ([1, 2, 3, 4, -9] * 9, PARTIES | {"-9": "Refused"}, "", Level.NOMINAL),
        ([1, 2, 3, 4, -9] * 9, FREQUENCY | {"-9": "Don't know"}, "scale", Level.ORDINAL),
        ([1, 2, 3, 4, 5] * 9, PARTIES, "", Level.ORDINAL),
        ([1, 2] * 9, PARTIES, "scale", Level.BINARY),
        # One row for each of many countries.
        (range(1, 31), {str(i): f"country {i}" for i in range(1, 31)}, "", Level.IDENTIFIER),
        (["a", "b", "c"] * 9, {"a": "Alpha", "b": "Beta", "c": "Gamma"}, "nominal", Level.NOMINAL),
        ([1, 2, 3] * 9, {"a": "Alpha", "": "nothing"}, "", Level.ORDINAL),
    ],
)  # fmt: skip
def test_levels_of_labelled_numbers(
    values: object, labels: dict[str, str], measure: str, level: Level
) -> None:
    series = pd.Series(values)
    series = series if series.dtype == "str" else series.astype("float64")
    assert guess_level(series, labels, measure) is level


def test_a_late_code_without_a_label_is_seen() -> None:
    values = pd.Series([1.0, 2.0, 3.0, 4.0] * 1000 + [5.0, 5.0])
    assert level_of_labels(values, PARTIES) is None
    assert level_of_labels(values[values < 5], PARTIES) is Level.NOMINAL


def test_more_labelled_codes_than_categories_can_be() -> None:
    codes = range(1, MOST_CATEGORIES_OF_NUMBERS + 2)
    labels = {str(code): f"commune {code}" for code in codes}
    assert level_of_labels(pd.Series(codes), labels) is None


@pytest.mark.parametrize(
    ("values", "codes", "level", "obstacle"),
    [
        ([1, 2, 9], (), Level.BINARY, "it has 3 different answers"),
        ([1, 2, 9], ("9",), Level.BINARY, None),
        ([1.0, 2.0, np.nan], (), Level.BINARY, None),
        (["a", "b"], (), Level.INTERVAL, "it holds text"),
        (["a", "b"], (), Level.ORDINAL, "it holds text"),
        (["a", "b"], (), Level.NOMINAL, None),
        (["a", "b"], (), Level.TEXT, None),
        ([1, 2], (), Level.IMAGE, "only images are images"),
        (range(MOST_CATEGORIES_OF_NUMBERS), (), Level.NOMINAL, None),
        (range(1001), (), Level.NOMINAL, "it has 1,001 different answers"),
        (range(1001), ("500 to 999",), Level.NOMINAL, None),
        (range(1001), (), Level.INTERVAL, None),
        ([0.0, 3.0, np.nan], (), Level.COUNT, None),
        ([0, 3, -9], (), Level.COUNT, "it holds -9, which is no count"),
        ([0, 3, -9], ("-9",), Level.COUNT, None),
        ([0, 3, 1.5], (), Level.COUNT, "it holds 1.5, which is no count"),
        (["a", "b"], (), Level.COUNT, "it holds text"),
    ],
)
def test_levels_that_answers_cannot_have(
    values: object, codes: tuple[str, ...], level: Level, obstacle: str | None
) -> None:
    series = pd.Series(values)
    series = series.astype("str") if series.dtype == object else series
    assert level_obstacle(series, codes, level) == obstacle
