"""Values, missing codes, fingerprints, and the way to disk and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable, mask_missing, texts, value_text
from dnn_core.data.dataset_files import load_dataset, save_dataset
from dnn_core.errors import UserError


def small() -> Dataset:
    frame = pd.DataFrame({"age": [20.0, -99.0, np.inf], "town": ["Köln", None, "x"]})
    frame["town"] = frame["town"].astype("str")
    variables = (
        Variable(name="age", level=Level.INTERVAL, missing_codes=("-99",)),
        Variable(name="town", level=Level.NOMINAL, label="Where"),
    )
    return Dataset("small", frame, variables, Source("small.csv", "ab" * 32, 10))


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (1, "1"), (1.5, "1.5"), ("a", "a"), (np.nan, ""), (None, ""), (-99.0, "-99")],
)
def test_value_text(value: object, text: str) -> None:
    assert value_text(value) == text


def test_codes_and_infinities_are_missing() -> None:
    answers = small().answers("age")
    assert answers.tolist()[0] == 20.0
    assert answers.isna().tolist() == [False, True, True]


def test_codes_of_text_are_missing() -> None:
    masked = mask_missing(pd.Series(["a", "refused"], dtype="str"), ("refused",))
    assert masked.isna().tolist() == [False, True]


def test_texts_keeps_missing_missing() -> None:
    assert texts(pd.Series([1.0, np.nan, 2.5])).tolist() == ["1", None, "2.5"]


def test_the_fingerprint_follows_what_changes_a_result() -> None:
    data = small()
    edited = data.variables[0].model_copy(update={"missing_codes": ()})
    assert data.with_variables((edited, data.variables[1])).fingerprint != data.fingerprint
    assert small().fingerprint == data.fingerprint


def test_round_trip_through_a_folder(tmp_path: Path) -> None:
    data = small()
    loaded = load_dataset(save_dataset(data, tmp_path / "kept"))
    pd.testing.assert_frame_equal(loaded.frame, data.frame)
    assert loaded.variables == data.variables
    assert loaded.fingerprint == data.fingerprint
    assert loaded.images is None


def test_images_and_the_official_test_part_survive(tmp_path: Path) -> None:
    images = np.arange(3 * 4, dtype="uint8").reshape(3, 2, 2)
    data = small()
    data = Dataset(data.name, data.frame, data.variables, data.source, images, np.arange(2, 3))
    loaded = load_dataset(save_dataset(data, tmp_path / "kept"))
    assert loaded.images is not None and loaded.official_test is not None
    np.testing.assert_array_equal(loaded.images, images)
    np.testing.assert_array_equal(loaded.official_test, [2])


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no longer in the workspace"):
        load_dataset(tmp_path / "gone")


def test_an_unknown_variable_is_named() -> None:
    with pytest.raises(UserError, match="no variable “income”"):
        small().variable("income")


def test_missing_codes_may_be_ranges_of_numbers():
    numbers = pd.Series([-999.0, -1.5, 0.0, 0.5, 998.0, 999.0, np.nan])
    kept = mask_missing(numbers, ("-999 to 0", "999"))
    assert kept.dropna().tolist() == [0.5, 998]
    assert mask_missing(numbers, ("-inf to 0",)).dropna().tolist() == [0.5, 998, 999]
    # Of text, only the very words.
    words = pd.Series(["1 to 2", "1", "refused"])
    assert mask_missing(words, ("1 to 2", "refused")).dropna().tolist() == ["1"]
