"""Evidence that several checks share, or the reason why it is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnn_core.audit.finding import NotApplicable
from dnn_core.audit.torn_clusters import CODE
from dnn_core.evaluation.inference.intervals import Estimate
from dnn_core.outcome.kinds import CHANCE_BASELINES, LINEAR_BASELINES
from dnn_core.outcome.metrics import Metric, main_metric
from dnn_core.runs.records import Facts
from dnn_core.runs.run import Run
from dnn_core.specs import Part
from dnn_core.wording import in_sentence


def facts(run: Run) -> Facts:
    """Return the run's sizes and classes.

    Raises
    ------
    NotApplicable
        If the run has no trained network.
    """
    if not run.status.done:
        raise NotApplicable("There is no trained network.")
    return run.facts


def evaluated_part(run: Run) -> Part:
    """The part a trained network is evaluated on: test once it is open, else validation."""
    return Part.TEST if run.test_opened else Part.VALIDATION


def part_predictions(run: Run, part: str) -> pd.DataFrame:
    """Return the predictions of one part.

    Raises
    ------
    NotApplicable
        If there are none.
    """
    facts(run)
    predictions = run.predictions
    table = predictions[predictions["part"] == part]
    if table.empty:
        raise NotApplicable(f"There are no predictions for the {part} part.")
    return table


def main_metric_of(run: Run) -> Metric:
    """The main metric of this run."""
    return main_metric(facts(run).coding.kind)


def score(run: Run, model: str, part: str) -> Estimate:
    """Main metric of the network or of a baseline.

    Raises
    ------
    NotApplicable
        If it was not computed, or has no interval.
    """
    return _look_up(run, run.scores, model, part)


def gain(run: Run, baseline: str, part: str) -> Estimate:
    """Main metric of the network less that of a baseline, paired.

    For every main metric higher is better, so a gain is above zero.

    Raises
    ------
    NotApplicable
        If it was not computed, or has no interval.
    """
    return _look_up(run, run.gains, baseline, part)


def beats_chance(run: Run, part: str) -> bool:
    """Whether the outcome is demonstrably predicted better than by chance.

    For categories, both the main metric and the log loss must show it. Where networks take
    turns, they share training rows, each ranks its own part of the rows, and those rows have
    chosen its best epoch: for outcomes that have nothing to do with the predictors, the whole
    interval of the pooled AUC lay above one half in 16 % of 200 simulated surveys. In 2 %
    the log loss, a proper score, agreed (`benchmarks/validity_ladder.py`).

    Raises
    ------
    NotApplicable
        If the main metric was not computed, or has no interval.
    """
    chance = chance_baseline(run)
    if gain(run, chance, part).low <= 0:
        return False
    gains = run.gains
    rows = gains[
        (gains["model"] == chance) & (gains["part"] == part) & (gains["metric"] == "log_loss")
    ]
    # A quantity has no log loss.
    return rows.empty or bool(float(rows["high"].iloc[0]) < 0)


def chance_baseline(run: Run) -> str:
    """Name of the baseline that knows nothing of the predictors.

    Raises
    ------
    NotApplicable
        If the run has none.
    """
    return _one_of(run, CHANCE_BASELINES)


def linear_baseline(run: Run) -> str:
    """Name of the linear baseline.

    Raises
    ------
    NotApplicable
        If the run has none.
    """
    return _one_of(run, LINEAR_BASELINES)


def _one_of(run: Run, names: tuple[str, ...]) -> str:
    for name in facts(run).baselines:
        if name in names:
            return name
    raise NotApplicable("There is no such baseline to compare with.")


def baseline_title(run: Run, name: str) -> str:
    """A baseline's title as it stands within a sentence."""
    return in_sentence(facts(run).baselines[name])


def metric_words(run: Run) -> str:
    """The title of the run's main metric as it stands within a sentence."""
    return in_sentence(main_metric_of(run).title)


def _look_up(run: Run, table: pd.DataFrame, model: str, part: str) -> Estimate:
    metric = main_metric_of(run)
    rows = table[
        (table["model"] == model) & (table["part"] == part) & (table["metric"] == metric.name)
    ]
    if rows.empty:
        raise NotApplicable(f"{metric.title} was not computed on the {part} part.")
    value, low, high = rows[["value", "low", "high"]].iloc[0].astype(float)
    if not np.isfinite([value, low, high]).all():
        raise NotApplicable(f"{metric.title} has no interval on the {part} part.")
    return Estimate(value, low, high)


def torn(run: Run) -> bool:
    """Whether rows of one cluster were both in training and in evaluation.

    Figures on the evaluated rows are then no evidence for other clusters, whether this is intended
    or not.
    """
    audit = run.audit
    return audit is not None and any(finding.code == CODE for finding in audit.findings)


def weights_of(table: pd.DataFrame) -> np.ndarray:
    """Case weights of predictions; 1 for each where cases count the same, shape (cases,)."""
    if "weight" not in table:
        return np.ones(len(table))
    return table["weight"].to_numpy(dtype="float64")


def as_if_independent(run: Run) -> str:
    """Say, after the name of a part, that clusters are ignored.

    Predictions are kept without clusters, so that what is computed from them
    takes cases as independent.
    """
    return ", ignoring clusters" if run.experiment.task.cluster else ""
