"""Hyperparameter importance, and hyperparameters without effect."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import optuna
import pandas as pd
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from dnn_core.network.contradictions import idle_settings
from dnn_core.specs import StudySpec, Vary, configure
from dnn_core.tuning.samplers import as_optuna
from dnn_core.tuning.trial import FEWEST_TRIALS, Trial, TrialState

NO_SUCH_LAYER = "No configuration had the hidden layers that it is about."

SHUFFLES = 40
CHANCE_QUANTILE = 0.95


def rank_hyperparameters(
    asked: StudySpec, trials: Sequence[Trial], *, higher_is_better: bool
) -> pd.DataFrame:
    """How much each hyperparameter distinguishes the best tenth of the trials from the others.

    PED-ANOVA: Watanabe, Bansal and Hutter (2023), "PED-ANOVA: Efficiently quantifying
    hyperparameter importance in arbitrary subspaces", as Optuna has it. Because some hyperparameter
    seems to matter even where none does, it is compared with permuted figures.

    Parameters
    ----------
    asked : StudySpec
    trials : sequence of Trial
        Those evaluated on all folds, and those given up early, which count as worse.

    Returns
    -------
    pandas.DataFrame
        hyperparameter, importance (its share in that of all), chance (on the same scale, exceeded
        by one in twenty shuffles; above 1 where all hyperparameters together do little); no rows
        for fewer than `FEWEST_TRIALS` trials.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Optuna looks for low values.
    sign = -1 if higher_is_better else 1
    able, standings = [], []
    for trial in trials:
        standing = _standing(trial, sign)
        if standing is not None:
            able.append(trial)
            standings.append(standing)
    columns = ["hyperparameter", "importance", "chance"]
    if len(able) < FEWEST_TRIALS:
        return pd.DataFrame(columns=columns)
    places = {standing: place for place, standing in enumerate(sorted(set(standings)))}
    # Only who is among the best tenth counts, not by how much.
    values = np.array([places[standing] for standing in standings], dtype="float64")
    study = optuna.create_study()
    study.add_trials([as_optuna(asked, t, v) for t, v in zip(able, values, strict=True)])
    importances = _importances(study, values)
    generator = np.random.default_rng(asked.seed)
    shuffled = [_importances(study, generator.permutation(values)) for _ in range(SHUFFLES)]
    chance = pd.DataFrame(shuffled).quantile(CHANCE_QUANTILE)
    # Shares of what shuffles give would not do: a hyperparameter with many values takes most of
    # each.
    total = sum(importances.values()) or 1.0
    rows = [
        (hyperparameter, value / total, float(chance[hyperparameter]) / total)
        for hyperparameter, value in importances.items()
    ]
    rows.sort(key=lambda row: -row[1])
    return pd.DataFrame(rows, columns=columns)


def dead_hyperparameters(
    asked: StudySpec, trials: Sequence[Trial], *, training_rows: int
) -> dict[str, str]:
    """Hyperparameters that no trial's training has read, and why; by hyperparameter."""
    kind = asked.experiment.task.kind
    assert kind is not None
    reasons = [
        idle_settings(
            configure(asked.experiment, trial.values).training,
            training_rows=training_rows,
            kind=kind,
        )
        for trial in trials
    ]
    idle = {
        vary.hyperparameter: reasons[0][vary.hyperparameter]
        for vary in asked.vary
        if reasons and all(vary.hyperparameter in unused for unused in reasons)
    }
    return idle | {
        vary.hyperparameter: NO_SUCH_LAYER
        for vary in asked.vary
        if trials and all(_changes_nothing(asked, trial, vary) for trial in trials)
    }


def _changes_nothing(asked: StudySpec, trial: Trial, vary: Vary) -> bool:
    """Whether a trial would be the same with the first and the last value of a hyperparameter."""
    ends = {vary.hyperparameter: vary.at(0)}, {vary.hyperparameter: vary.at(1)}
    low, high = (configure(asked.experiment, {**trial.values, **end}) for end in ends)
    return len(vary.listed) > 1 and low == high


def _standing(trial: Trial, sign: int) -> tuple[float, float] | None:
    """The lower the better: how early it was given up, then its figure; None without one."""
    match trial.state:
        case TrialState.COMPLETE:
            figure, rung = trial.value, math.inf
        case TrialState.PRUNED:
            figure, rung = trial.mean, trial.rung
        case TrialState.FAILED:
            return None
    return None if figure is None else (-rung, sign * figure)


def _importances(study: optuna.Study, values: np.ndarray) -> dict[str, float]:
    """How far the best tenth is from all, for each hyperparameter; the lower a value the better."""
    with warnings.catch_warnings():
        # It reminds that low values count as good, and that `normalize` is new.
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return get_param_importances(
            study,
            evaluator=PedAnovaImportanceEvaluator(),
            target=lambda trial: float(values[trial.number]),
            normalize=False,
        )
