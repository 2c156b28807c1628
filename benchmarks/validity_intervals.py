"""Do 95 % intervals of metrics and of gains hold the truth, and do clusters matter?

Cases are drawn again and again from populations of a million rows, in which every figure is
known; models are fixed, as they are when a trained network is judged. Printed is the share of
samples whose interval holds the population's figure. Run as a script:

    python -m benchmarks.validity_intervals
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from dnn_core.evaluation.inference.intervals import NETWORK, resample
from dnn_core.specs import Kind

SIMULATIONS = 1500
"""Of 300 the standard error of a share is 1.3 points: too near to what is to be told apart."""
RESAMPLES = 500
POPULATION = 1_000_000
LEVEL = 0.95

BASELINE = "baseline"
SIZES = (200, 1000)
CLUSTERS = (20, 40)
PER_CLUSTER = 50
"""As pupils of a school: the more cases share a cluster, the less each of them tells."""

SHORT = {
    "simulations": 60,
    "resamples": 200,
    "sizes": (200,),
    "clusters": (20,),
    "population": 200_000,
}
"""What a test has time for. A share of so large a population is known to 0.1 points, a
fiftieth of the intervals' width."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Cases with what two fixed models say of them."""

    kind: Kind
    y: np.ndarray
    predictions: dict[str, np.ndarray]
    training_mean: float | None
    cluster: np.ndarray | None = None
    weight: np.ndarray | None = None

    def figures(self) -> dict[str, float]:
        """The metrics and gains that are looked at, without intervals."""
        return {name: value for name, (value, _, _) in self.intervals(1, 0).items()}

    def intervals(
        self, resamples: int, seed: int, *, clustered: bool = True
    ) -> dict[str, tuple[float, float, float]]:
        """Value, low and high by the name of the figure."""
        resampled = resample(
            self.kind,
            self.y,
            self.predictions,
            self.weight,
            self.cluster if clustered else None,
            training_mean=self.training_mean,
            resamples=resamples,
            seed=seed,
        )
        names = ("r2",) if self.kind.numeric else ("auc", "accuracy")
        scores, gains = resampled.metrics(LEVEL), resampled.gains(LEVEL)
        scores = scores[scores["model"] == NETWORK]
        tables = {"": scores, " gain": gains}
        return {
            f"{row.metric}{end}": (row.value, row.low, row.high)
            for end, table in tables.items()
            for row in table.itertuples()
            if row.metric in names
        }


Draw = Callable[[np.random.Generator, int], Rows]
"""Draws so many cases (or clusters) from a population."""


def two_categories(generator: np.random.Generator, cases: int) -> Rows:
    """A rare category (a quarter), which the network ranks better than a simpler model."""
    x = generator.normal(size=(cases, 3))
    score = -1.4 + x @ np.array([1.0, 0.7, 0.0]) + 0.6 * x[:, 0] * x[:, 2]
    y = (generator.random(cases) < _share(score)).astype("int32")
    says = {NETWORK: score + 0.3 * x[:, 1], BASELINE: -1.3 + 0.9 * x[:, 0]}
    return Rows(Kind.BINARY, y, {name: _both(value) for name, value in says.items()}, None)


def a_quantity(generator: np.random.Generator, cases: int) -> Rows:
    """Skewed errors, as of incomes, and a training mean that missed the truth a little."""
    x = generator.normal(size=(cases, 2))
    signal = x[:, 0] + 0.5 * x[:, 0] * x[:, 1]
    y = 10 + signal + generator.gamma(1.5, size=cases) - 1.5
    says = {NETWORK: 10 + 0.9 * signal, BASELINE: 10 + 0.8 * x[:, 0]}
    return Rows(Kind.REGRESSION, y, says, 10.05)


def weighted(draw: Draw) -> Draw:
    """Cases that were selected with unequal probabilities, which their weights undo."""

    def of_sample(generator: np.random.Generator, cases: int) -> Rows:
        pool = draw(generator, 4 * cases)
        middle = 10 if pool.kind.numeric else 0.5
        chance = 0.2 + 0.6 * _share(pool.y - middle) + 0.2 * generator.random(len(pool.y))
        chosen = np.flatnonzero(generator.random(len(pool.y)) < chance)[:cases]
        predictions = {name: value[chosen] for name, value in pool.predictions.items()}
        weight = 1 / chance[chosen]
        return Rows(pool.kind, pool.y[chosen], predictions, pool.training_mean, weight=weight)

    return of_sample


def clustered_categories(generator: np.random.Generator, clusters: int) -> Rows:
    """Clusters of unequal size, alike in a predictor and in what the models hardly know."""
    cluster, shared, x, z = _in_clusters(generator, clusters)
    score = 1.2 * x + 0.8 * x * z + 0.7 * shared
    y = (generator.random(len(cluster)) < _share(score)).astype("int32")
    says = {NETWORK: 1.2 * x + 0.6 * x * z + 0.2 * shared, BASELINE: x}
    return Rows(Kind.BINARY, y, {n: _both(v) for n, v in says.items()}, None, cluster)


def clustered_quantity(generator: np.random.Generator, clusters: int) -> Rows:
    """As above; of what the predictors leave, 16 % is between clusters."""
    cluster, shared, x, z = _in_clusters(generator, clusters)
    y = x + 0.5 * x * z + 0.4 * shared + 0.9 * generator.normal(size=len(cluster))
    says = {NETWORK: x + 0.4 * x * z + 0.1 * shared, BASELINE: 0.9 * x}
    return Rows(Kind.REGRESSION, y, says, 0.0, cluster)


SAMPLES: dict[str, Draw] = {
    "two categories": two_categories,
    "quantity": a_quantity,
    "two categories, weighted": weighted(two_categories),
    "quantity, weighted": weighted(a_quantity),
}
IN_CLUSTERS: dict[str, Draw] = {
    "two categories": clustered_categories,
    "quantity": clustered_quantity,
}


@cache
def truth(draw: Draw, population: int = POPULATION) -> dict[str, float]:
    """Figures of a population of so many fresh rows."""
    units = population if draw not in IN_CLUSTERS.values() else population // PER_CLUSTER
    return draw(np.random.default_rng(20), units).figures()


def coverage(
    draw: Draw,
    units: int,
    known: dict[str, float],
    *,
    simulations: int,
    resamples: int,
    clustered: bool = True,
) -> Iterator[tuple[str, float]]:
    """Share of samples whose interval holds the truth, by figure."""
    held = dict.fromkeys(known, 0)
    for seed in range(simulations):
        sample = draw(np.random.default_rng(1000 + seed), units)
        result = sample.intervals(resamples, seed, clustered=clustered)
        for name, (_, low, high) in result.items():
            held[name] += low <= known[name] <= high
    for name, count in held.items():
        yield name, count / simulations


def measure(
    simulations: int = SIMULATIONS,
    resamples: int = RESAMPLES,
    sizes: tuple[int, ...] = SIZES,
    clusters: tuple[int, ...] = CLUSTERS,
    population: int = POPULATION,
) -> dict[str, float]:
    """Coverage of every figure, by sample; “naive” takes cases of a cluster as independent."""
    result: dict[str, float] = {}
    settings = {"simulations": simulations, "resamples": resamples}
    for title, draw in SAMPLES.items():
        # Weights undo the selection: the population is the one without it.
        known = truth(SAMPLES[title.removesuffix(", weighted")], population)
        for cases in sizes:
            for name, share in coverage(draw, cases, known, **settings):
                result[f"{name}, {title}, {cases} cases"] = share
    for title, draw in IN_CLUSTERS.items():
        for count in clusters:
            for words, clustered in (("", True), (", naive", False)):
                known = truth(draw, population)
                shares = coverage(draw, count, known, clustered=clustered, **settings)
                for name, share in shares:
                    result[f"{name}, {title}, {count} clusters{words}"] = share
    return result


def _in_clusters(generator: np.random.Generator, clusters: int) -> tuple[np.ndarray, ...]:
    """Cluster, what its cases share, and two predictors, of which the first is clustered."""
    cluster = np.repeat(np.arange(clusters), 5 + generator.poisson(PER_CLUSTER - 5, clusters))
    shared = generator.normal(size=(clusters, 2))[cluster]
    x = 0.5 * shared[:, 0] + 0.87 * generator.normal(size=len(cluster))
    return cluster, shared[:, 1], x, generator.normal(size=len(cluster))


def _share(score: np.ndarray) -> np.ndarray:
    shares: np.ndarray = 1 / (1 + np.exp(-score))
    return shares


def _both(score: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - _share(score), _share(score)])


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
