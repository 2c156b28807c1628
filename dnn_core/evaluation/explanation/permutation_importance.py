"""Permutation importance: how much worse a network does with a predictor's answers permuted.

Permutation importance: Breiman (2001), Machine Learning 45:5-32; without training again,
for any model, Fisher, Rudin and Dominici (2019, Journal of Machine Learning Research
20(177)). A case with another case's answers stands for the pair of both, so its weight is the
product of theirs, and both are drawn again in a resample: what varies is the sample of
cases, as givers and as takers, and the permutations in it. The network stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnn_core.data.prepare import PartData
from dnn_core.evaluation.inference.bootstrap import bootstrap_weights, units_of
from dnn_core.evaluation.inference.intervals import expanded_percentiles
from dnn_core.evaluation.inference.replicate_weights import Replicated, replicate_interval
from dnn_core.evaluation.metrics.influence import influences
from dnn_core.outcome.metrics import metric
from dnn_core.specs import Kind

Predict = Callable[[np.ndarray], np.ndarray]
"""From copies of the encoded cases, shape (copies, cases, inputs), to predictions of each by
the convention of the metrics, shape (copies, cases) or (copies, cases, classes)."""

Progress = Callable[[float], None]
"""Called with the share that is done, 0 to 1; may raise to end it."""

CELLS_AT_ONCE = 4_000_000
"""Encoded values that are predicted together: 16 MB."""

COLUMNS = ("group", "metric", "value", "low", "high", "error")


@dataclass(frozen=True)
class Repeats:
    """Numbers of permutations and of resamples.

    Parameters
    ----------
    permutations : int
    resamples : int
    level : float
        Share of resamples within an interval.
    seed : int
    """

    permutations: int = 10
    resamples: int = 1000
    level: float = 0.95
    seed: int = 1


def permutation_importance(
    kind: Kind,
    part: PartData,
    groups: Mapping[str, np.ndarray],
    predict: Predict,
    *,
    training_mean: float | None,
    replicated: Replicated | None = None,
    repeats: Repeats | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How much the main metric and the loss depend on each group of encoded columns.

    Parameters
    ----------
    kind : Kind
    part : Part
        The cases for evaluation.
    groups : mapping of str to numpy.ndarray
        Positions of the encoded columns that are permuted together, by name.
    predict : Predict
    training_mean : float or None
        As in `metrics.evaluate`.
    replicated : Replicated, optional
        Replicate weights of the cases, which take the place of the bootstrap.
    repeats : Repeats, optional
    progress : Progress, optional

    Returns
    -------
    pandas.DataFrame
        group, metric, value, low, high, error. The value says how much worse the metric
        becomes; it is positive where the network relies on the group. `error` is the
        Monte-Carlo standard error that comes from the number of permutations alone; NaN of
        a single one.
    """
    repeats = repeats or Repeats()
    weight = np.ones(len(part)) if part.weight is None else part.weight.astype("float64")
    scoring = _Scoring(kind, part.y, weight, training_mean, list(groups))
    scoring.add_whole(predict(part.x[np.newaxis])[0])
    generator = np.random.default_rng(repeats.seed)
    for number in range(repeats.permutations):
        giver = _deal(len(part), generator)
        for name, predicted in _permuted(part.x, groups, giver, predict):
            scoring.add(name, giver, predicted)
        if progress is not None:
            progress((number + 1) / repeats.permutations)
    return _table(scoring, part, weight, replicated, repeats)


def _deal(cases: int, generator: np.random.Generator) -> np.ndarray:
    """For each case another one, each once: a cycle through all in random order."""
    order = generator.permutation(cases)
    giver = np.empty(cases, dtype="int64")
    giver[order] = np.roll(order, 1)
    return giver


def _permuted(
    x: np.ndarray, groups: Mapping[str, np.ndarray], giver: np.ndarray, predict: Predict
) -> Iterator[tuple[str, np.ndarray]]:
    """Predictions with one group at a time taken from other cases."""
    at_once = max(1, CELLS_AT_ONCE // max(x.size, 1))
    names = list(groups)
    for first in range(0, len(names), at_once):
        some = names[first : first + at_once]
        copies = np.repeat(x[np.newaxis], len(some), axis=0)
        for number, name in enumerate(some):
            copies[number][:, groups[name]] = x[giver][:, groups[name]]
        yield from zip(some, predict(copies), strict=True)


class _Scoring:
    """Metrics with and without each group, and each case's influence on the difference."""

    def __init__(
        self,
        kind: Kind,
        y: np.ndarray,
        weight: np.ndarray,
        training_mean: float | None,
        groups: list[str],
    ) -> None:
        self._kind, self._y, self._weight = kind, y, weight
        self._training_mean = training_mean
        self.whole: dict[str, tuple[float, np.ndarray]] = {}
        self.values: dict[tuple[str, str], list[float]] = {}
        self.influences: dict[tuple[str, str], np.ndarray] = {}
        self._groups = groups

    def add_whole(self, predicted: np.ndarray) -> None:
        self.whole = self._figures(predicted, self._weight)
        for group in self._groups:
            for name in self.whole:
                self.values[group, name] = []
                self.influences[group, name] = np.zeros(len(self._y))

    def add(self, group: str, giver: np.ndarray, predicted: np.ndarray) -> None:
        givers = self._weight[giver]
        for name, (value, parts) in self._figures(predicted, self._weight * givers).items():
            self.values[group, name].append(value)
            # A pair weighs more when either of its two cases does. What the taker brings
            # about with its own answers, the giver has no part in: on average it is 0, and
            # would only add noise.
            given = parts - self.whole[name][1] * givers / givers.mean()
            together = parts.copy()
            together[giver] += given - given.sum() / givers.sum() * givers
            self.influences[group, name] += together

    def _figures(
        self, predicted: np.ndarray, weight: np.ndarray
    ) -> dict[str, tuple[float, np.ndarray]]:
        return influences(self._kind, self._y, predicted, weight, training_mean=self._training_mean)


def _table(
    scoring: _Scoring,
    part: PartData,
    weight: np.ndarray,
    replicated: Replicated | None,
    repeats: Repeats,
) -> pd.DataFrame:
    keys = list(scoring.values)
    signs = [1.0 if metric(name).higher_is_better else -1.0 for _, name in keys]
    permuted = np.array([scoring.values[key] for key in keys])
    whole = np.array([scoring.whole[name][0] for _, name in keys])
    values = signs * (whole - permuted.mean(axis=1))
    parts = np.stack(
        [
            sign * (scoring.whole[key[1]][1] - scoring.influences[key] / repeats.permutations)
            for key, sign in zip(keys, signs, strict=True)
        ]
    )
    error = np.full(len(keys), np.nan)
    if repeats.permutations > 1:
        error = permuted.std(axis=1, ddof=1) / np.sqrt(repeats.permutations)
    low, high = _intervals(values, parts, part, weight, replicated, repeats)
    rows = zip(*zip(*keys, strict=True), values, low, high, error, strict=True)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _intervals(
    values: np.ndarray,
    parts: np.ndarray,
    part: PartData,
    weight: np.ndarray,
    replicated: Replicated | None,
    repeats: Repeats,
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends, from each case's influence, shape (figures, cases)."""
    if replicated is not None:
        # A case of weight 0 has no influence to be scaled.
        ratio = replicated.weights / np.where(weight > 0, weight, 1.0)[:, np.newaxis]
        replicates = values[:, np.newaxis] + parts @ ratio
        ends = [
            replicate_interval(
                value, of_one, replicated.factor, replicated.degrees_of_freedom, repeats.level
            )
            for value, of_one in zip(values.tolist(), replicates, strict=True)
        ]
        low, high = np.array(ends).T
        return low, high
    units = units_of(len(part), part.cluster, part.strata)
    draws = bootstrap_weights(units, None, repeats.resamples, repeats.seed)
    replicates = values[:, np.newaxis] + np.concatenate([parts @ counts for counts in draws], 1)
    ends = [expanded_percentiles(of_one, repeats.level, units.degrees) for of_one in replicates]
    low, high = np.array(ends).T
    return low, high
