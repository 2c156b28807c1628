"""What stands in for missing numbers comes from training rows alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import KNNImputer
from sklearn.preprocessing import RobustScaler, StandardScaler
from skops.io import get_untrusted_types

from dnn_core.data.dataset import Dataset, Level, Source, Variable
from dnn_core.data.encoding.encoder import TRUSTED_TYPES, Encoder
from dnn_core.data.encoding.fitting import fit_encoder
from dnn_core.data.encoding.imputation import fit_imputer
from dnn_core.data.target import TargetCoding
from dnn_core.specs import EncodingSpec, Imputation, Kind, Scaling
from dnn_core.specs.encoding import NEIGHBOUR_ROWS, NEIGHBOURS

TARGET = TargetCoding("y", Kind.REGRESSION)
NEAR = EncodingSpec(scaling=Scaling.NONE, imputation=Imputation.NEIGHBOURS)


def fitted(frame: pd.DataFrame, spec: EncodingSpec, training: int) -> Encoder:
    variables = tuple(Variable(name=str(name), level=Level.INTERVAL) for name in frame)
    data = Dataset("d", frame, variables, Source("d.csv", "0" * 64, 1))
    return fit_encoder(data, data.names, TARGET, spec, np.arange(training))


def holes(rows: int, seed: int = 0) -> pd.DataFrame:
    """Three related numbers of very different size, a tenth of them missing."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(rows, 1))
    x = (base + rng.normal(size=(rows, 3)) / 2) * [1, 1000, 0.01] + [0, 5000, 3]
    x[rng.random(x.shape) < 0.1] = np.nan
    return pd.DataFrame(x, columns=["a", "b", "c"])


@pytest.mark.parametrize(
    ("imputation", "expected"),
    [
        # Of 1, 1, 2, 5 and 11.
        (Imputation.MEDIAN, 2.0),
        (Imputation.MEAN, 4.0),
        (Imputation.MOST_FREQUENT, 1.0),
        # Nothing else is known of any row, so all rows are as near as any other.
        (Imputation.NEIGHBOURS, 4.0),
    ],
)
def test_by_hand(imputation: Imputation, expected: float) -> None:
    numbers = pd.DataFrame({"x": [1.0, 1.0, 2.0, 5.0, 11.0, np.nan]})
    fitted = fit_imputer(imputation, numbers).transform(numbers)
    np.testing.assert_allclose(fitted[-1], expected)


def test_neighbours_by_hand() -> None:
    # Ten rows with b near 0 have a = 1 to 10, ten with b near 100 have a = 101 to 110; a is so
    # much the larger that unscaled it would not matter here, c is constant.
    a = np.r_[np.arange(1.0, 11), np.arange(101.0, 111), np.nan, np.nan]
    b = np.r_[np.zeros(10), np.full(10, 100.0), 1.0, 99.0]
    frame = pd.DataFrame({"a": a, "b": b, "c": 7.0})
    encoded = fitted(frame, NEAR, 22).transform(frame)
    np.testing.assert_allclose(encoded[20:, 0], [5.5, 105.5], rtol=1e-6)
    np.testing.assert_allclose(encoded[:20, 0], a[:20], rtol=1e-6)
    np.testing.assert_array_equal(encoded[:, 2], 7)


@pytest.mark.parametrize("scaling", list(Scaling))
def test_neighbours_are_scikit_learns_on_standardised_numbers(scaling: Scaling) -> None:
    frame = holes(400)
    encoder = fitted(frame, NEAR.but(scaling=scaling), 300)
    standard = StandardScaler().fit(frame[:300])
    knn = KNNImputer(n_neighbors=NEIGHBOURS).fit(standard.transform(frame[:300]))
    imputed = standard.inverse_transform(knn.transform(standard.transform(frame)))
    expected = imputed
    if scaling is Scaling.STANDARD:
        expected = StandardScaler().fit(imputed[:300]).transform(imputed)
    elif scaling is Scaling.ROBUST:
        scaled = RobustScaler().fit(imputed[:300]).transform(imputed)
        expected = scaled / np.sqrt(1 + (scaled / 3) ** 2)
    np.testing.assert_allclose(encoder.transform(frame)[:, :3], expected, rtol=1e-5, atol=1e-6)


def test_bins_use_the_same_neighbours() -> None:
    frame = holes(400)
    imputed = fitted(frame, NEAR, 300).transform(frame)[:, 0]
    encoder = fitted(frame, NEAR.but(bins=4), 300)
    ramps = [i for i, name in enumerate(encoder.outputs) if name.startswith("a, bin")]
    edges = np.quantile(frame["a"][:300].dropna(), [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf")
    # Each bin's column is the share of the bin that the number has left behind.
    places = np.interp(imputed, edges, np.arange(5))
    np.testing.assert_allclose(encoder.transform(frame)[:, ramps].sum(axis=1), places, atol=1e-4)


@pytest.mark.parametrize("imputation", list(Imputation))
def test_rows_that_are_not_for_training_have_no_say(imputation: Imputation) -> None:
    frame = holes(300)
    other = frame.copy()
    other[200:] = holes(100, seed=1) * 50 - 7
    spec = NEAR.but(imputation=imputation)
    mine, theirs = fitted(frame, spec, 200), fitted(other, spec, 200)
    np.testing.assert_array_equal(mine.transform(frame), theirs.transform(frame))


def test_many_rows_look_for_neighbours_among_some_always_the_same() -> None:
    frame = holes(NEIGHBOUR_ROWS + 500)
    imputer = fit_imputer(Imputation.NEIGHBOURS, frame)
    assert imputer.estimator["neighbours"]._fit_X.shape == (NEIGHBOUR_ROWS, 3)
    # Each row once, of a draw without replacement.
    assert len(np.unique(imputer.estimator["neighbours"]._fit_X, axis=0)) == NEIGHBOUR_ROWS
    again = fit_imputer(Imputation.NEIGHBOURS, frame)
    np.testing.assert_array_equal(imputer.transform(frame), again.transform(frame))


def test_a_number_that_no_training_row_has_becomes_nought() -> None:
    frame = holes(50).assign(empty=np.nan)
    for imputation in Imputation:
        encoded = fitted(frame, NEAR.but(imputation=imputation), 50).transform(frame)
        assert np.isfinite(encoded).all()
        np.testing.assert_array_equal(encoded[:, 3], 0)


@pytest.mark.parametrize("imputation", list(Imputation))
@pytest.mark.parametrize("bins", [0, 3])
def test_round_trip_to_disk(tmp_path: Path, imputation: Imputation, bins: int) -> None:
    frame = holes(100)
    encoder = fitted(frame, EncodingSpec(imputation=imputation, bins=bins), 100)
    encoder.save(tmp_path)
    loaded = Encoder.load(tmp_path)
    np.testing.assert_array_equal(loaded.transform(frame), encoder.transform(frame))
    assert loaded.columns == encoder.columns
    assert set(get_untrusted_types(file=tmp_path / "encoder.skops")) <= set(TRUSTED_TYPES)


def test_neighbours_are_looked_for_in_standard_deviations() -> None:
    frame = holes(50).assign(same=7.0)
    there = fit_imputer(Imputation.NEIGHBOURS, frame.assign(empty=np.nan)).estimator["there"]
    expected = StandardScaler().fit(frame)
    np.testing.assert_allclose(there.mean_, [*expected.mean_, 0])
    np.testing.assert_allclose(there.scale_, [*expected.scale_, 1])


def test_of_answers_as_frequent_the_smallest_stands_in() -> None:
    numbers = pd.DataFrame({"x": [5.0, 2.0, 2.0, 5.0, 9.0, np.nan], "none": np.nan})
    imputer = fit_imputer(Imputation.MOST_FREQUENT, numbers)
    assert imputer.transform(numbers)[-1].tolist() == [2, 0]


def test_names_of_columns_are_no_reason_for_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    frame = holes(50)
    imputer = fit_imputer(Imputation.NEIGHBOURS, frame)
    assert np.isfinite(imputer.transform(frame)).all()
    assert not recwarn.list
