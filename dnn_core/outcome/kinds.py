"""The kinds of outcome: one row each, with all that follows from it and is no algorithm.

Pure data, without NumPy: pages and the command line read it before anything is loaded.
Where an algorithm differs between kinds, losses and links are told apart by a `match`
(`dnn_core.outcome.losses`, the engine); elsewhere a field of the row says what to do.
"""

from __future__ import annotations

from dnn_core.outcome.row import Domain, Errors, Link, Loss, Outcome
from dnn_core.specs import Kind

_OUTCOMES = (
    Outcome(
        kind=Kind.REGRESSION,
        noun="a quantity",
        link=Link.IDENTITY,
        loss=Loss.SQUARED_ERROR,
        keras_loss="losses.MeanSquaredError",
        keras_metric="metrics.R2Score",
        minimised="squared error",
        loss_words="squared error",
        drawn="{name}",
        learnt_as="The network is trained on the outcome, "
        "scaled to mean 0 and standard deviation 1.",
        main="r2",
        loss_metric="rmse",
        ranking="rmse",
        group_metric="rmse",
        question="How much does it account for?",
        levels=(0.5, 0.26, 0.13),
        calibration_regression="linear regression of observed on predicted",
        calibration_unit="",
        linear=("linear", "Linear regression"),
        penalised="Ridge regression",
        variance_power=0,
        boosting_loss="squared_error",
    ),
    Outcome(
        kind=Kind.BINARY,
        noun="two categories",
        link=Link.LOGIT,
        loss=Loss.BINARY_CROSS_ENTROPY,
        keras_loss="losses.BinaryCrossentropy",
        keras_metric="metrics.AUC",
        minimised="binary cross-entropy",
        loss_words="cross-entropy",
        drawn="P({positive})",
        main="auc",
        loss_metric="log_loss",
        ranking="log_loss",
        group_metric="auc",
        calibration_metric="brier",
        question="Does it rank the cases correctly?",
        levels=(0.8, 0.7, 0.6),
        calibration_regression="logistic regression on the logit of the probability",
        linear=("logistic", "Logistic regression"),
        penalised="Penalised logistic regression",
    ),
    Outcome(
        kind=Kind.MULTICLASS,
        noun="several categories",
        link=Link.SOFTMAX,
        loss=Loss.CROSS_ENTROPY,
        keras_loss="losses.SparseCategoricalCrossentropy",
        keras_metric="metrics.SparseCategoricalAccuracy",
        minimised="categorical cross-entropy",
        loss_words="cross-entropy",
        drawn="one per category",
        main="accuracy",
        loss_metric="log_loss",
        ranking="log_loss",
        group_metric="accuracy",
        calibration_metric="brier",
        question="How often is it right?",
        levels=(0.75, 0.5, 0.25),
        levels_of_errors=True,
        calibration_regression="logistic regression on the logit, each category against the rest",
        linear=("logistic", "Logistic regression"),
        penalised="Penalised logistic regression",
    ),
    Outcome(
        kind=Kind.ORDINAL,
        noun="ordered categories",
        link=Link.CUMULATIVE,
        loss=Loss.CROSS_ENTROPY,
        keras_loss="losses.SparseCategoricalCrossentropy",
        # Keras has no weighted kappa.
        keras_metric="metrics.SparseCategoricalAccuracy",
        minimised="the likelihood of a cumulative logit (McCullagh 1980)",
        loss_words="cross-entropy",
        drawn="one per category",
        main="qwk",
        loss_metric="log_loss",
        ranking="rps",
        group_metric="rps",
        calibration_metric="rps",
        question="How near does it come?",
        levels=(0.6, 0.4, 0.2),
        calibration_regression="logistic regression on the logit of lying above each category",
        linear=("ordered_logit", "Ordered logit"),
        penalised="Penalised ordered logit",
    ),
    Outcome(
        kind=Kind.COUNT,
        noun="a count",
        link=Link.LOG,
        loss=Loss.POISSON,
        keras_loss="losses.Poisson",
        minimised="Poisson deviance",
        loss_words="Poisson",
        drawn="number of {name}",
        learnt_as="The network is trained on the count, divided by its mean.",
        main="d2",
        loss_metric="deviance",
        ranking="deviance",
        group_metric="deviance",
        question="How much does it account for?",
        levels=(0.5, 0.26, 0.13),
        calibration_regression="Poisson regression on the logarithm of the prediction",
        calibration_unit="logarithm",
        linear=("poisson", "Poisson regression"),
        penalised="Penalised Poisson regression",
        variance_power=1,
        boosting_loss="poisson",
        mean_divided=True,
        domain=Domain.WHOLE,
        domain_words="whole numbers of at least 0 in every row",
        remedy="Choose “A quantity (regression)” or a kind of task with categories.",
        errors=Errors.ROOT,
    ),
    Outcome(
        kind=Kind.AMOUNT,
        noun="a positive quantity",
        link=Link.LOG,
        loss=Loss.GAMMA,
        keras_formula="y_true / y_pred + {ops}log(y_pred)",
        minimised="gamma deviance",
        loss_words="gamma",
        drawn="{name}",
        learnt_as="The network is trained on the amount, divided by its mean.",
        main="d2",
        loss_metric="gamma_deviance",
        ranking="gamma_deviance",
        group_metric="gamma_deviance",
        question="How much does it account for?",
        levels=(0.5, 0.26, 0.13),
        calibration_regression="gamma regression on the logarithm of the prediction",
        calibration_unit="logarithm",
        linear=("gamma", "Gamma regression"),
        penalised="Penalised gamma regression",
        variance_power=2,
        boosting_loss="gamma",
        mean_divided=True,
        domain=Domain.POSITIVE,
        domain_words="numbers above 0 in every row",
        remedy="Declare them as missing codes if they mean that there is no answer; otherwise "
        "choose “A quantity (regression)”.",
        errors=Errors.RATIO,
    ),
)

OUTCOMES = {outcome.kind: outcome for outcome in _OUTCOMES}
"""The row of each kind."""

NUMERIC = tuple(kind for kind in Kind if kind.numeric)
CATEGORICAL = tuple(kind for kind in Kind if not kind.numeric)

CHANCE_BASELINES = ("mean", "majority")
"""Keys of the models that know nothing of the predictors, one for each kind."""

LINEAR_BASELINES = tuple(dict.fromkeys(outcome.linear[0] for outcome in _OUTCOMES))
"""Keys of the regression models, one for each kind."""


def outcome_of(kind: Kind) -> Outcome:
    """The row of a kind."""
    return OUTCOMES[kind]
