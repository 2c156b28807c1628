"""Regression models by known solutions, and how they say that they did not settle."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines import linear_models
from dnn_core.evaluation.baselines.baseline import DesignMatrix
from dnn_core.evaluation.baselines.linear_models import (
    all_classes,
    fit_linear,
    fit_quietly,
    iteration_limit,
)
from dnn_core.specs import Kind


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As `fit_rivals` does: several threads get in each other's way on a busy machine."""
    with threadpool_limits(limits=1):
        yield


def design(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> DesignMatrix:
    return DesignMatrix(x, y, weight, None, lambda table: table, "some rows", "some columns")


def coding(kind: Kind, classes: int = 0) -> TargetCoding:
    names = tuple("abcd"[:classes])
    return TargetCoding("y", kind, names, names)


def sample(cases: int = 200) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(cases, 2))
    return x, x @ [0.5, -0.3], rng


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("kind", "family"),
    [
        (Kind.REGRESSION, sm.families.Gaussian()),
        (Kind.BINARY, sm.families.Binomial()),
        (Kind.COUNT, sm.families.Poisson()),
        (Kind.AMOUNT, sm.families.Gamma(sm.families.links.Log())),
    ],
)
def test_they_are_those_of_statsmodels(kind: Kind, family: Any, weighted: bool) -> None:
    x, linear, rng = sample()
    y = {
        Kind.REGRESSION: lambda: linear + rng.normal(size=200),
        Kind.BINARY: lambda: (linear + rng.logistic(size=200) > 0).astype("int32"),
        Kind.COUNT: lambda: rng.poisson(np.exp(linear)),
        Kind.AMOUNT: lambda: rng.gamma(3.0, np.exp(linear)),
    }[kind]()
    weight = rng.gamma(3.0, 1 / 3, 200) if weighted else None
    model = sm.GLM(
        y, sm.add_constant(x), family, freq_weights=np.ones(200) if weight is None else weight
    )
    fitted = fit_linear(design(x, y, weight), coding(kind, 2), "name", "Title")
    new = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, -1.0]])
    predicted = fitted.predict(new)
    found = predicted[:, 1] if kind is Kind.BINARY else predicted
    assert found == pytest.approx(model.fit().predict(sm.add_constant(new)), rel=1e-3)
    assert fitted.converged
    assert (fitted.name, fitted.title) == ("name", "Title")
    assert fitted.caption.endswith(" on some columns, fitted on some rows.")


def test_a_constant_outcome_is_predicted_as_it_is() -> None:
    x, _, _ = sample(30)
    for kind, level in ((Kind.COUNT, 4.0), (Kind.AMOUNT, 250.0), (Kind.REGRESSION, -3.0)):
        fitted = fit_linear(design(x, np.full(30, level)), coding(kind), "n", "T")
        assert fitted.predict(x) == pytest.approx(np.full(30, level), rel=1e-3)


def test_where_categories_are_separable_the_penalty_keeps_slopes_finite() -> None:
    # At -1 all are no, at 1 all are yes: the slope b is where the penalty's slope is that of the
    # loss of 20 cases, b / 10,000 = 20 / (1 + e^b), and the constant is 0.
    x, y = np.repeat([[-1.0], [1.0]], 10, axis=0), np.repeat([0, 1], 10)
    fitted = fit_linear(design(x, y), coding(Kind.ORDINAL, 2), "n", "T")
    slope = brentq(lambda b: b / linear_models.PENALTY_INVERSE - 20 * expit(-b), 0, 50)
    assert fitted.predict(np.array([[0.3]]))[0, 1] == pytest.approx(expit(0.3 * slope), rel=5e-3)


@pytest.mark.parametrize(
    ("cells", "classes", "limit"),
    [
        (100, 2, 200),
        # More categories than ten take as much longer; ten and fewer take the same.
        (100, 10, 200),
        (100, 20, 100),
        (1, 2, 1000),
        (19, 2, 1000),
        (1000, 2, 20),
        (2000, 40, 20),
    ],
)
def test_iterations_are_as_many_as_time_allows(
    cells: int, classes: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_models, "CELLS_READ", 20_000)
    asked = design(np.zeros((cells, 1)), np.zeros(cells))
    assert iteration_limit(asked, classes) == limit


def test_digits_end_after_as_many_iterations_as_were_measured() -> None:
    # 48,000 pictures of 784 pixels; memory for them is not needed.
    pictures = np.broadcast_to(np.zeros(1), (48_000, 784))
    assert iteration_limit(design(pictures, np.zeros(48_000)), 10) == 39


def test_a_category_that_is_not_there_has_no_probability() -> None:
    x, linear, _ = sample(60)
    model = LogisticRegression().fit(x, np.where(linear > 0, 3, 1))
    p = all_classes(model, x, 4)
    assert p.shape == (60, 4)
    assert (p[:, [0, 2]] == 0).all()
    assert p[:, [1, 3]] == pytest.approx(model.predict_proba(x))


def test_what_did_not_settle_is_said_and_other_warnings_are_passed_on() -> None:
    x, linear, rng = sample()
    y = (linear + rng.logistic(size=200) > 0).astype("int32")
    model = LogisticRegression(max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fit_quietly(model, design(x, y)) is False
        assert fit_quietly(LogisticRegression(), design(x, y)) is True

    class Warns(LogisticRegression):
        def fit(self, *arguments: Any) -> None:
            warnings.warn("something else", UserWarning, stacklevel=1)

    with pytest.warns(UserWarning, match="something else"):
        assert fit_quietly(Warns(), design(x, y)) is True


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.COUNT])
def test_a_caption_says_that_estimates_had_not_settled(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_models, "FEWEST_ITERATIONS", 1)
    monkeypatch.setattr(linear_models, "MOST_ITERATIONS", 1)
    x, linear, rng = sample()
    y = rng.poisson(np.exp(linear)) if kind is Kind.COUNT else (linear > 0.1).astype("int32")
    fitted = fit_linear(design(x, y), coding(kind, 2), "n", "T")
    assert not fitted.converged
    assert "; ended" in fitted.caption and "before the estimates had settled" in fitted.caption
    assert (" after 1 iterations," in fitted.caption) is (kind is Kind.BINARY)
