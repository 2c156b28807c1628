"""Is the network trained on later times than it is evaluated on?"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from scipy.stats import f

from dnn_core.audit.check import Check
from dnn_core.audit.evidence import FEWEST_ROWS, Evidence
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.data.dataset import Level
from dnn_core.data.split.row_split import IN_TIME
from dnn_core.specs import Part, SplitMethod

DRIFT = 0.02
"""Share of the outcome's variance that lies between times, from which it matters when rows
were measured: a small effect, f² of 0.02 (Cohen 1988, chapter 9)."""

CHANCE = 0.001
"""Level of the F test of equal means at all times, shared by the categories of the outcome."""

MOST_TIMES = 20

LATER_SHARE = 0.1
"""A share of training rows below this after the middle of the test part is a fringe."""

_NAMED_AS_TIME = re.compile(
    r"((survey|interview|study|field|ess|int)[ _.]?)?"
    r"(year|wave|round|date|quarter|month|period|jahr|welle|datum|syear)"
    r"([ _.]?(of)?[ _.]?(survey|interview|study))?"
)
"""Names of the time of measurement alone: a year of birth or of building is none."""


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Report later rows that predict earlier ones where the outcome changes with time.

    The time is the variable that the split or the date of the outcome names, else one
    whose name says that it is the time of measurement.
    """
    if evidence.split.method in IN_TIME:
        raise NotApplicable("The split is in time order.")
    if evidence.split.method is SplitMethod.OFFICIAL:
        raise NotApplicable("The published test part stays as it is.")
    for name in _named(evidence):
        # Read together: the test part alone may be of one time.
        together = np.concatenate([evidence.rows, evidence.parts[Part.TEST]])
        every = _times(evidence, name, together)
        if every is None:
            continue
        times, test = np.split(every, [len(evidence.rows)])
        if not np.isfinite(test).any():
            continue
        if np.isfinite(times).sum() < FEWEST_ROWS:
            raise NotApplicable(
                f"It takes {FEWEST_ROWS} training rows with a time to detect a change over time."
            )
        later = float((times > np.nanmedian(test)).mean())
        drift = _drift(evidence, times)
        if later >= LATER_SHARE and drift >= DRIFT:
            return (_finding(evidence, name, later, drift),)
        return ()
    raise NotApplicable("No variable says when rows were measured.")


def _named(evidence: Evidence) -> list[str]:
    """Variables that may be the time of measurement, the surest first."""
    task, split = evidence.task, evidence.split
    chosen = [task.measured_on, split.by if split.method is SplitMethod.COLUMN else None]
    by_name = [
        variable.name
        for variable in evidence.dataset.variables
        if variable.level is not Level.IMAGE
        and variable.name != task.target
        and _NAMED_AS_TIME.fullmatch(variable.name.lower())
    ]
    known = [name for name in chosen if name is not None]
    return list(dict.fromkeys(known + by_name))


def _times(evidence: Evidence, name: str, rows: np.ndarray) -> np.ndarray | None:
    """Dates of some rows, or numbers of waves; None where there is no order."""
    times = evidence.times(name, rows)
    if times is not None or not _NAMED_AS_TIME.fullmatch(name.lower()):
        return times
    answers = evidence.answers(name, rows)
    if not pd.api.types.is_numeric_dtype(answers):
        return None
    return answers.to_numpy(dtype="float64", na_value=np.nan)


def _drift(evidence: Evidence, times: np.ndarray) -> float:
    """Share of the outcome's variance between times, less what chance gives (ε²; Kelley 1935).

    Of several categories the one that changes most.
    """
    known = np.isfinite(times)
    values, outcome = times[known], evidence.outcome[known]
    distinct = np.unique(values)
    if len(distinct) > MOST_TIMES:
        edges = np.unique(np.quantile(values, np.arange(1, MOST_TIMES) / MOST_TIMES))
        groups = np.searchsorted(edges, values, side="right")
    else:
        groups = np.searchsorted(distinct, values)
    groups = np.unique(groups, return_inverse=True)[1]
    if evidence.is_quantity:
        return _between(groups, outcome)
    columns = np.eye(len(evidence.labels))[outcome].T
    return max(_between(groups, column, len(columns)) for column in columns)


def _between(groups: np.ndarray, outcome: np.ndarray, looks: int = 1) -> float:
    """Share of the variance between times; 0 where chance may have brought it about."""
    rows, times = len(outcome), int(groups.max()) + 1
    total = float(((outcome - outcome.mean()) ** 2).sum())
    if total == 0.0 or times < 2:
        return 0.0
    means = np.bincount(groups, outcome) / np.bincount(groups)
    within = float(((outcome - means[groups]) ** 2).sum()) / (rows - times)
    if within > 0.0:
        ratio = (total - within * (rows - times)) / (times - 1) / within
        if f.sf(ratio, times - 1, rows - times) > CHANCE / looks:
            return 0.0
    return 1 - within / (total / (rows - 1))


def _finding(evidence: Evidence, name: str, later: float, drift: float) -> Finding:
    return Finding(
        code="time_backwards",
        severity=Severity.WATCH,
        title=f"By “{name}”, later rows are used to predict earlier ones.",
        reason=f"“{evidence.task.target}” changes with time ({100 * drift:.0f}% of its variance), "
        "and predicting the past from the future is easier than the reverse.",
        figure=f"{100 * later:.0f}%",
        figure_note="after the middle of the test part",
        measured="rows by time, training",
        try_text=f"choose the method “In time order”, by “{name}”",
        try_page="variables",
        numbers={"later": later, "drift": drift},
        variable=name,
    )


CHECK = Check("time_backwards", "Is the past predicted from the future?", findings_of)
