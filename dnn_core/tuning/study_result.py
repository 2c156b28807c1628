"""The result of a study, computed once when it ends and kept in its directory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dnn_core.errors import reading
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.outcome.metrics import main_metric, metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.record_folder import write_whole
from dnn_core.tuning.selection_bias import Estimate, assess, estimate_selection_bias, simplest
from dnn_core.tuning.study import Study
from dnn_core.tuning.trial import TrialState

READING = "reading.json"


def read_study(study: Study) -> AnalysisResult | None:
    """The result when the study last ended; None before that, or without trials.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Found or None
        With facts and tables, as follows.

    Raises
    ------
    Damaged
        If what was written then is not what stands there now.

    Notes
    -----
    Facts: `best` and `simplest` (numbers of trials), `measure` and `main` (names of metrics),
    `apparent`, `corrected`, `low`, `high`, `current` (the current experiment), `gain`,
    `gain_low`, `gain_high` over it (positive is better), and the same for the main metric
    with `main_` in front, `error` (standard error of the best), `near` (trials within it),
    `share` (how often the best is the best on resamples), `trials` (how many were compared),
    `given_up` (how many more were given up early), `networks` (that a run of the experiment
    averages; in a study all are evaluated with one), `cases`, `dead` (hyperparameters, and why). Of
    a nested study also `nested`, `nested_low`, `nested_high`, `nested_gain`, `nested_gain_low`,
    `nested_gain_high`, with and without `main_` in front: the figure of the search on rows that it
    did not use. Tables: `trials` (number, value, error, low, high, main, share, parameters),
    `hyperparameters` (hyperparameter, importance, chance), and of a nested study `winners` (fold,
    number, inside and outside: the figure of the winner without the fold, on the rows it was chosen
    by and on the fold).
    """
    path = study.directory / READING
    if not path.exists():
        return None
    with reading("study", path):
        return AnalysisResult.from_json(path.read_text(encoding="utf-8"))


def write_reading(study: Study) -> None:
    """Compute the result of a study, if a trial was evaluated on all folds."""
    # Optuna takes a while to load, and readers do not need it.
    from dnn_core.tuning.hyperparameter_importance import dead_hyperparameters, rank_hyperparameters

    asked, trials = study.asked, study.trials
    complete = [trial for trial in trials if trial.complete and trial.value is not None]
    given_up = [trial for trial in trials if trial.state is TrialState.PRUNED]
    if not complete:
        return
    current = study.current
    current = current if current is not None and current.complete else None
    measure, main = study.measure, metric(main_metric(study.kind).name)
    cases = study.cases
    basis: dict[str, Any] = {
        "training_mean": float(cases["training_mean"]) if "training_mean" in cases else None,
        "seed": asked.seed,
        "current": None if current is None else study.predictions(0),
    }
    predictions = [study.predictions(trial.number) for trial in complete]
    bias = estimate_selection_bias(study.kind, cases, predictions, measure, **basis)
    sizes = [trial.parameters for trial in complete]
    higher = measure.higher_is_better
    chosen = simplest(bias.trials, bias.best, sizes, higher_is_better=higher)
    table = bias.trials.assign(number=[t.number for t in complete], parameters=sizes)
    best = table.iloc[bias.best]
    distance = (table["value"] - best["value"]).abs()
    facts = {
        "best": complete[bias.best].number,
        "simplest": complete[chosen].number,
        "measure": measure.name,
        "main": main.name,
        "apparent": float(best["value"]),
        "main_apparent": float(best["main"]),
        **_named(("corrected", "low", "high"), bias.corrected["value"]),
        **_named(("main_corrected", "main_low", "main_high"), bias.corrected["main"]),
        "current": None if current is None else current.value,
        "main_current": None if current is None else current.main,
        **_named(("gain", "gain_low", "gain_high"), bias.gains.get("value")),
        **_named(("main_gain", "main_gain_low", "main_gain_high"), bias.gains.get("main")),
        "error": float(best["error"]),
        "near": int((distance <= best["error"]).sum()),
        "share": float(best["share"]),
        "networks": asked.experiment.training.members,
        "trials": len(complete),
        "given_up": len(given_up),
        "cases": len(cases["y"]),
        "dead": dead_hyperparameters(asked, complete, training_rows=len(cases["y"])),
    }
    tables = {
        "trials": table,
        "hyperparameters": rank_hyperparameters(
            asked, [*complete, *given_up], higher_is_better=higher
        ),
    }
    nested = study.nested_predictions
    if nested is not None:
        facts |= _nested_facts(*assess(study.kind, cases, nested, measure, **basis))
        tables["winners"] = _winners(study, nested, basis["training_mean"])
    reading = AnalysisResult(facts, tables)
    write_whole(study.directory / READING, reading.to_json())


def _nested_facts(figures: dict[str, Estimate], gains: dict[str, Estimate]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, before in (("value", ""), ("main", "main_")):
        ends = (f"{before}nested", f"{before}nested_low", f"{before}nested_high")
        facts |= _named(ends, figures[name])
        ends = (f"{before}nested_gain", f"{before}nested_gain_low", f"{before}nested_gain_high")
        facts |= _named(ends, gains.get(name))
    return facts


def _winners(study: Study, nested: np.ndarray, training_mean: float | None) -> pd.DataFrame:
    """The winners without each fold, and their figures on it."""
    cases, measure, rows = study.cases, study.measure, []
    for fold in range(study.asked.folds):
        best = study.winner_without(fold)
        assert best is not None, "each fold was predicted by the configuration that won without it"
        there = cases["fold"] == fold
        weight = cases["weight"][there] if "weight" in cases else None
        outside = [
            evaluate(
                study.kind, cases["y"][there], one[there], weight, training_mean=training_mean
            )[measure.name]
            for one in nested
        ]
        rows.append((fold, best.number, best.value, float(np.mean(outside))))
    return pd.DataFrame(rows, columns=["fold", "number", "inside", "outside"])


def _named(names: tuple[str, str, str], values: Estimate | None) -> dict[str, float | None]:
    return dict(zip(names, values or (None, None, None), strict=True))
