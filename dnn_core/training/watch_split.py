"""Split the reports of a batched training by fit; each fit counts its members from 1."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import pairwise

import numpy as np

from dnn_core.training.history import EpochRecord
from dnn_core.training.member import Snapshot, Watch


class WatchSplit:
    """A watch on a batched training that reports to each fit's watch on its own members.

    Parameters
    ----------
    watches : sequence of Watch
        One for each fit.
    counts : sequence of int
        Number of members of each fit; the members of a fit are consecutive.
    """

    def __init__(self, watches: Sequence[Watch], counts: Sequence[int]) -> None:
        self._watches = watches
        self._spans = spans(counts)
        self._last_members = [span.stop for span in self._spans]
        # Fits with members that still train.
        self._running = list(range(len(watches)))
        self._within_epoch = False

    def on_epoch(self, records: list[EpochRecord]) -> None:
        self._within_epoch = False
        own: dict[int, list[EpochRecord]] = {}
        for record in records:
            fit = bisect_left(self._last_members, record.member)
            member = record.member - self._spans[fit].start
            own.setdefault(fit, []).append(replace(record, member=member))
        self._running = list(own)
        for fit, of_fit in own.items():
            self._watches[fit].on_epoch(of_fit)

    def on_progress(self, epoch: int, share: float) -> None:
        self._within_epoch = share < 1
        for fit in self._running:
            self._watches[fit].on_progress(epoch, share)

    def on_snapshot(self, take: Callable[[], Snapshot]) -> None:
        if self._within_epoch and len(self._watches) > 1:
            # A snapshot within an epoch cannot be split by fit.
            return
        once = cache(take)
        for fit in self._running:
            self._watches[fit].on_snapshot(partial(_take, once, self._spans[fit]))

    def should_stop(self) -> bool:
        """Whether all fits that still run were asked to stop: they stop together."""
        return all(self._watches[fit].should_stop() for fit in self._running)


def spans(counts: Sequence[int]) -> list[slice]:
    """Positions of the members of each fit among all members."""
    return [slice(*ends) for ends in pairwise([0, *np.cumsum(counts).tolist()])]


def of_members(snapshot: Snapshot, span: slice) -> Snapshot | None:
    """The part of a snapshot for some members, as if they had been trained by themselves.

    None where it was taken within an epoch of theirs: the steps that they have left
    depend on the other members.
    """
    running = snapshot["book.running"]
    if len(running[span]) == len(running):
        return snapshot
    within_epoch = any(name.startswith("epoch.") for name in snapshot)
    if within_epoch and running[span].any():
        return None
    own = {
        name: array[span]
        for name, array in snapshot.items()
        if name.startswith(("state.", "book."))
    }
    return {**own, "seconds": snapshot["seconds"]}


def _take(take: Callable[[], Snapshot], span: slice) -> Snapshot:
    own = of_members(take(), span)
    assert own is not None, "snapshots are split between epochs only"
    return own
