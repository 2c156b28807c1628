"""The ordered logit beside that of statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from statsmodels.miscmodels.ordinal_model import OrderedModel

from dnn_core.evaluation.baselines.ordered_logit import _case_losses, _thresholds, fit_ordered_logit


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
