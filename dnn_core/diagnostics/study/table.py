"""Tables of the best configurations, and of the winners without each fold."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dnn_core.diagnostics.marks.style import significant
from dnn_core.outcome.metrics import Metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.specs import Vary
from dnn_core.tuning.trial import Trial

NUMBER, INTERVAL, SHARE = "No.", "95% interval", "Best on"
INSIDE, OUTSIDE = "Where it was chosen", "On the fold"


def leaderboard(
    vary: Sequence[Vary],
    trials: Sequence[Trial],
    measure: Metric,
    main: Metric,
    result: AnalysisResult | None,
) -> pd.DataFrame:
    """Trials with settings and figures.

    Parameters
    ----------
    vary : sequence of Vary
    trials : sequence of Trial
    measure : Metric
        By which they are ranked.
    main : Metric
        The main one of the task, which may be the same.
    result : AnalysisResult, optional
        The result of the study, once it has ended.

    Returns
    -------
    pandas.DataFrame
        No., the figure, its interval and on how many resamples it is the best (both only once
        the study has ended), the main metric, a text for each setting, Parameters, Best epoch,
        Seconds and why it was left out; those without a figure last.
    """
    known = None if result is None else result.tables["trials"].set_index("number")
    columns: dict[str, list[object]] = {
        NUMBER: [trial.number for trial in trials],
        measure.title: [trial.value for trial in trials],
    }
    if known is not None:
        bounds = known[["low", "high"]].to_numpy()
        intervals = {
            number: f"{significant(float(low))} to {significant(float(high))}"
            for number, (low, high) in zip(known.index, bounds, strict=True)
        }
        columns[INTERVAL] = [intervals.get(trial.number, "") for trial in trials]
        columns[SHARE] = [known["share"].get(trial.number) for trial in trials]
    columns[main.title] = [trial.value if main == measure else trial.main for trial in trials]
    for one in vary:
        shown = {
            value: one.show(value)
            for value in {trial.values[one.hyperparameter] for trial in trials}
        }
        columns[one.setting.title] = [shown[trial.values[one.hyperparameter]] for trial in trials]
    columns |= {
        "Parameters": [trial.parameters for trial in trials],
        "Best epoch": [trial.epochs for trial in trials],
        "Seconds": [trial.seconds for trial in trials],
        "Left out": ["" if t.complete else t.message or t.state.label for t in trials],
    }
    table = pd.DataFrame(columns)
    return table.sort_values(
        measure.title, ascending=not measure.higher_is_better, na_position="last"
    ).reset_index(drop=True)


def winners_table(
    vary: Sequence[Vary], winners: Sequence[Trial], result: AnalysisResult
) -> pd.DataFrame:
    """The winners without each fold.

    Parameters
    ----------
    vary : sequence of Vary
    winners : sequence of Trial
        Fold after fold.
    result : AnalysisResult
        Of a nested study.

    Returns
    -------
    pandas.DataFrame
        The fold, counted from 1, a text for each setting, and the figure where it was chosen and
        on the fold.
    """
    known = result.tables["winners"]
    settings = {
        one.setting.title: [one.show(trial.values[one.hyperparameter]) for trial in winners]
        for one in vary
    }
    return pd.DataFrame(
        {
            "Without fold": known["fold"] + 1,
            **settings,
            INSIDE: known["inside"],
            OUTSIDE: known["outside"],
        }
    )
