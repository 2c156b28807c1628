"""Which knobs mattered, and which did nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import optuna
import pandas as pd
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from dnn_core.network.contradictions import idle_settings
from dnn_core.specs import StudySpec, configure
from dnn_core.tuning.propose import as_optuna
from dnn_core.tuning.trial import FEWEST_TRIALS, Trial

SHUFFLES = 40
CHANCE_QUANTILE = 0.95


def weigh_knobs(
    asked: StudySpec, trials: Sequence[Trial], *, higher_is_better: bool
) -> pd.DataFrame:
    """How much each knob tells the best tenth of the trials from the others.

    PED-ANOVA: Watanabe, Bansal and Hutter (2023), "PED-ANOVA: Efficiently quantifying
    hyperparameter importance in arbitrary subspaces", as Optuna has it. Because it shares out 1
    even where nothing matters, it is set beside what shuffled figures give.

    Parameters
    ----------
    asked : StudySpec
    trials : sequence of Trial
        Those judged on all folds are looked at.

    Returns
    -------
    pandas.DataFrame
        knob, importance, chance (exceeded by one in twenty shuffles); no rows for fewer than
        `FEWEST_TRIALS` trials.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    able = [trial for trial in trials if trial.complete and trial.value is not None]
    columns = ["knob", "importance", "chance"]
    if len(able) < FEWEST_TRIALS:
        return pd.DataFrame(columns=columns)
    # Optuna looks for low values.
    sign = -1 if higher_is_better else 1
    values = sign * np.array([trial.value for trial in able], dtype="float64")
    found = _importances(asked, able, values)
    generator = np.random.default_rng(asked.seed)
    shuffled = [_importances(asked, able, generator.permutation(values)) for _ in range(SHUFFLES)]
    chance = pd.DataFrame(shuffled).quantile(CHANCE_QUANTILE)
    rows = [(knob, value, float(chance[knob])) for knob, value in found.items()]
    rows.sort(key=lambda row: -row[1])
    return pd.DataFrame(rows, columns=columns)


def dead_knobs(asked: StudySpec, trials: Sequence[Trial], *, training_rows: int) -> dict[str, str]:
    """Knobs that no trial's training has read, and why; by knob."""
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
    return {
        vary.knob: reasons[0][vary.knob]
        for vary in asked.vary
        if reasons and all(vary.knob in found for found in reasons)
    }


def _importances(asked: StudySpec, trials: Sequence[Trial], values: np.ndarray) -> dict[str, float]:
    study = optuna.create_study(direction="minimize")
    study.add_trials([as_optuna(asked, t, float(v)) for t, v in zip(trials, values, strict=True)])
    evaluator = PedAnovaImportanceEvaluator()
    return get_param_importances(study, evaluator=evaluator)
