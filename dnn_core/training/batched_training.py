"""Batched training: members of one architecture are trained together."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from dnn_core.training.cases_on_device import CasesOnDevice
from dnn_core.training.early_stopping import EarlyStopping
from dnn_core.training.epoch_plan import Epoch, EpochPlanner, block_size, steps_of
from dnn_core.training.epoch_scores import score_epoch, validation_rows
from dnn_core.training.history import EpochRecord
from dnn_core.training.member import Cases, Fitted, Member, Snapshot, Watch
from dnn_core.training.member_states import MemberStates, starting_states
from dnn_core.training.optimizers import Rule, rule_of
from dnn_core.training.parameters import Architecture, architecture_of
from dnn_core.training.program import Recipe, Restraints, Steps, program_of
from dnn_core.training.regularisation import dropout_places, dropout_rates, penalty_matrices
from dnn_core.training.training_snapshot import read_snapshot, write_snapshot

SECONDS_BETWEEN_LOOKS = 0.2
"""Interval at which progress is reported, and a request to stop looked for, in an epoch."""

FIRST_STEPS = 8
"""Number of steps taken before the duration of one is known."""


class _Pace:
    """The number of steps that fit between two looks."""

    def __init__(self) -> None:
        self._seconds_per_step = math.inf
        self._calls = 0

    @property
    def steps(self) -> int:
        if math.isinf(self._seconds_per_step):
            return FIRST_STEPS
        return max(1, int(SECONDS_BETWEEN_LOOKS / self._seconds_per_step))

    def enter(self, seconds: float, steps: int) -> None:
        """Record the duration of some steps."""
        self._calls += 1
        if self._calls > 1:
            # The first call may compile, and says nothing of the pace.
            self._seconds_per_step = seconds / steps


class BatchedTraining:
    """Trains members together; the result of each is as if it had been trained alone.

    Parameters
    ----------
    cases : Cases
    members : sequence of Member
        They share architecture, optimizer and batch size; all have validation cases,
        or none has.
    shuffle : bool
        Whether cases are shuffled in each epoch; otherwise they keep the order of
        `Member.rows`.
    snapshot : dict of str to numpy.ndarray, optional
        The state to resume from, of an earlier training of the same members.
    """

    def __init__(
        self,
        cases: Cases,
        members: Sequence[Member],
        *,
        shuffle: bool = True,
        snapshot: Snapshot | None = None,
    ) -> None:
        self._cases, self._members = cases, members
        trainings = [member.training for member in members]
        self._architecture = _architecture(cases, members)
        rule = _shared_rule(members)
        restraints = _restraints(self._architecture, members)
        recipe = _recipe(self._architecture, rule, restraints, cases, members)
        self._device = CasesOnDevice(cases, program_of(recipe), self._architecture)
        self._planner = EpochPlanner(members, rule, shuffle=shuffle)
        self._pace = _Pace()
        self._began, self._spent = time.monotonic(), 0.0
        self._stopped = False
        self._unfinished: Epoch | None = None
        if snapshot is None:
            arrays = starting_states(self._architecture, cases, members, slots=rule.slots)
            outputs, self._book = None, EarlyStopping.begin(trainings)
        else:
            arrays, self._book, self._spent, outputs = read_snapshot(snapshot, trainings)
        self._states = MemberStates(arrays, restraints, np.flatnonzero(self._book.running))
        if outputs is not None:
            self._unfinished = self._open_epoch()
            self._unfinished.outputs, self._unfinished.step = [outputs], len(outputs)

    def run(self, watch: Watch) -> list[Fitted]:
        """Train until every member has ended or the watch asks to stop."""
        looked = time.monotonic()
        while len(self._states.running) and not self._stopped:
            epoch = self._unfinished or self._open_epoch()
            self._unfinished = epoch
            self._stopped = not self._finish_steps(epoch, watch)
            if self._stopped and self._book.last_epoch[self._states.running].any():
                # An epoch that was interrupted is not reported.
                break
            self._unfinished = None
            watch.on_epoch(self._close_epoch(epoch))
            watch.on_snapshot(self.snapshot)
            if time.monotonic() - looked > SECONDS_BETWEEN_LOOKS:
                looked = time.monotonic()
                self._stopped = self._stopped or watch.should_stop()
        self._states.hold()
        unpack, held = self._architecture.unpack, self._states.arrays
        weights, statistics = held["best_weights"], held["best_statistics"]
        return [
            _fitted(unpack(weights[m], statistics[m]), self._book, m, stopped=self._stopped)
            for m in range(len(weights))
        ]

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Predict by every member's best epoch: raw outputs, shape (members, rows, units).

        Parameters
        ----------
        rows : numpy.ndarray
            Row numbers of `Cases`, the same for all members, shape (rows,).
        """
        everybody = np.tile(rows.astype("int32"), (len(self._members), 1))
        return self._device.predict(everybody, *self._states.best())

    def snapshot(self) -> Snapshot:
        """Take a snapshot of the full state, to resume from."""
        self._states.hold()
        return write_snapshot(self._states.arrays, self._book, self._seconds(), self._unfinished)

    def _open_epoch(self) -> Epoch:
        states = self._states
        number = int(self._book.last_epoch[states.running[0]]) + 1
        return self._planner.plan(number, states.running, states.aboard, self._book.rate)

    def _finish_steps(self, epoch: Epoch, watch: Watch) -> bool:
        """Take the remaining steps of an epoch; False if the watch asked to stop."""
        steps = int(epoch.steps.counts.any(axis=1).sum())
        block = block_size(steps)
        looked = time.monotonic()
        for start in range(epoch.step - epoch.step % block, steps, block):
            now = Steps(*(tf.constant(part[start : start + block]) for part in epoch.steps))
            end = min(steps, start + block)
            while epoch.step != end:
                began, first = time.monotonic(), epoch.step
                last = min(end, first + self._pace.steps)
                self._device.take_steps(self._states, epoch, now, start, last)
                self._pace.enter(time.monotonic() - began, last - first)
                if time.monotonic() - looked < SECONDS_BETWEEN_LOOKS:
                    continue
                looked = time.monotonic()
                watch.on_progress(epoch.number, epoch.step / steps)
                if epoch.step < steps:
                    watch.on_snapshot(self.snapshot)
                    if watch.should_stop():
                        return False
        cases = self._members[0].training.batch_size * steps * len(self._states.aboard)
        self._states.work += 6.0 * self._architecture.size * cases
        return True

    def _close_epoch(self, epoch: Epoch) -> list[EpochRecord]:
        """Score the epoch of the running members, and drop those that have ended."""
        states = self._states
        members = [self._members[m] for m in states.running.tolist()]
        outputs = self._device.predict(validation_rows(members), *states.of_running())
        scores = score_epoch(self._cases, members, epoch, outputs)._asdict()
        penalties, places = states.penalties(), states.places
        records, best = [], np.zeros(len(states.aboard), dtype=bool)
        for i, (m, member) in enumerate(zip(states.running.tolist(), members, strict=True)):
            factor = self._planner.first_factor(member, epoch.number)
            record = EpochRecord(
                epoch=epoch.number,
                member=m + 1,
                penalty=float(penalties[i]),
                learning_rate=float(self._book.rate[m] * factor),
                elapsed_seconds=self._seconds(),
                **{name: float(figures[i]) for name, figures in scores.items()},
            )
            records.append(record)
            val_loss = record.val_loss if len(member.validation) else None
            best[places[i]] = self._book.update(
                m, member.training, epoch.number, record.loss, val_loss
            )
        states.keep_best(best)
        states.let_go(np.flatnonzero(self._book.running))
        return records

    def _seconds(self) -> float:
        """Seconds of training so far, those before a resumption included."""
        return self._spent + time.monotonic() - self._began


def _fitted(weights: list[np.ndarray], book: EarlyStopping, m: int, *, stopped: bool) -> Fitted:
    return Fitted(
        weights=weights,
        best_epoch=int(book.best_epoch[m]) or None,
        last_epoch=int(book.last_epoch[m]),
        diverged_epoch=int(book.diverged[m]) or None,
        stopped=bool(stopped and book.running[m]),
    )


def _architecture(cases: Cases, members: Sequence[Member]) -> Architecture:
    networks = [member.network for member in members]
    return architecture_of(networks, cases.x.shape[1], cases.output, cases.input_scale)


def _shared_rule(members: Sequence[Member]) -> Rule:
    """The optimizer's rule; raises where members differ in it or in their batch size."""
    first = members[0].training
    rule = rule_of(first)
    for other in (member.training for member in members):
        if rule_of(other) != rule or other.batch_size != first.batch_size:
            raise ValueError("Members trained together must share optimizer and batch size.")
    return rule


def _restraints(architecture: Architecture, members: Sequence[Member]) -> Restraints:
    """Penalties and dropout of all members, as NumPy arrays."""
    rates = dropout_rates(architecture, [member.network for member in members])
    places = dropout_places(members[0].training.batch_size, sum(architecture.droppable))
    return Restraints(*penalty_matrices(architecture, members), rates, places)


def _recipe(
    architecture: Architecture,
    rule: Rule,
    restraints: Restraints,
    cases: Cases,
    members: Sequence[Member],
) -> Recipe:
    batch_size = members[0].training.batch_size
    return Recipe(
        architecture=architecture,
        rule=rule,
        batch_size=batch_size,
        pixels=cases.x.dtype == np.uint8,
        l1=bool(restraints.l1.size),
        l2=bool(restraints.l2.size),
        even=len({steps_of(member, batch_size) for member in members}) == 1,
    )
