"""The small digits against scikit-learn's own copy."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.images.digits import read_digits
from dnn_core.data.prepare import prepare
from dnn_core.specs import Experiment, SplitSpec, Task


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return read_digits()


def test_grey_values_fill_the_range_of_a_byte(digits: Dataset) -> None:
    assert digits.images is not None
    assert digits.images.shape == (1797, 8, 8)
    assert digits.images.dtype == np.uint8
    # 0 and 16 become 0 and 255; 8 is 127.5, and rint goes to the even 128.
    raw = load_digits().images
    assert set(digits.images[raw == 0]) == {0}
    assert set(digits.images[raw == 8]) == {128}
    assert set(digits.images[raw == 16]) == {255}
    assert np.abs(digits.images / 255 - raw / 16).max() <= 0.5 / 255 + 1e-12


def test_rows_and_variables(digits: Dataset) -> None:
    assert np.array_equal(digits.frame["digit"], load_digits().target)
    assert digits.frame["digit"].dtype == np.int64
    assert digits.official_test is None
    assert [(v.name, v.level) for v in digits.variables] == [
        ("digit", Level.NOMINAL),
        ("image", Level.IMAGE),
    ]
    assert digits.fingerprint == read_digits().fingerprint


def test_digits_go_through_the_pixel_path(digits: Dataset) -> None:
    experiment = Experiment(task=Task(target="digit", features=("image",)), split=SplitSpec())
    prepared = prepare(digits, experiment)
    assert prepared.inputs == 64
    assert prepared.target.outputs == 10
    part = prepared.parts["test"]
    assert digits.images is not None
    assert np.array_equal(part.x[0].reshape(8, 8), digits.images[part.rows[0]])
