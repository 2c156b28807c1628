"""Conformal prediction intervals and sets with their nominal coverage.

Split conformal prediction (Vovk, Gammerman and Shafer 2005; Lei et al. 2018, Journal of
the American Statistical Association 113:1094-1111): the errors on cases outside training give a
distribution of scores, and its quantile is the half-width of the interval of a new case. Coverage
holds however good the network is, for new cases drawn as those were.

- A number: the absolute error in relation to what errors are like at that prediction,
  which is a straight line (Glejser 1969; locally weighted residuals: Lei et al., section
  5.2). On which scale errors are measured follows from the kind
  (`dnn_core.outcome.row.Errors`).
- Categories: they are gathered, the likeliest first, until their probabilities exceed a
  threshold (adaptive sets: Romano, Sesia and Candès 2020, NeurIPS, without
  randomisation). Ordered categories are gathered outwards from the likeliest, so that a
  set has no gaps (Lu, Angelopoulos and Pomerantz 2022, MICCAI). A set is never empty.

Case weights are those of weighted conformal prediction (Tibshirani et al. 2019, NeurIPS):
the quantile is weighted, and coverage is that in the population that the weights represent. The new
case, which counts as an n-plus-first, is given the mean weight that the population has, so that one
threshold serves all and the correction is that of the effective number of cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dnn_core.evaluation.calibration.prediction_sets import (
    along,
    gathered_before,
    intervals,
    sizes_of_errors,
    typical_error,
)
from dnn_core.evaluation.inference.design_effect import effective_cases
from dnn_core.outcome.kinds import outcome_of
from dnn_core.specs import Kind

LEVELS = (50, 60, 70, 80, 85, 90, 95, 99)
"""The levels to choose from, in percent."""

DEFAULT_LEVEL = 90

SMALLEST_SCALE = 0.25
"""The line of typical errors stays above this share of their mean, and below its inverse;
a convention of this project."""

UNSCALED = (1.0, 0.0, 1.0, 1.0)
"""A line of typical errors that leaves errors as they are."""

TIE = 1e-12


@dataclass(frozen=True)
class Conformal:
    """The thresholds, from cases outside training.

    Parameters
    ----------
    kind : Kind
    cases : int
    effective_cases : float
        Their effective number where weights differ.
    thresholds : dict of int to float
        By level in percent: quantile of the scores; infinite where the cases do not
        suffice for the level.
    scale : tuple of float
        Of numbers: intercept and slope of the typical error along the prediction, as the
        kind measures it, its least and its largest value; `UNSCALED` for categories.
    """

    kind: Kind
    cases: int
    effective_cases: float
    thresholds: dict[int, float]
    scale: tuple[float, float, float, float] = UNSCALED

    def usable(self, level: int) -> bool:
        """Whether the cases suffice for a level."""
        return bool(np.isfinite(self.thresholds[level]))

    def intervals(self, predicted: np.ndarray, level: int) -> tuple[np.ndarray, np.ndarray]:
        """Low and high end for predicted numbers, each shape (cases,)."""
        errors = outcome_of(self.kind).errors
        return intervals(predicted, self.scale, self.thresholds[level], errors)

    def sets(self, probabilities: np.ndarray, level: int) -> np.ndarray:
        """Whether each category is in the set of each case; bool, shape (cases, classes)."""
        ordered = self.kind is Kind.ORDINAL
        inside: np.ndarray = (
            gathered_before(probabilities, ordered=ordered) <= self.thresholds[level]
        )
        return inside

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON; an infinite threshold is None."""
        return {
            "kind": self.kind.value,
            "cases": self.cases,
            "effective_cases": self.effective_cases,
            "scale": list(self.scale),
            "thresholds": {
                str(level): value if np.isfinite(value) else None
                for level, value in self.thresholds.items()
            },
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Conformal:
        thresholds = {
            int(level): float("inf") if value is None else value
            for level, value in values["thresholds"].items()
        }
        a, b, least, most = values["scale"]
        cases, worth = values["cases"], values["effective_cases"]
        return cls(Kind(values["kind"]), cases, worth, thresholds, (a, b, least, most))


def fit_conformal(
    kind: Kind, y: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None = None
) -> Conformal:
    """Fit the thresholds on cases outside training.

    Parameters
    ----------
    kind, y, predicted, weight
        As in `metrics.evaluate`.
    """
    weights = np.ones(len(y)) if weight is None else np.asarray(weight, dtype="float64")
    scale = fit_scale(kind, y, predicted, weights) if kind.numeric else UNSCALED
    scores = nonconformity(kind, y, predicted, scale)
    thresholds = {level: threshold(scores, level / 100, weights) for level in LEVELS}
    return Conformal(kind, len(y), effective_cases(weights), thresholds, scale)


def nonconformity(
    kind: Kind, y: np.ndarray, predicted: np.ndarray, scale: tuple[float, float, float, float]
) -> np.ndarray:
    """The conformal score of each case, float64, shape (cases,).

    The error in units of typical errors; or the cumulative probability of the categories before the
    observed one.
    """
    if not kind.numeric:
        gathered = gathered_before(predicted, ordered=kind is Kind.ORDINAL)
        return gathered[np.arange(len(y)), y]
    given = np.asarray(predicted, dtype="float64")
    errors = outcome_of(kind).errors
    typical = typical_error(given, scale, errors)
    return sizes_of_errors(np.asarray(y, dtype="float64"), given, errors) / typical


def threshold(scores: np.ndarray, level: float, weight: np.ndarray) -> float:
    """Weighted quantile of scores with the finite-sample correction.

    With equal weights the k-th smallest score, k = ⌈level (n + 1)⌉; else the smallest
    below or at which a share level (1 + 1/m) of the weight lies, m = (Σw)² / Σw².
    Infinite where there is no such score.
    """
    order = np.argsort(scores, kind="stable")
    total = weight.sum()
    needed = level * (total + (weight**2).sum() / total)
    first = int(np.searchsorted(np.cumsum(weight[order]), needed - TIE * total))
    return float(scores[order[first]]) if first < len(scores) else float("inf")


def covered_when_left_out(scores: np.ndarray, level: float, weight: np.ndarray) -> np.ndarray:
    """Whether each case lies within the threshold of all the others, bool, shape (cases,).

    Its own score would have contributed to the threshold that it is compared with. Over all cases
    the share is near the level by construction; only differences between groups are informative.
    """
    order = np.argsort(scores, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(weight[order])])
    # Weight of the others with a smaller score: below it, the threshold lies at it or above.
    smaller = before[np.searchsorted(scores[order], scores, side="left")]
    total = weight.sum()
    rest = total - weight
    squares = (weight**2).sum() - weight**2
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = level * (rest + np.where(rest > 0, squares / rest, np.inf))
    covered: np.ndarray = smaller < needed - TIE * total
    return covered


def fit_scale(
    kind: Kind, y: np.ndarray, predicted: np.ndarray, weight: np.ndarray
) -> tuple[float, float, float, float]:
    """Line of the typical absolute error along the prediction, by weighted least squares.

    Two numbers from all cases: that a case takes part in fitting the line by which its
    own error is measured costs less than one case in a hundred of coverage
    (`benchmarks/validity_conformal.py`).
    """
    given = np.asarray(predicted, dtype="float64")
    measured_as = outcome_of(kind).errors
    errors = sizes_of_errors(np.asarray(y, dtype="float64"), given, measured_as)
    place = along(given, measured_as)
    mean = float(np.average(errors, weights=weight))
    if mean == 0.0:
        return UNSCALED
    centre = np.average(place, weights=weight)
    spread = float(np.average((place - centre) ** 2, weights=weight))
    together = float(np.average((place - centre) * errors, weights=weight))
    slope = together / spread if spread > 0 else 0.0
    least, most = SMALLEST_SCALE * mean, mean / SMALLEST_SCALE
    return float(mean - slope * centre), slope, least, most
