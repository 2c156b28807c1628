"""Metrics by group, each compared with all other cases; see `subgroup_differences`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame

from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.metrics.scorers import scorer
from dnn_core.evaluation.metrics.subgroup_differences import FEWEST_CASES, GroupsResampled
from dnn_core.outcome.metrics import metric, metrics_of
from dnn_core.specs import Kind

COLUMNS = (
    "group",
    "cases",
    "share",
    "enough",
    "value",
    "low",
    "high",
    "rest",
    "difference",
    "difference_low",
    "difference_high",
    "p",
    "verdict",
)


def compare_groups(
    kind: Kind,
    y: np.ndarray,
    predicted: np.ndarray,
    groups: pd.DataFrame,
    name: str,
    design: Design,
    *,
    training_mean: float | None,
    level: float,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Compare each group with all other cases.

    Parameters
    ----------
    kind, y, predicted, training_mean
        As in `metrics.evaluate`.
    groups : pandas.DataFrame
        Labels (text) of each case, one column for each variable; with two, groups are
        their combinations. Categorical columns keep their order.
    name : str
        The metric to compare by.
    design : Design
    level : float
        Such as 0.95: of each group's interval, and of all differences together.
    resamples, seed : int
        As in `intervals.resample`.

    Returns
    -------
    pandas.DataFrame
        One row for each group that has cases: group (labels joined by a comma), cases,
        share (weighted), enough (whether it has `FEWEST_CASES`; if not, it has no figures
        and counts among the rest of the others), value, low, high (its metric and
        interval), rest (the metric of all others), difference (value less rest) with its
        simultaneous interval, p (for all groups together), verdict (“worse”, “better” or
        empty), then a column for every metric of the kind.
    """
    figures = by_group(kind, y, predicted, groups, design.weight, training_mean=training_mean)
    labels = joined(groups)
    masks = {group: (labels == group).to_numpy() for group in figures.index}
    compared = [group for group in figures.index if figures.loc[group, "enough"]]
    resampled = GroupsResampled.of(
        lambda rows: scorer(kind, y[rows], predicted[rows], training_mean=training_mean),
        name,
        {group: masks[group] for group in compared},
        design,
        resamples,
        seed,
    )
    names = [declared.name for declared in metrics_of(kind)]
    table = figures.reindex(columns=[*COLUMNS[1:], *names])
    table["value"] = figures[name].where(figures["enough"])
    table["rest"] = pd.Series(resampled.rest, dtype="float64")
    table["difference"] = table["value"] - table["rest"]
    table["verdict"] = ""
    for group in compared:
        interval = resampled.interval(group, level)
        table.loc[group, ["low", "high"]] = interval
    for group, (low, high, p) in resampled.differences(level).items():
        table.loc[group, ["difference_low", "difference_high", "p"]] = (low, high, p)
        if low > 0 or high < 0:
            better = (low > 0) == metric(name).higher_is_better
            table.loc[group, "verdict"] = "better" if better else "worse"
    return table.rename_axis("group").reset_index()


def by_group(
    kind: Kind,
    y: np.ndarray,
    predicted: np.ndarray,
    groups: pd.DataFrame,
    weight: np.ndarray | None,
    *,
    training_mean: float | None,
) -> pd.DataFrame:
    """Every metric of every group, by fairlearn's `MetricFrame`.

    Returns
    -------
    pandas.DataFrame
        Indexed by group (labels joined by a comma), in order: cases, share (weighted),
        enough, and a column for each metric, NaN where there are not enough cases.
    """
    known: dict[tuple[int, int], dict[str, float]] = {}

    def figure(name: str) -> Callable[..., float]:
        def of_rows(y_true: np.ndarray, y_pred: np.ndarray, weight: np.ndarray) -> float:
            # What is predicted may be a row of probabilities, so its position is handed on.
            rows = y_pred.astype("int64")
            key = (int(rows[0]), len(rows))
            if key not in known:
                said = predicted[rows]
                known[key] = evaluate(kind, y_true, said, weight, training_mean=training_mean)
            return known[key][name]

        return of_rows

    weights = np.ones(len(y)) if weight is None else np.asarray(weight, dtype="float64")
    names = [declared.name for declared in metrics_of(kind)]
    metrics: dict[str, Callable[..., float]] = {name: figure(name) for name in names}
    metrics["cases"] = lambda y_true, y_pred, weight: len(y_true)
    metrics["share"] = lambda y_true, y_pred, weight: weight.sum() / weights.sum()
    frame = MetricFrame(
        metrics=metrics,
        y_true=y,
        y_pred=np.arange(len(y)),
        sensitive_features=groups.astype("str"),
        sample_params={name: {"weight": weights} for name in metrics},
    ).by_group
    frame = frame[frame["cases"].notna()].astype("float64")
    frame.index = pd.Index(
        [", ".join(label if isinstance(label, tuple) else (label,)) for label in frame.index]
    )
    frame = frame.loc[[group for group in _in_order(groups) if group in frame.index]]
    frame["cases"] = frame["cases"].astype("int64")
    frame["enough"] = frame["cases"] >= FEWEST_CASES
    frame.loc[~frame["enough"], names] = np.nan
    return frame


def joined(groups: pd.DataFrame) -> pd.Series:
    """Each case's group: labels of all variables, joined by a comma."""
    rows = groups.astype("str").to_numpy(dtype="object")
    return pd.Series([", ".join(row) for row in rows], dtype="object")


def _in_order(groups: pd.DataFrame) -> list[str]:
    """Every possible group, in the order of the variables' categories."""
    categories = [groups[column].astype("category").cat.categories for column in groups]
    product = pd.MultiIndex.from_product(categories)
    return [", ".join(map(str, label)) for label in product]
