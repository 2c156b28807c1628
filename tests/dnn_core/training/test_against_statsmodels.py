"""A network without hidden layers is a regression: the same coefficients as statsmodels finds."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.miscmodels.ordinal_model import OrderedModel

from dnn_core.outcome.output import output_of
from dnn_core.specs import Kind, NetworkSpec, TrainingSpec
from dnn_core.training.batched_training import BatchedTraining
from dnn_core.training.member import Cases, Member, Unwatched

pytestmark = pytest.mark.training

CASES, INPUTS = 600, 3
SLOPES = np.array([0.8, -0.5, 0.3])
EXACT = 1e-3


def draw(seed=3):
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=(CASES, INPUTS)).astype("float32")


def fit_linear(x, y, kind, classes=0, weight=None):
    """Weights of a network without hidden layers, trained on all cases until they settle."""
    training = TrainingSpec(
        epochs=1500,
        batch_size=CASES,
        learning_rate=0.05,
        schedule="cosine",
        early_stopping=False,
        members=1,
    )
    rows = np.arange(CASES)
    member = Member(NetworkSpec(hidden=()), training, 1, rows, rows[:0], weight, None)
    (fitted,) = BatchedTraining(Cases(x, y, kind, output_of(kind, classes)), [member]).run(
        Unwatched()
    )
    return fitted.weights


def ordered_outcome(rng, x):
    latent = x @ SLOPES + rng.logistic(size=CASES)
    return np.digitize(latent, [-1.5, -0.2, 1.6]).astype("int32")


def test_ordered_categories_agree_with_ordered_model():
    rng, x = draw()
    y = ordered_outcome(rng, x)
    expected = OrderedModel(y, x.astype("float64"), distr="logit").fit(
        method="bfgs", disp=False, gtol=1e-8
    )
    thresholds = expected.model.transform_threshold_params(expected.params)[1:-1]
    kernel, _, biases, _, _ = fit_linear(x, y, Kind.ORDINAL, classes=4)
    assert kernel[:, 0] == pytest.approx(expected.params[:INPUTS], abs=EXACT)
    # The network adds the thresholds, statsmodels subtracts them.
    assert -biases == pytest.approx(thresholds, abs=EXACT)


def test_a_weight_of_two_is_a_row_twice():
    rng, x = draw()
    y = ordered_outcome(rng, x)
    weight = rng.integers(1, 4, size=CASES)
    twice = np.repeat(np.arange(CASES), weight)
    expected = OrderedModel(y[twice], x[twice].astype("float64"), distr="logit").fit(
        method="bfgs", disp=False, gtol=1e-8
    )
    share = (weight / weight.mean()).astype("float32")
    kernel, *_ = fit_linear(x, y, Kind.ORDINAL, classes=4, weight=share)
    assert kernel[:, 0] == pytest.approx(expected.params[:INPUTS], abs=EXACT)


@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
def test_counts_agree_with_poisson_regression(weighted):
    rng, x = draw()
    y = rng.poisson(np.exp(2.0 + 0.4 * (x @ SLOPES)))
    weight = rng.uniform(0.2, 1.8, size=CASES) if weighted else np.ones(CASES)
    weight = (weight / weight.mean()).astype("float32")
    expected = sm.GLM(
        y,
        sm.add_constant(x.astype("float64")),
        family=sm.families.Poisson(),
        freq_weights=weight.astype("float64"),
    ).fit()
    mean = y.mean()
    kernel, bias = fit_linear(x, (y / mean).astype("float32"), Kind.COUNT, weight=weight)
    assert kernel[:, 0] == pytest.approx(expected.params[1:], abs=EXACT)
    assert bias[0] + np.log(mean) == pytest.approx(expected.params[0], abs=EXACT)


@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
def test_amounts_agree_with_gamma_regression(weighted):
    rng, x = draw()
    y = rng.gamma(2.0, np.exp(7.0 + 0.4 * (x @ SLOPES)) / 2)
    weight = rng.uniform(0.2, 1.8, size=CASES) if weighted else np.ones(CASES)
    weight = (weight / weight.mean()).astype("float32")
    expected = sm.GLM(
        y,
        sm.add_constant(x.astype("float64")),
        family=sm.families.Gamma(sm.families.links.Log()),
        freq_weights=weight.astype("float64"),
    ).fit(tol=1e-10)
    mean = y.mean()
    kernel, bias = fit_linear(x, (y / mean).astype("float32"), Kind.AMOUNT, weight=weight)
    assert kernel[:, 0] == pytest.approx(expected.params[1:], abs=EXACT)
    assert bias[0] + np.log(mean) == pytest.approx(expected.params[0], abs=EXACT)
    predicted = mean * np.exp(x @ kernel[:, 0] + bias[0])
    assert predicted == pytest.approx(expected.fittedvalues, rel=EXACT)
