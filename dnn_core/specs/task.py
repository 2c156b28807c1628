"""The specification of the task and of the split."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from dnn_core.specs.fields import Choice, Hyperparameter, Spec
from dnn_core.specs.replicates import Replicates


class Kind(Choice):
    """The kinds of task."""

    REGRESSION = "regression", "A quantity (regression)"
    BINARY = "binary", "Two categories (binary)"
    MULTICLASS = "multiclass", "Several categories (multiclass)"
    ORDINAL = "ordinal", "Ordered categories (ordinal)"
    COUNT = "count", "How many times (count)"
    AMOUNT = "amount", "A positive quantity (amount)"

    @property
    def numeric(self) -> bool:
        """Whether a number is predicted rather than probabilities of categories."""
        return self not in (Kind.BINARY, Kind.MULTICLASS, Kind.ORDINAL)


class Task(Spec):
    """Outcome, predictors and, where there are any, weight and sample design.

    `kind=None` means: guess it from the target when the data are at hand.
    `reduced` are the predictors of a reduced model for comparison with the network.
    `measured_after` are the variables that the researcher marked as measured after the
    target, `measured_on` the one that says when the target was measured.
    """

    target: Annotated[str, Field(title="Outcome")]
    features: Annotated[tuple[str, ...], Field(title="Predictors")]
    kind: Annotated[Kind | None, Field(title="Kind of task")] = None
    reduced: Annotated[
        tuple[str, ...],
        Field(
            title="A simpler model of your own",
            description="The simple model that you would otherwise report: a regression on these "
            "predictors alone is fitted for comparison, and the network should beat "
            "it.",
        ),
    ] = ()
    weight: Annotated[str | None, Field(title="Weight")] = None
    cluster: Annotated[str | None, Field(title="Cluster")] = None
    strata: Annotated[str | None, Field(title="Strata")] = None
    replicates: Annotated[Replicates | None, Field(title="Replicate weights")] = None
    measured_after: Annotated[
        tuple[str, ...],
        Field(
            title="Measured after the outcome",
            description="Predictors that are known only after the outcome: a network that uses "
            "them cannot predict, however well it does.",
        ),
    ] = ()
    measured_on: Annotated[
        str | None,
        Field(
            title="Date of the outcome",
            description="The variable that says when the outcome was measured, such as the date "
            "of the interview; predictors with later dates are reported.",
        ),
    ] = None

    @model_validator(mode="after")
    def _roles_do_not_overlap(self) -> Self:
        if not self.features:
            raise ValueError("No predictor is chosen. Choose at least one variable as predictor.")
        if len(set(self.features)) < len(self.features):
            raise ValueError("A variable is listed twice among the predictors.")
        _require_reduced(self.reduced, self.features)
        if self.target in self.features:
            raise ValueError(
                f"“{self.target}” is the outcome and cannot be a predictor as well. "
                "Remove it from the predictors."
            )
        roles = {"weight": self.weight, "cluster": self.cluster, "strata": self.strata}
        for role, name in roles.items():
            if name is not None and name in (*self.features, self.target):
                raise ValueError(
                    f"“{name}” cannot be the {role} and the outcome or a predictor at once."
                )
        if self.replicates is not None and self.weight is None:
            raise ValueError(
                "Replicate weights need the weight that they are replicates of. "
                "Give one variable the role Weight, or leave them out."
            )
        return self


def _require_reduced(reduced: tuple[str, ...], features: tuple[str, ...]) -> None:
    if len(set(reduced)) < len(reduced):
        raise ValueError("A variable is listed twice among the predictors of your simpler model.")
    foreign = [name for name in reduced if name not in features]
    if foreign:
        raise ValueError(
            f"“{foreign[0]}” is in your simpler model, but it is not a predictor of the network. "
            "Make it a predictor as well, or leave it out of the simpler model."
        )
    if reduced and len(reduced) == len(features):
        raise ValueError(
            "Your simpler model has all predictors, so it is the same as the regression on all "
            "predictors. Name fewer, or none."
        )


class SplitMethod(Choice):
    """Methods of splitting rows into parts."""

    STRATIFIED = "stratified", "Stratified by outcome"
    RANDOM = "random", "At random"
    GROUPED = "grouped", "Whole clusters"
    OFFICIAL = "official", "As published"
    TIME = "time", "In time order"
    COLUMN = "column", "By a column of the data"
    PANEL = "panel", "Other people at a later time"


class Holdout(Choice):
    """The rows on which epochs are compared during training."""

    FOLDS = "folds", "In turns: each network leaves out another part"
    PART = "part", "One part, the same for all networks"


class SplitSpec(Spec):
    """Shares of the parts, and the method of the split.

    `method=None` means: the one that the sample asks for (`method_for`).
    The seed of the split is its own: training again with another seed must be evaluated on the same
    rows.
    """

    validation: Annotated[
        float,
        Field(
            ge=0.05,
            le=0.5,
            title="Validation share",
            description="The share of rows on which epochs are compared during training.",
        ),
        Hyperparameter(step=0.05, format="%.2f"),
    ] = 0.2
    holdout: Annotated[
        Holdout,
        Field(
            title="Validation rows",
            description="In turns, every training row is predicted by a network that was not "
            "trained on it, and all rows are used for training. A single network "
            "always has one part.",
        ),
    ] = Holdout.FOLDS
    test: Annotated[
        float,
        Field(
            ge=0.05,
            le=0.5,
            title="Test share",
            description="The share of rows that stays sealed until you open it at the end.",
        ),
        Hyperparameter(step=0.05, format="%.2f"),
    ] = 0.2
    method: Annotated[
        SplitMethod | None,
        Field(title="Method", description="How rows are assigned to the three parts."),
    ] = None
    by: Annotated[
        str | None,
        Field(
            title="Split by",
            description="The variable that orders the rows in time, or whose values define the "
            "test part.",
        ),
    ] = None
    test_values: Annotated[
        tuple[str, ...],
        Field(
            title="Values of the test part",
            description="Rows with one of these values stay sealed until you open them at the end.",
        ),
    ] = ()
    seed: Annotated[
        int,
        Field(
            ge=0,
            le=2**31 - 1,
            title="Split seed",
            description="The same seed always puts the same rows into the same part.",
        ),
        Hyperparameter(step=1),
    ] = 1

    @model_validator(mode="after")
    def _training_rows_remain(self) -> Self:
        # A test part that is published or chosen by its values has the size that it has.
        drawn = self.method not in (SplitMethod.OFFICIAL, SplitMethod.COLUMN)
        if drawn and self.validation + self.test > 0.8:
            raise ValueError(
                "Validation and test together take more than 80 % of the rows, so too few are "
                "left for training. Lower one of the two shares."
            )
        return self

    def method_for(self, task: Task) -> SplitMethod:
        """The method that was chosen, else the one that the sample asks for.

        Rows of a cluster are alike, so a declared cluster stays in one part: with rows at random
        the network would be evaluated on near-copies of its training rows (Roberts et al. 2017,
        Ecography 40:913-929).
        """
        if self.method is not None:
            return self.method
        return SplitMethod.STRATIFIED if task.cluster is None else SplitMethod.GROUPED

    def for_task(self, task: Task) -> Self:
        """The split with its method written down."""
        return self.but(method=self.method_for(task))

    def summary(self) -> str:
        """The method of the split in a few words: `By a column of the data, wave: 2020`."""
        words = "As the sample was drawn" if self.method is None else self.method.label
        if self.method in (SplitMethod.TIME, SplitMethod.COLUMN, SplitMethod.PANEL):
            words += f", {self.by}"
        if self.method is SplitMethod.COLUMN:
            words += f": {', '.join(self.test_values)}"
        return words
