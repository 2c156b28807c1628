"""The ordered logit beside that of statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, check_grad
from statsmodels.miscmodels.ordinal_model import OrderedModel

from dnn_core.evaluation.baselines import ordered_logit as module
from dnn_core.evaluation.baselines.ordered_logit import (
    OrderedLogit,
    _case_losses,
    _starting_steps,
    _thresholds,
    fit_ordered_logit,
)


def draw(cases=500, seed=2):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(cases, 2))
    latent = x @ [1.0, -0.6] + rng.logistic(size=cases)
    return rng, x, np.digitize(latent, [-2.0, 0.3, 1.0])


def reference(x, y):
    fitted = OrderedModel(y, x, distr="logit").fit(method="bfgs", disp=False, gtol=1e-8)
    return fitted.params[:2], fitted.model.transform_threshold_params(fitted.params)[1:-1], fitted


def test_it_agrees_with_statsmodels():
    _, x, y = draw()
    slopes, thresholds, model = reference(x, y)
    fitted = fit_ordered_logit(x, y, 4, None, penalty=1e-4)
    assert fitted.converged
    assert fitted.coefficients == pytest.approx(slopes, abs=1e-3)
    assert fitted.thresholds == pytest.approx(thresholds, abs=1e-3)
    assert fitted.predict(x[:5]) == pytest.approx(
        model.model.predict(model.params, x[:5]), abs=1e-3
    )


def test_a_weight_of_two_is_a_row_twice():
    rng, x, y = draw()
    weight = rng.integers(1, 4, size=len(y))
    rows = np.repeat(np.arange(len(y)), weight)
    slopes, thresholds, _ = reference(x[rows], y[rows])
    fitted = fit_ordered_logit(x, y, 4, weight.astype("float64"), penalty=1e-4)
    assert fitted.coefficients == pytest.approx(slopes, abs=1e-3)
    assert fitted.thresholds == pytest.approx(thresholds, abs=1e-3)


def test_the_slope_is_that_of_the_loss():
    y = np.array([0, 1, 2, 3, 3])
    score = np.linspace(-1, 1, 5)
    steps = np.array([-1.0, 0.2, -0.5])

    def loss(thresholds):
        return _case_losses(score, thresholds, y)[0].sum()

    def slope(thresholds):
        return _case_losses(score, thresholds, y)[1].sum(axis=0)

    assert check_grad(loss, slope, _thresholds(steps)) < 1e-5


def test_a_category_without_cases_is_hardly_expected():
    _, x, y = draw()
    fitted = fit_ordered_logit(x[y != 1], y[y != 1], 4, None, penalty=1e-4)
    assert fitted.predict(x)[:, 1].max() < 0.01


def test_separable_categories_do_not_run_away():
    x = np.linspace(-1, 1, 60)[:, np.newaxis]
    fitted = fit_ordered_logit(x, np.digitize(x[:, 0], [-0.3, 0.4]), 3, None, penalty=1e-4)
    assert np.isfinite(fitted.coefficients).all()
    assert (fitted.predict(x).argmax(axis=1) == np.digitize(x[:, 0], [-0.3, 0.4])).mean() > 0.97


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_scale_of_weights_only_matters_beside_the_penalty(scale):
    rng, x, y = draw(200)
    weight = rng.gamma(2.0, size=200)
    plain = fit_ordered_logit(x, y, 4, weight, penalty=3.0)
    scaled = fit_ordered_logit(x, y, 4, weight * scale, penalty=3.0 * scale)
    assert plain.converged and scaled.converged
    assert scaled.coefficients == pytest.approx(plain.coefficients, abs=1e-5)
    assert scaled.thresholds == pytest.approx(plain.thresholds, abs=1e-5)


@pytest.mark.parametrize("penalty", [1e-4, 30.0])
def test_the_slopes_of_the_penalised_loss_are_none(penalty):
    """By differences of the loss as the module's title has it, worked out from probabilities."""
    rng, x, y = draw(200)
    weight = rng.gamma(2.0, size=200)
    fitted = fit_ordered_logit(x, y, 4, weight, penalty=penalty)

    def loss(parameters):
        moved = OrderedLogit(parameters[:2], parameters[2:], True)
        own = moved.predict(x)[np.arange(200), y]
        return (-weight @ np.log(own) + penalty / 2 * (parameters[:2] ** 2).sum()) / weight.sum()

    at = np.concatenate([fitted.coefficients, fitted.thresholds])
    assert approx_fprime(at, loss, 1e-6) == pytest.approx(np.zeros(5), abs=1e-5)


def test_it_begins_where_everybody_has_the_shares():
    y, weight = np.array([0, 0, 1, 3]), np.array([1.0, 1.0, 3.0, 1.0])
    thresholds = _thresholds(_starting_steps(y, 4, weight))
    begun = OrderedLogit(np.zeros(1), thresholds, True).predict(np.zeros((1, 1)))
    # A category that nobody is in is taken for a thousandth of a case.
    assert begun[0] == pytest.approx(np.array([2.0, 3.0, 0.001, 1.0]) / 6.001)


def test_probabilities_by_hand():
    fitted = OrderedLogit(np.array([2.0]), np.array([0.0, np.log(3.0)]), True)
    # At 0: a half lies at or below the first, three quarters at or below the second.
    assert fitted.predict(np.array([[0.0]]))[0] == pytest.approx([0.5, 0.25, 0.25])
    # A score of log 3 is even at the second threshold.
    assert fitted.predict(np.array([[np.log(3.0) / 2]]))[0] == pytest.approx([0.25, 0.25, 0.5])


def test_losses_are_exact_far_out():
    # Both sigmoids are 0 or 1 in double precision: only the middle category lies within 1 of -60.
    thresholds = np.array([59.0, 60.0])
    value, slope = _case_losses(np.zeros(3), thresholds, np.array([0, 1, 2]))
    assert value[0] == pytest.approx(0.0, abs=1e-15)
    assert value[1] == pytest.approx(59.0 - np.log(1 - np.exp(-1.0)), rel=1e-12)
    assert value[2] == pytest.approx(60.0)
    # -e^(-59) (1 - e^(-1)): its slopes by the two thresholds sum to 1.
    assert slope[1].sum() == pytest.approx(1.0)
    assert slope[1, 0] == pytest.approx(1 / (1 - np.exp(-1.0)))
    assert slope[2].tolist() == [0.0, pytest.approx(1.0)]


def test_what_ends_too_early_has_not_converged(monkeypatch):
    _, x, y = draw(200)
    monkeypatch.setattr(module, "MOST_ITERATIONS", 2)
    assert not fit_ordered_logit(x, y, 4, None, penalty=1e-4).converged
