"""The metrics, each declared once, and their values for one set of predictions.

Predictions have one convention everywhere. A quantity or a count: float, shape
(cases,), in the outcome's own units. Categories, also two: class probabilities, float,
shape (cases, classes), in the order of `TargetCoding.classes`; of two, the
second column is the positive category's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnn_core.evaluation.metrics.scorers import scorer
from dnn_core.specs import Kind

REGRESSION = (Kind.REGRESSION,)
COUNT = (Kind.COUNT,)
NUMBERS = (Kind.REGRESSION, Kind.COUNT)
BINARY = (Kind.BINARY,)
ORDINAL = (Kind.ORDINAL,)
UNORDERED = (Kind.BINARY, Kind.MULTICLASS)
CATEGORIES = (Kind.BINARY, Kind.MULTICLASS, Kind.ORDINAL)


@dataclass(frozen=True)
class Metric:
    """What a metric is called and how it is read.

    Parameters
    ----------
    name : str
        Key in every table.
    title : str
        As the researcher sees it.
    help : str
        One sentence without a formula.
    higher_is_better : bool
    kinds : tuple of Kind
        The kinds of task that it fits.
    chance : str
        What a model without any knowledge of the case reaches.
    """

    name: str
    title: str
    help: str
    higher_is_better: bool
    kinds: tuple[Kind, ...]
    chance: str


METRICS = (
    Metric(
        "r2",
        "R²",
        "The share of the squared error of predicting everybody with the training mean that the "
        "model avoids; it is negative where the model does worse than that mean.",
        True,
        REGRESSION,
        "0, the training mean for everybody",
    ),
    Metric(
        "d2",
        "D²",
        "The share of the Poisson deviance of predicting everybody with the training mean that "
        "the model avoids; it is negative where the model does worse than that mean.",
        True,
        COUNT,
        "0, the training mean for everybody",
    ),
    Metric(
        "deviance",
        "Poisson deviance",
        "How improbable the observed counts are if they vary by chance around the predicted "
        "ones; an error counts more where few are expected.",
        False,
        COUNT,
        "the deviance of the training mean",
    ),
    Metric(
        "qwk",
        "Weighted kappa",
        "The agreement of predicted and observed categories beyond what their shares alone "
        "would bring about; an error counts by the square of the steps between them.",
        True,
        ORDINAL,
        "0",
    ),
    Metric(
        "rps",
        "Ranked probability score",
        "How far the probabilities lie from what was observed, where probability counts as less "
        "wrong the nearer its category is; 0 is perfect, 1 the worst.",
        False,
        ORDINAL,
        "the score of the categories' shares",
    ),
    Metric(
        "rmse",
        "RMSE",
        "The typical size of an error in the outcome's own units, in which large errors count "
        "more than small ones.",
        False,
        NUMBERS,
        "about the outcome's standard deviation",
    ),
    Metric(
        "mae",
        "Mean absolute error",
        "How far the prediction is off on average, in the outcome's own units.",
        False,
        NUMBERS,
        "about the outcome's mean distance from its mean",
    ),
    Metric(
        "auc",
        "AUC",
        "The share of pairs (one case of a category, one of the others) that the model ranks "
        "correctly; with several categories, the plain mean over them.",
        True,
        UNORDERED,
        "0.5",
    ),
    Metric(
        "accuracy",
        "Accuracy",
        "The share of cases whose most probable category is the observed one.",
        True,
        CATEGORIES,
        "the share of the most frequent category",
    ),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        "The share of cases predicted correctly within each category, averaged so that every "
        "category counts the same.",
        True,
        CATEGORIES,
        "1 divided by the number of categories",
    ),
    Metric(
        "log_loss",
        "Log loss",
        "How much probability the model gave to what was observed, where being sure and wrong "
        "costs most.",
        False,
        CATEGORIES,
        "the log loss of the categories' shares",
    ),
    Metric(
        "brier",
        "Brier score",
        "The mean squared distance of the predicted probabilities from what was observed.",
        False,
        CATEGORIES,
        "the Brier score of the categories' shares",
    ),
    Metric(
        "f1",
        "F1",
        "The balance between finding the cases of a category and being right when naming it; of "
        "two categories, for the positive one, of several, the plain mean over them.",
        True,
        UNORDERED,
        "depends on the categories' shares",
    ),
    Metric(
        "sensitivity",
        "Sensitivity",
        "The share of the cases of the positive category that the model finds.",
        True,
        BINARY,
        "the share of cases that are predicted positive",
    ),
    Metric(
        "specificity",
        "Specificity",
        "The share of the cases of the other category that the model leaves out.",
        True,
        BINARY,
        "the share of cases that are predicted negative",
    ),
    Metric(
        "kappa",
        "Cohen's kappa",
        "The agreement of predicted and observed categories beyond what their shares alone would "
        "bring about.",
        True,
        UNORDERED,
        "0",
    ),
)

_BY_NAME = {metric.name: metric for metric in METRICS}


def metric(name: str) -> Metric:
    """Return the declaration of one metric.

    Raises
    ------
    KeyError
        If there is no such metric.
    """
    return _BY_NAME[name]


def metrics_of(kind: Kind) -> tuple[Metric, ...]:
    """The metrics that fit a kind of task, in the order of display."""
    return tuple(metric for metric in METRICS if kind in metric.kinds)


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
        Shape (cases,) for a quantity or a count, (cases, classes) of probabilities otherwise.
    weight : numpy.ndarray, optional
        Case weights, shape (cases,).
    training_mean : float or None
        (Weighted) mean of the outcome on the training part; needed for a
        quantity and a count, whose R² and D² are measured against it on every
        part, because the mean of the judged part would not have been known when
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
