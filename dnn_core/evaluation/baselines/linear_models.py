"""Regression models as a researcher would report them: least squares and maximum likelihood."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, TweedieRegressor

from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines.baseline import Baseline, DesignMatrix
from dnn_core.evaluation.baselines.ordered_logit import fit_ordered_logit
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.row import Link, Outcome

PENALTY_INVERSE = 1e4
"""scikit-learn's C: so weak a ridge penalty that estimates agree with maximum
likelihood to three digits, yet they stay finite where categories are separable."""

CELLS_READ = 1_500_000_000
"""Rows x columns x iterations after which a logistic regression ends: about 3
seconds of one core, 39 iterations for 48,000 digits, where the accuracy on new
digits has reached .92 and hardly rises any more."""

MOST_ITERATIONS = 1000
FEWEST_ITERATIONS = 20


Model: TypeAlias = LogisticRegression | TweedieRegressor | Ridge


@dataclass(frozen=True, eq=False)
class Fitted:
    """How a fit ended; `predict` takes columns as in `DesignMatrix.x`."""

    method: str
    converged: bool
    predict: Callable[[np.ndarray], np.ndarray]
    when: str = ""


def fit_linear(design: DesignMatrix, target: TargetCoding, name: str, title: str) -> Baseline:
    """Fit the regression model that belongs to the kind of task."""
    match outcome_of(target.kind).link:
        case Link.IDENTITY:
            fitted = _least_squares(design)
        case Link.LOG:
            fitted = _log_linear(design, outcome_of(target.kind))
        case Link.CUMULATIVE:
            fitted = _ordered(design, len(target.classes))
        case Link.LOGIT | Link.SOFTMAX:
            fitted = _logistic(design, len(target.classes))
        case never:
            assert_never(never)
    ended = "" if fitted.converged else f"; ended{fitted.when} before the estimates had settled"
    caption = f"{fitted.method} on {design.columns_of}, fitted on {design.rows_of}{ended}."
    return Baseline(
        name, title, caption, fitted.converged, lambda x: fitted.predict(design.scale(x))
    )


def _least_squares(design: DesignMatrix) -> Fitted:
    model = LinearRegression().fit(design.x, design.y.astype("float64"), design.weight)
    return Fitted("Least squares", True, lambda x: model.predict(x).astype("float64"))


def log_linear_model(outcome: Outcome, limit: int, **settings: Any) -> TweedieRegressor:
    """A generalised linear model with a logarithm as link and the variance of a kind."""
    return TweedieRegressor(power=outcome.variance_power, link="log", max_iter=limit, **settings)


def _log_linear(design: DesignMatrix, outcome: Outcome) -> Fitted:
    # The penalty of scikit-learn's logistic regression is divided by cases as well.
    model = log_linear_model(outcome, MOST_ITERATIONS, alpha=1 / (PENALTY_INVERSE * len(design.x)))
    converged = fit_quietly(model, design)
    return Fitted("Maximum likelihood", converged, lambda x: model.predict(x).astype("float64"))


def _ordered(design: DesignMatrix, classes: int) -> Fitted:
    fitted = fit_ordered_logit(
        design.x, design.y, classes, design.weight, penalty=1 / PENALTY_INVERSE
    )
    method = "Proportional odds. Maximum likelihood"
    return Fitted(method, fitted.converged, fitted.predict)


def _logistic(design: DesignMatrix, classes: int) -> Fitted:
    limit = iteration_limit(design, classes)
    model = LogisticRegression(C=PENALTY_INVERSE, max_iter=limit)
    converged = fit_quietly(model, design)
    return Fitted(
        "Maximum likelihood",
        converged,
        lambda x: all_classes(model, x, classes),
        f" after {limit:,} iterations,",
    )


def iteration_limit(design: DesignMatrix, classes: int) -> int:
    """Iterations of a logistic regression that take no longer than `CELLS_READ` allows."""
    # Beyond ten categories the time of an iteration grows with their number.
    cells = design.x.size * max(1.0, classes / 10)
    return int(np.clip(CELLS_READ / cells, FEWEST_ITERATIONS, MOST_ITERATIONS))


def all_classes(model: LogisticRegression, x: np.ndarray, classes: int) -> np.ndarray:
    """Probabilities, 0 for a category that a random sample of rows missed."""
    probabilities = np.zeros((len(x), classes))
    probabilities[:, model.classes_] = model.predict_proba(x)
    return probabilities


def fit_quietly(model: Model, design: DesignMatrix) -> bool:
    """Fit, and return whether the estimates converged instead of warning about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(design.x, design.y, design.weight)
    converged = True
    for warning in caught:
        if issubclass(warning.category, ConvergenceWarning):
            converged = False
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    return converged
