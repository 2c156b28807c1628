"""The plan of an epoch: order of cases, learning rates, and dropout of every member."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dnn_core.training.member import Member
from dnn_core.training.optimizers import Rule
from dnn_core.training.program import Steps
from dnn_core.training.rates import rate_factors
from dnn_core.training.regularisation import dropout_keys, dropout_seed

BLOCKS = (32, 256, 2048)
"""Sizes of blocks of steps: only a few, because each is compiled."""


@dataclass(eq=False)
class Epoch:
    """An epoch under way.

    Parameters
    ----------
    number : int
        From 1.
    orders : list of numpy.ndarray
        Positions in `Member.rows`, in the order of this epoch, of each running member.
    steps : Steps
        All steps of the epoch, as NumPy arrays; filled up to whole blocks.
    step : int
        Number of steps that are done.
    outputs : list of numpy.ndarray
        Raw outputs before each step, shapes (steps, running members, batch, units);
        concatenated, they are those of the steps that are done.
    """

    number: int
    orders: list[np.ndarray]
    steps: Steps
    step: int = 0
    outputs: list[np.ndarray] = field(default_factory=list)


class EpochPlanner:
    """Plans epochs; a member's plan depends on its seed and the epoch's number only.

    Parameters
    ----------
    members : sequence of Member
        They share optimizer and batch size.
    rule : Rule
        That of their optimizer.
    shuffle : bool
        Whether cases are shuffled in each epoch; otherwise they keep the order of
        `Member.rows`.
    """

    def __init__(self, members: Sequence[Member], rule: Rule, *, shuffle: bool) -> None:
        self._members = members
        self._rule = rule
        self._shuffle = shuffle
        self._batch_size = members[0].training.batch_size
        self._seeds = np.array([dropout_seed(member.seed) for member in members], dtype="uint32")

    def plan(
        self, number: int, running: np.ndarray, aboard: np.ndarray, rates: np.ndarray
    ) -> Epoch:
        """Plan an epoch of the running members.

        Parameters
        ----------
        number : int
            Number of the epoch, from 1.
        running, aboard : numpy.ndarray
            Positions of the members that train, and of all that are on the device.
        rates : numpy.ndarray
            Learning rate of every member, before its schedule, shape (members,).
        """
        orders = [self._order(self._members[m], number) for m in running.tolist()]
        return Epoch(number, orders, self._steps(number, orders, running, aboard, rates))

    def first_factor(self, member: Member, epoch: int) -> float:
        """The schedule's factor on the learning rate at the beginning of an epoch."""
        steps = steps_of(member, self._batch_size)
        return float(rate_factors(member.training, epoch=epoch, steps=steps)[0])

    def _order(self, member: Member, epoch: int) -> np.ndarray:
        """The order of a member's cases."""
        cases = len(member.rows)
        if not self._shuffle:
            return np.arange(cases)
        # A generator is made several times faster from a key than from a seed.
        bits = np.random.Philox(key=np.array([member.seed, epoch], dtype="uint64"))
        return np.random.Generator(bits).permutation(cases)

    def _steps(
        self,
        epoch: int,
        orders: list[np.ndarray],
        running: np.ndarray,
        aboard: np.ndarray,
        rates: np.ndarray,
    ) -> Steps:
        """All steps of an epoch, filled up with steps of no cases to whole blocks."""
        longest = max(math.ceil(len(order) / self._batch_size) for order in orders)
        block = block_size(longest)
        steps = block * math.ceil(longest / block)
        shape = (len(aboard), steps * self._batch_size)
        rows, shares = np.zeros(shape, dtype="int32"), np.zeros(shape, dtype="float32")
        counts = np.zeros((len(aboard), steps), dtype="float32")
        figures = np.zeros((steps, self._rule.figures, len(aboard), 1), dtype="float32")
        starts = np.arange(steps) * self._batch_size
        known: dict[tuple[int, int, float], np.ndarray] = {}
        places = np.searchsorted(aboard, running).tolist()
        for i, m in enumerate(running.tolist()):
            member, place, order = self._members[m], places[i], orders[i]
            rows[place, : len(order)] = member.rows[order]
            shares[place, : len(order)] = 1 if member.weight is None else member.weight[order]
            counts[place] = np.clip(len(order) - starts, 0, self._batch_size)
            alike = (id(member.training), len(order), float(rates[m]))
            if alike not in known:
                known[alike] = self._figures(epoch, member, rates[m])
            figures[: len(known[alike]), :, place, 0] = known[alike]
        parts = (len(aboard), steps, self._batch_size)
        shares = shares.reshape(parts) / np.maximum(counts, 1)[:, :, np.newaxis]
        return Steps(
            rows.reshape(parts).swapaxes(0, 1),
            shares.swapaxes(0, 1),
            counts.T,
            figures,
            dropout_keys(self._seeds[aboard], epoch, steps),
        )

    def _figures(self, epoch: int, member: Member, rate: float) -> np.ndarray:
        """The rule's coefficients for a member's steps, shape (steps, coefficients)."""
        steps = steps_of(member, self._batch_size)
        factors = rate_factors(member.training, epoch=epoch, steps=steps)
        numbers = (epoch - 1) * steps + np.arange(1, steps + 1)
        return np.stack(self._rule.coefficients(numbers, rate * factors), axis=1)


def steps_of(member: Member, batch_size: int) -> int:
    """Number of steps of a member in an epoch."""
    return math.ceil(len(member.rows) / batch_size)


def block_size(steps: int) -> int:
    """Size of the blocks into which an epoch's steps are divided."""
    return next((size for size in BLOCKS if size >= steps), BLOCKS[-1])
