"""A cohort: members of one architecture that are trained together."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from dnn_core.network.model import starting_weights
from dnn_core.training.early_stopping import EarlyStopping
from dnn_core.training.history import EpochRecord
from dnn_core.training.member import Cases, Fitted, Member, Snapshot, Watch
from dnn_core.training.optimizers import rule_of
from dnn_core.training.parameters import architecture_of
from dnn_core.training.program import Recipe, Restraints, State, Steps, program_of
from dnn_core.training.rates import rate_factors
from dnn_core.training.regularisation import (
    dropout_keys,
    dropout_places,
    dropout_rates,
    dropout_seed,
    penalty_matrices,
)
from dnn_core.training.scores import ScoredRows, for_each, main_score, mean_loss

SECONDS_BETWEEN_LOOKS = 0.2
"""How often a request to stop is looked for, and progress reported, within an epoch."""

FIRST_STEPS = 8
"""How many steps are taken before it is known how long one takes."""

BLOCKS = (32, 256, 2048)
"""Sizes of blocks of steps: few, since each is compiled anew."""

CELLS_AT_ONCE = 4_000_000
"""Numbers in the widest layer while predicting: 16 MB."""

WORTH_COMPILING = 2e11
"""Floating-point operations after which it pays to compile for half as many members: some
seconds of work, as against one second of compiling. Counted, not timed, so that the same
experiment always takes the same way."""


@dataclass(eq=False)
class Epoch:
    """An epoch under way.

    Parameters
    ----------
    number : int
        From 1.
    orders : list of numpy.ndarray
        For each running member positions in `Member.rows`, in the order of this epoch.
    steps : Steps
        All steps of the epoch, as NumPy arrays; filled up to whole blocks.
    step : int
        How many are done.
    outputs : list of numpy.ndarray
        Raw outputs before each step, shapes (steps, running members, batch, units); one
        after the other, they are those of the steps that are done.
    """

    number: int
    orders: list[np.ndarray]
    steps: Steps
    step: int = 0
    outputs: list[np.ndarray] = field(default_factory=list)


class BatchedTraining:
    """Trains members together, each as if it were alone.

    Parameters
    ----------
    cases : Cases
    members : sequence of Member
        Of one architecture, optimizer and batch size; all with validation cases
        or none.
    shuffle : bool
        Whether each epoch has an order of its own; otherwise cases are taken as
        they stand in `Member.rows`.
    snapshot : dict of str to numpy.ndarray, optional
        Where to go on, from an earlier cohort of the same members.
    """

    def __init__(
        self,
        cases: Cases,
        members: Sequence[Member],
        *,
        shuffle: bool = True,
        snapshot: Snapshot | None = None,
    ) -> None:
        self._cases = cases
        self._members = members
        self._shuffle = shuffle
        networks = [member.network for member in members]
        training = members[0].training
        self._batch_size = training.batch_size
        self._architecture = architecture_of(
            networks, cases.x.shape[1], cases.output, cases.input_scale
        )
        self._rule = rule_of(training)
        for other in (member.training for member in members):
            if rule_of(other) != self._rule or other.batch_size != self._batch_size:
                raise ValueError("Members of a cohort share optimizer and batch size.")
        self._l1, self._l2 = penalty_matrices(self._architecture, members)
        self._program = program_of(
            Recipe(
                architecture=self._architecture,
                rule=self._rule,
                batch_size=self._batch_size,
                pixels=cases.x.dtype == np.uint8,
                l1=self._l1.size > 0,
                l2=self._l2.size > 0,
                even=len({math.ceil(len(m.rows) / self._batch_size) for m in members}) == 1,
            )
        )
        self._x, self._y = tf.constant(_filled_up(cases.x)), tf.constant(_filled_up(cases.y))
        self._rates = dropout_rates(self._architecture, networks)
        self._places = dropout_places(self._batch_size, sum(self._architecture.droppable))
        self._seeds = np.array([dropout_seed(member.seed) for member in members], dtype="uint32")
        self._seconds_per_step = math.inf
        self._calls = 0
        self._stopped = False
        self._began, self._spent = time.monotonic(), 0.0
        self._unfinished: Epoch | None = None
        self._book = EarlyStopping.begin([member.training for member in members])
        # State by name, a row for each member; of those that run, as it was when last copied.
        self._held = self._begin() if snapshot is None else self._restore(snapshot)
        self._board()
        if snapshot is not None:
            self._unfinished = self._reopen(snapshot)

    # Training ----------------------------------------------------------------

    def run(self, watch: Watch) -> list[Fitted]:
        """Train until every member has ended or somebody asks to stop."""
        looked = time.monotonic()
        while len(self._running) and not self._stopped:
            epoch = self._unfinished or self._open_epoch()
            self._unfinished = epoch
            self._stopped = not self._finish_steps(epoch, watch)
            if self._stopped and self._book.last_epoch[self._running].any():
                # Of an epoch that was cut short nothing is reported.
                break
            self._unfinished = None
            watch.on_epoch(self._close_epoch(epoch))
            watch.on_snapshot(self.snapshot)
            if time.monotonic() - looked > SECONDS_BETWEEN_LOOKS:
                looked = time.monotonic()
                self._stopped = self._stopped or watch.should_stop()
        self._hold()
        return [self._fitted(position) for position in range(len(self._members))]

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Raw outputs of every member's best epoch, shape (members, rows, units).

        Parameters
        ----------
        rows : numpy.ndarray
            Row numbers of `Cases`, the same for all members, shape (rows,).
        """
        everybody = np.tile(rows.astype("int32"), (len(self._members), 1))
        weights, statistics = (
            tf.constant(self._held[name]) for name in ("best_weights", "best_statistics")
        )
        return self._predict(everybody, weights, statistics)

    def _board(self) -> None:
        """Take the running members, and only these, on the device."""
        self._running = np.flatnonzero(self._book.running)
        self._aboard = self._running
        self._work = 0.0
        self._state = State(
            tf.constant(self._held["weights"][self._aboard]),
            [tf.constant(self._held[name][self._aboard]) for name in self._slots],
            tf.constant(self._held["statistics"][self._aboard]),
        )
        self._best = State(
            tf.constant(self._held["best_weights"][self._aboard]),
            [],
            tf.constant(self._held["best_statistics"][self._aboard]),
        )
        self._restraints = Restraints(
            tf.constant(self._l1[self._aboard]),
            tf.constant(self._l2[self._aboard]),
            tf.constant(self._rates[self._aboard]),
            tf.constant(self._places),
        )

    @property
    def _slots(self) -> list[str]:
        return [f"slot_{i}" for i in range(self._rule.slots)]

    @property
    def _places_aboard(self) -> np.ndarray:
        """Positions of the running members among those aboard."""
        return np.searchsorted(self._aboard, self._running)

    def _open_epoch(self) -> Epoch:
        number = int(self._book.last_epoch[self._running[0]]) + 1
        orders = [self._order(self._members[m], number) for m in self._running.tolist()]
        return Epoch(number, orders, self._plan(number, orders))

    def _order(self, member: Member, epoch: int) -> np.ndarray:
        """The order of a member's cases; nothing but its seed and the epoch decides it."""
        cases = len(member.rows)
        if not self._shuffle:
            return np.arange(cases)
        # A generator by a key is made several times as quickly as one by a seed.
        bits = np.random.Philox(key=np.array([member.seed, epoch], dtype="uint64"))
        return np.random.Generator(bits).permutation(cases)

    def _plan(self, epoch: int, orders: list[np.ndarray]) -> Steps:
        """All steps of an epoch, filled up with steps of no cases to whole blocks."""
        longest = max(math.ceil(len(order) / self._batch_size) for order in orders)
        block = _block(longest)
        steps = block * math.ceil(longest / block)
        shape = (len(self._aboard), steps * self._batch_size)
        rows, shares = np.zeros(shape, dtype="int32"), np.zeros(shape, dtype="float32")
        counts = np.zeros((len(self._aboard), steps), dtype="float32")
        figures = np.zeros((steps, self._rule.figures, len(self._aboard), 1), dtype="float32")
        starts = np.arange(steps) * self._batch_size
        known: dict[tuple[int, int, float], np.ndarray] = {}
        for place, m, order in zip(
            self._places_aboard.tolist(), self._running.tolist(), orders, strict=True
        ):
            member = self._members[m]
            rows[place, : len(order)] = member.rows[order]
            shares[place, : len(order)] = 1 if member.weight is None else member.weight[order]
            counts[place] = np.clip(len(order) - starts, 0, self._batch_size)
            alike = (id(member.training), len(order), float(self._book.rate[m]))
            if alike not in known:
                known[alike] = self._figures(epoch, m)
            figures[: len(known[alike]), :, place, 0] = known[alike]
        parts = (len(self._aboard), steps, self._batch_size)
        shares = shares.reshape(parts) / np.maximum(counts, 1)[:, :, np.newaxis]
        return Steps(
            rows.reshape(parts).swapaxes(0, 1),
            shares.swapaxes(0, 1),
            counts.T,
            figures,
            dropout_keys(self._seeds[self._aboard], epoch, steps),
        )

    def _figures(self, epoch: int, m: int) -> np.ndarray:
        """The rule's coefficients for a member's steps, shape (steps, coefficients)."""
        member = self._members[m]
        steps = math.ceil(len(member.rows) / self._batch_size)
        factors = rate_factors(member.training, epoch=epoch, steps=steps)
        numbers = (epoch - 1) * steps + np.arange(1, steps + 1)
        return np.stack(self._rule.coefficients(numbers, self._book.rate[m] * factors), axis=1)

    def _finish_steps(self, epoch: Epoch, watch: Watch) -> bool:
        """Take the steps that are left of an epoch; False if somebody asked to stop."""
        steps = int(epoch.steps.counts.any(axis=1).sum())
        block = _block(steps)
        looked = time.monotonic()
        while epoch.step < steps:
            start = epoch.step - epoch.step % block
            now = Steps(*(tf.constant(part[start : start + block]) for part in epoch.steps))
            end = min(steps, start + block)
            while epoch.step < end:
                self._take_steps(epoch, now, start, min(end, epoch.step + self._pace()))
                if time.monotonic() - looked < SECONDS_BETWEEN_LOOKS:
                    continue
                looked = time.monotonic()
                watch.on_progress(epoch.number, epoch.step / steps)
                if epoch.step < steps:
                    watch.on_snapshot(self.snapshot)
                    if watch.should_stop():
                        return False
        self._work += 6.0 * self._architecture.size * self._batch_size * steps * len(self._aboard)
        return True

    def _pace(self) -> int:
        """How many steps fit between two looks."""
        if math.isinf(self._seconds_per_step):
            return FIRST_STEPS
        return max(1, int(SECONDS_BETWEEN_LOOKS / self._seconds_per_step))

    def _take_steps(self, epoch: Epoch, block: Steps, start: int, last: int) -> None:
        """Take the steps of an epoch up to `last`; `start` is where their block starts."""
        began = time.monotonic()
        first = epoch.step - start
        self._state, outputs = self._program.train(
            self._x,
            self._y,
            block,
            self._restraints,
            self._state,
            tf.constant(first),
            tf.constant(last - start),
        )
        taken, running = slice(first, last - start), self._places_aboard
        epoch.outputs.append(outputs.numpy()[taken, running])
        self._calls += 1
        if self._calls > 1:
            # The first call may compile, and says nothing of the pace.
            self._seconds_per_step = (time.monotonic() - began) / (last - epoch.step)
        epoch.step = last

    # After an epoch ----------------------------------------------------------

    def _close_epoch(self, epoch: Epoch) -> list[EpochRecord]:
        """Judge the running members and let go of those that have ended."""
        members = [self._members[m] for m in self._running.tolist()]
        learnt, evaluated = self._learnt(epoch, members), self._evaluated(members)
        kind = self._cases.kind
        # Of the data alone: a penalty only falls while weights shrink, so that a loss with it
        # would call that epoch the best in which they are smallest.
        losses, val_losses = (for_each(mean_loss, kind, part) for part in (learnt, evaluated))
        metrics, val_metrics = (for_each(main_score, kind, part) for part in (learnt, evaluated))
        penalties = self._penalties()
        records, best = [], np.zeros(len(self._aboard), dtype=bool)
        places = self._places_aboard
        for i, (m, member) in enumerate(zip(self._running.tolist(), members, strict=True)):
            record = EpochRecord(
                epoch=epoch.number,
                member=m + 1,
                loss=float(losses[i]),
                val_loss=float(val_losses[i]),
                penalty=float(penalties[i]),
                metric=float(metrics[i]),
                val_metric=float(val_metrics[i]),
                learning_rate=float(self._book.rate[m] * self._first_factor(member, epoch.number)),
                elapsed_seconds=self._seconds(),
            )
            records.append(record)
            val_loss = record.val_loss if len(member.validation) else None
            best[places[i]] = self._book.update(
                m, member.training, epoch.number, record.loss, val_loss
            )
        self._keep_best(best)
        self._let_go()
        return records

    def _learnt(self, epoch: Epoch, members: list[Member]) -> list[ScoredRows]:
        """What the members said of their training cases before each step."""
        outputs = np.concatenate(epoch.outputs).swapaxes(0, 1)
        outputs = outputs.reshape(len(members), -1, self._cases.output.raw_units)
        scored = []
        for member, order, raw in zip(members, epoch.orders, outputs, strict=True):
            seen = order[: len(raw)]
            weight = None if member.weight is None else member.weight[seen]
            scored.append(ScoredRows(self._cases.y[member.rows[seen]], raw[: len(seen)], weight))
        return scored

    def _evaluated(self, members: list[Member]) -> list[ScoredRows]:
        """What the members say of their validation cases."""
        rows = np.zeros((len(members), max(len(m.validation) for m in members)), dtype="int32")
        for row, member in zip(rows, members, strict=True):
            # The rows that fill up are predicted too, and not looked at.
            row[: len(member.validation)] = member.validation
        outputs = self._predict(rows, *self._of_running(self._state))
        return [
            ScoredRows(
                self._cases.y[member.validation],
                raw[: len(member.validation)],
                member.validation_weight,
            )
            for member, raw in zip(members, outputs, strict=True)
        ]

    def _of_running(self, state: State) -> tuple[tf.Tensor, tf.Tensor]:
        """Weights and statistics of the running members."""
        if len(self._running) == len(self._aboard):
            return state.weights, state.statistics
        places = self._places_aboard
        return tf.gather(state.weights, places), tf.gather(state.statistics, places)

    def _first_factor(self, member: Member, epoch: int) -> float:
        """What the schedule makes of the learning rate at the beginning of an epoch."""
        steps = math.ceil(len(member.rows) / self._batch_size)
        return float(rate_factors(member.training, epoch=epoch, steps=steps)[0])

    def _seconds(self) -> float:
        """How long training took, earlier parts of it included."""
        return self._spent + time.monotonic() - self._began

    def _penalties(self) -> np.ndarray:
        """What penalties add to each running member's loss, shape (members,)."""
        weights, _ = self._of_running(self._state)
        total = np.zeros(len(self._running))
        if self._l1.size:
            total += tf.reduce_sum(self._l1[self._running] * tf.abs(weights), axis=1).numpy()
        if self._l2.size:
            total += tf.reduce_sum(self._l2[self._running] * tf.square(weights), axis=1).numpy()
        return total

    def _predict(self, rows: np.ndarray, weights: tf.Tensor, statistics: tf.Tensor) -> np.ndarray:
        """Raw outputs, shape (members, cases, units)."""
        members, cases = rows.shape
        widest = max(self._architecture.inputs, *(x.units for x in self._architecture.layers))
        size = max(1, CELLS_AT_ONCE // (members * widest))
        outputs = [
            self._program.predict(
                self._x, tf.constant(rows[:, first : first + size]), weights, statistics
            ).numpy()
            for first in range(0, cases, size)
        ]
        if not outputs:
            return np.zeros((members, 0, self._cases.output.raw_units), dtype="float32")
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)

    def _keep_best(self, best: np.ndarray) -> None:
        """Remember the weights of the members aboard whose epoch was their best."""
        if best.all():
            self._best = State(self._state.weights, [], self._state.statistics)
        elif best.any():
            column = best[:, np.newaxis]
            self._best = State(
                tf.where(column, self._state.weights, self._best.weights),
                [],
                tf.where(column, self._state.statistics, self._best.statistics),
            )

    def _let_go(self) -> None:
        """Keep what members came to that have ended; once it pays, they leave the device."""
        going_on = np.flatnonzero(self._book.running)
        if len(going_on) == len(self._running):
            return
        self._hold()
        self._running = going_on
        if 2 * len(self._running) <= len(self._aboard) and self._work > WORTH_COMPILING:
            self._board()

    # From and to the outside ---------------------------------------------------

    def _begin(self) -> dict[str, np.ndarray]:
        """Starting weights of every member."""
        packed = [self._architecture.pack(self._starting_weights(m)) for m in self._members]
        weights, statistics = (np.stack(arrays) for arrays in zip(*packed, strict=True))
        return {
            "weights": weights,
            "statistics": statistics,
            "best_weights": weights.copy(),
            "best_statistics": statistics.copy(),
            **{name: np.zeros_like(weights) for name in self._slots},
        }

    def _starting_weights(self, member: Member) -> Sequence[np.ndarray]:
        if member.start is not None:
            return member.start
        return starting_weights(
            member.network, self._architecture.inputs, self._cases.output, seed=member.seed
        )

    def _hold(self) -> None:
        """Copy the state of the running members from the device."""
        tensors = {
            "weights": self._state.weights,
            "statistics": self._state.statistics,
            "best_weights": self._best.weights,
            "best_statistics": self._best.statistics,
            **dict(zip(self._slots, self._state.slots, strict=True)),
        }
        for name, tensor in tensors.items():
            self._held[name][self._running] = tensor.numpy()[self._places_aboard]

    def _fitted(self, m: int) -> Fitted:
        best = int(self._book.best_epoch[m])
        diverged = int(self._book.diverged[m])
        return Fitted(
            weights=self._architecture.unpack(
                self._held["best_weights"][m], self._held["best_statistics"][m]
            ),
            best_epoch=best or None,
            last_epoch=int(self._book.last_epoch[m]),
            diverged_epoch=diverged or None,
            stopped=bool(self._stopped and self._book.running[m]),
        )

    def snapshot(self) -> Snapshot:
        """Everything that is needed to go on as if nothing had happened.

        Orders of cases and dropout need no state of their own: they follow from
        seed, epoch and step.
        """
        self._hold()
        arrays = {f"state.{name}": array.copy() for name, array in self._held.items()}
        arrays |= {f"book.{name}": array for name, array in self._book.to_arrays().items()}
        arrays["seconds"] = np.array(self._seconds())
        epoch = self._unfinished
        if epoch is not None and epoch.step:
            arrays["epoch.outputs"] = np.concatenate(epoch.outputs)
        return arrays

    def _restore(self, snapshot: Snapshot) -> dict[str, np.ndarray]:
        book = {n.removeprefix("book."): a for n, a in snapshot.items() if n.startswith("book.")}
        self._book = EarlyStopping.from_arrays(book)
        self._spent = float(snapshot["seconds"])
        if "epoch.outputs" not in snapshot:
            # More epochs may be asked for than at the time of the snapshot.
            self._book.reconsider([member.training for member in self._members])
        return {
            name.removeprefix("state."): array.copy()
            for name, array in snapshot.items()
            if name.startswith("state.")
        }

    def _reopen(self, snapshot: Snapshot) -> Epoch | None:
        """The epoch that was under way."""
        if "epoch.outputs" not in snapshot:
            return None
        epoch = self._open_epoch()
        epoch.outputs = [snapshot["epoch.outputs"]]
        epoch.step = len(snapshot["epoch.outputs"])
        return epoch


def _block(steps: int) -> int:
    """Size of the blocks in which an epoch's steps are taken."""
    return next((size for size in BLOCKS if size >= steps), BLOCKS[-1])


def _filled_up(array: np.ndarray) -> np.ndarray:
    """Fill cases up to one of a few numbers, so that other data of about the size fit too.

    Numbers lie a quarter of a power of two apart: at most a quarter is filled up.
    """
    cases = len(array)
    unit = 2 ** max(0, cases.bit_length() - 3)
    missing = -cases % unit
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
