"""Differences of groups from all other cases in one metric, with simultaneous inference.

The variance of a difference is that of the bootstrap (or of the replicate weights), but
not less than if group and rest varied alike: a group of 25 cases that were all predicted
correctly shows no variation of its own (the pooled variance of a score test: Agresti 2013,
Categorical Data Analysis, section 3.2.2). With several groups, errors accumulate:
intervals and p values hold for all of them together, by the largest of all statistics under
their joint normal distribution (Hothorn, Bretz and Westfall 2008, Biometrical Journal
50:346-363), which, unlike Bonferroni's or Holm's correction, knows that two groups are one
comparison. Each statistic is taken there by its own degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from dnn_core.evaluation.inference.intervals import expanded_percentiles
from dnn_core.evaluation.inference.replicate_weights import replicate_interval
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.evaluation.metrics.scorers import Scorer

FEWEST_CASES = 20
"""Groups with fewer are not shown: the interval of a share would be 40 points wide, and a
figure of few people may tell who they are."""

SHARE_DEFINED = 0.99
"""Minimum share of resamples with a figure: an AUC then has about five cases of each category, as
a resample of n misses all of five with probability exp(-5) = 0.7 %."""

ROUNDING = 1e-12
"""Share of a figure below which its variation is that of arithmetic."""

DRAWS = 20_000
"""Draws from the joint normal distribution: the 95th percentile of the largest statistic, about
2.6, is then right to 0.02."""


@dataclass(frozen=True, eq=False)
class GroupsResampled:
    """A metric of each group and of its rest, on all cases and on resamples.

    All are keyed by group; `rest` and `of_rest` hold only groups beside which enough other
    cases are. `of_group` and `of_rest` have shape (resamples,); `degrees` are those of the
    smaller side.
    """

    value: dict[str, float]
    rest: dict[str, float]
    cases: dict[str, int]
    total: int
    of_group: dict[str, np.ndarray]
    of_rest: dict[str, np.ndarray]
    degrees: dict[str, int]
    factor: float | None

    @classmethod
    def of(
        cls,
        score: Callable[[np.ndarray], Scorer],
        name: str,
        masks: dict[str, np.ndarray],
        design: Design,
        resamples: int,
        seed: int,
    ) -> GroupsResampled:
        weight = design.weight
        total = len(weight)
        sides = {
            (group, inside): (mask == inside, score(mask == inside))
            for group, mask in masks.items()
            for inside in (True, False)
            if (mask == inside).any()
        }
        parts: dict[tuple[str, bool], list[np.ndarray]] = {side: [] for side in sides}
        if masks:
            for weights in design.weightings(resamples, seed):
                for side, (rows, scores) in sides.items():
                    parts[side].append(scores(weights[rows])[name])
        values = {
            side: float(scores(weight[rows][:, np.newaxis])[name][0])
            for side, (rows, scores) in sides.items()
        }
        replicates = {side: np.concatenate(drawn) for side, drawn in parts.items()}
        degrees = {side: _degrees(design, rows) for side, (rows, _) in sides.items()}
        inside = {group: (group, True) for group in masks}
        outside = {
            group: (group, False)
            for group, mask in masks.items()
            if total - mask.sum() >= FEWEST_CASES
        }
        return cls(
            value={group: values[side] for group, side in inside.items()},
            rest={group: values[side] for group, side in outside.items()},
            cases={group: int(mask.sum()) for group, mask in masks.items()},
            total=total,
            of_group={group: replicates[side] for group, side in inside.items()},
            of_rest={group: replicates[side] for group, side in outside.items()},
            degrees={
                group: min(degrees[side], degrees.get((group, False), degrees[side]))
                for group, side in inside.items()
            },
            factor=None if design.replicated is None else design.replicated.factor,
        )

    def interval(self, group: str, level: float) -> tuple[float, float]:
        """Interval of a group's own figure."""
        replicates, degrees = self.of_group[group], self.degrees[group]
        if self.factor is None:
            return expanded_percentiles(replicates, level, degrees)
        return replicate_interval(self.value[group], replicates, self.factor, degrees, level)

    def differences(self, level: float) -> dict[str, tuple[float, float, float]]:
        """Simultaneous intervals and p values of all differences that can be told."""
        groups = [group for group in self.rest if self._told(group)]
        if not groups:
            return {}
        difference = np.array([self.value[group] - self.rest[group] for group in groups])
        error = np.array([self._standard_error(group) for group in groups])
        degrees = np.array([self.degrees[group] for group in groups])
        largest = largest_of_normals(self._correlations(groups), DRAWS)
        # Through the smaller tail: the other one rounds to 1, which is infinitely far out.
        score = norm.isf(t.sf(np.abs(difference) / error, degrees))
        p = (1 + (largest[:, np.newaxis] >= score).sum(axis=0)) / (1 + DRAWS)
        reach = error * t.isf(norm.sf(np.quantile(largest, level)), degrees)
        return {
            group: (float(d - r), float(d + r), float(chance))
            for group, d, r, chance in zip(groups, difference, reach, p, strict=True)
        }

    def _told(self, group: str) -> bool:
        """Whether figures, resamples and variation suffice for a comparison."""
        replicates = self.of_group[group] - self.of_rest[group]
        size = max(abs(self.value[group]), abs(self.rest[group]))
        return bool(
            np.isfinite(self.value[group] - self.rest[group])
            and np.isfinite(replicates).mean() >= SHARE_DEFINED
            and self.degrees[group] >= 1
            and self._standard_error(group) > ROUNDING * size
        )

    def _standard_error(self, group: str) -> float:
        """Standard error of a difference: the larger of its own and of the pooled one."""
        inside, outside = self.of_group[group], self.of_rest[group]
        own = self._variance(inside - outside, self.value[group] - self.rest[group])
        n, m = self.cases[group], self.total - self.cases[group]
        here = n * self._variance(inside, self.value[group])
        there = m * self._variance(outside, self.rest[group])
        pooled = (n * here + m * there) / (n + m) * (1 / n + 1 / m)
        return float(np.sqrt(max(own, pooled)))

    def _variance(self, replicates: np.ndarray, value: float) -> float:
        defined = replicates[np.isfinite(replicates)]
        if self.factor is not None:
            return float(self.factor * ((defined - value) ** 2).sum())
        return float(defined.var(ddof=1))

    def _correlations(self, groups: list[str]) -> np.ndarray:
        """Correlations of the differences, shape (groups, groups)."""
        replicates = np.stack([self.of_group[group] - self.of_rest[group] for group in groups])
        replicates = replicates[:, np.isfinite(replicates).all(axis=0)]
        centred = replicates - replicates.mean(axis=1, keepdims=True)
        length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
        # A difference that does not vary goes with no other one.
        units = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
        correlations: np.ndarray = units @ units.T
        np.fill_diagonal(correlations, 1.0)
        return correlations


def _degrees(design: Design, chosen: np.ndarray) -> int:
    """Degrees of freedom of some cases; replicate weights have not more than all cases have."""
    degrees = design.take(chosen).units.degrees
    if design.replicated is None:
        return degrees
    return min(degrees, design.replicated.degrees_of_freedom)


def largest_of_normals(correlations: np.ndarray, draws: int) -> np.ndarray:
    """Largest absolute value of correlated standard normals, drawn again and again.

    Parameters
    ----------
    correlations : numpy.ndarray
        Shape (variables, variables); may be singular.
    draws : int

    Returns
    -------
    numpy.ndarray
        Shape (draws,).
    """
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    normal = np.random.default_rng(1).normal(size=(draws, len(values)))
    largest: np.ndarray = np.abs(normal @ root.T).max(axis=1)
    return largest
