"""The regression model of all predictors with a ridge penalty chosen by cross-validation.

Hoerl and Kennard (1970), Technometrics 12:55-67; for logits, le Cessie and van Houwelingen
(1992), Applied Statistics 41:191-201.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge, TweedieRegressor

from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.baselines.baseline import SAMPLE_SEED, Baseline, DesignMatrix, inner_folds
from dnn_core.evaluation.baselines.linear_models import (
    Model,
    all_classes,
    fit_quietly,
    iteration_limit,
    log_linear_model,
)
from dnn_core.evaluation.baselines.ordered_logit import fit_ordered_logit
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import prediction_losses
from dnn_core.outcome.row import Link

PENALTIES = np.logspace(1, -2, 6)
"""Penalties for each case: half of one, times the number of cases, times the sum of squared
coefficients of standardised columns is added to the sum of losses. The strongest leaves next
to nothing of any coefficient; weaker ones than the weakest give what no penalty gives."""

FOLDS = 5

TUNING_CELLS = 400_000
"""Rows x columns on which the penalty is chosen: 10,000 rows of 40 columns."""

Predict = Callable[[np.ndarray], np.ndarray]


def fit_penalised(design: DesignMatrix, target: TargetCoding) -> Baseline:
    """Choose the penalty by cross-validation within the design's rows, and fit on all of them."""
    penalty = choose_penalty(design, target)
    fitted = _fit(_model(design, target), design, target, penalty)
    caption = (
        f"Ridge penalty of {penalty / design.weights.sum():.2g} for each case, chosen by "
        f"{FOLDS}-fold cross-validation within the training rows; fitted on {design.rows_of}."
    )
    return Baseline(
        "penalised",
        outcome_of(target.kind).penalised,
        caption,
        True,
        lambda x: fitted(design.scale(x)),
    )


def choose_penalty(design: DesignMatrix, target: TargetCoding) -> float:
    """The penalty on the sum of losses that does best on held-out rows.

    The strongest of all where there are too few cases or clusters to leave some out.
    A penalty says how large coefficients are expected to be, whatever the number of
    cases; so what a sample of rows has chosen serves all rows.
    """
    design = _sampled(design)
    penalties = PENALTIES * design.weights.sum()
    outcome = outcome_of(target.kind)
    if outcome.link is Link.LOG and outcome.variance_power is not None:
        # The curvature of the loss grows with this power of what is expected.
        mean = np.average(design.y, weights=design.weights)
        penalties = penalties * mean ** (2 - outcome.variance_power)
    losses = np.zeros_like(penalties)
    folds = inner_folds(design.y, design.cluster, FOLDS, categories=not target.kind.numeric)
    for fitted_on, left_out in folds:
        learnt, evaluated = design.take(fitted_on), design.take(left_out)
        model = _model(learnt, target)
        for i, penalty in enumerate(penalties):
            predicted = _fit(model, learnt, target, penalty)(evaluated.x)
            losses[i] += evaluated.weights @ prediction_losses(outcome, evaluated.y, predicted)
    return float(penalties[int(losses.argmin())])


def _sampled(design: DesignMatrix) -> DesignMatrix:
    rows, most = len(design.y), max(1, TUNING_CELLS // design.x.shape[1])
    drawn = np.random.default_rng(SAMPLE_SEED).choice(rows, min(rows, most), replace=False)
    return design.take(np.sort(drawn))


def _model(design: DesignMatrix, target: TargetCoding) -> Model | None:
    """What is fitted for one penalty after the other, each time from where it ended before."""
    limit = iteration_limit(design, len(target.classes))
    outcome = outcome_of(target.kind)
    match outcome.link:
        case Link.IDENTITY:
            return Ridge()
        case Link.LOG:
            return log_linear_model(outcome, limit, warm_start=True)
        case Link.CUMULATIVE:
            return None
        case Link.LOGIT | Link.SOFTMAX:
            return LogisticRegression(max_iter=limit, warm_start=True)
        case never:
            assert_never(never)


def _fit(
    model: Model | None, design: DesignMatrix, target: TargetCoding, penalty: float
) -> Predict:
    """Fit with a penalty on the sum of losses."""
    classes = len(target.classes)
    if model is None:
        return fit_ordered_logit(
            design.x, design.y, classes, design.weight, penalty=penalty
        ).predict
    if isinstance(model, LogisticRegression):
        model.C = 1 / penalty
        fit_quietly(model, design)
        return lambda x: all_classes(model, x, classes)
    model.alpha = penalty
    if isinstance(model, TweedieRegressor):
        # scikit-learn's is a penalty on the mean of losses.
        model.alpha = penalty / design.weights.sum()
    fit_quietly(model, design)
    return lambda x: model.predict(x).astype("float64")
