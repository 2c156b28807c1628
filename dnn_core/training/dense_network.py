"""The base of the estimators: from scikit-learn's calls to the engine and back."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
from sklearn.base import BaseEstimator, is_regressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.network.model import build_model, finish_model
from dnn_core.network.plan import member_seeds
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import predictions_of
from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, NetworkSpec, TrainingSpec
from dnn_core.training.forward import forward
from dnn_core.training.joint_fit import FitTask, JointFit, fit_jointly, hold_out
from dnn_core.training.member import Cases, Fitted, Member

LARGEST_BATCH = 65536
"""What `TrainingSpec` allows."""

Outcome = tuple[TargetCoding, np.ndarray, np.ndarray | None, np.ndarray]
"""The coding of the outcome, the coded outcome, weights of the cases if they have any, and
the strata of which the held-out cases shall have their share; each of shape (cases,)."""


# Longer than the rule: scikit-learn wants each parameter as an argument and as an attribute.
class DenseNetwork(BaseEstimator):
    """What both estimators share; see `DenseNetworkClassifier` for parameters."""

    def __init__(
        self,
        *,
        hidden: Sequence[int],
        activation: str,
        batch_norm: bool,
        dropout: float,
        l1: float,
        l2: float,
        optimizer: str,
        learning_rate: float,
        batch_size: int,
        epochs: int,
        early_stopping: bool,
        patience: int,
        validation_share: float,
        members: int,
        random_state: int | np.random.RandomState | None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.batch_norm = batch_norm
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.patience = patience
        self.validation_share = validation_share
        self.members = members
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Train the networks.

        Parameters
        ----------
        X : array-like or pandas.DataFrame
            Numbers without missing values, shape (cases, inputs). They are taken as they
            are: put a `StandardScaler` before the estimator.
        y : array-like
            Shape (cases,).
        sample_weight : array-like, optional
            Not negative, shape (cases,). Only their proportions matter; a case of weight
            0 is as good as left out.
        """
        fit_together([self], [(X, y, sample_weight)])
        return self

    @property
    def model_(self) -> keras.Model:
        """The network as a plain Keras model, built anew each time it is asked for.

        With several members, the model that averages them. Its output, of shape (cases,
        units), is in the outcome's units, or the probability of the second of two
        classes, or those of all classes.
        """
        check_is_fitted(self)
        output = output_of(self._target.kind, self._target.outputs)
        built = []
        for number, (seed, weights) in enumerate(
            zip(self._seeds, self.weights_, strict=True), start=1
        ):
            name = "network" if len(self._seeds) == 1 else f"member_{number}"
            model = build_model(self._network, self.n_features_in_, output, seed=seed, name=name)
            model.set_weights(weights)
            built.append(model)
        return finish_model(built, self._target)

    def _read_outcome(self, y: np.ndarray, weight: np.ndarray | None) -> Outcome:
        raise NotImplementedError

    def _prepare(self, X: Any, y: Any, sample_weight: Any) -> FitTask:  # noqa: N803
        """Read the data, and return the request to the engine."""
        X, y = validate_data(self, X, y, dtype=np.float32, y_numeric=is_regressor(self))  # noqa: N806
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
            counted = weight > 0
            X, y, weight = X[counted], y[counted], weight[counted]  # noqa: N806
        self._target, learnt, weight, strata = self._read_outcome(y, weight)
        if weight is not None:
            # Keras divides by the number of cases, not by their weights.
            weight = (weight / weight.mean()).astype("float32")
        self._network = self._ask_network()
        kind = self._target.kind
        cases = Cases(X, learnt, kind, output_of(kind, self._target.outputs))
        return FitTask(cases, self._ask_members(strata, weight))

    def _ask_network(self) -> NetworkSpec:
        return NetworkSpec(
            hidden=tuple(
                HiddenLayer.of(
                    units=units,
                    activation=self.activation,
                    batch_norm=self.batch_norm,
                    dropout=self.dropout,
                    l1=self.l1,
                    l2=self.l2,
                )
                for units in self.hidden
            )
        )

    def _ask_members(self, strata: np.ndarray, weight: np.ndarray | None) -> list[Member]:
        cases = len(strata)
        training = TrainingSpec.of(
            epochs=self.epochs,
            members=self.members,
            # The engine itself cuts what is larger than the data.
            batch_size=min(self.batch_size, max(LARGEST_BATCH, cases)),
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            early_stopping=self.early_stopping,
            patience=self.patience,
        )
        rng = check_random_state(self.random_state)
        self._seeds = member_seeds(int(rng.randint(2**31 - 1)), training.members)
        held_out = [np.arange(0)] * training.members
        if self.early_stopping:
            held_out = hold_out(strata, self.validation_share, training.members, rng)
        members = []
        for seed, validation in zip(self._seeds, held_out, strict=True):
            rows = np.setdiff1d(np.arange(cases), validation)
            learnt, evaluated = (
                None if weight is None else weight[of] for of in (rows, validation)
            )
            members.append(
                Member(self._network, training, seed, rows, validation, learnt, evaluated)
            )
        return members

    def _keep(self, fit: JointFit) -> None:
        """Store the fitted networks."""
        _require_finite(fit.fitted)
        self.weights_ = [member.weights for member in fit.fitted]
        self.history_ = fit.history
        self.n_iter_ = max(member.last_epoch for member in fit.fitted)
        self.best_epoch_ = round(float(np.median([m.best_epoch for m in fit.fitted])))

    def _outputs(self, X: Any) -> np.ndarray:  # noqa: N803
        """Outputs averaged over the members, float64, shape (cases, units)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float32)  # noqa: N806
        outputs = [
            predictions_of(outcome_of(self._target.kind), forward(self._network, weights, X))
            for weights in self.weights_
        ]
        return np.mean(outputs, axis=0)


def fit_together(
    estimators: Sequence[DenseNetwork], tables: Sequence[tuple[Any, Any, Any]]
) -> None:
    """Fit estimators side by side, each as if by its own `fit`.

    Parameters
    ----------
    estimators : sequence of DenseNetwork
        With the same parameters; `random_state` may differ.
    tables : sequence of tuple
        What each one's `fit` takes: X, y, and weights or None.

    Raises
    ------
    UserError
        If they see different classes.
    """
    fit_tasks = [
        estimator._prepare(*table) for estimator, table in zip(estimators, tables, strict=True)
    ]
    if len({estimator._target.classes for estimator in estimators}) > 1:
        raise UserError(
            "Not all training parts have the same classes.",
            remedy="Use a stratified splitter, fewer folds, or leave rare classes out.",
        )
    for estimator, fit in zip(estimators, fit_jointly(fit_tasks), strict=True):
        estimator._keep(fit)


def _require_finite(fitted: Sequence[Fitted]) -> None:
    """Refuse networks whose loss was never finite; warn of those where it ceased to be."""
    if any(member.best_epoch is None for member in fitted):
        raise UserError(
            "The loss was not a finite number from the first epoch on.",
            remedy="Standardise the predictors, or lower the learning rate.",
        )
    diverged = [m.diverged_epoch for m in fitted if m.diverged_epoch is not None]
    if diverged:
        warnings.warn(
            f"The loss was not a finite number in epoch {min(diverged)}; weights from before "
            "are kept. Standardise the predictors, or lower the learning rate.",
            ConvergenceWarning,
            stacklevel=5,
        )
