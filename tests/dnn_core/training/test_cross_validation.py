"""Our cross-validation beside scikit-learn's, one fit after the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_predict,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import dnn_core
from dnn_core.errors import UserError
from dnn_core.training import joint_fit
from dnn_core.training.cross_validation import cross_fit
from dnn_core.training.estimators import DenseNetworkClassifier, DenseNetworkRegressor

pytestmark = pytest.mark.training

SMALL = {"hidden": (6,), "learning_rate": 0.02, "epochs": 3, "batch_size": 16, "random_state": 0}
CASES = 95
"""Folds of 31, 32 and 32 cases."""


def make_data(classes):
    if classes:
        return make_classification(
            CASES, 5, n_informative=4, n_redundant=0, n_classes=classes, random_state=1
        )
    return make_regression(CASES, 5, noise=5, random_state=1)


@pytest.fixture
def batches_of_members(monkeypatch):
    """How many members each batched training has that is begun."""
    sizes = []

    class Counted(joint_fit.BatchedTraining):
        def __init__(self, cases, members):
            sizes.append(len(members))
            super().__init__(cases, members)

    monkeypatch.setattr(joint_fit, "BatchedTraining", Counted)
    return sizes


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("classes", [0, 2, 3])
def test_folds_trained_together_come_out_as_if_alone(classes, early_stopping, batches_of_members):
    x, y = make_data(classes)
    kind = DenseNetworkClassifier if classes else DenseNetworkRegressor
    estimator = kind(members=2, early_stopping=early_stopping, dropout=0.2, **SMALL)
    cv = KFold(3, shuffle=True, random_state=0)
    predicted = cross_fit(estimator, x, y, cv=cv)
    assert batches_of_members == [6]
    for fitted, (training, left_out) in zip(predicted.estimators, cv.split(x), strict=True):
        alone = clone(estimator).fit(x[training], y[training])
        assert fitted.best_epoch_ == alone.best_epoch_
        for ours, its in zip(fitted.weights_, alone.weights_, strict=True):
            for a, b in zip(ours, its, strict=True):
                np.testing.assert_allclose(a, b, atol=1e-5)
        said = alone.predict_proba(x[left_out]) if classes else alone.predict(x[left_out])
        np.testing.assert_allclose(predicted.predictions[left_out], said, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("classes", [0, 3])
def test_agrees_with_scikit_learn(classes):
    x, y = make_data(classes)
    kind = DenseNetworkClassifier if classes else DenseNetworkRegressor
    pipeline = make_pipeline(StandardScaler(), kind(**SMALL))
    frame = pd.DataFrame(x * [1, 10, 100, 1, 1], columns=list("abcde"))
    predicted = cross_fit(pipeline, frame, pd.Series(y), cv=3)
    method = "predict_proba" if classes else "predict"
    expected = cross_val_predict(pipeline, frame, y, cv=3, method=method)
    np.testing.assert_allclose(predicted.predictions, expected, rtol=1e-3, atol=1e-4)
    scores = cross_validate(pipeline, frame, y, cv=3)["test_score"]
    np.testing.assert_allclose(predicted.scores, scores, atol=1e-4)
    assert predicted.estimators[0].feature_names_in_.tolist() == list("abcde")


def test_weights_count_in_training_and_in_scores():
    x, y = make_data(2)
    weight = np.random.default_rng(0).uniform(0, 3, size=CASES)
    estimator = DenseNetworkClassifier(**SMALL)
    cv = StratifiedKFold(3)
    predicted = cross_fit(estimator, x, y, cv=cv, sample_weight=weight)
    for score, fitted, (training, left_out) in zip(
        predicted.scores, predicted.estimators, cv.split(x, y), strict=True
    ):
        alone = clone(estimator).fit(x[training], y[training], weight[training])
        for a, b in zip(fitted.weights_[0], alone.weights_[0], strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)
        right = fitted.predict(x[left_out]) == y[left_out]
        assert score == pytest.approx(np.average(right, weights=weight[left_out]))


def test_groups_stay_together():
    x, y = make_data(0)
    groups = np.arange(CASES) % 7
    estimator = DenseNetworkRegressor(**SMALL)
    predicted = cross_fit(estimator, x, y, cv=GroupKFold(3), groups=groups)
    expected = cross_val_predict(estimator, x, y, cv=GroupKFold(3), groups=groups)
    np.testing.assert_allclose(predicted.predictions, expected, rtol=1e-3, atol=1e-2)


def test_a_case_that_is_never_left_out_has_no_prediction():
    x, y = make_data(2)
    cv = ShuffleSplit(2, test_size=0.2, random_state=0)
    predicted = cross_fit(DenseNetworkClassifier(**SMALL), x, y, cv=cv)
    left_out = np.unique(np.concatenate([part for _, part in cv.split(x)]))
    seen = np.setdiff1d(np.arange(CASES), left_out)
    assert np.isnan(predicted.predictions[seen]).all()
    np.testing.assert_allclose(predicted.predictions[left_out].sum(axis=1), 1)


def test_a_case_that_is_left_out_twice_gets_the_mean():
    x, y = make_data(0)
    cv = RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)
    predicted = cross_fit(DenseNetworkRegressor(**SMALL), x, y, cv=cv)
    said = np.full((4, CASES), np.nan)
    for row, fitted, (_, left_out) in zip(said, predicted.estimators, cv.split(x), strict=True):
        row[left_out] = fitted.predict(x[left_out])
    np.testing.assert_allclose(predicted.predictions, np.nanmean(said, axis=0))


def test_a_class_that_a_fold_does_not_see_is_refused():
    x, y = make_data(3)
    with pytest.raises(UserError, match="Not all training parts have the same classes"):
        cross_fit(DenseNetworkClassifier(**SMALL), x, np.sort(y), cv=KFold(3))


def test_the_library_offers_it():
    assert dnn_core.cross_fit is cross_fit


def test_what_is_not_said_is_five_folds():
    x, y = make_data(2)
    settings = SMALL | {"hidden": (), "epochs": 1, "early_stopping": False}
    predicted = cross_fit(DenseNetworkClassifier(**settings), x, y)
    assert len(predicted.estimators) == len(predicted.scores) == 5
    expected = cross_val_predict(
        DenseNetworkClassifier(**settings), x, y, cv=5, method="predict_proba"
    )
    np.testing.assert_allclose(predicted.predictions, expected, atol=1e-4)


def test_a_pipeline_of_a_network_alone_is_the_network():
    x, y = make_data(0)
    settings = SMALL | {"hidden": (), "epochs": 1}
    alone = cross_fit(make_pipeline(DenseNetworkRegressor(**settings)), x, y, cv=2)
    plain = cross_fit(DenseNetworkRegressor(**settings), x, y, cv=2)
    np.testing.assert_array_equal(alone.predictions, plain.predictions)


def test_steps_before_the_network_are_those_that_were_fitted(tmp_path):
    x, y = make_data(0)
    steps = StandardScaler(), MinMaxScaler(), DenseNetworkRegressor(**SMALL)
    # With a memory a pipeline fits copies of its steps.
    pipeline = make_pipeline(*steps, memory=str(tmp_path))
    folds = KFold(3)
    for model, (training, _) in zip(
        cross_fit(pipeline, x, y, cv=folds).estimators, folds.split(x), strict=True
    ):
        assert [type(step) for _, step in model.steps] == [type(step) for step in steps]
        assert model[0].mean_ == pytest.approx(x[training].mean(axis=0))
        assert model[1].data_max_ == pytest.approx(model[0].transform(x[training]).max(axis=0))
