"""Do 90 % intervals and sets hold what they promise?

    python -m benchmarks.validity_conformal

Simulated surveys with a known population. A model is fitted to some cases, conformal
prediction learns from others, and the share of a large fresh population that lies within
is the coverage; figures are means over simulations. The model is a regression and not a
network, because the promise does not depend on what predicts.

- equal: cases drawn at random.
- weighted: cases with weights of no meaning for the outcome (they cost precision only).
- unequal: those of whom the model knows least are selected four times as often or a
  fourth as often, weights are the inverse of that; coverage in the population, beside
  that of the unweighted quantile, which fails.
- leftout: as where networks take turns: errors of models that left a case out, intervals
  of the mean of all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
from scipy.special import softmax

from dnn_core.evaluation.calibration.conformal import Conformal, fit_conformal
from dnn_core.specs import Kind

LEVEL = 90
SIMULATIONS = 300
SHORT = 40
"""Simulations of the form that the tests run."""

TRAINING, CALIBRATION, POPULATION = 300, 250, 20_000
FOLDS = 5
KINDS = tuple(Kind)


def draw(kind: Kind, cases: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Predictors, shape (cases, 3), and outcomes; where the first is high, less is known."""
    x = rng.normal(size=(cases, 3))
    signal = x[:, 1] - 0.5 * x[:, 2]
    spread = np.exp(0.7 * x[:, 0])
    if kind is Kind.REGRESSION:
        return x, 2 * signal + spread * rng.standard_t(5, cases)
    if kind is Kind.COUNT:
        crowd = spread**1.5
        return x, rng.poisson(np.exp(1 + 0.4 * signal) * rng.gamma(1 / crowd, crowd)) * 1.0
    if kind is Kind.AMOUNT:
        # The less is known, the more amounts differ in proportion.
        shape = 4 / spread
        return x, rng.gamma(shape, np.exp(7 + 0.4 * signal) / shape)
    classes = {Kind.BINARY: 2, Kind.MULTICLASS: 4, Kind.ORDINAL: 5}[kind]
    latent = 1.5 * signal + spread * rng.logistic(size=cases)
    edges = np.quantile(latent, np.arange(1, classes) / classes)
    position = np.digitize(latent, edges)
    return x, position if kind is not Kind.MULTICLASS else np.array([2, 0, 3, 1])[position]


def fit(kind: Kind, x: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """A linear model by least squares that ignores how much is known about whom."""
    design = np.column_stack([np.ones(len(x)), x])
    if kind.numeric:
        goal = {Kind.COUNT: np.log(y + 0.5), Kind.AMOUNT: np.log(np.maximum(y, 1e-9))}.get(kind, y)
        beta = np.linalg.lstsq(design, goal, rcond=None)[0]

        def predict(new: np.ndarray) -> np.ndarray:
            linear = beta[0] + new @ beta[1:]
            return linear if kind is Kind.REGRESSION else np.exp(linear)

        return predict
    classes = int(y.max()) + 1
    betas = np.linalg.lstsq(design, np.eye(classes)[y], rcond=None)[0]
    return lambda new: softmax(4 * (betas[0] + new @ betas[1:]), axis=1)


def share_within(conformal: Conformal, y: np.ndarray, predicted: np.ndarray) -> float:
    """Share of cases whose interval or set holds what was observed."""
    if conformal.kind.numeric:
        low, high = conformal.intervals(predicted, LEVEL)
        return float(np.mean((low <= y) & (y <= high)))
    return float(conformal.sets(predicted, LEVEL)[np.arange(len(y)), y].mean())


def _selected(
    kind: Kind, cases: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sample in which those of whom less is known are a rarity, with inverse weights."""
    x, y = draw(kind, 60 * cases, rng)
    chance = np.where(x[:, 0] > 0, 0.25, 1.0) / 20
    taken = np.flatnonzero(rng.random(len(x)) < chance)[:cases]
    return x[taken], y[taken], 1 / chance[taken]


def simulate(kind: Kind, rng: np.random.Generator) -> dict[str, float]:
    """Coverage of each scheme in one simulated survey."""
    x, y = draw(kind, TRAINING, rng)
    predict = fit(kind, x, y)
    x_new, y_new = draw(kind, POPULATION, rng)
    predicted = predict(x_new)

    def coverage(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> float:
        return share_within(fit_conformal(kind, y, predict(x), weight), y_new, predicted)

    x_cal, y_cal = draw(kind, CALIBRATION, rng)
    x_odd, y_odd, weight = _selected(kind, CALIBRATION, rng)
    return {
        "equal": coverage(x_cal, y_cal),
        "weighted": coverage(x_cal, y_cal, rng.gamma(1.0, size=CALIBRATION)),
        "unequal": coverage(x_odd, y_odd, weight),
        "unequal_ignored": coverage(x_odd, y_odd),
        "leftout": _left_out(kind, x, y, x_new, y_new),
    }


def _left_out(
    kind: Kind, x: np.ndarray, y: np.ndarray, x_new: np.ndarray, y_new: np.ndarray
) -> float:
    fold = np.arange(len(x)) % FOLDS
    models = [fit(kind, x[fold != k], y[fold != k]) for k in range(FOLDS)]
    every = np.stack([model(x) for model in models])
    conformal = fit_conformal(kind, y, every[fold, np.arange(len(x))])
    return share_within(conformal, y_new, np.mean([model(x_new) for model in models], axis=0))


def measure(simulations: int = SIMULATIONS, kinds: tuple[Kind, ...] = KINDS) -> dict[str, float]:
    """Mean coverage by kind of outcome and scheme."""
    result: dict[str, float] = {}
    for kind in kinds:
        rng = np.random.default_rng(1)
        rounds = [simulate(kind, rng) for _ in range(simulations)]
        for scheme in rounds[0]:
            result[f"{kind.value} {scheme}"] = float(np.mean([one[scheme] for one in rounds]))
    return result


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
