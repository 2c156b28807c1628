"""Selection bias of the best of many trials, and the trials that are as good.

The correction resamples the stored out-of-fold predictions of all trials: on each resample the best
is chosen anew and evaluated on the cases that were not drawn (bootstrap bias corrected
cross-validation: Tsamardinos, Greasidou and Borboudakis 2018, Machine Learning 107:1895-1922).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnn_core.evaluation.inference.intervals import expanded_percentiles
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.evaluation.metrics.scorers import Scorer, scorer
from dnn_core.outcome.metrics import Metric, main_metric, metric
from dnn_core.specs import Kind

RESAMPLES = 500
FEWEST_RESAMPLES = 100
WORK = 1e9
"""Cases x classes x trials x seeds x resamples that are evaluated; about a minute for AUC, which
takes longest."""

LEVEL = 0.95

Estimate = tuple[float, float, float]
"""A figure, and the ends of its interval."""


@dataclass(frozen=True, eq=False)
class SelectionBias:
    """The results of the resamples of a study.

    Parameters
    ----------
    best : int
        Position of the trial with the best figure.
    trials : pandas.DataFrame
        One row for each trial, in their order: value, error (standard error), low, high (of
        the figure by which they are ranked), main, share (of the resamples in which it is the
        best).
    corrected : dict of str to tuple of float
        For `value` and `main`: the figure of the choice on cases that were not used for it, with
        the ends of its interval.
    gains : dict of str to tuple of float
        The gain over the current experiment, on the same cases; positive is better.
    """

    best: int
    trials: pd.DataFrame
    corrected: dict[str, Estimate]
    gains: dict[str, Estimate]


def estimate_selection_bias(
    kind: Kind,
    cases: dict[str, np.ndarray],
    predictions: list[np.ndarray],
    measure: Metric,
    *,
    training_mean: float | None,
    seed: int,
    current: np.ndarray | None = None,
) -> SelectionBias:
    """Choose the best on resamples and evaluate it on the cases left out.

    Parameters
    ----------
    kind : Kind
    cases : dict of str to numpy.ndarray
        `y`, and where there are any `weight`, `cluster` and `strata`; clusters are drawn whole.
    predictions : list of numpy.ndarray
        Of each trial, shape (seeds, cases) or (seeds, cases, classes).
    measure : Metric
        By which the best is chosen.
    training_mean : float or None
        As in `metrics.evaluate`.
    seed : int
    current : numpy.ndarray, optional
        Predictions of the current experiment, like those of a trial.

    Returns
    -------
    Correction
    """
    names, signs = _ranked(kind, measure)
    weight, design = _sampled(cases)

    def scorers(trial: np.ndarray) -> list[Scorer]:
        return [scorer(kind, cases["y"], one, training_mean=training_mean) for one in trial]

    tried = [scorers(trial) for trial in predictions]
    drawn = _resample(
        tried,
        None if current is None else scorers(current),
        design.weightings(_resamples(predictions), seed),
        weight,
        names,
        signs,
    )
    whole = np.stack([_figures(trial, weight[:, np.newaxis], names)[:, 0] for trial in tried])
    intervals = [expanded_percentiles(row, LEVEL, design.degrees) for row in drawn.values]
    table = pd.DataFrame(
        {
            "value": whole[:, 0],
            "error": np.nanstd(drawn.values, axis=1, ddof=1),
            "low": [low for low, _ in intervals],
            "high": [high for _, high in intervals],
            "main": whole[:, 1],
            "share": np.bincount(drawn.best, minlength=len(tried)) / max(1, len(drawn.best)),
        }
    )
    return SelectionBias(
        best=int(_best(signs[0] * whole[:, :1])[0]),
        trials=table,
        corrected=_intervals(drawn.worth, design.degrees),
        gains={} if drawn.gain is None else _intervals(drawn.gain, design.degrees),
    )


def assess(
    kind: Kind,
    cases: dict[str, np.ndarray],
    predicted: np.ndarray,
    measure: Metric,
    *,
    training_mean: float | None,
    seed: int,
    current: np.ndarray | None = None,
) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Figures of predictions without selection bias, and their gain over the experiment.

    Parameters
    ----------
    predicted : numpy.ndarray
        Like those of a trial.
    kind, cases, measure, training_mean, seed, current
        As for `estimate_selection_bias`.

    Returns
    -------
    figures, gains : dict of str to tuple of float
        For `value` and `main`: the figure on all cases, with the ends of its interval over
        resamples of the cases. Gains are positive where it is better, and empty without `current`.
    """
    names, signs = _ranked(kind, measure)
    weight, design = _sampled(cases)
    weightings = [weight[:, np.newaxis], *design.weightings(RESAMPLES, seed)]

    def figures(one: np.ndarray) -> np.ndarray:
        seeds = [scorer(kind, cases["y"], x, training_mean=training_mean) for x in one]
        return np.concatenate([_figures(seeds, w, names) for w in weightings], axis=1)

    def estimates(values: np.ndarray) -> dict[str, Estimate]:
        value, main = (
            (float(row[0]), *expanded_percentiles(row[1:], LEVEL, design.degrees)) for row in values
        )
        return {"value": value, "main": main}

    result = figures(predicted)
    if current is None:
        return estimates(result), {}
    return estimates(result), estimates(signs[:, np.newaxis] * (result - figures(current)))


def _ranked(kind: Kind, measure: Metric) -> tuple[tuple[str, str], np.ndarray]:
    """Names of the figure trials are ranked by and of the main metric; 1 where more is better."""
    both = (measure, metric(main_metric(kind).name))
    signs = np.array([1 if one.higher_is_better else -1 for one in both])
    return (both[0].name, both[1].name), signs


def _sampled(cases: dict[str, np.ndarray]) -> tuple[np.ndarray, Design]:
    """Weights of the cases, and how they were drawn."""
    weight = cases.get("weight", np.ones(len(cases["y"]))).astype("float64")
    return weight, Design(weight, cases.get("cluster"), cases.get("strata"))


@dataclass(frozen=True, eq=False)
class _Drawn:
    """What the resamples gave on which a best trial could be told.

    Parameters
    ----------
    values : numpy.ndarray
        The figure of each trial on the cases drawn, shape (trials, resamples), all resamples.
    best : numpy.ndarray
        Position of the best trial, shape (usable resamples,).
    worth, gain : numpy.ndarray
        Both figures of that trial on the cases left out, and how much better it is there than the
        experiment as it is, shape (2, usable resamples).
    """

    values: np.ndarray
    best: np.ndarray
    worth: np.ndarray
    gain: np.ndarray | None


def _resample(
    tried: list[list[Scorer]],
    current: list[Scorer] | None,
    weightings: Iterator[np.ndarray],
    weight: np.ndarray,
    names: tuple[str, str],
    signs: np.ndarray,
) -> _Drawn:
    """Choose the best on each resample, and evaluate it on the cases that it lacks."""
    inside, chosen, outside, beside = [], [], [], []
    for drawn in weightings:
        values = np.concatenate([_figures(trial, drawn, names[:1]) for trial in tried])
        best = _best(signs[0] * values)
        left_out = np.where(drawn == 0, weight[:, np.newaxis], 0.0)
        inside.append(values)
        chosen.append(best)
        outside.append(_evaluate_chosen(tried, best, left_out, names))
        if current is not None:
            beside.append(_figures(current, left_out, names))
    best, worth = np.concatenate(chosen), np.concatenate(outside, axis=1)
    usable = best >= 0
    gain = signs[:, np.newaxis] * (worth - np.concatenate(beside, axis=1)) if beside else None
    return _Drawn(
        np.concatenate(inside, axis=1),
        best[usable],
        worth[:, usable],
        None if gain is None else gain[:, usable],
    )


def simplest(table: pd.DataFrame, best: int, sizes: list[int], *, higher_is_better: bool) -> int:
    """The trial with the fewest parameters within one standard error of the best.

    The rule of Breiman, Friedman, Olshen and Stone (1984), "Classification and Regression
    Trees", section 3.4.3; of several of the same size the best one.

    Parameters
    ----------
    table : pandas.DataFrame
        `SelectionBias.trials`.
    best : int
        Its position.
    sizes : list of int
        Parameters of each trial.

    Returns
    -------
    int
        Its position.
    """
    sign = 1 if higher_is_better else -1
    quality = sign * table["value"].to_numpy()
    near = np.flatnonzero(quality >= quality[best] - table["error"].iloc[best])
    return int(min(near, key=lambda i: (sizes[i], -quality[i])))


def _figures(seeds: list[Scorer], weights: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Figures of one trial, means over seeds, shape (names, weightings)."""
    values = [score(weights, names) for score in seeds]
    return np.stack([np.mean([v[name] for v in values], axis=0) for name in names])


def _evaluate_chosen(
    scorers: list[list[Scorer]], best: np.ndarray, weights: np.ndarray, names: tuple[str, ...]
) -> np.ndarray:
    """Figures of the trial that is the best one under each weighting, shape (names, weightings)."""
    values = np.full((len(names), len(best)), np.nan)
    for trial in np.unique(best[best >= 0]):
        its = np.flatnonzero(best == trial)
        values[:, its] = _figures(scorers[trial], weights[:, its], names)
    return values


def _best(quality: np.ndarray) -> np.ndarray:
    """Position of the highest in each column; -1 where no trial has a figure."""
    filled = np.where(np.isfinite(quality), quality, -np.inf)
    best = filled.argmax(axis=0)
    return np.where(np.isfinite(filled.max(axis=0)), best, -1)


def _intervals(figures: np.ndarray, degrees: int) -> dict[str, Estimate]:
    """Mean and ends of the interval of `value` and `main`, from shape (2, resamples)."""

    def interval(values: np.ndarray) -> Estimate:
        mean = float("nan") if np.isnan(values).all() else float(np.nanmean(values))
        return mean, *expanded_percentiles(values, LEVEL, degrees)

    value, main = map(interval, figures)
    return {"value": value, "main": main}


def _resamples(predictions: list[np.ndarray]) -> int:
    size = sum(trial.size for trial in predictions)
    return int(np.clip(WORK / max(size, 1), FEWEST_RESAMPLES, RESAMPLES))
