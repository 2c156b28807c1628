"""The metrics, each declared once.

Their formulas are in `dnn_core.outcome.formulas`.

Predictions have one convention everywhere. A number: float, shape (cases,), in the
outcome's own units. Categories, also two: class probabilities, float, shape (cases,
classes), in the order of `TargetCoding.classes`; of two, the second column is the positive
category's.
"""

from __future__ import annotations

from dataclasses import dataclass

from dnn_core.outcome.kinds import CATEGORICAL, NUMERIC, outcome_of
from dnn_core.specs import Kind


@dataclass(frozen=True)
class Metric:
    """The declaration of a metric.

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
        What a model without any knowledge of the case reaches, in words.
    chance_value : float or None
        The same as a figure; None where it depends on the data.
    """

    name: str
    title: str
    help: str
    higher_is_better: bool
    kinds: tuple[Kind, ...]
    chance: str
    chance_value: float | None = None


METRICS = (
    Metric(
        "r2",
        "R²",
        "The share of the squared error of predicting everybody with the training mean that the "
        "model avoids; it is negative where the model does worse than that mean.",
        True,
        (Kind.REGRESSION,),
        "0, the training mean for everybody",
        chance_value=0.0,
    ),
    Metric(
        "d2",
        "D²",
        "The share of the deviance (Poisson of counts, gamma of amounts) of predicting everybody "
        "with the training mean that the model avoids; it is negative where the model does worse "
        "than that mean.",
        True,
        (Kind.COUNT, Kind.AMOUNT),
        "0, the training mean for everybody",
        chance_value=0.0,
    ),
    Metric(
        "deviance",
        "Poisson deviance",
        "How improbable the observed counts are if they vary by chance around the predicted "
        "ones; an error counts more where few are expected.",
        False,
        (Kind.COUNT,),
        "the deviance of the training mean",
    ),
    Metric(
        "gamma_deviance",
        "Gamma deviance",
        "How improbable the observed amounts are if they vary around the predicted ones in "
        "proportion to these; an error counts by its ratio to what is predicted.",
        False,
        (Kind.AMOUNT,),
        "the deviance of the training mean",
    ),
    Metric(
        "qwk",
        "Weighted kappa",
        "The agreement of predicted and observed categories beyond what their shares alone "
        "would bring about; an error counts by the square of the steps between them.",
        True,
        (Kind.ORDINAL,),
        "0",
        chance_value=0.0,
    ),
    Metric(
        "rps",
        "Ranked probability score",
        "How far the probabilities lie from what was observed, where probability counts as less "
        "wrong the nearer its category is; 0 is perfect, 1 the worst.",
        False,
        (Kind.ORDINAL,),
        "the score of the categories' shares",
    ),
    Metric(
        "rmse",
        "RMSE",
        "The typical size of an error in the outcome's own units, in which large errors count "
        "more than small ones.",
        False,
        NUMERIC,
        "about the outcome's standard deviation",
    ),
    Metric(
        "mae",
        "Mean absolute error",
        "How far the prediction is off on average, in the outcome's own units.",
        False,
        NUMERIC,
        "about the outcome's mean distance from its mean",
    ),
    Metric(
        "auc",
        "AUC",
        "The share of pairs (one case of a category, one of the others) that the model ranks "
        "correctly; with several categories, the plain mean over them.",
        True,
        (Kind.BINARY, Kind.MULTICLASS),
        "0.5",
        chance_value=0.5,
    ),
    Metric(
        "accuracy",
        "Accuracy",
        "The share of cases whose most probable category is the observed one.",
        True,
        CATEGORICAL,
        "the share of the most frequent category",
    ),
    Metric(
        "balanced_accuracy",
        "Balanced accuracy",
        "The share of cases predicted correctly within each category, averaged so that every "
        "category counts the same.",
        True,
        CATEGORICAL,
        "1 divided by the number of categories",
    ),
    Metric(
        "log_loss",
        "Log loss",
        "How much probability the model gave to what was observed, where being sure and wrong "
        "costs most.",
        False,
        CATEGORICAL,
        "the log loss of the categories' shares",
    ),
    Metric(
        "brier",
        "Brier score",
        "The mean squared distance of the predicted probabilities from what was observed.",
        False,
        CATEGORICAL,
        "the Brier score of the categories' shares",
    ),
    Metric(
        "f1",
        "F1",
        "The balance between finding the cases of a category and being right when naming it; of "
        "two categories, for the positive one, of several, the plain mean over them.",
        True,
        (Kind.BINARY, Kind.MULTICLASS),
        "depends on the categories' shares",
    ),
    Metric(
        "sensitivity",
        "Sensitivity",
        "The share of the cases of the positive category that the model finds.",
        True,
        (Kind.BINARY,),
        "the share of cases that are predicted positive",
    ),
    Metric(
        "specificity",
        "Specificity",
        "The share of the cases of the other category that the model leaves out.",
        True,
        (Kind.BINARY,),
        "the share of cases that are predicted negative",
    ),
    Metric(
        "kappa",
        "Cohen's kappa",
        "The agreement of predicted and observed categories beyond what their shares alone would "
        "bring about.",
        True,
        (Kind.BINARY, Kind.MULTICLASS),
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


def main_metric(kind: Kind) -> Metric:
    """Return the main metric of this kind of outcome; more is better for each of them."""
    return metric(outcome_of(kind).main)
