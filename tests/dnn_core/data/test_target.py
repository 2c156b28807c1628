"""The outcome's kind is guessed with a reason; what cannot be predicted is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.target import TargetCoding, code_target, guess_kind
from dnn_core.errors import UserError
from dnn_core.specs import Kind

ALL = np.arange(12)


def dataset(values: object, level: Level, **more: object) -> Dataset:
    frame = pd.DataFrame({"y": values})
    variable = Variable(name="y", level=level, **more)
    return Dataset("d", frame, (variable,), Source("d.csv", "0" * 64, 1))


def text(*values: str) -> pd.Series:
    return pd.Series(list(values), dtype="str")


@pytest.mark.parametrize(
    ("values", "level", "kind"),
    [
        ([0, 1] * 6, Level.BINARY, Kind.BINARY),
        (np.linspace(0, 5, 12), Level.INTERVAL, Kind.REGRESSION),
        ([1, 2, 3, 4] * 3, Level.ORDINAL, Kind.ORDINAL),
        (text(*"abc" * 4), Level.NOMINAL, Kind.MULTICLASS),
        (text(*"abc" * 4), Level.ORDINAL, Kind.MULTICLASS),
        ([0, 1, 2, 7] * 3, Level.COUNT, Kind.COUNT),
        # Missing codes do not count as a value: two remain.
        ([0, 1, -99] * 4, Level.INTERVAL, Kind.BINARY),
    ],
)
def test_kind_is_guessed_with_a_reason(values: object, level: Level, kind: Kind) -> None:
    guess = guess_kind(dataset(values, level, missing_codes=("-99",)), "y")
    assert guess.kind is kind
    assert guess.reason.startswith("Guessed because y")


def test_numbers_are_coded_by_the_training_rows() -> None:
    coding = code_target(dataset(np.arange(12.0), Level.INTERVAL), "y", None, np.array([0, 2, 4]))
    # Of 0, 2, 4: mean 2, population standard deviation sqrt(8 / 3).
    assert coding.mean == 2
    assert coding.scale == pytest.approx(np.sqrt(8 / 3))


def test_classes_are_in_numeric_order_and_carry_their_labels() -> None:
    data = dataset([10, 9, 100] * 4, Level.NOMINAL, value_labels={"9": "low", "100": "high"})
    coding = code_target(data, "y", None, ALL)
    assert coding.classes == ("9", "10", "100")
    assert coding.labels == ("low", "10", "high")
    assert coding.encode(data.answers("y"))[:3].tolist() == [1, 0, 2]
    assert coding.outputs == 3


def test_equal_labels_are_told_apart() -> None:
    data = dataset([1, 2] * 6, Level.BINARY, value_labels={"1": "yes", "2": "yes"})
    assert code_target(data, "y", None, ALL).labels == ("yes (1)", "yes (2)")


def test_the_positive_category_is_the_second() -> None:
    data = dataset([0, 1] * 6, Level.BINARY, value_labels={"0": "Clinton", "1": "Dole"})
    coding = code_target(data, "y", None, ALL)
    assert (coding.positive, coding.outputs) == ("Dole", 1)


def test_coding_survives_json() -> None:
    coding = code_target(dataset([0, 1] * 6, Level.BINARY), "y", None, ALL)
    assert TargetCoding.from_dict(coding.to_dict()) == coding


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([1] * 12, None, "only one category"),
        ([0, 1, 2] * 4, Kind.BINARY, "has 3 categories"),
        ([0] * 11 + [1], Kind.BINARY, "only 1 case"),
        ([0] * 10 + [1] * 2, Kind.BINARY, "only 2 case"),
        ([0] * 5 + [1] * 5 + [2] * 2, Kind.MULTICLASS, "Category “2” of “y” has only 2 case"),
        (list(range(200)), Kind.MULTICLASS, "200 different values"),
        (text(*"ab" * 6), Kind.REGRESSION, "is text"),
        ([3.0] * 12, Kind.REGRESSION, "same value in every training row"),
    ],
)
def test_what_cannot_be_predicted_is_refused(values: object, kind: Kind, message: str) -> None:
    data = dataset(values, Level.NOMINAL)
    with pytest.raises(UserError, match=message):
        code_target(data, "y", kind, np.arange(len(data)))


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS])
def test_a_category_with_a_case_for_each_part_is_enough(kind: Kind) -> None:
    data = dataset([0] * 9 + [1] * 3, Level.NOMINAL)
    assert code_target(data, "y", kind, ALL).classes == ("0", "1")


def test_the_coding_of_a_count_has_the_mean_of_training_rows_as_scale() -> None:
    result = code_target(dataset([0, 1, 5, 100], Level.COUNT), "y", Kind.COUNT, np.arange(3))
    assert (result.mean, result.scale, result.outputs) == (0.0, 2.0, 1)


@pytest.mark.parametrize("values", [[0.5, 1, 2], [-1, 1, 2], text("a", "b", "c")])
def test_what_is_no_count_is_refused(values: object) -> None:
    with pytest.raises(UserError, match="cannot be predicted as a count"):
        code_target(dataset(values, Level.NOMINAL), "y", Kind.COUNT, np.arange(3))


def test_a_count_that_never_varies_is_refused() -> None:
    with pytest.raises(UserError, match="same value in every training row"):
        code_target(dataset([2, 2, 2, 3], Level.COUNT), "y", Kind.COUNT, np.arange(3))


def test_words_have_no_order() -> None:
    with pytest.raises(UserError, match="does not say their order"):
        code_target(dataset(text(*"abc" * 4), Level.NOMINAL), "y", Kind.ORDINAL, np.arange(12))


def test_two_categories_need_no_order() -> None:
    with pytest.raises(UserError, match="two categories, so their order does not matter"):
        code_target(dataset([1, 2] * 6, Level.BINARY), "y", Kind.ORDINAL, np.arange(12))


def test_ordered_categories_stand_in_the_order_of_their_numbers() -> None:
    result = code_target(dataset([10, 2, 1] * 4, Level.ORDINAL), "y", Kind.ORDINAL, np.arange(12))
    assert (result.classes, result.outputs) == (("1", "2", "10"), 3)


def incomes(rows: int = 400) -> np.ndarray:
    return np.random.default_rng(4).lognormal(7, 0.7, rows).round(1)


def test_incomes_are_guessed_to_be_amounts_and_the_reason_says_why() -> None:
    guess = guess_kind(dataset(incomes(), Level.INTERVAL), "y")
    assert guess.kind is Kind.AMOUNT
    assert "always above 0" in guess.reason and "skewed to the right" in guess.reason


@pytest.mark.parametrize(
    "values",
    [
        # Each of the four conditions fails alone: a zero, few values, no strong skewness, and a
        # logarithm that is skewed to the left.
        np.append(incomes(), 0.0),
        np.round(incomes() / 100),
        np.random.default_rng(4).normal(100, 10, 400),
        np.random.default_rng(4).gamma(0.5, 100, 400) + 1e-3,
    ],
    ids=["zero", "few", "symmetric", "log skewed"],
)
def test_other_numbers_are_guessed_to_be_quantities(values: np.ndarray) -> None:
    assert guess_kind(dataset(values, Level.INTERVAL), "y").kind is Kind.REGRESSION


def test_an_amount_is_divided_by_the_mean_of_training_rows() -> None:
    coding = code_target(dataset([1.0, 2.0, 6.0, 100.0], Level.INTERVAL), "y", Kind.AMOUNT, FIRST)
    assert (coding.mean, coding.scale, coding.outputs) == (0.0, 3.0, 1)


def test_zeros_and_negative_amounts_are_refused_with_their_number_and_what_to_do() -> None:
    with pytest.raises(UserError, match="cannot be predicted as a positive quantity") as caught:
        code_target(dataset([1.5, 0, -2, 7, 0], Level.INTERVAL), "y", Kind.AMOUNT, FIRST)
    assert caught.value.expected == "numbers above 0 in every row"
    assert caught.value.received == "3 rows with other numbers, such as 0, -2"
    assert "missing codes" in caught.value.remedy


FIRST = np.arange(3)
