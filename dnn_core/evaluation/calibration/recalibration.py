"""Recalibrate probabilities to observed shares.

Two maps, both fitted to cases outside training:

- temperature (Guo et al. 2017, ICML): every probability to the power 1/T, made to sum to
  1 again. One number; the most probable category stays the most probable.
- isotonic regression (Zadrozny and Elkan 2002, KDD): whatever rising steps fit the
  observed shares best; of several categories each against the rest, made to sum to 1
  again; of ordered ones, of the probability to lie above each. It is more flexible and needs more
  cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.isotonic import IsotonicRegression

from dnn_core.evaluation.calibration.prediction_sets import above_each, recalibrated
from dnn_core.evaluation.inference.design_effect import effective_cases
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import PROBABILITY_FLOOR
from dnn_core.outcome.row import Link
from dnn_core.specs import Choice, Kind

FOLDS = 5
"""Folds of the cross-fitting: each map is fitted to four fifths of the cases."""

HOTTEST = 20.0
"""Beyond this all categories are about as probable as another; its inverse the coldest."""


class Recalibrated(Choice):
    """The choice of probabilities: the network's own, or recalibrated ones."""

    LEARNT = "learnt", "As learned"
    TEMPERATURE = "temperature", "Temperature"
    ISOTONIC = "isotonic", "Isotonic"


@dataclass(frozen=True)
class Steps:
    """A rising line through some points; level beyond them."""

    given: tuple[float, ...]
    becomes: tuple[float, ...]


@dataclass(frozen=True)
class Recalibration:
    """Both maps, as fitted to the same cases.

    Parameters
    ----------
    kind : Kind
        Of categories.
    cases : int
        To which they were fitted.
    temperature : float
        Above 1 where probabilities were too extreme.
    least : float
        No step of the isotonic map falls below it.
    isotonic : tuple of Steps
        Of two categories one, for the second; of several one each; of ordered ones one
        for lying above each but the last.
    """

    kind: Kind
    cases: int
    temperature: float
    least: float
    isotonic: tuple[Steps, ...]

    def apply(self, choice: Recalibrated, probabilities: np.ndarray) -> np.ndarray:
        """Recalibrated probabilities, float64, shape (cases, classes)."""
        return recalibrated(choice.value, self.to_dict(), probabilities)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        steps = [{"given": list(s.given), "becomes": list(s.becomes)} for s in self.isotonic]
        return {
            "kind": self.kind.value,
            "cases": self.cases,
            "temperature": self.temperature,
            "least": self.least,
            "isotonic": steps,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recalibration:
        steps = tuple(Steps(tuple(s["given"]), tuple(s["becomes"])) for s in values["isotonic"])
        cases, temperature, least = (values[name] for name in ("cases", "temperature", "least"))
        return cls(Kind(values["kind"]), cases, temperature, least, steps)


def fit_recalibration(
    kind: Kind, y: np.ndarray, probabilities: np.ndarray, weight: np.ndarray | None = None
) -> Recalibration:
    """Fit both maps.

    Parameters
    ----------
    kind : Kind
        Of categories.
    y : numpy.ndarray
        Positions of categories, shape (cases,).
    probabilities : numpy.ndarray
        Of cases outside training, shape (cases, classes).
    weight : numpy.ndarray, optional
        Case weights, shape (cases,).
    """
    weights = np.ones(len(y)) if weight is None else np.asarray(weight, dtype="float64")
    given = np.asarray(probabilities, dtype="float64")
    match outcome_of(kind).link:
        case Link.LOGIT:
            views = [(given[:, 1], y == 1)]
        case Link.CUMULATIVE:
            above = above_each(given)
            views = [(above[:, k], y > k) for k in range(above.shape[1])]
        case Link.SOFTMAX:
            views = [(given[:, k], y == k) for k in range(given.shape[1])]
        case Link.IDENTITY | Link.LOG:
            raise ValueError("Only probabilities are recalibrated.")
        case never:
            assert_never(never)
    # Half a case above 0 and below 1: that none of 50 cases voted is no proof that nobody
    # ever does, and a probability of 0 would make any vote an infinite loss.
    least = 0.5 / (effective_cases(weights) + 1)
    steps = tuple(_isotonic(said, happened, weights, least) for said, happened in views)
    return Recalibration(kind, len(y), _temperature(y, given, weights), least, steps)


def cross_fit(
    kind: Kind,
    y: np.ndarray,
    probabilities: np.ndarray,
    weight: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
    *,
    seed: int,
) -> dict[Recalibrated, np.ndarray]:
    """Recalibrate each case by maps that were fitted without it.

    Otherwise the maps would be evaluated on the cases that they were fitted to.

    Parameters
    ----------
    cluster : numpy.ndarray, optional
        Labels, shape (cases,); then whole clusters are left out together.

    Returns
    -------
    dict of Recalibrated to numpy.ndarray
        Each shape (cases, classes).
    """
    unit = np.arange(len(y)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    count = int(unit.max()) + 1
    order = np.random.default_rng(seed).permutation(count)
    fold = (order % min(FOLDS, count))[unit]
    by_choice = {choice: np.array(probabilities, dtype="float64") for choice in Recalibrated}
    for left_out in range(int(fold.max()) + 1):
        rest, inside = fold != left_out, fold == left_out
        if not rest.any():
            continue
        fitted = fit_recalibration(
            kind, y[rest], probabilities[rest], None if weight is None else weight[rest]
        )
        for choice, values in by_choice.items():
            values[inside] = fitted.apply(choice, probabilities[inside])
    return by_choice


def _temperature(y: np.ndarray, probabilities: np.ndarray, weight: np.ndarray) -> float:
    """The temperature with the lowest log loss, by a bounded search to six digits."""
    logs = np.log(np.maximum(probabilities, PROBABILITY_FLOOR))
    rows = np.arange(len(y))

    def loss(log_temperature: float) -> float:
        given = log_softmax(logs / np.exp(log_temperature), axis=1)[rows, y]
        return -float(np.average(given, weights=weight))

    reach = float(np.log(HOTTEST))
    solution = minimize_scalar(
        loss, bounds=(-reach, reach), method="bounded", options={"xatol": 1e-7}
    )
    return float(np.exp(solution.x))


def _isotonic(said: np.ndarray, happened: np.ndarray, weight: np.ndarray, least: float) -> Steps:
    """Rising steps of least squared error, between `least` and as much below 1."""
    fitted = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
    fitted.fit(said, happened.astype("float64"), sample_weight=weight)
    return Steps(tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist()))
