"""Pieces of work of a study: trials that are trained together, and their results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dnn_core.outcome.metrics import Metric
from dnn_core.specs import Experiment, configure
from dnn_core.tuning.folds import ResamplingPlan
from dnn_core.tuning.trial import Round, mean_of

NETWORKS_AT_ONCE = 64
"""Maximum number of networks of a piece of work, as many as the engine trains together."""


Halt = Callable[[], bool]
"""Returns whether to stop."""


class Halted(Exception):
    """The study was stopped, or its time is over."""


class Displaced(Exception):
    """Another worker continues the study, or is about to; this one must not write any more."""


@dataclass(frozen=True)
class Work:
    """Trials (number, and values by hyperparameter), and the folds and seeds to evaluate them on.

    `without` is the fold that a nested search leaves out; its own folds are made of the other rows.
    With `epochs` networks are trained for no more than so many.
    """

    trials: tuple[tuple[int, dict[str, Any]], ...]
    rounds: tuple[tuple[int, int], ...]
    without: int | None = None
    epochs: int | None = None


@dataclass(eq=False)
class TrialEvaluation:
    """The evaluation of one trial in a piece of work, or in several pieces combined.

    `predictions` are those for the rows of a fold, by fold and seed.
    """

    number: int
    rounds: list[Round] = field(default_factory=list)
    predictions: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)
    parameters: int = 0
    seconds: float = 0.0
    message: str = ""

    def add(self, other: TrialEvaluation) -> None:
        """Add the results of another piece of work; rounds evaluated again are replaced."""
        again = {(r.fold, r.seed) for r in other.rounds}
        self.rounds = [r for r in self.rounds if (r.fold, r.seed) not in again] + other.rounds
        self.predictions |= other.predictions
        self.parameters = other.parameters or self.parameters
        self.seconds += other.seconds
        self.message = self.message or other.message

    @property
    def in_order(self) -> list[Round]:
        """Rounds in the order in which they are gone through: all folds, seed after seed."""
        return sorted(self.rounds, key=lambda r: (r.seed, r.fold))

    @property
    def mean(self) -> float | None:
        """Mean of the rounds so far; None where one has no figure."""
        return mean_of(self.in_order)


Evaluator = Callable[
    [ResamplingPlan, Sequence[Work], Metric, Halt], Iterator[list[TrialEvaluation]]
]
"""Has pieces of work evaluated, in any order, and stops with `Halted` when asked to."""


def pieces(
    experiment: Experiment,
    trials: Sequence[tuple[int, dict[str, Any]]],
    rounds: Sequence[tuple[int, int]],
    without: int | None = None,
    epochs: int | None = None,
) -> Iterator[Work]:
    """Group trials that can be trained together, as many as the engine trains at once."""
    alike: dict[object, list[tuple[int, dict[str, Any]]]] = {}
    for number, values in trials:
        alike.setdefault(_likeness(configure(experiment, values)), []).append((number, values))
    size = max(1, NETWORKS_AT_ONCE // len(rounds))
    for group in alike.values():
        for first in range(0, len(group), size):
            yield Work(tuple(group[first : first + size]), tuple(rounds), without, epochs)


def _likeness(experiment: Experiment) -> object:
    """What trials must have in common to be trained together; see `training.fit_request`."""
    layers = tuple((x.units, x.activation, x.batch_norm) for x in experiment.network.hidden)
    training = experiment.training
    return layers, training.optimizer, training.batch_size, experiment.encoding
