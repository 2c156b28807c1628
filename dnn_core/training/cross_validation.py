"""Cross-validation in which the networks of all folds are trained together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, indexable

from dnn_core.training.dense_network import DenseNetwork, fit_together


@dataclass(frozen=True, eq=False)
class CrossFit:
    """The result of cross-validation.

    Parameters
    ----------
    predictions : numpy.ndarray
        Predictions for each case by networks that were not trained on it: a quantity, shape
        (cases,), or probabilities in the order of `classes_`, shape (cases, classes).
        The mean where several folds leave a case out; NaN where none does.
    scores : numpy.ndarray
        The estimator's `score` on the cases that each fold leaves out: R² or accuracy, shape
        (folds,).
    estimators : list
        The fitted estimators, one per fold.
    """

    predictions: np.ndarray
    scores: np.ndarray
    estimators: list[Any]


def cross_fit(
    estimator: DenseNetwork | Pipeline,
    X: Any,  # noqa: N803
    y: Any,
    *,
    cv: Any = 5,
    groups: Any = None,
    sample_weight: Any = None,
) -> CrossFit:
    """Fit an estimator to the training part of every fold, all folds at the same time.

    Each result equals that of `clone(estimator).fit`; batched training only needs less time than
    one fit after the other.

    Parameters
    ----------
    estimator : DenseNetworkClassifier, DenseNetworkRegressor or Pipeline
        A pipeline that ends in one of the two; its other steps are fitted fold by fold.
    X : array-like or pandas.DataFrame
        Shape (cases, inputs).
    y : array-like
        Shape (cases,).
    cv : int, splitter or iterable
        As in `sklearn.model_selection.cross_validate`.
    groups : array-like, optional
        For splitters that keep groups together, shape (cases,).
    sample_weight : array-like, optional
        For training and for the scores, shape (cases,).

    Returns
    -------
    CrossFit

    Raises
    ------
    UserError
        If some fold's training part lacks a class.
    """
    X, y, groups, weight = indexable(X, y, groups, sample_weight)  # noqa: N806
    splitter = check_cv(cv, y, classifier=is_classifier(estimator))
    parts = list(splitter.split(X, y, groups))
    models = [clone(estimator) for _ in parts]
    tables = []
    for model, (training, _) in zip(models, parts, strict=True):
        x, outcome, weights = (_choose(column, training) for column in (X, y, weight))
        tables.append((_fit_steps(model, x, outcome), outcome, weights))
    fit_together([m[-1] if isinstance(m, Pipeline) else m for m in models], tables)
    scores, outputs = [], []
    for model, (_, left_out) in zip(models, parts, strict=True):
        x, outcome, weights = (_choose(column, left_out) for column in (X, y, weight))
        scores.append(model.score(x, outcome, sample_weight=weights))
        outputs.append(model.predict_proba(x) if is_classifier(model) else model.predict(x))
    predictions = _average(len(y), [left_out for _, left_out in parts], outputs)
    return CrossFit(predictions, np.array(scores), models)


def _average(cases: int, parts: list[np.ndarray], outputs: list[np.ndarray]) -> np.ndarray:
    """Put the outputs for each part in their places, shape (cases, ...)."""
    total, times = np.zeros((cases, *outputs[0].shape[1:])), np.zeros(cases)
    for part, output in zip(parts, outputs, strict=True):
        total[part] += output
        times[part] += 1
    with np.errstate(invalid="ignore"):
        # Transposed, so that cases come last as they do in `times`.
        return (total.T / times).T


def _choose(column: Any, rows: np.ndarray) -> Any:
    return None if column is None else _safe_indexing(column, rows)


def _fit_steps(model: Any, x: Any, y: Any) -> Any:
    """Fit the steps of a pipeline before the network, and return the transformed cases."""
    if not isinstance(model, Pipeline) or len(model) == 1:
        return x
    before = model[:-1]
    made = before.fit_transform(x, y)
    # With a memory, a pipeline fits copies of its steps.
    model.steps[:-1] = before.steps
    return made
