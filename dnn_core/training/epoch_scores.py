"""Losses and main metrics of an epoch, on training and on validation cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dnn_core.training.epoch_plan import Epoch
from dnn_core.training.member import Cases, Member
from dnn_core.training.scores import ScoredRows, for_each, main_score, mean_loss


class EpochScores(NamedTuple):
    """Figures of the running members, each of shape (members,).

    Losses are without the penalty. A penalty falls as weights shrink, so with it the epoch
    with the smallest weights would count as the best.
    """

    loss: np.ndarray
    val_loss: np.ndarray
    metric: np.ndarray
    val_metric: np.ndarray


def validation_rows(members: Sequence[Member]) -> np.ndarray:
    """Row numbers of all validation cases, int32, shape (members, most cases of one)."""
    rows = np.zeros((len(members), max(len(m.validation) for m in members)), dtype="int32")
    for i, member in enumerate(members):
        # The rows that fill up are predicted too, and ignored.
        rows[i, : len(member.validation)] = member.validation
    return rows


def score_epoch(
    cases: Cases, members: Sequence[Member], epoch: Epoch, validation: np.ndarray
) -> EpochScores:
    """Score members on their training and on their validation cases.

    Parameters
    ----------
    cases : Cases
    members : sequence of Member
        The members that still train.
    epoch : Epoch
        All its steps are done.
    validation : numpy.ndarray
        Raw outputs for `validation_rows`, shape (members, cases, units).
    """
    training = _training_cases(cases, members, epoch)
    held_out = [
        ScoredRows(
            cases.y[member.validation], raw[: len(member.validation)], member.validation_weight
        )
        for member, raw in zip(members, validation, strict=True)
    ]
    return EpochScores(
        *(
            for_each(score, cases.kind, part)
            for score in (mean_loss, main_score)
            for part in (training, held_out)
        )
    )


def _training_cases(cases: Cases, members: Sequence[Member], epoch: Epoch) -> list[ScoredRows]:
    """Outputs for the training cases of the members, as they were before each step."""
    outputs = np.concatenate(epoch.outputs).swapaxes(0, 1)
    outputs = outputs.reshape(len(members), -1, cases.output.raw_units)
    training = []
    for member, order, raw in zip(members, epoch.orders, outputs, strict=True):
        seen = order[: len(raw)]
        weight = None if member.weight is None else member.weight[seen]
        training.append(ScoredRows(cases.y[member.rows[seen]], raw[: len(seen)], weight))
    return training
