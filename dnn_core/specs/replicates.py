"""Replicate weights: which columns hold them, and how they were made."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dnn_core.specs.fields import Choice, Hyperparameter, Spec


class Replication(Choice):
    """How replicate weights were made; the survey's documentation says it."""

    BRR = "brr", "Balanced repeated replication (BRR)"
    JK1 = "jk1", "Jackknife, one group left out at a time (JK1)"
    JKN = "jkn", "Jackknife within strata (JKn)"


class Replicates(Spec):
    """Replicate weights of a survey, from which standard errors are computed."""

    columns: Annotated[
        str,
        Field(
            min_length=1,
            title="Columns",
            description="Names of the columns, separated by commas; a star stands for any "
            "characters, such as repwt*.",
        ),
    ]
    method: Annotated[
        Replication,
        Field(
            title="How they were made",
            description="The method is stated in the documentation of the survey.",
        ),
    ] = Replication.BRR
    fay: Annotated[
        float,
        Field(
            ge=0,
            le=0.95,
            title="Fay's factor",
            description="0 for plain BRR; many surveys that use Fay's method have 0.5 or 0.3.",
        ),
        Hyperparameter(step=0.05, format="%.2f"),
    ] = 0.0
    scale: Annotated[
        float,
        Field(
            gt=0,
            title="Scale",
            description="What the sum of squared deviations is multiplied with: 1 where each "
            "stratum has two groups; otherwise see the documentation of the survey.",
        ),
        Hyperparameter(step=0.01, format="%.4f"),
    ] = 1.0

    def factor(self, count: int) -> float:
        """What the sum of squared deviations of `count` replicates is multiplied with.

        1 / (R (1 - k)²) for BRR with Fay's factor k, (R - 1) / R for JK1, and the given
        scale for JKn (Wolter 2007, Introduction to Variance Estimation, chapters 3 and 4;
        Fay's method: Judkins 1990, Journal of Official Statistics 6:223-239).
        """
        match self.method:
            case Replication.BRR:
                return 1 / (count * (1 - self.fay) ** 2)
            case Replication.JK1:
                return (count - 1) / count
            case Replication.JKN:
                return self.scale

    def __str__(self) -> str:
        words = f"{self.columns}, {self.method.label}"
        if self.method is Replication.BRR and self.fay:
            words += f", Fay's factor {self.fay:g}"
        if self.method is Replication.JKN:
            words += f", scale {self.scale:g}"
        return words
