from __future__ import annotations

import json

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit, softmax
from sklearn.isotonic import IsotonicRegression

from dnn_core.evaluation.calibration.recalibration import (
    Recalibrated,
    Recalibration,
    cross_fit,
    fit_recalibration,
)
from dnn_core.specs import Kind


def _extreme(kind: Kind, cases: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes of true probabilities, and what a network claims whose logits are twice as large."""
    rng = np.random.default_rng(2)
    classes = 2 if kind is Kind.BINARY else 3
    logits = rng.normal(0, 1, (cases, classes))
    truth = softmax(logits, axis=1)
    y = (truth.cumsum(axis=1) < rng.random((cases, 1))).sum(axis=1)
    return y, truth, softmax(2 * logits, axis=1)


def test_the_temperature_is_the_inverse_of_a_slope_without_intercept():
    y, _, claimed = _extreme(Kind.BINARY)
    weight = np.random.default_rng(1).gamma(2.0, size=len(y))
    fitted = fit_recalibration(Kind.BINARY, y, claimed, weight)
    x = logit(claimed[:, 1])[:, np.newaxis]
    slope = sm.GLM(y, x, sm.families.Binomial(), freq_weights=weight).fit().params[0]
    assert fitted.temperature == pytest.approx(1 / slope, rel=1e-4)
    expected = expit(logit(claimed[:, 1]) * slope)
    tempered = fitted.apply(Recalibrated.TEMPERATURE, claimed)
    assert tempered[:, 1] == pytest.approx(expected, abs=1e-4)


def test_the_temperature_of_several_categories_finds_the_truth():
    y, truth, claimed = _extreme(Kind.MULTICLASS, 20_000)
    fitted = fit_recalibration(Kind.MULTICLASS, y, claimed)
    assert fitted.temperature == pytest.approx(2.0, abs=0.08)
    tempered = fitted.apply(Recalibrated.TEMPERATURE, claimed)
    assert tempered == pytest.approx(truth, abs=0.02)
    assert (tempered.argmax(axis=1) == claimed.argmax(axis=1)).all()


def test_isotonic_of_two_categories_is_scikit_learns():
    y, _, claimed = _extreme(Kind.BINARY, 400)
    weight = np.random.default_rng(1).gamma(2.0, size=len(y))
    worth = weight.sum() ** 2 / (weight**2).sum()
    least = 0.5 / (worth + 1)
    reference = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
    reference.fit(claimed[:, 1], y, sample_weight=weight)
    new = np.linspace(0, 1, 101)
    fitted = fit_recalibration(Kind.BINARY, y, claimed, weight)
    stepped = fitted.apply(Recalibrated.ISOTONIC, np.column_stack([1 - new, new]))
    assert stepped[:, 1] == pytest.approx(reference.predict(new), abs=1e-12)


def test_isotonic_of_several_categories_is_each_against_the_rest_and_sums_to_one():
    y, _, claimed = _extreme(Kind.MULTICLASS, 500)
    least = 0.5 / 501
    each = np.column_stack(
        [
            IsotonicRegression(y_min=least, y_max=1 - least)
            .fit(claimed[:, k], y == k)
            .predict(claimed[:, k])
            for k in range(3)
        ]
    )
    fitted = fit_recalibration(Kind.MULTICLASS, y, claimed)
    expected = each / each.sum(axis=1, keepdims=True)
    assert fitted.apply(Recalibrated.ISOTONIC, claimed) == pytest.approx(expected, abs=1e-12)


def test_isotonic_of_ordered_categories_is_that_of_lying_above():
    y, _, claimed = _extreme(Kind.ORDINAL, 500)
    stepped = fit_recalibration(Kind.ORDINAL, y, claimed).apply(Recalibrated.ISOTONIC, claimed)
    assert stepped.sum(axis=1) == pytest.approx(np.ones(500))
    assert stepped.min() > 0
    least = 0.5 / 501
    above = claimed[:, 1:].sum(axis=1)
    first = IsotonicRegression(y_min=least, y_max=1 - least).fit(above, y > 0).predict(above)
    assert 1 - stepped[:, 0] == pytest.approx(first, abs=3e-3)


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS, Kind.ORDINAL])
def test_both_maps_improve_what_is_too_extreme_on_cases_they_have_not_seen(kind):
    y, _, claimed = _extreme(kind)
    rows = np.arange(len(y))
    predicted = cross_fit(kind, y, claimed, seed=1)
    loss = {choice: -np.log(p[rows, y]).mean() for choice, p in predicted.items()}
    assert loss[Recalibrated.TEMPERATURE] < loss[Recalibrated.LEARNT] - 0.02
    assert loss[Recalibrated.ISOTONIC] < loss[Recalibrated.LEARNT] - 0.01
    assert np.array_equal(predicted[Recalibrated.LEARNT], claimed)


def test_cross_fitting_does_not_flatter():
    """Of coin flips that nothing is known about, an isotonic map seems to know something."""
    rng = np.random.default_rng(1)
    y, claimed = rng.integers(0, 2, 300), rng.random(300)
    claimed = np.column_stack([1 - claimed, claimed])
    rows = np.arange(300)
    seen = fit_recalibration(Kind.BINARY, y, claimed).apply(Recalibrated.ISOTONIC, claimed)
    unseen = cross_fit(Kind.BINARY, y, claimed, seed=1)[Recalibrated.ISOTONIC]
    assert -np.log(seen[rows, y]).mean() < np.log(2)
    assert -np.log(unseen[rows, y]).mean() > np.log(2)


def test_clusters_are_left_out_whole():
    # Each pair of twins flips one coin. A map that had seen the twin would know it.
    rng = np.random.default_rng(1)
    y, p = np.repeat(rng.integers(0, 2, 200), 2), np.repeat(rng.random(200), 2)
    claimed, rows = np.column_stack([1 - p, p]), np.arange(400)
    twins = np.repeat(np.arange(200), 2)
    apart = cross_fit(Kind.BINARY, y, claimed, seed=1)[Recalibrated.ISOTONIC]
    whole = cross_fit(Kind.BINARY, y, claimed, cluster=twins, seed=1)[Recalibrated.ISOTONIC]
    assert -np.log(whole[rows, y]).mean() > -np.log(apart[rows, y]).mean() + 0.01


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.MULTICLASS, Kind.ORDINAL])
def test_survives_json(kind):
    y, _, claimed = _extreme(kind, 300)
    fitted = fit_recalibration(kind, y, claimed)
    back = Recalibration.from_dict(json.loads(json.dumps(fitted.to_dict(), allow_nan=False)))
    for choice in Recalibrated:
        assert np.array_equal(back.apply(choice, claimed), fitted.apply(choice, claimed))


def test_a_category_that_nobody_chose_keeps_probabilities_whole():
    y, claimed = np.zeros(30, dtype=int), np.tile([0.6, 0.3, 0.1], (30, 1))
    fitted = fit_recalibration(Kind.MULTICLASS, y, claimed)
    for choice in Recalibrated:
        assert fitted.apply(choice, claimed).sum(axis=1) == pytest.approx(np.ones(30))
