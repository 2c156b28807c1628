"""The sample design of the evaluated cases, and resamples of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dnn_core.data.prepare import PartData
from dnn_core.evaluation.inference.bootstrap import Units, bootstrap_weights, units_of
from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.specs import Replicates


@dataclass(frozen=True, eq=False)
class Design:
    """The sample design of the evaluated cases.

    Parameters
    ----------
    weight : numpy.ndarray
        Case weights, 1 for each where cases count the same, shape (cases,).
    cluster, strata : numpy.ndarray, optional
        Labels, shape (cases,).
    replicated : Replicated, optional
        Replicate weights, which then take the place of clusters and strata.
    """

    weight: np.ndarray
    cluster: np.ndarray | None = None
    strata: np.ndarray | None = None
    replicated: Replicated | None = None

    @classmethod
    def of(cls, part: PartData, asked: Replicates | None = None) -> Design:
        """The design of one part of the data."""
        weight = np.ones(len(part)) if part.weight is None else part.weight.astype("float64")
        return cls(weight, part.cluster, part.strata, Replicated.of(part.replicates, asked))

    def take(self, chosen: np.ndarray) -> Design:
        """The design of some of the cases, by a mask or by positions."""
        kept = self.replicated
        return Design(
            self.weight[chosen],
            None if self.cluster is None else self.cluster[chosen],
            None if self.strata is None else self.strata[chosen],
            None if kept is None else Replicated(kept.weights[chosen], kept.factor),
        )

    @property
    def units(self) -> Units:
        """What was drawn: cases or clusters, within strata."""
        return units_of(len(self.weight), self.cluster, self.strata)

    @property
    def degrees(self) -> int:
        """Degrees of freedom of what is computed from resamples."""
        if self.replicated is not None:
            return self.replicated.degrees_of_freedom
        return self.units.degrees

    def weightings(self, resamples: int, seed: int) -> Iterator[np.ndarray]:
        """Weights of cases in resamples, each shape (cases, some resamples)."""
        if self.replicated is not None:
            return iter([self.replicated.weights])
        return bootstrap_weights(self.units, self.weight, resamples, seed)
