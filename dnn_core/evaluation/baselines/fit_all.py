"""Baselines, from a constant to boosted trees.

Every baseline is fitted to the same data as the network: the encoded columns, the training rows and
the case weights. Tuning parameters (a penalty, a number of trees) are chosen within the training
rows.
"""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from dnn_core.data.prepare import Prepared
from dnn_core.evaluation.baselines.baseline import THREADS, Baseline, design_of
from dnn_core.evaluation.baselines.boosting import BOOSTING, fit_boosting
from dnn_core.evaluation.baselines.linear_models import fit_linear
from dnn_core.evaluation.baselines.penalised import fit_penalised
from dnn_core.evaluation.inference.intervals import REDUCED
from dnn_core.outcome.kinds import outcome_of
from dnn_core.specs import Part


def fit_baselines(prepared: Prepared, reduced: tuple[str, ...] = ()) -> tuple[Baseline, ...]:
    """Fit the baselines on the training part, the simplest first: the constant, then the others.

    Parameters
    ----------
    prepared : Prepared
    reduced : tuple of str
        As for `fit_rivals`.
    """
    return fit_constant(prepared), *fit_rivals(prepared, reduced)


def fit_constant(prepared: Prepared) -> Baseline:
    """The constant baseline: the training part's mean or shares for every case."""
    mean = prepared.training_mean
    return _majority(prepared) if mean is None else _mean(prepared, mean)


def fit_rivals(prepared: Prepared, reduced: tuple[str, ...] = ()) -> tuple[Baseline, ...]:
    """Fit the baselines that use the predictors, the simplest first.

    Parameters
    ----------
    prepared : Prepared
    reduced : tuple of str
        `Task.reduced`: predictors of a smaller regression model, which comes first.
    """
    target = prepared.target
    name, title = outcome_of(target.kind).linear
    fitted_baselines = []
    with threadpool_limits(limits=THREADS):
        if reduced:
            chosen = np.flatnonzero([source in reduced for source in prepared.encoder.sources])
            predictors = f"{len(reduced)} predictor{'s' if len(reduced) > 1 else ''}"
            small = f"{title} with {predictors}"
            fitted_baselines.append(fit_linear(design_of(prepared, chosen), target, REDUCED, small))
            title = f"{title} with all predictors"
        design = design_of(prepared)
        fitted_baselines.append(fit_linear(design, target, name, title))
        if not left_out(prepared):
            fitted_baselines += [fit_penalised(design, target), fit_boosting(prepared)]
    return tuple(fitted_baselines)


def left_out(prepared: Prepared) -> dict[str, str]:
    """Titles of the baselines that are not fitted, and why."""
    if not prepared.encoder.pixels:
        return {}
    reason = "is left out: on pixels it would take longer than the network"
    return {outcome_of(prepared.target.kind).penalised: reason, BOOSTING: reason}


def _mean(prepared: Prepared, mean: float) -> Baseline:
    def predict(x: np.ndarray) -> np.ndarray:
        return np.full(len(x), mean)

    cases = len(prepared.parts[Part.TRAINING])
    return Baseline(
        "mean",
        "Mean of the outcome",
        f"Every case gets the mean of the {cases:,} training rows.",
        True,
        predict,
    )


def _majority(prepared: Prepared) -> Baseline:
    training, target = prepared.parts[Part.TRAINING], prepared.target
    counts = np.bincount(training.y, weights=training.weight, minlength=len(target.classes))
    shares = counts / counts.sum()

    def predict(x: np.ndarray) -> np.ndarray:
        return np.tile(shares, (len(x), 1))

    return Baseline(
        "majority",
        "Most frequent category",
        f"Every case gets the shares of the {len(training):,} training rows as probabilities, and "
        f"so is predicted as “{target.labels[int(shares.argmax())]}”.",
        True,
        predict,
    )
