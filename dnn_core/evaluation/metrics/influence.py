"""Influence of each case on a metric: the derivative by the case's weight.

A metric of a sample is a function of the weights that the cases have. To the first
order, it changes with them by a sum over cases (the infinitesimal jackknife: Jaeckel
1972, Bell Laboratories memorandum MM 72-1215-11; Efron 1982, The Jackknife, the Bootstrap
and Other Resampling Plans, chapter 6). With these derivatives, any resample of the cases is
one product instead of another evaluation.
"""

from __future__ import annotations

import numpy as np

from dnn_core.outcome.formulas import pairs_won, quadratic_kappa, share_explained, squared_steps
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import number_losses, prediction_losses
from dnn_core.outcome.row import Outcome
from dnn_core.specs import Kind

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
        Two entries: the main metric, then `Outcome.loss_metric`. A metric without a value
        has the value and the influences NaN.
    """
    outcome = outcome_of(kind)
    weight = np.asarray(weight, dtype="float64")
    predicted = np.asarray(predicted, dtype="float64")
    if kind.numeric:
        if training_mean is None:
            raise ValueError("R² and D² need the training mean.")
        return _of_number(outcome, y, predicted, weight, training_mean)
    observed = np.asarray(y, dtype="int64")
    losses = prediction_losses(outcome, observed, predicted)
    return {
        outcome.main: _of_categories(outcome.main, observed, predicted, weight),
        outcome.loss_metric: mean(losses, weight),
    }


def _of_categories(
    name: str, observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray
) -> Influence:
    match name:
        case "auc":
            return _auc(observed, predicted, weight)
        case "accuracy":
            return _accuracy(observed, predicted, weight)
        case "qwk":
            return _quadratic_kappa(observed, predicted, weight)
    raise ValueError(f"The influence of cases on {name!r} is not known.")


def mean(values: np.ndarray, weight: np.ndarray) -> Influence:
    """A weighted mean: Σ w v / Σ w."""
    total = weight.sum()
    if not total > 0:
        return _undefined(len(values))
    value = float(values @ weight / total)
    return value, weight * (values - value) / total


def _share_explained(errors: np.ndarray, around: np.ndarray, weight: np.ndarray) -> Influence:
    """Of 1 - Σ w e / Σ w a, as R² and D² are."""
    denominator = around @ weight
    value = float(share_explained(errors @ weight, denominator))
    if np.isnan(value):
        return _undefined(len(errors))
    return value, -weight * (errors - (1 - value) * around) / denominator


def _of_number(
    outcome: Outcome,
    y: np.ndarray,
    predicted: np.ndarray,
    weight: np.ndarray,
    training_mean: float,
) -> dict[str, Influence]:
    losses = number_losses(outcome, y, predicted)
    around = number_losses(outcome, y, np.full(len(losses), training_mean))
    loss = mean(losses, weight)
    return {
        outcome.main: _share_explained(losses, around, weight),
        outcome.loss_metric: _root(*loss) if outcome.loss_metric == "rmse" else loss,
    }


def _root(value: float, parts: np.ndarray) -> Influence:
    """Of the root of a metric."""
    root = float(np.sqrt(value))
    # d √m = dm / (2 √m); a perfect prediction has no derivative.
    return root, np.zeros_like(parts) if root == 0 else parts / (2 * root)


def _accuracy(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> Influence:
    return mean((predicted.argmax(axis=1) == observed).astype("float64"), weight)


def _auc(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> Influence:
    """Each case adds how it ranks among those of the other category, less the area.

    The placement values of DeLong, DeLong and Clarke-Pearson (1988, Biometrics
    44:837-845), weighted.
    """
    score, positive = predicted[:, 1], observed == 1
    for_it, against = weight[positive], weight[~positive]
    below, tied = _weight_below(score[~positive], against, score[positive])
    passed = np.append(below, against.sum())[:, np.newaxis]
    area = float(pairs_won(for_it[:, np.newaxis], passed, tied[:, np.newaxis])[0])
    if np.isnan(area):
        return _undefined(len(observed))
    under, equal = _weight_below(score[positive], for_it, score[~positive])
    parts = np.empty(len(score))
    ranked_above = (below + tied / 2) / against.sum()
    parts[positive] = for_it * (ranked_above - area) / for_it.sum()
    ranked_below = 1 - (under + equal / 2) / for_it.sum()
    parts[~positive] = against * (ranked_below - area) / against.sum()
    return area, parts


def _weight_below(
    scores: np.ndarray, weight: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weight of the scores below each of some others, and of those that tie with it."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    passed = np.concatenate([[0.0], np.cumsum(weight[order])])
    left, right = (passed[np.searchsorted(ordered, at, side)] for side in ("left", "right"))
    return left, right - left


def _quadratic_kappa(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> Influence:
    """Of 1 - S / C, with S the squared steps between observed and named, C those by chance."""
    classes = predicted.shape[1]
    named = predicted.argmax(axis=1)
    steps = squared_steps(classes)
    actual = np.bincount(observed, weight, classes)
    said = np.bincount(named, weight, classes)
    squared = steps[observed, named]
    value = float(
        quadratic_kappa(actual[:, np.newaxis], said[:, np.newaxis], np.array([squared @ weight]))[0]
    )
    if np.isnan(value):
        return _undefined(len(observed))
    total = weight.sum()
    by_chance = float(actual @ steps @ said / total)
    # C is a product of two counts divided by a third: each has its part in the slope.
    slope = ((steps @ said)[observed] + (actual @ steps)[named] - by_chance) / total
    return value, -weight * (squared - (1 - value) * slope) / by_chance


def _undefined(cases: int) -> Influence:
    return float("nan"), np.full(cases, np.nan)
