"""How much each case has to do with a metric: its derivative by the case's weight.

A metric of a sample is a function of the weights that the cases have. To the first
order, it changes with them by a sum over cases (the infinitesimal jackknife: Jaeckel
1972, Bell Laboratories memorandum MM 72-1215-11; Efron 1982, The Jackknife, the Bootstrap
and Other Resampling Plans, chapter 6). With these derivatives, any resample of the cases is
one product instead of another evaluation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dnn_core.evaluation.metrics.scorers import (
    EXPECTED_FLOOR,
    log_losses,
    poisson_deviance,
)
from dnn_core.specs import Kind

LOSSES = {
    Kind.REGRESSION: "rmse",
    Kind.BINARY: "log_loss",
    Kind.MULTICLASS: "log_loss",
    Kind.ORDINAL: "log_loss",
    Kind.COUNT: "deviance",
}
"""By kind, the metric that is nearest to what the network learns to reduce."""

Influence = tuple[float, np.ndarray]
"""A metric, and what each case adds to it: the metric under other weights is about the
metric plus the sum of (new weight / weight) times this, shape (cases,). It sums to 0."""


def influences(
    kind: Kind,
    y: np.ndarray,
    predicted: np.ndarray,
    weight: np.ndarray,
    *,
    training_mean: float | None,
) -> dict[str, Influence]:
    """The main metric and the loss of a kind of task, with each case's influence on them.

    Parameters
    ----------
    kind, y, predicted, training_mean
        As in `metrics.evaluate`.
    weight : numpy.ndarray
        Case weights, shape (cases,).

    Returns
    -------
    dict of str to Influence
        Two entries: the main metric, then that of `LOSSES`. A metric without a value
        has the value and the influences NaN.
    """
    weight = np.asarray(weight, dtype="float64")
    predicted = np.asarray(predicted, dtype="float64")
    match kind:
        case Kind.REGRESSION:
            return _of_quantity(y, predicted, weight, _required(training_mean))
        case Kind.COUNT:
            return _of_count(y, predicted, weight, _required(training_mean))
    observed = np.asarray(y, dtype="int64")
    main: dict[Kind, tuple[str, Callable[..., Influence]]] = {
        Kind.BINARY: ("auc", _auc),
        Kind.MULTICLASS: ("accuracy", _accuracy),
        Kind.ORDINAL: ("qwk", _quadratic_kappa),
    }
    name, function = main[kind]
    losses = log_losses(observed, predicted)
    return {name: function(observed, predicted, weight), "log_loss": mean(losses, weight)}


def _required(training_mean: float | None) -> float:
    if training_mean is None:
        raise ValueError("R² and D² need the training mean.")
    return training_mean


def mean(values: np.ndarray, weight: np.ndarray) -> Influence:
    """A weighted mean: Σ w v / Σ w."""
    total = weight.sum()
    if not total > 0:
        return _undefined(len(values))
    value = float(values @ weight / total)
    return value, weight * (values - value) / total


def _share_explained(errors: np.ndarray, around: np.ndarray, weight: np.ndarray) -> Influence:
    """1 - Σ w e / Σ w a, as R² and D² are."""
    denominator = float(around @ weight)
    if not denominator > 0:
        return _undefined(len(errors))
    ratio = float(errors @ weight) / denominator
    return 1 - ratio, -weight * (errors - ratio * around) / denominator


def _of_quantity(
    y: np.ndarray, predicted: np.ndarray, weight: np.ndarray, training_mean: float
) -> dict[str, Influence]:
    observed = np.asarray(y, dtype="float64")
    squared = (observed - predicted) ** 2
    mse, parts = mean(squared, weight)
    rmse = float(np.sqrt(mse))
    # d √m = dm / (2 √m); a perfect prediction has no derivative.
    slope = parts / (2 * rmse) if rmse > 0 else np.zeros_like(parts)
    return {
        "r2": _share_explained(squared, (observed - training_mean) ** 2, weight),
        "rmse": (rmse, slope),
    }


def _of_count(
    y: np.ndarray, predicted: np.ndarray, weight: np.ndarray, training_mean: float
) -> dict[str, Influence]:
    observed = np.asarray(y, dtype="float64")
    deviance = poisson_deviance(observed, np.maximum(predicted, EXPECTED_FLOOR))
    around = poisson_deviance(observed, np.full(len(observed), training_mean))
    return {
        "d2": _share_explained(deviance, around, weight),
        "deviance": mean(deviance, weight),
    }


def _accuracy(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> Influence:
    return mean((predicted.argmax(axis=1) == observed).astype("float64"), weight)


def _auc(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> Influence:
    """Each case adds how it ranks among those of the other category, less the area.

    The placement values of DeLong, DeLong and Clarke-Pearson (1988, Biometrics
    44:837-845), weighted.
    """
    score, positive = predicted[:, 1], observed == 1
    totals = weight[positive].sum(), weight[~positive].sum()
    if not (totals[0] > 0 and totals[1] > 0):
        return _undefined(len(observed))
    parts = np.empty(len(score))
    below = _weight_below(score[~positive], weight[~positive], score[positive]) / totals[1]
    above = 1 - _weight_below(score[positive], weight[positive], score[~positive]) / totals[0]
    area = float(below @ weight[positive] / totals[0])
    parts[positive] = weight[positive] * (below - area) / totals[0]
    parts[~positive] = weight[~positive] * (above - area) / totals[1]
    return area, parts


def _weight_below(scores: np.ndarray, weight: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Weight of the scores below each of some others, ties counting one half."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    passed = np.concatenate([[0.0], np.cumsum(weight[order])])
    left, right = (passed[np.searchsorted(ordered, at, side)] for side in ("left", "right"))
    half: np.ndarray = (left + right) / 2
    return half


def _quadratic_kappa(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> Influence:
    """1 - S / C, with S the squared steps between observed and named, C those by chance."""
    classes = predicted.shape[1]
    named = predicted.argmax(axis=1)
    total = weight.sum()
    place = np.arange(classes)
    steps = np.subtract.outer(place, place) ** 2.0
    actual = np.bincount(observed, weight, classes)
    said = np.bincount(named, weight, classes)
    by_chance = float(actual @ steps @ said / total) if total > 0 else 0.0
    if not by_chance > 0:
        return _undefined(len(observed))
    squared = steps[observed, named]
    ratio = float(squared @ weight) / by_chance
    # C is a product of two counts divided by a third: each has its part in the slope.
    slope = ((steps @ said)[observed] + (actual @ steps)[named] - by_chance) / total
    return 1 - ratio, -weight * (squared - ratio * slope) / by_chance


def _undefined(cases: int) -> Influence:
    return float("nan"), np.full(cases, np.nan)
