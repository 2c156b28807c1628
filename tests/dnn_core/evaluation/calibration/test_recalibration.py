from __future__ import annotations

import json

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit, softmax
from sklearn.isotonic import IsotonicRegression

from dnn_core.evaluation.calibration import recalibration
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


@pytest.mark.parametrize(("right", "temperature"), [(False, 20.0), (True, 0.05)])
def test_the_search_for_a_temperature_ends_at_twenty_and_its_inverse(right, temperature):
    # Claims that say nothing are best taken back without end; those that never err, sharpened.
    claimed = np.tile([0.45, 0.55], (100, 1))
    y = np.ones(100, dtype=int) if right else np.arange(100) % 2
    fitted = fit_recalibration(Kind.BINARY, y, claimed)
    assert fitted.temperature == pytest.approx(temperature, rel=1e-3)


@pytest.mark.parametrize(
    ("cases", "cluster", "sizes"),
    [
        (100, None, [80] * 5),
        (7, None, [5, 5, 6, 6, 6]),
        (3, None, [2, 2, 2]),
        (40, np.repeat(np.arange(10), 4), [32] * 5),
        (40, np.repeat(["a", "b"], [10, 30]), [10, 30]),
        (40, np.zeros(40), []),
    ],
)
def test_maps_are_fitted_to_four_fifths_of_cases_or_clusters(cases, cluster, sizes, monkeypatch):
    seen = []

    def fit(kind, y, probabilities, weight):
        seen.append((len(y), probabilities[:, 1].tolist(), weight.tolist()))
        return fit_recalibration(kind, y, probabilities, weight)

    monkeypatch.setattr(recalibration, "fit_recalibration", fit)
    p = np.linspace(0.1, 0.9, cases)
    claimed, weight = np.column_stack([1 - p, p]), 1 + p
    by_choice = cross_fit(
        Kind.BINARY, np.arange(cases) % 2, claimed, weight, cluster=cluster, seed=1
    )
    assert sorted(size for size, _, _ in seen) == sizes
    for _, taken, weights in seen:
        assert weights == pytest.approx(1 + np.array(taken))
        if cluster is not None:
            # Whole clusters are in it or out of it.
            inside = np.isin(p, taken)
            assert all(len(set(inside[cluster == c])) == 1 for c in np.unique(cluster))
    if not sizes:
        # Of a single cluster nothing can be left out: probabilities stay as they are.
        assert all((values == claimed).all() for values in by_choice.values())


def test_a_shift_of_the_share_above_is_learnt_by_the_isotonic_map_alone():
    # Ordered: the probability to lie above the first is 0.6 throughout, and 0.9 is observed; to lie
    # above the second 0.1, and 0.3 is observed.
    y = np.repeat([0, 1, 2], [10, 60, 30])
    claimed = np.tile([0.4, 0.5, 0.1], (100, 1))
    stepped = fit_recalibration(Kind.ORDINAL, y, claimed).apply(Recalibrated.ISOTONIC, claimed)
    assert stepped[0] == pytest.approx([0.1, 0.6, 0.3])
    several = fit_recalibration(Kind.MULTICLASS, y, claimed).apply(Recalibrated.ISOTONIC, claimed)
    assert several[0] == pytest.approx([0.1, 0.6, 0.3])
    two = fit_recalibration(Kind.BINARY, y // 2, np.tile([0.6, 0.4], (100, 1)))
    assert two.apply(Recalibrated.ISOTONIC, np.array([[0.6, 0.4]]))[0] == pytest.approx([0.7, 0.3])


@pytest.mark.parametrize(("happened", "share"), [(0, 1 / 102), (1, 101 / 102)])
def test_what_always_or_never_happened_is_half_a_case_from_certain(happened, share):
    claimed = np.tile([0.6, 0.4], (50, 1))
    fitted = fit_recalibration(Kind.BINARY, np.full(50, happened), claimed)
    assert fitted.cases == 50
    assert fitted.apply(Recalibrated.ISOTONIC, claimed)[0, 1] == pytest.approx(share)


def test_numbers_are_not_recalibrated():
    with pytest.raises(ValueError, match="Only probabilities"):
        fit_recalibration(Kind.COUNT, np.ones(3), np.ones(3))


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
