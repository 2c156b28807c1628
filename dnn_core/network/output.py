"""What follows from the task: output units, output activation, loss, main metric."""

from __future__ import annotations

from dataclasses import dataclass

from dnn_core.specs import Kind


@dataclass(frozen=True)
class Output:
    """The last layer and its loss; activation and loss are Keras' names."""

    units: int
    activation: str
    loss: str


def output_of(kind: Kind, classes: int) -> Output:
    """Return the output layer and loss of a kind of task.

    Parameters
    ----------
    kind : Kind
    classes : int
        Number of categories; read for a multiclass task only.
    """
    match kind:
        case Kind.REGRESSION:
            return Output(1, "linear", "mse")
        case Kind.BINARY:
            return Output(1, "sigmoid", "binary_crossentropy")
        case Kind.MULTICLASS:
            return Output(classes, "softmax", "sparse_categorical_crossentropy")


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
}


def main_metric(kind: Kind) -> MainMetric:
    """Return the figure by which networks of this kind are judged."""
    return _MAIN_METRICS[kind]
