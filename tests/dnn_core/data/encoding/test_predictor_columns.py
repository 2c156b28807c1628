"""What can be a predictor, and which missing answers its training rows tell apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.encoding.predictor_columns import (
    column_in_training,
    column_of,
    count_missing,
    require_shared,
    rows_of_answers,
    shared_by_nobody,
)
from dnn_core.data.encoding.tabulate import NO_ANSWER
from dnn_core.errors import UserError
from dnn_core.specs import EncodingSpec, MissingKinds

REFUSED, UNKNOWN = "Refused (missing)", "Don't know (missing)"
RARE = EncodingSpec(rare_level_cases=3)


def dataset(values: object, level: Level, codes: tuple[str, ...] = ()) -> Dataset:
    labels = {"-9": "Refused", "-8": "Don't know"}
    variable = Variable(name="x", level=level, value_labels=labels, missing_codes=codes)
    frame = pd.DataFrame({"x": values})
    return Dataset("d", frame, (variable,), Source("d.csv", "0" * 64, 1))


def words(text: str) -> pd.Series:
    return pd.Series(list(text), dtype="str")


def kinds(values: object, level: Level = Level.INTERVAL, spec: EncodingSpec = RARE) -> tuple:
    data = dataset(values, level, ("-9", "-8"))
    return column_in_training(data, "x", spec, np.arange(len(data))).kinds


@pytest.mark.parametrize(
    ("values", "level", "numeric"),
    [
        ([1, 2], Level.INTERVAL, True),
        ([1.5, 2], Level.INTERVAL, True),
        ([1, 2], Level.COUNT, True),
        ([1, 2], Level.ORDINAL, True),
        ([1, 2], Level.NOMINAL, False),
        ([1, 2], Level.BINARY, False),
        (["a", "b"], Level.ORDINAL, False),
        (["a", "b"], Level.NOMINAL, False),
    ],
)
def test_numbers_of_a_level_that_has_an_order_are_numbers(
    values: list, level: Level, numeric: bool
) -> None:
    column = column_of(dataset(values, level, ("-9",)), "x")
    assert (column.name, column.numeric, column.missing_codes) == ("x", numeric, ("-9",))
    assert column.count is (level is Level.COUNT)
    assert column.words is isinstance(values[0], str)
    assert column.reasons == (("-9", REFUSED),)
    assert column.kinds == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0] * 9, ()),
        ([1.0] * 9 + [np.nan], (NO_ANSWER,)),
        # Three are as many as a category needs.
        ([1.0] * 9 + [-9] * 3, (REFUSED,)),
        ([1.0] * 9 + [-9] * 3 + [np.nan], (NO_ANSWER, REFUSED)),
        # Two are too few, and count as no answer.
        ([1.0] * 9 + [-9] * 2, (NO_ANSWER,)),
        ([1.0] * 9 + [-9] * 3 + [-8] * 2, (NO_ANSWER, REFUSED)),
        ([1.0] * 9 + [-9] * 4 + [-8] * 3, (REFUSED, UNKNOWN)),
    ],
)
def test_kinds_that_are_frequent_enough_are_told_apart(values: list, expected: tuple) -> None:
    assert kinds(values) == expected
    told_to_category = tuple(kind for kind in expected if kind != NO_ANSWER)
    assert kinds(values, Level.NOMINAL) == told_to_category


def test_kinds_may_be_taken_together() -> None:
    together = RARE.but(missing_kinds=MissingKinds.TOGETHER)
    data = dataset([1.0] * 9 + [-9] * 4, Level.INTERVAL, ("-9", "-8"))
    column = column_in_training(data, "x", together, np.arange(13))
    assert (column.kinds, column.reasons) == ((NO_ANSWER,), ())


def test_only_training_rows_have_a_say() -> None:
    data = dataset([1.0] * 9 + [-9] * 4, Level.INTERVAL, ("-9", "-8"))
    assert column_in_training(data, "x", RARE, np.arange(9)).kinds == ()
    assert column_in_training(data, "x", RARE, np.arange(11)).kinds == (NO_ANSWER,)


@pytest.mark.parametrize(
    ("values", "level", "words_of_it"),
    [
        (words("ab"), Level.INTERVAL, "marked as interval but holds text"),
        (pd.Series([None, None], dtype="str"), Level.COUNT, "marked as count but holds text"),
        ([1, -1], Level.COUNT, "marked as count but holds other numbers"),
        ([1, 2.5], Level.COUNT, "marked as count but holds other numbers"),
        (words("ab"), Level.TEXT, "cannot be a predictor"),
    ],
)
def test_what_its_level_does_not_allow_is_named(
    values: object, level: Level, words_of_it: str
) -> None:
    with pytest.raises(UserError, match=words_of_it):
        column_in_training(dataset(values, level), "x", RARE, np.arange(2))


@pytest.mark.parametrize(
    ("values", "level"),
    [([0, 3], Level.COUNT), ([-1, 2.5], Level.INTERVAL), (words("ab"), Level.NOMINAL)],
)
def test_what_its_level_allows_is_taken(values: object, level: Level) -> None:
    column = column_in_training(dataset(values, level), "x", RARE, np.arange(2))
    assert (column.name, column.numeric) == ("x", level is not Level.NOMINAL)


@pytest.mark.parametrize(
    ("values", "level", "nobody"),
    [
        (words("aabbccd"), Level.NOMINAL, True),
        # Three rows give the same answer; or there is one answer, and nothing to pool.
        (words("aaabbcc"), Level.NOMINAL, False),
        (words("aa"), Level.NOMINAL, False),
        (words("ab"), Level.NOMINAL, True),
        ([1, 2, 3, 4], Level.INTERVAL, False),
        ([1, 2, 3, 4], Level.NOMINAL, True),
    ],
)
def test_a_category_of_rare_answers_alone_says_nothing(
    values: object, level: Level, nobody: bool
) -> None:
    data = dataset(values, level)
    assert shared_by_nobody(data.frame["x"], data.variable("x"), RARE) is nobody
    if nobody:
        with pytest.raises(UserError, match="Nothing would be left of “x”"):
            require_shared(data, ("x",), RARE, np.arange(len(data)))
    else:
        require_shared(data, ("x",), RARE, np.arange(len(data)))


def test_a_number_does_not_hide_the_rare_answers_behind_it() -> None:
    frame = pd.DataFrame({"n": [1.0, 2, 3, 4], "x": list("abcd")})
    variables = (
        Variable(name="n", level=Level.INTERVAL),
        Variable(name="x", level=Level.NOMINAL),
    )
    data = Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))
    with pytest.raises(UserError, match="Nothing would be left of “x”"):
        require_shared(data, ("n", "x"), RARE, np.arange(4))


@pytest.mark.parametrize("level", [Level.INTERVAL, Level.NOMINAL])
def test_missing_answers_are_counted_by_their_kind(level: Level) -> None:
    data = dataset([1.0, -9, np.nan, -9, 2, -8, np.nan, np.nan, -9, -9], level, ("-8", "-9"))
    counts = count_missing(data.frame["x"], column_of(data, "x"))
    assert counts == {NO_ANSWER: 3, UNKNOWN: 1, REFUSED: 4}
    assert next(iter(counts)) == NO_ANSWER


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (words("abbcbc"), {"b": 3, "c": 2, "a": 1}),
        (pd.Series(["a", None, "a", None, None]), {NO_ANSWER: 3, "a": 2}),
        ([1.0, 2.0, 2.0, -9.0, np.nan, np.nan], {NO_ANSWER: 3, "2": 2, "1": 1}),
        (pd.Series([None, None], dtype="str"), {NO_ANSWER: 2}),
    ],
)
def test_answers_are_counted_the_most_frequent_first(values: object, expected: dict) -> None:
    data = dataset(values, Level.NOMINAL, ("-9",))
    rows = rows_of_answers(data.frame["x"], column_of(data, "x"))
    assert list(rows.items()) == list(expected.items())
