"""What follows from the task: output units, output activation, loss, main metric."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dnn_core.data.target import TargetCoding
from dnn_core.specs import Kind


@dataclass(frozen=True)
class Output:
    """The output of a network and its loss.

    Loss and activation are Keras' names. Only "cumulative" is none: a cumulative link
    turns one score and the thresholds between ordered categories into probabilities
    (McCullagh 1980, Journal of the Royal Statistical Society B 42:109-142). Category j or
    less then has the probability 1 - sigmoid(score + shift j), and the shifts fall with j.
    """

    units: int
    activation: str
    loss: str

    @property
    def ordered(self) -> bool:
        """Whether all categories share one score."""
        return self.activation == "cumulative"

    @property
    def raw_units(self) -> int:
        """Numbers that the engine's raw output has: one for each threshold, if there are any."""
        return self.units - 1 if self.ordered else self.units

    @property
    def scores(self) -> int:
        """Columns of the last trained kernel."""
        return 1 if self.ordered else self.units

    def starting_biases(self) -> tuple[float, ...]:
        """Where the last biases begin: thresholds as if all categories were equally frequent."""
        if not self.ordered:
            return (0.0,) * self.units
        above = [1 - (j + 1) / self.units for j in range(self.units - 1)]
        return tuple(math.log(share / (1 - share)) for share in above)


def output_of(kind: Kind, classes: int) -> Output:
    """Return the output layer and loss of a kind of task.

    Parameters
    ----------
    kind : Kind
    classes : int
        Number of categories; read where there may be more than two.
    """
    match kind:
        case Kind.REGRESSION:
            return Output(1, "linear", "mse")
        case Kind.BINARY:
            return Output(1, "sigmoid", "binary_crossentropy")
        case Kind.MULTICLASS:
            return Output(classes, "softmax", "sparse_categorical_crossentropy")
        case Kind.ORDINAL:
            return Output(classes, "cumulative", "sparse_categorical_crossentropy")
        case Kind.COUNT:
            return Output(1, "exponential", "poisson")


def output_for(target: TargetCoding) -> Output:
    """Return the output layer and loss of an outcome."""
    return output_of(target.kind, len(target.classes))


@dataclass(frozen=True)
class MainMetric:
    """The figure by which networks of one kind are judged.

    `chance` is what a model that knows nothing of the predictors is expected to
    reach; None where that depends on the data.
    """

    name: str
    title: str
    help: str
    chance: float | None
    higher_is_better: bool = True


_MAIN_METRICS = {
    Kind.REGRESSION: MainMetric(
        name="r2",
        title="R²",
        help="The share of the outcome's variance that the network accounts for; "
        "0 is no better than always predicting the mean.",
        chance=0.0,
    ),
    Kind.BINARY: MainMetric(
        name="auc",
        title="AUC",
        help="The share of pairs, one case of each category, that the network ranks correctly; "
        "0.5 is chance.",
        chance=0.5,
    ),
    Kind.MULTICLASS: MainMetric(
        name="accuracy",
        title="Accuracy",
        help="The share of cases whose category the network names correctly; "
        "compare it with always naming the most frequent one.",
        chance=None,
    ),
    Kind.ORDINAL: MainMetric(
        name="qwk",
        title="Weighted kappa",
        help="The agreement of predicted and observed categories beyond chance, in which an "
        "error counts by the square of the steps between them; 0 is chance, 1 is perfect.",
        chance=0.0,
    ),
    Kind.COUNT: MainMetric(
        name="d2",
        title="D²",
        help="The share of the Poisson deviance that the network accounts for; "
        "0 is no better than always predicting the mean.",
        chance=0.0,
    ),
}


def main_metric(kind: Kind) -> MainMetric:
    """Return the figure by which networks of this kind are judged."""
    return _MAIN_METRICS[kind]
