"""A cohort: members of one architecture that are trained together."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from dnn_core.network.model import starting_weights
from dnn_core.training.history import EpochRecord
from dnn_core.training.judgement import Judgement
from dnn_core.training.member import Cases, Fitted, Member, Snapshot, Watch
from dnn_core.training.optimizers import rule_of
from dnn_core.training.parameters import architecture_of
from dnn_core.training.program import Recipe, program_of
from dnn_core.training.rates import rate_factors
from dnn_core.training.regularisation import dropout_key, dropout_rates, penalty_matrices
from dnn_core.training.scores import main_score, mean_loss
from dnn_core.training.stretches import Stretch, stretches

SECONDS_BETWEEN_LOOKS = 0.2
"""How often a request to stop is looked for, and progress reported, within an epoch."""

FIRST_STEPS = 8
"""How many steps are taken before it is known how long one takes."""

CELLS_AT_ONCE = 4_000_000
"""Numbers in the widest layer while predicting: 16 MB."""

Tensors = dict[str, tf.Tensor]


@dataclass(eq=False)
class Epoch:
    """An epoch under way; lists have one entry for each running member.

    Parameters
    ----------
    number : int
        From 1.
    orders : list of numpy.ndarray
        Positions in `Member.rows`, in the order of this epoch.
    losses : list of list of numpy.ndarray
        Losses of the batches.
    outputs : list of list of numpy.ndarray
        Raw outputs, in the order of the cases.
    stretch, step : int
        How many stretches are done, and the next step.
    """

    number: int
    orders: list[np.ndarray]
    losses: list[list[np.ndarray]]
    outputs: list[list[np.ndarray]]
    stretch: int = 0
    step: int = 0


class Cohort:
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
        self._weighted = any(member.weight is not None for member in members)
        self._architecture = architecture_of(
            networks, cases.x.shape[1], cases.output, cases.input_scale
        )
        self._rule = rule_of(training)
        self._l1, self._l2 = penalty_matrices(self._architecture, members)
        self._program = program_of(
            Recipe(
                architecture=self._architecture,
                rule=self._rule,
                batch_size=self._batch_size,
                pixels=cases.x.dtype == np.uint8,
                weighted=self._weighted,
                l1=self._l1.size > 0,
                l2=self._l2.size > 0,
            )
        )
        self._x, self._y = tf.constant(cases.x), tf.constant(cases.y)
        self._rates = dropout_rates(self._architecture, networks)
        self._keys = np.array([dropout_key(member.seed) for member in members], dtype="uint32")
        self._slots = [f"slot_{i}" for i in range(self._rule.slots)]
        self._seconds_per_step = math.inf
        self._stopped = False
        self._began, self._spent = time.monotonic(), 0.0
        self._unfinished: Epoch | None = None
        self._book = Judgement.begin([member.training for member in members])
        # State by name, a row for each member; of those that run, as it was when last copied.
        self._held: dict[str, np.ndarray] = {}
        if snapshot is None:
            self._held = self._begin()
        else:
            self._restore(snapshot)
        self._running = np.flatnonzero(self._book.running)
        self._state: Tensors = {n: tf.constant(a[self._running]) for n, a in self._held.items()}

    # Training ----------------------------------------------------------------

    def run(self, watch: Watch) -> list[Fitted]:
        """Train until every member has ended or somebody asks to stop."""
        looked = time.monotonic()
        while len(self._running) and not self._stopped:
            epoch = self._unfinished or self._open_epoch()
            self._unfinished = epoch
            self._stopped = not self._take_steps(epoch, watch)
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

    def _open_epoch(self) -> Epoch:
        number = int(self._book.last_epoch[self._running[0]]) + 1
        orders = [self._order(self._members[m], number) for m in self._running.tolist()]
        return Epoch(number, orders, [[] for _ in orders], [[] for _ in orders])

    def _order(self, member: Member, epoch: int) -> np.ndarray:
        """The order of a member's cases; nothing but its seed and the epoch decides it."""
        cases = len(member.rows)
        if not self._shuffle:
            return np.arange(cases)
        return np.random.default_rng((member.seed, epoch)).permutation(cases)

    def _take_steps(self, epoch: Epoch, watch: Watch) -> bool:
        """Take the steps that are left of an epoch; False if somebody asked to stop."""
        sizes = np.array([len(order) for order in epoch.orders])
        plan = list(stretches(sizes, self._batch_size))
        steps = sum(stretch.last - stretch.first for stretch in plan)
        looked = time.monotonic()
        for number, stretch in enumerate(plan):
            if number < epoch.stretch:
                continue
            feed = self._feed(epoch, stretch)
            epoch.step = max(epoch.step, stretch.first)
            while epoch.step < stretch.last:
                last = min(stretch.last, epoch.step + self._pace())
                self._call(epoch, stretch, feed, last)
                if time.monotonic() - looked < SECONDS_BETWEEN_LOOKS:
                    continue
                looked = time.monotonic()
                before = sum(s.last - s.first for s in plan[:number])
                share = (before + epoch.step - stretch.first) / steps
                watch.on_progress(epoch.number, share)
                if share < 1:
                    watch.on_snapshot(self.snapshot)
                    if watch.should_stop():
                        return False
            epoch.stretch, epoch.step = number + 1, 0
        return True

    def _pace(self) -> int:
        """How many steps fit between two looks."""
        if math.isinf(self._seconds_per_step):
            return FIRST_STEPS
        return max(1, int(SECONDS_BETWEEN_LOOKS / self._seconds_per_step))

    def _feed(self, epoch: Epoch, stretch: Stretch) -> list[tf.Tensor]:
        """What the program is told about a stretch, besides its state."""
        chosen = self._running[stretch.members]
        orders = [epoch.orders[i][: stretch.cases] for i in stretch.members]
        members = [self._members[m] for m in chosen.tolist()]
        rows = np.stack([m.rows[order] for m, order in zip(members, orders, strict=True)])
        weights = np.zeros((len(members), 0), dtype="float32")
        if self._weighted:
            weights = np.stack(
                [
                    np.ones(stretch.cases, dtype="float32") if m.weight is None else m.weight[order]
                    for m, order in zip(members, orders, strict=True)
                ]
            )
        return [
            tf.constant(rows, tf.int32),
            tf.constant(weights),
            tf.constant(self._figures(epoch.number, chosen, stretch.last), tf.float32),
            *(tf.constant(array[chosen]) for array in (self._l1, self._l2)),
            tf.constant(self._rates[chosen]),
            tf.constant(self._keys[chosen]),
        ]

    def _figures(self, epoch: int, chosen: np.ndarray, last: int) -> np.ndarray:
        """The rule's coefficients, shape (steps, coefficients, members, 1)."""
        rates, counts = [], []
        for m in chosen.tolist():
            member = self._members[m]
            steps = self._steps(member)
            factors = rate_factors(member.training, epoch=epoch, steps=steps)
            rates.append(self._book.rate[m] * factors[:last])
            counts.append((epoch - 1) * steps + np.arange(1, last + 1))
        figures = self._rule.coefficients(np.stack(counts, axis=1), np.stack(rates, axis=1))
        return np.stack(figures, axis=1)[..., np.newaxis]

    def _call(self, epoch: Epoch, stretch: Stretch, feed: list[tf.Tensor], last: int) -> None:
        """Take steps up to, not including, `last`."""
        everybody = len(stretch.members) == len(self._running)
        state = self._state
        if not everybody:
            state = {name: tf.gather(t, stretch.members) for name, t in state.items()}
        slots = [state[name] for name in self._slots]
        rows, case_weights, figures, l1, l2, rates, keys = feed
        began = time.monotonic()
        weights, slots, statistics, losses, outputs = self._program.train(
            self._x,
            self._y,
            rows,
            case_weights,
            state["weights"],
            slots,
            state["statistics"],
            figures,
            l1,
            l2,
            rates,
            keys,
            tf.constant(epoch.number),
            tf.constant(epoch.step),
            tf.constant(last),
        )
        changed = {"weights": weights, "statistics": statistics}
        changed |= dict(zip(self._slots, slots, strict=True))
        if everybody:
            self._state |= changed
        else:
            where = stretch.members[:, np.newaxis]
            for name, tensor in changed.items():
                # TensorFlow refuses to update what has no columns, as statistics have none
                # without batch normalisation.
                if tensor.shape[1]:
                    before = self._state[name]
                    self._state[name] = tf.tensor_scatter_nd_update(before, where, tensor)
        for i, loss, output in zip(
            stretch.members, losses.numpy().T, outputs.numpy().transpose(1, 0, 2), strict=True
        ):
            epoch.losses[i].append(loss)
            epoch.outputs[i].append(output)
        self._seconds_per_step = (time.monotonic() - began) / (last - epoch.step)
        epoch.step = last

    # After an epoch ----------------------------------------------------------

    def _close_epoch(self, epoch: Epoch) -> list[EpochRecord]:
        """Judge the running members and let go of those that have ended."""
        validation, penalty = self._validate(), self._penalty()
        records, best = [], np.zeros(len(self._running), dtype=bool)
        for i, m in enumerate(self._running.tolist()):
            member = self._members[m]
            record = self._record(epoch, i, validation[i], float(penalty[i]))
            records.append(record)
            judged = record.val_loss if len(member.validation) else None
            best[i] = self._book.judge(m, member.training, epoch.number, record.loss, judged)
        self._keep_best(best)
        self._let_go()
        return records

    def _record(self, epoch: Epoch, i: int, validation: np.ndarray, penalty: float) -> EpochRecord:
        """What an epoch came to for one running member."""
        m = int(self._running[i])
        member, kind, y = self._members[m], self._cases.kind, self._cases.y
        raw = np.concatenate(epoch.outputs[i])
        seen = epoch.orders[i][: len(raw)]
        weight = None if member.weight is None else member.weight[seen]
        val_loss = val_metric = math.nan
        if len(member.validation):
            judged = (y[member.validation], validation[: len(member.validation)])
            val_loss = mean_loss(kind, *judged, member.validation_weight) + penalty
            val_metric = main_score(kind, *judged, member.validation_weight)
        factors = rate_factors(member.training, epoch=epoch.number, steps=self._steps(member))
        return EpochRecord(
            epoch=epoch.number,
            member=int(m) + 1,
            loss=self._mean_loss(np.concatenate(epoch.losses[i]), len(raw)),
            val_loss=val_loss,
            metric=main_score(kind, y[member.rows[seen]], raw, weight),
            val_metric=val_metric,
            learning_rate=float(self._book.rate[m] * factors[0]),
            elapsed_seconds=self._seconds(),
        )

    def _mean_loss(self, losses: np.ndarray, cases: int) -> float:
        """Mean over cases of their batches' losses, as Keras reports it."""
        counts = np.full(len(losses), self._batch_size)
        counts[-1] = cases - counts[:-1].sum()
        return float(losses.astype("float64") @ counts / cases)

    def _steps(self, member: Member) -> int:
        """Steps of an epoch."""
        return math.ceil(len(member.rows) / self._batch_size)

    def _seconds(self) -> float:
        """How long training took, earlier parts of it included."""
        return self._spent + time.monotonic() - self._began

    def _penalty(self) -> np.ndarray:
        """What penalties add to each running member's loss."""
        weights = self._state["weights"]
        total = tf.zeros(len(self._running))
        if self._l1.size:
            total += tf.reduce_sum(self._l1[self._running] * tf.abs(weights), axis=1)
        if self._l2.size:
            total += tf.reduce_sum(self._l2[self._running] * tf.square(weights), axis=1)
        return total.numpy()

    def _validate(self) -> np.ndarray:
        """Raw outputs of each running member, padded to the largest validation part."""
        parts = [self._members[m].validation for m in self._running.tolist()]
        rows = np.zeros((len(parts), max(map(len, parts))), dtype="int32")
        for row, part in zip(rows, parts, strict=True):
            row[: len(part)] = part
        return self._predict(rows, self._state["weights"], self._state["statistics"])

    def _predict(self, rows: np.ndarray, weights: tf.Tensor, statistics: tf.Tensor) -> np.ndarray:
        """Raw outputs, shape (members, cases, units)."""
        members, cases = rows.shape
        widest = max(self._architecture.inputs, *(x.units for x in self._architecture.layers))
        size = max(1, CELLS_AT_ONCE // (members * widest))
        found = [
            self._program.predict(
                self._x, tf.constant(rows[:, first : first + size]), weights, statistics
            ).numpy()
            for first in range(0, cases, size)
        ]
        if not found:
            return np.zeros((members, 0, self._cases.output.units), dtype="float32")
        return found[0] if len(found) == 1 else np.concatenate(found, axis=1)

    def _keep_best(self, best: np.ndarray) -> None:
        """Remember the weights of the running members whose epoch was their best."""
        if not best.any():
            return
        for name in ("weights", "statistics"):
            now, before = self._state[name], self._state[f"best_{name}"]
            kept = now if best.all() else tf.where(best[:, np.newaxis], now, before)
            self._state[f"best_{name}"] = kept

    def _let_go(self) -> None:
        """Members that have ended leave, and cost nothing from here on."""
        going_on = self._book.running[self._running]
        if going_on.all():
            return
        self._hold()
        self._running = self._running[going_on]
        where = np.flatnonzero(going_on)
        self._state = {name: tf.gather(tensor, where) for name, tensor in self._state.items()}

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
        """Copy the running members' state from the device."""
        for name, tensor in self._state.items():
            self._held[name][self._running] = tensor.numpy()

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
        if epoch is not None:
            arrays["epoch.place"] = np.array([epoch.stretch, epoch.step])
            nothing = np.zeros((0, self._cases.output.units), dtype="float32")
            for i in range(len(epoch.orders)):
                arrays[f"epoch.losses.{i}"] = np.concatenate([nothing[:, 0], *epoch.losses[i]])
                arrays[f"epoch.outputs.{i}"] = np.concatenate([nothing, *epoch.outputs[i]])
        return arrays

    def _restore(self, snapshot: Snapshot) -> None:
        self._held = {
            name.removeprefix("state."): array.copy()
            for name, array in snapshot.items()
            if name.startswith("state.")
        }
        book = {n.removeprefix("book."): a for n, a in snapshot.items() if n.startswith("book.")}
        self._book = Judgement.from_arrays(book)
        self._spent = float(snapshot["seconds"])
        if "epoch.place" not in snapshot:
            # More epochs may be asked for than at the time of the snapshot.
            self._book.reconsider([member.training for member in self._members])
            return
        self._running = np.flatnonzero(self._book.running)
        epoch = self._open_epoch()
        epoch.stretch, epoch.step = (int(place) for place in snapshot["epoch.place"])
        positions = range(len(epoch.orders))
        epoch.losses = [[snapshot[f"epoch.losses.{i}"]] for i in positions]
        epoch.outputs = [[snapshot[f"epoch.outputs.{i}"]] for i in positions]
        self._unfinished = epoch
