"""Intervals of metrics and of gains over baselines, by the bootstrap or by replicate weights.

Percentile bootstrap: Efron and Tibshirani (1993), An Introduction to the Bootstrap,
chapter 13. Within strata it is the rescaling bootstrap of Rao and Wu (1988, Journal
of the American Statistical Association 83:231-241) in the form of Rao, Wu and Yue
(1992, Survey Methodology 18:209-217): of the n clusters of a stratum n - 1 are drawn
and their weights multiplied by n / (n - 1), which is right for two clusters as well.

All models are judged on the same resamples, so that differences are paired. What
varies is the cases on which the models are judged; the models stay as fitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnn_core.evaluation.metrics import evaluate, metrics_of
from dnn_core.evaluation.replication import Replicated, replicate_interval
from dnn_core.evaluation.scoring import scorer
from dnn_core.specs import Kind

NETWORK = "network"
"""Name of the model that the others are compared with."""

FEW = "few"
"""Name of the regression of the few predictors that the researcher named."""

COLUMNS = ("model", "metric", "value", "low", "high", "unweighted")

CELLS_AT_ONCE = 500_000
"""Weights (cases x resamples) held at a time: 4 MB, which
stays in the processor's cache and makes this twice as quick as 16 MB."""


@dataclass(frozen=True, eq=False)
class Resampled:
    """Metrics of some models on all cases and on every resample of them.

    Parameters
    ----------
    values : dict of str to dict of str to float
        By model and metric.
    replicates : dict of str to dict of str to numpy.ndarray
        By model and metric, each shape (resamples,); NaN where a resample has
        no value, for example because a category is missing from it.
    unweighted : dict of str to dict of str to float
        As `values`, with every case counting the same.
    factor : float, optional
        Where the resamples are replicate weights: `Replicated.factor`.
    degrees : int
        Of freedom of the replicate weights.
    """

    values: dict[str, dict[str, float]]
    replicates: dict[str, dict[str, np.ndarray]]
    unweighted: dict[str, dict[str, float]]
    factor: float | None = None
    degrees: int = 0

    def metrics(self, level: float) -> pd.DataFrame:
        """Intervals of every metric.

        Parameters
        ----------
        level : float
            Share of resamples within the interval.

        Returns
        -------
        pandas.DataFrame
            model, metric, value, low, high, unweighted. Resamples without a value
            are left out of the quantiles; low and high are NaN where none has one,
            and where there is only one case or cluster to draw from.
        """
        rows = [
            (
                model,
                name,
                value,
                *self._interval(value, self.replicates[model][name], level),
                self.unweighted[model][name],
            )
            for model, values in self.values.items()
            for name, value in values.items()
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def gains(self, level: float) -> pd.DataFrame:
        """Intervals of network less each other model, paired.

        The sign is that of the difference: where lower is better, a network
        that gains on a baseline has a negative figure.

        Returns
        -------
        pandas.DataFrame
            model (the baseline), metric, value, low, high, unweighted.
        """
        network, replicates = self.values[NETWORK], self.replicates[NETWORK]
        equal = self.unweighted[NETWORK]
        rows = [
            (
                model,
                name,
                network[name] - value,
                *self._interval(
                    network[name] - value, replicates[name] - self.replicates[model][name], level
                ),
                equal[name] - self.unweighted[model][name],
            )
            for model, values in self.values.items()
            if model != NETWORK
            for name, value in values.items()
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def _interval(self, value: float, replicates: np.ndarray, level: float) -> tuple[float, float]:
        if self.factor is None:
            return _interval(replicates, level)
        return replicate_interval(value, replicates, self.factor, self.degrees, level)


def resample(
    kind: Kind,
    y: np.ndarray,
    predictions: dict[str, np.ndarray],
    weight: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    replicated: Replicated | None = None,
    *,
    training_mean: float | None,
    resamples: int,
    seed: int,
) -> Resampled:
    """Evaluate every model on the cases and on resamples of them.

    Parameters
    ----------
    kind, y, weight, training_mean
        As in `metrics.evaluate`.
    predictions : dict of str to numpy.ndarray
        By model, each as in `metrics.evaluate`; the network under `NETWORK`.
    cluster : numpy.ndarray, optional
        Cluster labels, shape (cases,); then whole clusters are drawn.
    strata : numpy.ndarray, optional
        Labels of strata, shape (cases,); then cases or clusters are drawn within them.
    replicated : Replicated, optional
        Replicate weights, which then take the place of the bootstrap.
    resamples : int
    seed : int
        The same seed and cases give the same resamples.
    """
    names = [metric.name for metric in metrics_of(kind)]
    scorers = {
        model: scorer(kind, y, predicted, training_mean=training_mean)
        for model, predicted in predictions.items()
    }
    found: dict[str, dict[str, list[np.ndarray]]] = {
        model: {name: [] for name in names} for model in predictions
    }
    weightings = (
        bootstrap_weights(len(y), weight, cluster, strata, resamples, seed)
        if replicated is None
        else iter([replicated.weights])
    )
    for weights in weightings:
        for model, score in scorers.items():
            values = score(weights)
            for name in names:
                found[model][name].append(values[name])

    def figures(weight: np.ndarray | None) -> dict[str, dict[str, float]]:
        return {
            model: evaluate(kind, y, predicted, weight, training_mean=training_mean)
            for model, predicted in predictions.items()
        }

    return Resampled(
        values=figures(weight),
        unweighted=figures(None),
        replicates={
            model: {name: np.concatenate(parts) for name, parts in by_name.items()}
            for model, by_name in found.items()
        },
        factor=None if replicated is None else replicated.factor,
        degrees=0 if replicated is None else replicated.degrees_of_freedom,
    )


def bootstrap_weights(
    cases: int,
    weight: np.ndarray | None,
    cluster: np.ndarray | None,
    strata: np.ndarray | None,
    resamples: int,
    seed: int,
) -> Iterator[np.ndarray]:
    """Weights of cases in some resamples at a time, each shape (cases, some resamples).

    The parameters are those of `resample`.
    """
    unit = np.arange(cases) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    stratum = None
    if strata is not None:
        of_case = np.unique(strata, return_inverse=True)[1]
        # A cluster that spans strata is one to draw from in each of them.
        found, unit = np.unique(of_case * (int(unit.max()) + 1) + unit, return_inverse=True)
        of_unit = np.zeros(len(found), dtype="int64")
        of_unit[unit] = of_case
        stratum = join_lone(of_unit)
    for counts in _chunks(unit, stratum, resamples, seed):
        yield counts if weight is None else counts * weight[:, np.newaxis]


def join_lone(stratum: np.ndarray) -> np.ndarray:
    """Join strata with a single unit, which alone would show no variation.

    They become one stratum (collapsed strata: Wolter 2007, section 2.5), which
    overstates the variance rather than hiding it; a last single one joins the
    smallest of the others.

    Parameters
    ----------
    stratum : numpy.ndarray
        Number of each unit's stratum, shape (units,).

    Returns
    -------
    numpy.ndarray
        The same, renumbered from 0.
    """
    labels, found, size = np.unique(stratum, return_inverse=True, return_counts=True)
    lone = np.flatnonzero(size == 1)
    if len(lone) == 1 and len(labels) > 1:
        others = np.where(size == 1, size.max() + 1, size)
        found = np.where(found == lone[0], int(others.argmin()), found)
    elif len(lone) > 1:
        found = np.where(np.isin(found, lone), lone[0], found)
    return np.unique(found, return_inverse=True)[1]


def _chunks(
    units: np.ndarray, stratum: np.ndarray | None, resamples: int, seed: int
) -> Iterator[np.ndarray]:
    """How often each case is drawn, a few resamples at a time.

    Parameters
    ----------
    units : numpy.ndarray
        What each case is drawn with: its own number or its cluster's, shape (cases,).
    stratum : numpy.ndarray, optional
        Number of each unit's stratum, shape (units,); then counts are rescaled.

    Yields
    ------
    numpy.ndarray
        float64, shape (cases, some resamples).
    """
    count = int(units.max()) + 1
    if count < 2:
        # A single unit always draws itself: no information about its variation.
        yield np.full((len(units), resamples), np.nan)
        return
    generator = np.random.default_rng(seed)
    size = max(1, CELLS_AT_ONCE // len(units))
    for first in range(0, resamples, size):
        columns = min(size, resamples - first)
        if stratum is None:
            yield _draw(count, count, columns, generator)[units]
        else:
            yield _draw_within(stratum, columns, generator)[units]


def _draw_within(stratum: np.ndarray, resamples: int, generator: np.random.Generator) -> np.ndarray:
    """Rescaled counts of units, drawn within strata, shape (units, resamples)."""
    weights = np.empty((len(stratum), resamples))
    for number in range(int(stratum.max()) + 1):
        inside = np.flatnonzero(stratum == number)
        size = len(inside)
        counts = _draw(size, size - 1, resamples, generator)
        weights[inside] = counts * size / (size - 1)
    return weights


def _draw(units: int, draws: int, resamples: int, generator: np.random.Generator) -> np.ndarray:
    """How often each unit occurs among some that are drawn with replacement.

    Returns
    -------
    numpy.ndarray
        float64, shape (units, resamples).
    """
    drawn = generator.integers(units, size=(draws, resamples))
    cells = np.bincount(
        (drawn * resamples + np.arange(resamples)).ravel(), minlength=units * resamples
    )
    return cells.reshape(units, resamples).astype("float64")


def _interval(replicates: np.ndarray, level: float) -> tuple[float, float]:
    defined = replicates[np.isfinite(replicates)]
    if len(defined) == 0:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
