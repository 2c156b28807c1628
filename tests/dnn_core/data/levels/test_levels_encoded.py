"""How ordered categories, counts and dates are encoded, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.encoding.fitting import fit_encoder
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.specs import EncodingSpec, Kind, Ordered, Scaling

STEPS = EncodingSpec(scaling=Scaling.NONE, ordered=Ordered.THRESHOLDS, rare_level_cases=2)


def fitted(values: object, level: Level, spec: EncodingSpec, name: str = "educ") -> Encoder:
    frame = pd.DataFrame({name: values})
    variable = Variable(name=name, level=level, missing_codes=("-9",))
    data = Dataset("d", frame, (variable,), Source("d.csv", "0" * 64, 1))
    target = TargetCoding("y", Kind.REGRESSION)
    return fit_encoder(data, (name,), target, spec, np.arange(len(frame)))


def test_thresholds_by_hand() -> None:
    encoder = fitted([1, 1, 2, 2, 4, 4, 5, 5, -9, -9], Level.ORDINAL, STEPS)
    assert encoder.outputs == ("educ >= 2", "educ >= 4", "educ >= 5", "educ -9 (missing)")
    assert encoder.clipped == ()
    new = pd.DataFrame({"educ": [1, 2, 4, 5, 3, 0, 9, -9]})
    expected = [
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 1, 0],
        # Never seen, half-way between 2 and 4; beyond both ends nothing changes.
        [1, 0.5, 0, 0],
        [0, 0, 0, 0],
        [1, 1, 1, 0],
        # The median of 1, 1, 2, 2, 4, 4, 5 and 5 is 3.
        [1, 0.5, 0, 1],
    ]
    np.testing.assert_allclose(encoder.transform(new), expected, atol=1e-6)


def test_rare_categories_have_no_threshold_of_their_own() -> None:
    encoder = fitted([1, 1, 2, 3, 3, 4], Level.ORDINAL, STEPS)
    assert encoder.outputs == ("educ >= 3",)
    new = pd.DataFrame({"educ": [1, 2, 3, 4]})
    np.testing.assert_allclose(encoder.transform(new)[:, 0], [0, 0.5, 1, 1])


def test_with_one_frequent_category_the_number_stays() -> None:
    assert fitted([1, 1, 1, 2], Level.ORDINAL, STEPS).outputs == ("educ",)


def test_thresholds_are_for_ordered_categories_only() -> None:
    values = [1, 1, 2, 2, 3, 3]
    assert fitted(values, Level.INTERVAL, STEPS).outputs == ("educ",)
    scores = STEPS.but(ordered=Ordered.SCORES)
    assert fitted(values, Level.ORDINAL, scores).outputs == ("educ",)
    # Thresholds come before bins, which other numbers still have.
    binned = STEPS.but(bins=2)
    assert fitted(values, Level.ORDINAL, binned).outputs == ("educ >= 2", "educ >= 3")
    assert fitted(values, Level.INTERVAL, binned).outputs[0] == "educ, bin 1: 1 to 2"


PLAIN = EncodingSpec(scaling=Scaling.NONE)


def test_a_count_is_encoded_by_its_logarithm() -> None:
    encoder = fitted([0, 1, 2, 20, -9], Level.COUNT, PLAIN, "visits")
    assert encoder.outputs == ("visits", "visits (missing)")
    new = pd.DataFrame({"visits": [0, 1, 20, -9, -3]})
    # The median of ln 1, ln 2, ln 3 and ln 21 is (ln 2 + ln 3) / 2; nobody visits -3 times.
    middle = np.log(6) / 2
    expected = [[0, 0], [np.log(2), 0], [np.log(21), 0], [middle, 1], [middle, 1]]
    np.testing.assert_allclose(encoder.transform(new), expected, rtol=1e-6)


def test_bins_of_a_count_are_named_in_its_own_units() -> None:
    encoder = fitted([0, 1, 2, 3, 20], Level.COUNT, PLAIN.but(bins=2), "visits")
    assert encoder.outputs == ("visits, bin 1: 0 to 2", "visits, bin 2: 2 to 20")
    encoded = encoder.transform(pd.DataFrame({"visits": [0, 1, 2, 20]}))
    expected = [[0, 0], [np.log(2) / np.log(3), 0], [1, 0], [1, 1]]
    np.testing.assert_allclose(encoded, expected, atol=1e-6)


@pytest.mark.parametrize(("values", "shown"), [([0.0, 1.5], "1.5"), ([0.0, -1.0], "-1")])
def test_what_is_no_count_is_refused(values: list[float], shown: str) -> None:
    with pytest.raises(UserError, match="“visits” is marked as count") as caught:
        fitted(values, Level.COUNT, PLAIN, "visits")
    assert caught.value.received == shown


@pytest.mark.parametrize("name", ["metric", "scale"])
def test_other_names_of_a_level(name: str) -> None:
    assert Variable.model_validate({"name": "x", "level": name}).level is Level.INTERVAL
    with pytest.raises(ValueError, match="level"):
        Variable.model_validate({"name": "x", "level": "quantitative"})
