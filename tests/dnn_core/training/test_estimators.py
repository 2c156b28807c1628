"""The estimators beside plain Keras and scikit-learn."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, TweedieRegressor
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.estimator_checks import parametrize_with_checks

import dnn_core
from dnn_core.errors import UserError
from dnn_core.network.fitting import optimizer_call
from dnn_core.network.model import build_model, make
from dnn_core.outcome.output import output_of
from dnn_core.specs import Kind, NetworkSpec, TrainingSpec
from dnn_core.training.estimators import DenseNetworkClassifier, DenseNetworkRegressor
from dnn_core.training.history import COLUMNS

pytestmark = pytest.mark.training

CHECKED = {"hidden": (8,), "learning_rate": 0.05, "epochs": 8}
SIDE_BY_SIDE = {"members": 2, "batch_norm": True, "early_stopping": True}

EXPECTED_TO_FAIL = {
    "check_sample_weight_equivalence_on_dense_data": "A case that stands in the table twice may "
    "come into two batches, or be held out once, and the check wants seven digits where the "
    "engine has single precision. In one batch, to five digits, the equivalence is tested below."
}

SMALL = {"hidden": (6,), "learning_rate": 0.02, "epochs": 4, "random_state": 0}
WHOLE = SMALL | {
    "batch_size": 10**6,
    "early_stopping": False,
    "optimizer": "sgd",
    "learning_rate": 0.1,
}
"""All cases in one batch, whose order then has no influence. Not Adam: the gradient of the
last bias is 0 at first, and Adam makes a whole step of its rounding."""


@parametrize_with_checks(
    [
        DenseNetworkClassifier(early_stopping=False, **CHECKED),
        DenseNetworkRegressor(early_stopping=False, **CHECKED),
        DenseNetworkClassifier(**CHECKED, **SIDE_BY_SIDE),
    ],
    expected_failed_checks=lambda estimator: EXPECTED_TO_FAIL,
)
def test_scikit_learn_accepts(estimator, check):
    check(estimator)


def make_classes(classes, cases=90):
    return make_classification(
        cases, 5, n_informative=4, n_redundant=0, n_classes=classes, random_state=1
    )


def make_quantity(cases=90):
    x, y = make_regression(cases, 5, noise=5, random_state=1)
    return x, 300 + y


def fit_by_keras(estimator, x, y, output, weight=None):
    """Outputs of plain `fit` on all cases at once, from the same starting weights."""
    model = build_model(estimator._network, x.shape[1], output, seed=estimator._seeds[0])
    steps = {"steps_in_epoch": 1, "steps_in_all": estimator.epochs}
    training = TrainingSpec(optimizer="sgd", learning_rate=estimator.learning_rate)
    model.compile(make(optimizer_call(training, **steps)), output.loss)
    model.fit(x, y, sample_weight=weight, batch_size=len(x), epochs=estimator.epochs, verbose=0)
    return model.predict(x, verbose=0)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_classifier_learns_what_keras_learns(classes, weighted):
    x, y = make_classes(classes)
    weight = np.random.default_rng(0).uniform(0, 50, size=len(y)) if weighted else None
    estimator = DenseNetworkClassifier(l2=0.01, **WHOLE).fit(x, y, weight)
    kind = Kind.BINARY if classes == 2 else Kind.MULTICLASS
    scaled = None if weight is None else weight / weight.mean()
    expected = fit_by_keras(estimator, x, y, output_of(kind, classes), scaled)
    predicted = estimator.predict_proba(x)
    assert predicted.std() > 0.02
    np.testing.assert_allclose(predicted[:, -expected.shape[1] :], expected, atol=1e-5)
    np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-6)
    assert (estimator.predict(x) == predicted.argmax(axis=1)).all()


def test_a_regressor_learns_what_keras_learns_of_the_standardised_quantity():
    x, y = make_quantity()
    estimator = DenseNetworkRegressor(**WHOLE).fit(x, y)
    output = output_of(Kind.REGRESSION, 0)
    expected = fit_by_keras(estimator, x, (y - y.mean()) / y.std(), output)[:, 0]
    assert expected.std() > 0.02
    predicted = (estimator.predict(x) - y.mean()) / y.std()
    np.testing.assert_allclose(predicted, expected, atol=1e-5)


def test_without_hidden_layers_a_regressor_is_a_linear_regression():
    x, y = make_quantity()
    weight = np.random.default_rng(0).uniform(0.1, 1, size=len(y))
    settings = {"hidden": (), "epochs": 400}
    linear = DenseNetworkRegressor(**WHOLE | settings).fit(x, y, weight)
    expected = LinearRegression().fit(x, y, weight)
    np.testing.assert_allclose(linear.predict(x), expected.predict(x), rtol=1e-4)


@pytest.mark.parametrize(("kind", "power"), [("count", 1), ("amount", 2)])
def test_without_hidden_layers_other_numbers_are_log_linear(kind, power):
    x, _ = make_quantity()
    rng = np.random.default_rng(0)
    y = rng.poisson(20 * np.exp(x @ [0.3, -0.2, 0.1, 0, 0])) + (kind != "count")
    weight = rng.uniform(0.1, 1, size=len(y))
    settings = {"hidden": (), "epochs": 2000, "kind": kind}
    network = DenseNetworkRegressor(**WHOLE | settings).fit(x, y, weight)
    expected = TweedieRegressor(power=power, link="log", alpha=0, tol=1e-8, max_iter=1000)
    expected.fit(x, y, weight)
    np.testing.assert_allclose(network.predict(x), expected.predict(x), rtol=1e-3)


@pytest.mark.parametrize(
    ("kind", "y", "words"),
    [
        ("count", [0.5, 1, 2, -1], "2 of 4"),
        ("count", [0, 0, 0, 0], "not all of them 0"),
        ("amount", [0, 3, 1, 2], "1 of 4"),
        ("binary", [0, 1, 0, 1], "has categories"),
    ],
)
def test_a_regressor_refuses_what_is_not_of_its_kind(kind, y, words):
    with pytest.raises(ValueError, match=words):
        DenseNetworkRegressor(kind=kind, **WHOLE).fit(np.zeros((4, 1)), y)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("members", [1, 3])
def test_a_classifier_agrees_with_its_keras_model(classes, members):
    x, y = make_classes(classes)
    settings = SMALL | {"batch_norm": True, "activation": "gelu", "dropout": 0.2}
    estimator = DenseNetworkClassifier(members=members, **settings).fit(x, y)
    predicted = estimator.predict_proba(x)[:, 1 if classes == 2 else 0 :]
    np.testing.assert_allclose(predicted, estimator.model_.predict(x, verbose=0), atol=1e-6)


@pytest.mark.parametrize("members", [1, 3])
def test_a_regressor_agrees_with_its_keras_model(members):
    x, y = make_quantity()
    estimator = DenseNetworkRegressor(members=members, **SMALL).fit(x, y)
    expected = estimator.model_.predict(x, verbose=0)[:, 0]
    np.testing.assert_allclose(estimator.predict(x), expected, rtol=1e-6)


def test_early_stopping_keeps_the_weights_of_the_best_epoch():
    x, y = make_classes(2, cases=60)
    settings = SMALL | {"learning_rate": 0.1, "epochs": 40, "hidden": (16,)}
    estimator = DenseNetworkClassifier(patience=3, **settings).fit(x, y)
    history = estimator.history_
    assert estimator.best_epoch_ == history["epoch"][history["val_loss"].argmin()]
    assert estimator.n_iter_ == estimator.best_epoch_ + 3 == len(history) < 40
    # With no more epochs than that, the best epoch is the last one.
    shorter = clone(estimator).set_params(epochs=estimator.best_epoch_).fit(x, y)
    np.testing.assert_allclose(estimator.predict_proba(x), shorter.predict_proba(x), rtol=1e-6)


def test_without_early_stopping_the_last_epoch_is_kept():
    x, y = make_classes(2)
    estimator = DenseNetworkClassifier(**SMALL, early_stopping=False).fit(x, y)
    assert estimator.n_iter_ == estimator.best_epoch_ == 4
    assert estimator.history_["val_loss"].isna().all()


def test_history_has_a_row_for_every_epoch_and_member():
    x, y = make_quantity()
    estimator = DenseNetworkRegressor(members=3, **SMALL).fit(x, y)
    history = estimator.history_
    assert tuple(history.columns) == COLUMNS
    assert history["member"].tolist() == [1, 2, 3] * 4
    assert history["epoch"].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    # Each has its own validation cases and its own seed.
    assert history["val_loss"].nunique() == len(history)


def test_a_case_of_weight_0_is_as_good_as_left_out():
    x, y = make_classes(3)
    weight = np.random.default_rng(0).integers(0, 2, size=len(y))
    weighted = DenseNetworkClassifier(**SMALL).fit(x, y, weight)
    without = DenseNetworkClassifier(**SMALL).fit(x[weight == 1], y[weight == 1])
    np.testing.assert_allclose(weighted.predict_proba(x), without.predict_proba(x), rtol=1e-6)


@pytest.mark.parametrize("estimator", [DenseNetworkClassifier(), DenseNetworkRegressor()])
def test_weights_are_equivalent_to_repetition(estimator):
    x, y = make_classes(3)
    weight = np.random.default_rng(0).integers(0, 5, size=len(y))
    estimator = clone(estimator).set_params(**WHOLE)
    weighted = clone(estimator).fit(x, y, sample_weight=weight)
    repeated = clone(estimator).fit(x.repeat(weight, axis=0), y.repeat(weight))
    unweighted = clone(estimator).fit(x, y)
    method = "predict_proba" if hasattr(estimator, "predict_proba") else "predict"
    result, expected, other = (getattr(e, method)(x) for e in (weighted, repeated, unweighted))
    np.testing.assert_allclose(result, expected, rtol=1e-5)
    assert np.abs(other - expected).max() > 1e-3


def test_balanced_classes_are_weights_of_the_cases():
    x, y = make_classes(3)
    x, y = x[y < 2], y[y < 2]
    x, y = x[20:], np.sort(y)[20:]
    balanced = DenseNetworkClassifier(class_weight="balanced", **SMALL).fit(x, y)
    by_case = DenseNetworkClassifier(**SMALL).fit(x, y, compute_sample_weight("balanced", y))
    plain = DenseNetworkClassifier(**SMALL).fit(x, y)
    expected = by_case.predict_proba(x)
    np.testing.assert_allclose(balanced.predict_proba(x), expected, rtol=1e-6)
    assert np.abs(plain.predict_proba(x) - expected).max() > 1e-3


def test_members_are_averaged():
    x, y = make_classes(2)
    several = DenseNetworkClassifier(members=3, **SMALL).fit(x, y)
    single = []
    for weights in several.weights_:
        alone = clone(several)
        vars(alone).update(vars(several))
        alone.weights_ = [weights]
        single.append(alone.predict_proba(x))
    assert np.std(single, axis=0).max() > 1e-3
    np.testing.assert_allclose(several.predict_proba(x), np.mean(single, axis=0))


def test_random_state_decides_everything():
    x, y = make_classes(2)
    settings = SMALL | {"dropout": 0.3, "members": 2}
    states = [0, 0, np.random.RandomState(0), 1]
    first, again, by_generator, other = (
        DenseNetworkClassifier(**settings | {"random_state": state}).fit(x, y).predict_proba(x)
        for state in states
    )
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, by_generator)
    assert np.abs(first - other).max() > 1e-3


def test_a_pickle_holds_neither_keras_nor_tensorflow():
    x, y = make_classes(3)
    frame = pd.DataFrame(x, columns=list("abcde"))
    estimator = DenseNetworkClassifier(members=2, **SMALL).fit(frame, y)
    assert estimator.model_.count_params() > 0
    stored = pickle.dumps(estimator)
    assert b"keras" not in stored and b"tensorflow" not in stored
    loaded = pickle.loads(stored)
    np.testing.assert_array_equal(loaded.predict_proba(frame), estimator.predict_proba(frame))
    assert loaded.feature_names_in_.tolist() == list("abcde")


def test_scikit_learn_cross_validates_searches_and_permutes():
    x, y = make_classes(2)
    pipeline = make_pipeline(StandardScaler(), DenseNetworkClassifier(**SMALL))
    names = ["roc_auc", "neg_log_loss"]
    scores = cross_validate(pipeline, x * 100, y, cv=3, scoring=names, error_score="raise")
    assert (scores["test_roc_auc"] > 0.5).all() and np.isfinite(scores["test_neg_log_loss"]).all()
    grid = {"densenetworkclassifier__hidden": [(), (4, 4)]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(x, y)
    assert search.cv_results_["mean_test_score"].shape == (2,)
    regressor = DenseNetworkRegressor(**SMALL | {"epochs": 15}).fit(x[:, :2], 10 * x[:, 0])
    importance = permutation_importance(regressor, x[:, :2], 10 * x[:, 0], random_state=0)
    assert importance.importances_mean[0] > 0.3 > importance.importances_mean[1]


def test_a_value_out_of_range_is_refused_in_plain_words():
    x, y = make_classes(2)
    with pytest.raises(UserError, match="“Dropout” does not allow this value"):
        DenseNetworkClassifier(dropout=1.0).fit(x, y)


def test_training_that_begins_with_no_finite_loss_is_refused():
    x, y = make_quantity()
    with pytest.raises(UserError, match="not a finite number from the first epoch on"):
        DenseNetworkRegressor(**SMALL | {"optimizer": "sgd"}).fit(x * 1e25, y)


def test_training_that_diverges_keeps_the_weights_from_before():
    x, y = make_quantity()
    # Every step makes the error of a linear regression larger, until it is beyond a float32.
    settings = {"hidden": (), "learning_rate": 9, "epochs": 500}
    with pytest.warns(ConvergenceWarning, match="not a finite number in epoch"):
        estimator = DenseNetworkRegressor(**WHOLE | settings).fit(x, y)
    assert 1 <= estimator.best_epoch_ == estimator.n_iter_ - 1
    assert np.isfinite(estimator.predict(x)).all()


def test_the_library_offers_them():
    assert dnn_core.DenseNetworkClassifier is DenseNetworkClassifier
    assert dnn_core.DenseNetworkRegressor is DenseNetworkRegressor


def test_what_is_not_said_is_as_in_the_dashboard():
    said = DenseNetworkClassifier().get_params()
    asked = TrainingSpec()
    for name in (
        "optimizer",
        "learning_rate",
        "batch_size",
        "epochs",
        "early_stopping",
        "patience",
    ):
        assert said[name] == getattr(asked, name), name
    assert tuple(said["hidden"]) == tuple(layer.units for layer in NetworkSpec().hidden)
