"""What estimators ask of the engine, and what they keep of its answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning

from dnn_core.errors import UserError
from dnn_core.network.plan import member_seeds
from dnn_core.specs import HiddenLayer, NetworkSpec, Optimizer, TrainingSpec
from dnn_core.training.dense_network import fit_together
from dnn_core.training.estimators import DenseNetworkClassifier, DenseNetworkRegressor
from dnn_core.training.joint_fit import JointFit
from dnn_core.training.member import Fitted

CASES = 50
X, Y = make_classification(CASES, 4, random_state=1)
BOTH = [DenseNetworkClassifier, DenseNetworkRegressor]


@pytest.mark.parametrize("make", BOTH)
def test_what_is_not_said_trains_one_network_as_the_dashboard_would(make: type) -> None:
    asked = make()._prepare(X, Y, None)
    (member,) = asked.members
    assert member.network == NetworkSpec()
    assert member.training == TrainingSpec(members=1)
    # A fifth is held out, and nothing is weighted.
    assert (len(member.rows), len(member.validation)) == (40, 10)
    assert sorted([*member.rows, *member.validation]) == list(range(CASES))
    assert member.weight is None and member.validation_weight is None
    # Without a seed nobody knows which cases those are.
    others = [make()._prepare(X, Y, None).members[0].validation.tolist() for _ in range(4)]
    assert any(other != member.validation.tolist() for other in others)


@pytest.mark.parametrize("make", BOTH)
def test_what_is_said_is_what_is_trained(make: type) -> None:
    estimator = make(
        hidden=(3, 2),
        activation="tanh",
        batch_norm=True,
        dropout=0.3,
        l1=0.01,
        l2=0.02,
        optimizer="sgd",
        learning_rate=0.5,
        batch_size=7,
        epochs=9,
        patience=4,
        validation_share=0.31,
        members=3,
        random_state=5,
    )
    asked = estimator._prepare(X, Y, None)
    layer = HiddenLayer(units=3, activation="tanh", batch_norm=True, dropout=0.3, l1=0.01, l2=0.02)
    training = TrainingSpec(
        optimizer=Optimizer.SGD, learning_rate=0.5, batch_size=7, epochs=9, patience=4, members=3
    )
    assert len(asked.members) == 3
    for member in asked.members:
        assert member.network == NetworkSpec(hidden=(layer, layer.but(units=2)))
        assert member.training == training
        # 0.31 of 50 cases, rounded up.
        assert len(member.validation) == 16
    assert len({tuple(member.validation) for member in asked.members}) == 3
    rng = np.random.RandomState(5)
    assert [m.seed for m in asked.members] == list(member_seeds(int(rng.randint(2**31 - 1)), 3))
    plain = make(early_stopping=False)._prepare(X, Y, None).members[0]
    assert not plain.training.early_stopping and len(plain.validation) == 0
    assert plain.rows.tolist() == list(range(CASES))


@pytest.mark.parametrize("make", BOTH)
def test_weights_have_a_mean_of_1_and_go_with_their_cases(make: type) -> None:
    weight = np.arange(CASES) % 5.0
    asked = make(random_state=0)._prepare(X, Y, weight)
    (member,) = asked.members
    # Ten cases of weight 0 are left out; the mean of 1, 2, 3 and 4 is 2.5.
    assert len(asked.cases.x) == 40 and (len(member.rows), len(member.validation)) == (32, 8)
    counted = weight[weight > 0] / 2.5
    assert member.weight == pytest.approx(counted[member.rows])
    assert member.validation_weight == pytest.approx(counted[member.validation])
    assert member.weight is not None and member.weight.dtype == np.float32
    np.testing.assert_allclose(asked.cases.x, X[weight > 0], rtol=1e-6)


def test_classes_are_learnt_by_their_place_and_numbers_in_standard_deviations() -> None:
    words = np.array(["no", "yes"])[Y]
    classes = DenseNetworkClassifier()._prepare(X, words, None)
    assert classes.cases.y.tolist() == Y.tolist() and classes.cases.y.dtype == np.float32
    three = DenseNetworkClassifier()._prepare(X, np.arange(CASES) % 3 + 5, None)
    assert three.cases.y.tolist() == (np.arange(CASES) % 3).tolist()
    assert three.cases.y.dtype == np.int32
    numbers = np.arange(CASES) + 7.0
    quantity = DenseNetworkRegressor()._prepare(X, numbers, None)
    expected = (numbers - numbers.mean()) / numbers.std()
    assert quantity.cases.y == pytest.approx(expected, rel=1e-6)
    weight = np.where(np.arange(CASES) < 2, 1.0, 0.0)
    pair = DenseNetworkRegressor(early_stopping=False)._prepare(X, numbers, weight)
    assert pair.cases.y == pytest.approx([-1, 1])
    # A constant becomes 0, and an amount is divided by its mean.
    constant = DenseNetworkRegressor()._prepare(X, np.full(CASES, 4.0), None)
    assert not constant.cases.y.any()
    amounts = DenseNetworkRegressor(kind="amount")._prepare(X, numbers, None)
    assert amounts.cases.y == pytest.approx(numbers / numbers.mean(), rel=1e-6)


def test_every_class_has_its_share_of_the_held_out_cases() -> None:
    y = np.repeat([0, 1], [40, 10])
    (member,) = DenseNetworkClassifier(random_state=1)._prepare(X, y, None).members
    assert np.bincount(y[member.validation]).tolist() == [8, 2]


def test_class_weights_multiply_case_weights() -> None:
    y = np.repeat([0, 1], [40, 10])
    estimator = DenseNetworkClassifier(class_weight={0: 1.0, 1: 3.0}, early_stopping=False)
    (member,) = estimator._prepare(X, y, None).members
    # Weights of 1 and 3 have a mean of 1.4.
    assert member.weight == pytest.approx(np.repeat([1 / 1.4, 3 / 1.4], [40, 10]))
    (member,) = estimator._prepare(X, y, np.repeat([3.0, 1.0], [40, 10])).members
    assert member.weight == pytest.approx(np.ones(CASES))


def fitted(best: int | None, last: int, diverged: int | None = None) -> Fitted:
    return Fitted([np.full(1, float(last))], best, last, diverged, stopped=False)


def test_of_several_networks_the_middle_best_epoch_and_the_last_of_all_is_told() -> None:
    estimator = DenseNetworkRegressor()
    history = pd.DataFrame({"epoch": [1]})
    estimator._keep(JointFit([fitted(2, 4), fitted(7, 9), fitted(3, 5)], history))
    assert (estimator.best_epoch_, estimator.n_iter_) == (3, 9)
    assert [weights[0].tolist() for weights in estimator.weights_] == [[4], [9], [5]]
    assert estimator.history_ is history


def test_the_first_epoch_without_a_finite_loss_is_told() -> None:
    estimator, history = DenseNetworkRegressor(), pd.DataFrame()
    with pytest.warns(ConvergenceWarning, match="in epoch 5;"):
        estimator._keep(JointFit([fitted(2, 8, 8), fitted(2, 3), fitted(1, 5, 5)], history))
    with pytest.raises(UserError, match="from the first epoch on"):
        estimator._keep(JointFit([fitted(2, 3), fitted(None, 1, 1)], history))


def test_every_estimator_needs_a_table_and_all_the_same_classes() -> None:
    pair = [DenseNetworkClassifier(), DenseNetworkClassifier()]
    for tables in ([(X, Y, None)], [(X, Y, None)] * 3):
        with pytest.raises(ValueError, match="zip"):
            fit_together(pair, tables)
    with pytest.raises(UserError, match="Not all training parts have the same classes"):
        fit_together(pair, [(X, Y, None), (X, np.arange(CASES) % 3, None)])


def test_two_classes_are_the_fewest() -> None:
    with pytest.raises(ValueError, match="one class only"):
        DenseNetworkClassifier()._prepare(X, np.ones(CASES, dtype=int), None)


@pytest.mark.parametrize(
    ("kind", "y", "refused"),
    [
        ("count", [0.0, 1.0, 2.0, 0.0], None),
        ("count", [0.0, 0.0, 0.0, 0.0], "0 of 4"),
        ("count", [0.0, 1.5, 2.0, -1.0], "2 of 4"),
        ("amount", [0.1, 1.0, 2.0, 3.0], None),
        ("amount", [0.0, 1.0, 2.0, 3.0], "1 of 4"),
        ("regression", [-1.0, 0.0, 0.0, 0.0], None),
    ],
)
def test_what_a_number_may_be(kind: str, y: list[float], refused: str | None) -> None:
    estimator = DenseNetworkRegressor(kind=kind, early_stopping=False)
    if refused is None:
        estimator._prepare(np.zeros((4, 1)), y, None)
    else:
        with pytest.raises(ValueError, match=refused):
            estimator._prepare(np.zeros((4, 1)), y, None)
