"""The specification of an analysis of a trained run."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from dnn_core.specs.fields import Choice, Hyperparameter, Spec


class Blocks(Choice):
    """Which predictors belong together."""

    AUTOMATIC = "automatic", "By name, else by correlation"
    NAMES = "names", "By the beginning of their names"
    CORRELATION = "correlation", "By correlation"


RUN_ID = re.compile(r"^[0-9]{8}-[0-9]{6}-[0-9a-f]{6}\Z")
"""Name of a run's directory: a time and a few digits, so that it leads nowhere else."""


class AnalysisSpec(Spec):
    """How often an experiment is repeated on other rows and with other seeds.

    Only rows outside the test part take part. They are divided into `folds` parts by the method of
    the split, `repeats` times; each part in turn is predicted by networks trained on the others,
    `seeds` times.
    """

    folds: Annotated[
        int,
        Field(
            ge=2,
            le=50,
            title="Folds",
            description="The number of parts into which rows are divided; each part is predicted "
            "by networks trained on all the others.",
        ),
        Hyperparameter(step=1),
    ] = 10
    repeats: Annotated[
        int,
        Field(
            ge=1,
            le=50,
            title="Repeats",
            description="How often the rows are divided into folds anew.",
        ),
        Hyperparameter(step=1),
    ] = 1
    seeds: Annotated[
        int,
        Field(
            ge=1,
            le=50,
            title="Seeds",
            description="How often the networks of each fold are trained, each time from other "
            "starting weights and in another order of cases.",
        ),
        Hyperparameter(step=1),
    ] = 5
    sizes: Annotated[
        int,
        Field(
            ge=0,
            le=6,
            title="Halvings",
            description="How often the number of training cases is halved to see what more cases "
            "would bring; 0 leaves this out.",
        ),
        Hyperparameter(step=1),
    ] = 3
    blocks: Annotated[
        Blocks,
        Field(
            title="Blocks of questions",
            description="Which predictors are looked at together: those whose names begin alike, "
            "as trust_1 and trust_2, or those that are correlated.",
        ),
    ] = Blocks.AUTOMATIC
    rivals: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=RUN_ID)], ...],
        Field(
            title="Other networks",
            description="Runs on the same data, outcome and predictors whose settings are "
            "compared.",
        ),
    ] = ()
