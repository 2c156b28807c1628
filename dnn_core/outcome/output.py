"""From the kind of outcome to the output of a network and its loss."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.row import Link, Loss
from dnn_core.specs import Kind


@dataclass(frozen=True)
class Output:
    """The output of a network and its loss.

    With a cumulative link, category j or less has the probability
    1 - sigmoid(score + shift j), and the shifts fall with j.
    """

    units: int
    link: Link
    loss: Loss

    @property
    def activation(self) -> str:
        """Keras' name of the output's activation; “cumulative” is none of Keras'."""
        return self.link.value

    @property
    def ordered(self) -> bool:
        """Whether all categories share one score."""
        return self.link is Link.CUMULATIVE

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


class Coded(Protocol):
    """An outcome that has been coded: its kind, and its categories if it has any."""

    @property
    def kind(self) -> Kind: ...

    @property
    def classes(self) -> Collection[str]: ...


def output_of(kind: Kind, classes: int) -> Output:
    """Return the output layer and loss of a kind of task.

    Parameters
    ----------
    kind : Kind
    classes : int
        Number of categories; read where there may be more than two.
    """
    row = outcome_of(kind)
    each = row.link in (Link.SOFTMAX, Link.CUMULATIVE)
    return Output(classes if each else 1, row.link, row.loss)


def output_for(target: Coded) -> Output:
    """Return the output layer and loss of an outcome."""
    return output_of(target.kind, len(target.classes))
