"""Losses and main metrics of an epoch, of training and of validation cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dnn_core.training.epoch_plan import Epoch
from dnn_core.training.member import Cases, Member
from dnn_core.training.scores import ScoredRows, for_each, main_score, mean_loss


class EpochScores(NamedTuple):
    """Figures of the running members, each of shape (members,).

    Losses are those of the data alone: a penalty only falls while weights shrink, so that a
    loss with it would call that epoch the best in which they are smallest.
    """

    loss: np.ndarray
    val_loss: np.ndarray
    metric: np.ndarray
    val_metric: np.ndarray


def validation_rows(members: Sequence[Member]) -> np.ndarray:
    """Row numbers of all validation cases, int32, shape (members, most cases of one)."""
    rows = np.zeros((len(members), max(len(m.validation) for m in members)), dtype="int32")
    for i, member in enumerate(members):
        # The rows that fill up are predicted too, and not looked at.
        rows[i, : len(member.validation)] = member.validation
    return rows


def score_epoch(
    cases: Cases, members: Sequence[Member], epoch: Epoch, validation: np.ndarray
) -> EpochScores:
    """Score members on what they learnt from and on what they did not.

    Parameters
    ----------
    cases : Cases
    members : sequence of Member
        Those that run.
    epoch : Epoch
        Whose steps are done.
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
    """What the members said of their training cases before each step."""
    outputs = np.concatenate(epoch.outputs).swapaxes(0, 1)
    outputs = outputs.reshape(len(members), -1, cases.output.raw_units)
    training = []
    for member, order, raw in zip(members, epoch.orders, outputs, strict=True):
        seen = order[: len(raw)]
        weight = None if member.weight is None else member.weight[seen]
        training.append(ScoredRows(cases.y[member.rows[seen]], raw[: len(seen)], weight))
    return training
