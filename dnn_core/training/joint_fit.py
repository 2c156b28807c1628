"""Fits that go side by side: each asks for networks of its own, one cohort trains them all."""

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
    """The cases of one fit, and the networks it asks for."""

    cases: Cases
    members: list[Member]


@dataclass(frozen=True, eq=False)
class JointFit:
    """What came of a lesson.

    Parameters
    ----------
    fitted : list of Fitted
        One for each of its members.
    history : pandas.DataFrame
        One row for each epoch and member, columns as in `EpochRecord`.
    """

    fitted: list[Fitted]
    history: pd.DataFrame


class _Notes(Unwatched):
    """Writes down every epoch."""

    def __init__(self) -> None:
        self.records: list[EpochRecord] = []

    def on_epoch(self, records: list[EpochRecord]) -> None:
        self.records += records


def fit_jointly(fit_tasks: Sequence[FitTask]) -> list[JointFit]:
    """Train the members of all lessons in one cohort.

    Parameters
    ----------
    lessons : sequence of Lesson
        Of one architecture, optimizer and batch size; all with validation cases or
        none. Each may code its outcome in its own way, as folds do that standardise
        it by their own mean, so each brings its own cases.
    """
    cases, members, _ = stack(fit_tasks)
    notes = _Notes()
    fitted = BatchedTraining(cases, members).run(notes)
    history = history_frame(notes.records)
    learnt = []
    done = 0
    for fit_task in fit_tasks:
        last = done + len(fit_task.members)
        own = history[history["member"].between(done + 1, last)]
        own = own.assign(member=own["member"] - done).reset_index(drop=True)
        learnt.append(JointFit(fitted[done:last], own))
        done = last
    return learnt


def stack(fit_tasks: Sequence[FitTask]) -> tuple[Cases, list[Member], list[int]]:
    """Put the cases of lessons below each other, and let members find theirs there.

    Returns
    -------
    tuple
        The cases of all lessons, those of lessons that share them but once; the members
        of all lessons, in their order; and where the cases of each lesson begin.
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

    Cases are shuffled so that every stretch of them has all strata in about their
    shares, and members take one stretch after the other; where the cases come to an
    end they begin again. So no two members hold out the same case as long as there
    are cases enough, and a stratum may be as small as it likes.

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
        If nothing would be left to learn from.
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
        # Evenly spread over the line from 0 to 1, each stratum from a start of its own.
        place[of] = (np.arange(len(of)) + rng.uniform()) / len(of)
    order = np.argsort(place, kind="stable")
    return [
        np.sort(order.take(np.arange(first, first + size), mode="wrap"))
        for first in range(0, members * size, size)
    ]
