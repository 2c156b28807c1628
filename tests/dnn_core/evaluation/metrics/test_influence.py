"""Influences against `evaluate`, whose values they must have and whose slopes they are."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.metrics.influence import influences, mean
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.metrics import main_metric
from dnn_core.specs import Kind

CASES = 60
STEP = 1e-5


def cases(kind: Kind, seed: int = 1):
    """Outcome, predictions with ties, weights of which one is 0, and the training mean."""
    rng = np.random.default_rng(seed)
    weight = rng.gamma(2.0, size=CASES)
    weight[3] = 0.0
    if kind is Kind.REGRESSION:
        y = rng.normal(5, 2, CASES)
        return y, y + rng.normal(0, 1, CASES), weight, 4.8
    if kind is Kind.COUNT:
        expected = rng.gamma(2.0, size=CASES)
        return rng.poisson(expected).astype("float64"), expected, weight, 1.9
    if kind is Kind.AMOUNT:
        expected = rng.gamma(2.0, size=CASES)
        return rng.gamma(2.0, expected / 2), expected, weight, 1.9
    classes = 2 if kind is Kind.BINARY else 4
    y = rng.integers(classes, size=CASES)
    scores = np.round(rng.normal(size=(CASES, classes)) + 1.5 * np.eye(classes)[y], 1)
    if kind is Kind.BINARY:
        positive = np.round(1 / (1 + np.exp(scores[:, 0] - scores[:, 1])), 1)
        return y, np.column_stack([1 - positive, positive]), weight, None
    shares = np.exp(scores)
    return y, shares / shares.sum(axis=1, keepdims=True), weight, None


@pytest.mark.parametrize("kind", Kind)
def test_values_and_slopes_are_those_of_the_metrics(kind: Kind) -> None:
    y, predicted, weight, training_mean = cases(kind)
    result = influences(kind, y, predicted, weight, training_mean=training_mean)
    assert list(result) == [main_metric(kind).name, outcome_of(kind).loss_metric]
    whole = evaluate(kind, y, predicted, weight, training_mean=training_mean)
    for name, (value, parts) in result.items():
        assert value == pytest.approx(whole[name], abs=1e-12)
        assert parts.sum() == pytest.approx(0, abs=1e-12)
        for case in range(CASES):
            # By how much the metric changes for each unit that the weight does.
            ends = []
            for sign in (-1, 1):
                moved = weight.copy()
                moved[case] *= 1 + sign * STEP
                ends.append(evaluate(kind, y, predicted, moved, training_mean=training_mean)[name])
            assert (ends[1] - ends[0]) / (2 * STEP) == pytest.approx(parts[case], abs=1e-8)


@pytest.mark.filterwarnings("error")  # such as a division by nothing
@pytest.mark.parametrize("category", [0, 1])
def test_a_metric_without_a_value_has_no_influences(category: int) -> None:
    one_category = np.full(5, category)
    predicted = np.column_stack([np.linspace(0.1, 0.9, 5), np.linspace(0.9, 0.1, 5)])
    result = influences(Kind.BINARY, one_category, predicted, np.ones(5), training_mean=None)
    assert np.isnan(result["auc"][0])
    assert np.isnan(result["auc"][1]).all()
    assert np.isfinite(result["log_loss"][1]).all()


def test_a_perfect_prediction_has_an_rmse_without_slope() -> None:
    y = np.array([1.0, 2.0, 4.0])
    result = influences(Kind.REGRESSION, y, y, np.ones(3), training_mean=2.0)
    assert result["rmse"][0] == 0
    assert (result["rmse"][1] == 0).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", Kind)
def test_cases_without_any_weight_have_no_metric(kind: Kind) -> None:
    y, predicted, weight, training_mean = cases(kind)
    result = influences(kind, y, predicted, 0 * weight, training_mean=training_mean)
    for value, parts in result.values():
        assert np.isnan(value)
        assert parts.shape == (CASES,) and np.isnan(parts).all()


@pytest.mark.filterwarnings("error")
def test_where_everybody_has_the_training_mean_nothing_is_explained() -> None:
    result = influences(
        Kind.REGRESSION, np.ones(3), np.array([1.0, 2.0, 1.0]), np.ones(3), training_mean=1.0
    )
    assert np.isnan(result["r2"][0]) and np.isnan(result["r2"][1]).all()
    assert result["rmse"][0] == pytest.approx(3**-0.5)


@pytest.mark.filterwarnings("error")
def test_one_category_throughout_has_no_kappa() -> None:
    same = np.tile([0.1, 0.2, 0.7], (4, 1))
    result = influences(Kind.ORDINAL, np.full(4, 2), same, np.ones(4), training_mean=None)
    assert np.isnan(result["qwk"][0]) and np.isnan(result["qwk"][1]).all()


def test_a_number_needs_the_training_mean() -> None:
    with pytest.raises(ValueError, match="training mean"):
        influences(Kind.COUNT, np.ones(3), np.ones(3), np.ones(3), training_mean=None)


def test_the_influence_on_a_mean_by_hand() -> None:
    # The mean is (1 + 3 * 5) / 4 = 4: 1 (1 - 4) / 4 and 3 (5 - 4) / 4.
    value, parts = mean(np.array([1.0, 5.0]), np.array([1.0, 3.0]))
    assert (value, parts.tolist()) == (4.0, [-0.75, 0.75])
