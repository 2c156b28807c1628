"""The values of all metrics for one set of predictions.

The metrics themselves, and the convention of predictions, are in `dnn_core.outcome.metrics`.
"""

from __future__ import annotations

import numpy as np

from dnn_core.evaluation.metrics.scorers import scorer
from dnn_core.outcome.metrics import metrics_of
from dnn_core.specs import Kind


def evaluate(
    kind: Kind,
    y: np.ndarray,
    predicted: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    training_mean: float | None,
) -> dict[str, float]:
    """Compute every metric of a kind of task.

    Parameters
    ----------
    kind : Kind
    y : numpy.ndarray
        As in `Part.y`: own units, or positions of classes, shape (cases,).
    predicted : numpy.ndarray
        Shape (cases,) for a number, (cases, classes) of probabilities otherwise.
    weight : numpy.ndarray, optional
        Case weights, shape (cases,).
    training_mean : float or None
        (Weighted) mean of the outcome on the training part; needed for a
        number, whose R² and D² are measured against it on every
        part, because the mean of the evaluated part would not have been known when
        predicting.

    Returns
    -------
    dict of str to float
        One figure per metric. A figure that is not defined for these cases is
        NaN: AUC, balanced accuracy, F1, sensitivity and specificity where a
        category that they are about has no case (of positive weight); kappa
        where observed and predicted are one and the same category throughout;
        R² where every outcome equals the training mean.
    """
    weights = np.ones(len(y)) if weight is None else np.asarray(weight, dtype="float64")
    values = scorer(kind, y, predicted, training_mean=training_mean)(weights[:, np.newaxis])
    return {metric.name: float(values[metric.name][0]) for metric in metrics_of(kind)}
