"""The engine behind scikit-learn's interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from dnn_core.data.target import TargetCoding
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import impossible
from dnn_core.specs import Kind
from dnn_core.training.dense_network import DenseNetwork, Outcome


class DenseNetworkClassifier(ClassifierMixin, DenseNetwork):
    """Dense networks that tell classes apart.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden layers; none at all is a logistic regression.
    activation : str
        Of the hidden layers, one of `dnn_core.specs.Activation`.
    batch_norm : bool
        Batch normalisation between each hidden layer and its activation.
    dropout, l1, l2 : float
        Of every hidden layer.
    optimizer : str
        One of `dnn_core.specs.Optimizer`.
    learning_rate : float
    batch_size : int
        Cut to the number of training cases.
    epochs : int
        At most, with `early_stopping`.
    early_stopping : bool
        Hold cases out, stop when their loss has not improved for `patience` epochs,
        and keep the weights of the best epoch. Otherwise all cases train, and the
        weights of the last epoch are kept.
    patience : int
        Epochs.
    validation_share : float
        How many cases are held out, between 0 and 1, with the same shares of classes
        as far as possible.
    class_weight : None, "balanced" or dict
        As in scikit-learn; multiplies `sample_weight`, in the loss of the cases that
        are held out too.
    members : int
        Networks, each with its own starting weights, order of cases and, with
        `early_stopping`, cases that are held out. Their probabilities are averaged.
    random_state : int, RandomState or None

    Attributes
    ----------
    classes_ : numpy.ndarray
        Sorted, shape (classes,).
    n_iter_ : int
        Epochs trained; of several members, the largest number.
    best_epoch_ : int
        Whose weights are kept; of several members, the middle one.
    history_ : pandas.DataFrame
        One row for each epoch and member, columns as in
        `dnn_core.training.history.EpochRecord`.
    weights_ : list of list of numpy.ndarray
        For each member what `keras.Model.get_weights` would give.
    model_ : keras.Model
        The plain network.
    n_features_in_ : int
    feature_names_in_ : numpy.ndarray
        Where X is a data frame with names.
    """

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (128, 64),
        activation: str = "relu",
        batch_norm: bool = False,
        dropout: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        batch_size: int = 32,
        epochs: int = 200,
        early_stopping: bool = True,
        patience: int = 10,
        validation_share: float = 0.2,
        class_weight: str | dict[Any, float] | None = None,
        members: int = 1,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            hidden=hidden,
            activation=activation,
            batch_norm=batch_norm,
            dropout=dropout,
            l1=l1,
            l2=l2,
            optimizer=optimizer,
            learning_rate=learning_rate,
            batch_size=batch_size,
            epochs=epochs,
            early_stopping=early_stopping,
            patience=patience,
            validation_share=validation_share,
            members=members,
            random_state=random_state,
        )
        self.class_weight = class_weight

    def _read_outcome(self, y: np.ndarray, weight: np.ndarray | None) -> Outcome:
        check_classification_targets(y)
        self.classes_, position = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("A classifier needs cases of two classes, but got one class only.")
        if self.class_weight is not None:
            classes = compute_class_weight(
                self.class_weight, classes=self.classes_, y=y, sample_weight=weight
            )[position]
            weight = classes if weight is None else weight * classes
        kind = Kind.BINARY if len(self.classes_) == 2 else Kind.MULTICLASS
        names = tuple(str(name) for name in self.classes_)
        target = TargetCoding("y", kind, names, names)
        learnt = position.astype("float32" if kind is Kind.BINARY else "int32")
        return target, learnt, weight, position

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Probability of each class, in the order of `classes_`, shape (cases, classes)."""
        outputs = self._outputs(X)
        if self._target.kind is Kind.BINARY:
            return np.hstack([1 - outputs, outputs])
        return outputs

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The most probable class of each case, shape (cases,)."""
        most = self.predict_proba(X).argmax(axis=1)
        return self.classes_[most]


class DenseNetworkRegressor(RegressorMixin, DenseNetwork):
    """Dense networks that predict a number.

    Parameters and attributes are those of `DenseNetworkClassifier`, without
    `class_weight` and `classes_`. A quantity is standardised for the networks, any other
    number divided by its mean, and predicted in its own units; losses in `history_` are
    those of the number as it was learnt.

    Parameters
    ----------
    kind : str
        What is predicted: “regression” for a quantity, or the value of another kind of
        `dnn_core.specs.Kind` that is a number, such as “count”. Its loss and link are those
        of `dnn_core.outcome`.

    Raises
    ------
    ValueError
        From `fit`, where outcomes cannot be of this kind, as a count of −1.
    """

    def __init__(
        self,
        *,
        kind: str = "regression",
        hidden: Sequence[int] = (128, 64),
        activation: str = "relu",
        batch_norm: bool = False,
        dropout: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        batch_size: int = 32,
        epochs: int = 200,
        early_stopping: bool = True,
        patience: int = 10,
        validation_share: float = 0.2,
        members: int = 1,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            hidden=hidden,
            activation=activation,
            batch_norm=batch_norm,
            dropout=dropout,
            l1=l1,
            l2=l2,
            optimizer=optimizer,
            learning_rate=learning_rate,
            batch_size=batch_size,
            epochs=epochs,
            early_stopping=early_stopping,
            patience=patience,
            validation_share=validation_share,
            members=members,
            random_state=random_state,
        )
        self.kind = kind

    def _read_outcome(self, y: np.ndarray, weight: np.ndarray | None) -> Outcome:
        outcome = outcome_of(Kind(self.kind))
        if outcome.is_categorical:
            raise ValueError(f"A regressor predicts a number, but {self.kind!r} has categories.")
        y = y.astype("float64")
        refused = int(impossible(outcome, y).sum())
        mean = float(np.average(y, weights=weight))
        if refused or (outcome.mean_divided and not mean > 0):
            raise ValueError(
                f"{outcome.noun.capitalize()} needs {outcome.domain_words}, not all of them 0; "
                f"{refused} of {len(y)} outcomes are something else."
            )
        if outcome.mean_divided:
            target = TargetCoding("y", outcome.kind, scale=mean)
        else:
            scale = float(np.sqrt(np.average((y - mean) ** 2, weights=weight)))
            # A constant is learnt as 0, whatever it is divided by.
            target = TargetCoding("y", outcome.kind, mean=mean, scale=scale or 1.0)
        learnt = ((y - target.mean) / target.scale).astype("float32")
        return target, learnt, weight, np.zeros(len(y))

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The number, float64, shape (cases,)."""
        return self._outputs(X)[:, 0] * self._target.scale + self._target.mean
