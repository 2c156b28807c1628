"""The specification of an experiment."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import Field

from dnn_core.specs.answer import Answer
from dnn_core.specs.encoding import EncodingSpec
from dnn_core.specs.fields import Hyperparameter, Spec
from dnn_core.specs.network import NetworkSpec
from dnn_core.specs.presets import SAFE
from dnn_core.specs.task import Holdout, SplitSpec, Task
from dnn_core.specs.training import TrainingSpec


class Experiment(Spec):
    """A data set's fingerprint, five specs and a seed: enough to do it again.

    `answers` are the researcher's answers to findings; they change no figure.

    `data` is the fingerprint of the data set; it is filled in when the
    experiment is run, so that it need not be typed.
    """

    data: Annotated[str | None, Field(title="Data")] = None
    task: Task
    split: SplitSpec = SplitSpec()
    encoding: EncodingSpec = EncodingSpec()
    network: NetworkSpec = SAFE
    training: TrainingSpec = TrainingSpec()
    seed: Annotated[
        int,
        Field(
            ge=0,
            le=2**31 - 1,
            title="Seed",
            description="Fixes the starting weights, the order of cases and dropout.",
        ),
        Hyperparameter(step=1),
    ] = 1
    answers: Annotated[tuple[Answer, ...], Field(title="Answers to findings")] = ()

    @property
    def folds(self) -> int:
        """Number of folds of the training rows where networks take turns.

        0 where there is one validation part, as for a single network.
        """
        return count_folds(self.split, self.training)

    def digest(self) -> str:
        """Short sha256 of the experiment's JSON; equal experiments share it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def count_folds(split: SplitSpec, training: TrainingSpec) -> int:
    """`Experiment.folds`, for settings that are not yet an experiment."""
    members = training.members
    return members if members > 1 and split.holdout is Holdout.FOLDS else 0
