"""Joint fits: several fits, each with networks of its own, trained in one batched training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dnn_core.training.batched_training import BatchedTraining
from dnn_core.training.history import EpochRecord, history_frame
from dnn_core.training.member import Cases, Fitted, Member, Unwatched


@dataclass(frozen=True, eq=False)
class FitTask:
    """The cases of one fit, and the networks to train on them."""

    cases: Cases
    members: list[Member]


@dataclass(frozen=True, eq=False)
class JointFit:
    """The result of one fit of a joint fit.

    Parameters
    ----------
    fitted : list of Fitted
        One per member.
    history : pandas.DataFrame
        One row per epoch and member, columns as in `EpochRecord`.
    """

    fitted: list[Fitted]
    history: pd.DataFrame


class _EpochLog(Unwatched):
    """Records every epoch."""

    def __init__(self) -> None:
        self.records: list[EpochRecord] = []

    def on_epoch(self, records: list[EpochRecord]) -> None:
        self.records += records


def fit_jointly(fit_tasks: Sequence[FitTask]) -> list[JointFit]:
    """Train the members of all fits in one batched training.

    Parameters
    ----------
    fit_tasks : sequence of FitTask
        They share architecture, optimizer and batch size; all have validation cases,
        or none has. Each brings its own cases, because the outcome may be coded
        differently: folds standardise it by their own means.

    Returns
    -------
    list of JointFit
        One per fit, in the order of `fit_tasks`.
    """
    cases, members, _ = stack(fit_tasks)
    log = _EpochLog()
    fitted = BatchedTraining(cases, members).run(log)
    history = history_frame(log.records)
    results = []
    done = 0
    for fit_task in fit_tasks:
        last = done + len(fit_task.members)
        own = history[history["member"].between(done + 1, last)]
        own = own.assign(member=own["member"] - done).reset_index(drop=True)
        results.append(JointFit(fitted[done:last], own))
        done = last
    return results


def stack(fit_tasks: Sequence[FitTask]) -> tuple[Cases, list[Member], list[int]]:
    """Concatenate the cases of fits, and shift the row numbers of members accordingly.

    Returns
    -------
    tuple
        The cases of all fits, where fits that share their cases have them once; the
        members of all fits, in order; and the first row of the cases of each fit.
    """
    tables = list({id(fit_task.cases): fit_task.cases for fit_task in fit_tasks}.values())
    begins, done = {}, 0
    for table in tables:
        begins[id(table)] = done
        done += len(table.x)
    starts = [begins[id(fit_task.cases)] for fit_task in fit_tasks]
    members = [
        replace(member, rows=member.rows + start, validation=member.validation + start)
        for fit_task, start in zip(fit_tasks, starts, strict=True)
        for member in fit_task.members
    ]
    if len(tables) == 1:
        # Not copied: images take hundreds of megabytes.
        return tables[0], members, starts
    x, y = (np.concatenate([getattr(table, name) for table in tables]) for name in ("x", "y"))
    return replace(tables[0], x=x, y=y), members, starts


def hold_out(
    strata: np.ndarray, share: float, members: int, rng: np.random.RandomState
) -> list[np.ndarray]:
    """Choose the cases that each member holds out.

    Cases are shuffled so that every run of consecutive cases contains all strata in
    about their shares. Members take one run after the other, and start over at the end
    of the cases. So no two members hold out the same case as long as there are enough
    cases, and a stratum may have any size.

    Parameters
    ----------
    strata : numpy.ndarray
        Shape (cases,).
    share : float
        Of the cases, between 0 and 1.
    members : int
    rng : numpy.random.RandomState

    Returns
    -------
    list of numpy.ndarray
        Sorted row numbers, shape (share * cases rounded up,).

    Raises
    ------
    ValueError
        If no case would be held out, or none left to train on.
    """
    cases = len(strata)
    size = math.ceil(share * cases)
    if not 0 < size < cases:
        raise ValueError(
            f"Early stopping cannot hold out a share of {share} where n_samples = {cases}."
        )
    place = np.empty(cases)
    for stratum in np.unique(strata):
        of = rng.permutation(np.flatnonzero(strata == stratum))
        # Spread evenly between 0 and 1, each stratum from a random start.
        place[of] = (np.arange(len(of)) + rng.uniform()) / len(of)
    order = np.argsort(place, kind="stable")
    return [
        np.sort(order.take(np.arange(first, first + size), mode="wrap"))
        for first in range(0, members * size, size)
    ]
