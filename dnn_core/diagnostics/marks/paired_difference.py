"""Paired differences between the metrics of two networks on the same cases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnn_core.evaluation.inference.intervals import NETWORK, resample
from dnn_core.outcome.metrics import METRICS
from dnn_core.runs.part_view import RunPart

OTHER = "other"
RESAMPLES = 1000
LEVEL = 0.95
"""Percentile intervals need about this many resamples (Efron and Tibshirani 1993, chapter 13)."""

COLUMNS = ("metric", "title", "better", "difference", "low", "high")


def no_pairing(first: RunPart, second: RunPart) -> str | None:
    """Why two runs' metrics cannot be compared case by case; None if they can."""
    runs = first.run, second.run
    if not all(run.status.done for run in runs):
        return "At least one of them has no trained network."
    tasks = [run.experiment.task for run in runs]
    if len({(run.about["sha256"], run.kind, run.experiment.task.target) for run in runs}) > 1:
        return "They do not predict the same outcome of the same file."
    if len({(t.weight, t.cluster, t.strata, t.replicates) for t in tasks}) > 1:
        return "They differ in weight, clusters or strata."
    if not first.run.kind.numeric and first.coding.labels != second.coding.labels:
        return "Their outcomes have different categories."
    if not np.array_equal(np.sort(_rows(first)), np.sort(_rows(second))):
        return f"They are not evaluated on the same rows of the {first.name} part."
    if not np.array_equal(_observed(first), _observed(second)):
        return "The outcome was edited between them."
    return None


def paired_difference(first: RunPart, second: RunPart, *, seed: int = 1) -> pd.DataFrame:
    """Metrics of the second run less those of the first, with paired intervals.

    Both networks are evaluated on the same resamples of the cases, or of whole clusters within
    strata, weighted. Variation that both share cancels out, so the interval is narrower than those
    of the two metrics suggest. It does not include the variation over seeds.

    Parameters
    ----------
    first, second : RunPart
        The same part of two runs that `no_pairing` has nothing against; with their data,
        for clusters, strata and replicate weights.
    seed : int
        Of the resamples.

    Returns
    -------
    pandas.DataFrame
        metric, title, better (“higher” or “lower”), difference, low, high; R² and D² of
        both are measured against the training mean of the first.
    """
    resampled = resample(
        first.kind,
        first.observed,
        {NETWORK: _predicted(second, _rows(first)), OTHER: _predicted(first, _rows(first))},
        first.weight,
        first.design.cluster,
        first.design.strata,
        first.design.replicated,
        training_mean=first.facts.training_mean,
        resamples=RESAMPLES,
        seed=seed,
    )
    gains = resampled.gains(LEVEL).set_index("metric")
    rows = [
        (
            metric.name,
            metric.title,
            "higher" if metric.higher_is_better else "lower",
            *gains.loc[metric.name, ["value", "low", "high"]],
        )
        for metric in METRICS
        if metric.name in gains.index
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(part: RunPart) -> np.ndarray:
    return part.predictions["row"].to_numpy()


def _observed(part: RunPart) -> np.ndarray:
    return part.observed[np.argsort(_rows(part))]


def _predicted(part: RunPart, rows: np.ndarray) -> np.ndarray:
    """Predictions of a run by the convention of the metrics, for rows in this order."""
    order = np.argsort(_rows(part))
    places = order[np.searchsorted(_rows(part), rows, sorter=order)]
    return (part.predicted if part.kind.numeric else part.probabilities)[places]
