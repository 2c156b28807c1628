"""Intervals of metrics and of gains over baselines, by the bootstrap or by replicate weights.

Intervals are between percentiles of the resamples, a little further out than the level
says, as Student's t is wider than the normal distribution (expanded percentiles:
Hesterberg 2015, The American Statistician 69:371-386, section 4.3). Of hundreds of cases
that changes nothing; with twenty clusters plain percentiles would have too low a coverage.

All models are evaluated on the same resamples, so that differences are paired. Only the evaluated
cases vary; the models stay as fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from dnn_core.evaluation.inference.replicate_weights import Replicated, replicate_interval
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.metrics.scorers import scorer
from dnn_core.outcome.metrics import metrics_of
from dnn_core.specs import Kind

NETWORK = "network"
"""Name of the model that the others are compared with."""

REDUCED = "reduced"
"""Name of the reduced model: the regression on the predictors that the researcher named."""

COLUMNS = ("model", "metric", "value", "low", "high", "unweighted")


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


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
    degrees : int
        Of freedom: clusters (or cases) less strata, or those of the replicate weights.
    factor : float, optional
        Where the resamples are replicate weights: `Replicated.factor`.
    """

    values: dict[str, dict[str, float]]
    replicates: dict[str, dict[str, np.ndarray]]
    unweighted: dict[str, dict[str, float]]
    degrees: int
    factor: float | None = None

    def metrics(self, level: float) -> pd.DataFrame:
        """Intervals of every metric.

        Parameters
        ----------
        level : float
            Share of samples whose interval is to hold the truth.

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
            return expanded_percentiles(replicates, level, self.degrees)
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
    drawn: dict[str, dict[str, list[np.ndarray]]] = {
        model: {name: [] for name in names} for model in predictions
    }
    equal = np.ones(len(y)) if weight is None else weight
    design = Design(equal, cluster, strata, replicated)
    for weights in design.weightings(resamples, seed):
        for model, score in scorers.items():
            values = score(weights)
            for name in names:
                drawn[model][name].append(values[name])

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
            for model, by_name in drawn.items()
        },
        degrees=design.degrees,
        factor=None if replicated is None else replicated.factor,
    )


def expanded_percentiles(replicates: np.ndarray, level: float, degrees: int) -> tuple[float, float]:
    """Interval between percentiles as far out as Student's t is.

    Parameters
    ----------
    replicates : numpy.ndarray
        Shape (resamples,); those that are not finite are left out.
    level : float
        Such as 0.95.
    degrees : int
        Of freedom; below 1 there is no interval.

    Returns
    -------
    tuple of float
        NaN where there is none.
    """
    defined = replicates[np.isfinite(replicates)]
    if len(defined) == 0 or degrees < 1:
        return float("nan"), float("nan")
    tail = float(norm.sf(t.ppf((1 + level) / 2, degrees)))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
