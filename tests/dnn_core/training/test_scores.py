"""Losses and main metrics beside Keras and scikit-learn, with weights and at the limits."""

from __future__ import annotations

import warnings

import keras
import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    d2_tweedie_score,
    r2_score,
    roc_auc_score,
)

from dnn_core.outcome.losses import category_probabilities
from dnn_core.specs import Kind
from dnn_core.training.scores import ScoredRows, for_each, main_score, mean_loss

MEMBERS, CASES = 2, 60
RNG = np.random.default_rng(4)
WEIGHT = RNG.uniform(0.2, 1.8, size=(MEMBERS, CASES)).astype("float32")


def weights_of(weight: np.ndarray | None) -> np.ndarray:
    return np.ones((MEMBERS, CASES)) if weight is None else weight


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
def test_a_loss_is_divided_by_the_number_of_cases(weight: np.ndarray | None) -> None:
    y = RNG.integers(2, size=(MEMBERS, CASES)).astype("float32")
    raw = RNG.normal(size=(MEMBERS, CASES, 1)).astype("float32")
    chance = expit(raw[..., 0])
    each = -np.log(np.where(y == 1, chance, 1 - chance))
    expected = (each * weights_of(weight)).sum(axis=1) / CASES
    assert mean_loss(Kind.BINARY, y, raw, weight) == pytest.approx(expected, rel=1e-5)
    squares = (RNG.normal(size=y.shape).astype("float32"), raw)
    expected = ((squares[0] - raw[..., 0]) ** 2 * weights_of(weight)).sum(axis=1) / CASES
    assert mean_loss(Kind.REGRESSION, *squares, weight) == pytest.approx(expected, rel=1e-5)


def test_what_a_float32_cannot_hold_is_infinite() -> None:
    raw = np.array([[[1e19], [1e19]], [[1e21], [0.0]]], dtype="float32")
    loss = mean_loss(Kind.REGRESSION, np.zeros((2, 2), dtype="float32"), raw, None)
    assert loss.dtype == np.float64
    assert np.isfinite(loss).tolist() == [True, False] and loss[1] == np.inf


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
def test_main_metrics_are_those_of_scikit_learn(weight: np.ndarray | None) -> None:
    scale = RNG.normal(size=(MEMBERS, CASES))
    raw = (scale[..., np.newaxis] + 0.5 * RNG.normal(size=(MEMBERS, CASES, 1))).astype("float32")
    counts = RNG.poisson(np.exp(scale)).astype("float32")
    amounts = RNG.gamma(2, np.exp(scale) / 2).astype("float32")
    for kind, y, score in (
        (Kind.REGRESSION, scale.astype("float32"), r2_score),
        (Kind.COUNT, counts, lambda *a, **k: d2_tweedie_score(*a, power=1, **k)),
        (Kind.AMOUNT, amounts, lambda *a, **k: d2_tweedie_score(*a, power=2, **k)),
    ):
        predicted = raw[..., 0] if kind is Kind.REGRESSION else np.exp(raw[..., 0])
        expected = [
            score(y[m], predicted[m].astype("float64"), sample_weight=weights_of(weight)[m])
            for m in range(MEMBERS)
        ]
        assert main_score(kind, y, raw, weight) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
def test_categories_are_named_right_as_often_as_scikit_learn_says(
    weight: np.ndarray | None,
) -> None:
    y = RNG.integers(4, size=(MEMBERS, CASES)).astype("int32")
    raw = RNG.normal(size=(MEMBERS, CASES, 4)).astype("float32")
    named = softmax(raw, axis=2).argmax(axis=2)
    expected = [
        accuracy_score(y[m], named[m], sample_weight=weights_of(weight)[m]) for m in range(MEMBERS)
    ]
    assert main_score(Kind.MULTICLASS, y, raw, weight) == pytest.approx(expected)
    raw = -np.sort(-RNG.normal(size=(MEMBERS, CASES, 3)).astype("float32"), axis=2) * 3
    named = category_probabilities(raw).argmax(axis=2)
    expected = [
        cohen_kappa_score(
            y[m],
            named[m],
            weights="quadratic",
            labels=range(4),
            sample_weight=weights_of(weight)[m],
        )
        for m in range(MEMBERS)
    ]
    assert main_score(Kind.ORDINAL, y, raw, weight) == pytest.approx(expected)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
def test_the_area_is_that_of_keras_and_nearly_the_exact_one(weight: np.ndarray | None) -> None:
    y = RNG.integers(2, size=(MEMBERS, CASES)).astype("float32")
    raw = (y[..., np.newaxis] + RNG.normal(size=(MEMBERS, CASES, 1))).astype("float32")
    area = main_score(Kind.BINARY, y, raw, weight)
    for m in range(MEMBERS):
        of_member = weights_of(weight)[m]
        by_keras = keras.metrics.AUC()
        by_keras.update_state(y[m], expit(raw[m, :, 0]), sample_weight=of_member)
        assert area[m] == pytest.approx(float(by_keras.result()), abs=1e-5)
        exact = roc_auc_score(y[m], expit(raw[m, :, 0]), sample_weight=of_member)
        assert area[m] == pytest.approx(exact, abs=0.01)


def area_of(y: list[float], probabilities: list[float]) -> float:
    """The area of probabilities whose logits are exact enough."""
    share = np.array([[probabilities]]).reshape(1, -1, 1)
    with np.errstate(divide="ignore"):
        raw = np.log(share / (1 - share))
    return float(main_score(Kind.BINARY, np.array([y]), raw, None)[0])


@pytest.mark.parametrize(
    ("y", "probabilities", "area"),
    [
        ([0, 1], [0.1, 0.9], 1.0),
        ([1, 0], [0.1, 0.9], 0.0),
        # In one bin of 199 both are tied; in neighbouring ones they are not.
        ([0, 1], [0.5 / 199, 0.9 / 199], 0.5),
        ([0, 1], [0.9 / 199, 1.1 / 199], 1.0),
        ([0, 1], [198.1 / 199, 198.9 / 199], 0.5),
        ([0, 1], [197.9 / 199, 198.1 / 199], 1.0),
        # Nought itself lies in the first bin, and one in the last.
        ([0, 1], [0.0, 0.5 / 199], 0.5),
        ([0, 1], [198.5 / 199, 1.0], 0.5),
        ([0, 1, 1, 0], [0.1, 0.2, 0.3, 0.4], 0.5),
    ],
)
def test_areas_by_hand(y: list[float], probabilities: list[float], area: float) -> None:
    assert area_of(y, probabilities) == pytest.approx(area)


def test_of_one_category_alone_or_of_no_number_there_is_no_area() -> None:
    assert np.isnan(area_of([1, 1], [0.2, 0.8]))
    raw = np.array([[[np.nan], [1.0]], [[0.0], [1.0]]])
    area = main_score(Kind.BINARY, np.array([[0, 1], [0, 1]]), raw, None)
    assert np.isnan(area[0]) and area[1] == 1


@pytest.mark.parametrize(
    ("kind", "y", "raw", "expected"),
    [
        (Kind.REGRESSION, [1, 3], [2, 2], 0.0),
        (Kind.REGRESSION, [1, 3], [1, 3], 1.0),
        # Where nothing varies there is nothing to explain; an error there is Keras' 0.
        (Kind.REGRESSION, [2, 2], [2, 2], np.nan),
        (Kind.REGRESSION, [2, 2], [2, 3], 0.0),
        (Kind.COUNT, [1, 3], [np.log(2), np.log(2)], 0.0),
        (Kind.COUNT, [1, 3], [0, np.log(3)], 1.0),
        (Kind.COUNT, [1, 3], [800, 0], 0.0),
        (Kind.COUNT, [0, 0], [0, 0], np.nan),
    ],
)
def test_a_share_explained_by_hand(
    kind: Kind, y: list[float], raw: list[float], expected: float
) -> None:
    rows = np.array([raw], dtype="float64")[..., np.newaxis]
    result = main_score(kind, np.array([y], dtype="float32"), rows, None)
    assert result[0] == pytest.approx(expected, abs=1e-6, nan_ok=True)


def test_members_of_any_size_are_scored_each_by_itself() -> None:
    sizes = [3, 0, 5, 3]
    members = [
        ScoredRows(
            RNG.normal(size=n), RNG.normal(size=(n, 1)), RNG.uniform(size=n) if i == 3 else None
        )
        for i, n in enumerate(sizes)
    ]
    with warnings.catch_warnings():
        # Nobody takes the mean of no cases.
        warnings.simplefilter("error")
        losses = for_each(mean_loss, Kind.REGRESSION, members)
    assert np.isnan(losses[1])
    for i in (0, 2, 3):
        y, raw, weight = members[i]
        squares = (y - raw[:, 0]) ** 2 * (1 if weight is None else weight)
        assert losses[i] == pytest.approx(squares.mean(), rel=1e-6)
    plain = for_each(mean_loss, Kind.REGRESSION, members[:3])
    np.testing.assert_array_equal(plain, losses[:3])
