"""The state of all members: on the device while they train, as they ended otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from dnn_core.network.model import starting_weights
from dnn_core.training.member import Cases, Member
from dnn_core.training.parameters import Architecture
from dnn_core.training.program import Restraints, State

WORTH_COMPILING = 2e11
"""Floating-point operations after which compiling for half as many members pays: some seconds
of work against one second of compiling. Counted, not timed, so that a repeated experiment
takes the same path."""


class MemberStates:
    """The state of every member, and which of them train.

    Parameters
    ----------
    arrays : dict of str to numpy.ndarray
        `weights`, `statistics`, both also as `best_…`, and `slot_0` and so on, one row per
        member; from `starting_states` or a snapshot. Changed in place.
    restraints : Restraints
        Of all members, as NumPy arrays.
    running : numpy.ndarray
        Positions of the members that train.

    Attributes
    ----------
    arrays : dict of str to numpy.ndarray
        Those of members that train are as of the last `hold`.
    state : State
        That of the members aboard, on the device; `restraints` likewise.
    running, aboard : numpy.ndarray
        Positions of the members that train, and of all that are on the device.
    work : float
        Floating-point operations since the last change of the members aboard.
    """

    state: State
    restraints: Restraints
    running: np.ndarray
    aboard: np.ndarray
    work: float

    def __init__(
        self, arrays: dict[str, np.ndarray], restraints: Restraints, running: np.ndarray
    ) -> None:
        self.arrays = arrays
        self._slots = sorted(name for name in arrays if name.startswith("slot_"))
        self._all_restraints = restraints
        self._board(running)

    @property
    def places(self) -> np.ndarray:
        """Positions of the running members among those aboard."""
        return np.searchsorted(self.aboard, self.running)

    def of_running(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Weights and statistics of the running members."""
        if len(self.running) == len(self.aboard):
            return self.state.weights, self.state.statistics
        places = self.places
        return tf.gather(self.state.weights, places), tf.gather(self.state.statistics, places)

    def best(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Weights and statistics of every member's best epoch, as last copied by `hold`."""
        return tf.constant(self.arrays["best_weights"]), tf.constant(self.arrays["best_statistics"])

    def penalties(self) -> np.ndarray:
        """Penalty in each running member's loss, shape (members,)."""
        weights, _ = self.of_running()
        total = np.zeros(len(self.running))
        l1, l2 = self._all_restraints.l1, self._all_restraints.l2
        if l1.size:
            total += tf.reduce_sum(l1[self.running] * tf.abs(weights), axis=1).numpy()
        if l2.size:
            total += tf.reduce_sum(l2[self.running] * tf.square(weights), axis=1).numpy()
        return total

    def keep_best(self, best: np.ndarray) -> None:
        """Keep the weights of the members aboard whose epoch was their best.

        Parameters
        ----------
        best : numpy.ndarray
            Whether the epoch was the best, bool, shape (members aboard,).
        """
        if best.all():
            self._best = State(self.state.weights, [], self.state.statistics)
        elif best.any():
            column = best[:, np.newaxis]
            self._best = State(
                tf.where(column, self.state.weights, self._best.weights),
                [],
                tf.where(column, self.state.statistics, self._best.statistics),
            )

    def let_go(self, going_on: np.ndarray) -> None:
        """Keep the state of members that have ended; they leave the device once it pays."""
        if len(going_on) == len(self.running):
            return
        self.hold()
        self.running = going_on
        if 2 * len(self.running) <= len(self.aboard) and self.work > WORTH_COMPILING:
            self._board(going_on)

    def hold(self) -> None:
        """Copy the state of the running members from the device."""
        tensors = {
            "weights": self.state.weights,
            "statistics": self.state.statistics,
            "best_weights": self._best.weights,
            "best_statistics": self._best.statistics,
            **{name: self.state.slots[i] for i, name in enumerate(self._slots)},
        }
        for name, tensor in tensors.items():
            self.arrays[name][self.running] = tensor.numpy()[self.places]

    def _board(self, running: np.ndarray) -> None:
        """Put the running members, and only these, on the device."""
        self.running = self.aboard = running
        self.work = 0.0
        held = {name: tf.constant(array[running]) for name, array in self.arrays.items()}
        slots = [held[name] for name in self._slots]
        self.state = State(held["weights"], slots, held["statistics"])
        self._best = State(held["best_weights"], [], held["best_statistics"])
        everybody = self._all_restraints
        self.restraints = Restraints(
            tf.constant(everybody.l1[running]),
            tf.constant(everybody.l2[running]),
            tf.constant(everybody.rates[running]),
            tf.constant(everybody.places),
        )


def starting_states(
    architecture: Architecture, cases: Cases, members: Sequence[Member], *, slots: int
) -> dict[str, np.ndarray]:
    """The starting state of members, as `MemberStates` takes it.

    Parameters
    ----------
    slots : int
        Number of values that the optimizer keeps per weight.
    """
    packed = [
        architecture.pack(
            starting_weights(member.network, architecture.inputs, cases.output, seed=member.seed)
            if member.start is None
            else member.start
        )
        for member in members
    ]
    weights = np.stack([trained for trained, _ in packed])
    statistics = np.stack([moving for _, moving in packed])
    return {
        "weights": weights,
        "statistics": statistics,
        "best_weights": weights.copy(),
        "best_statistics": statistics.copy(),
        **{f"slot_{i}": np.zeros_like(weights) for i in range(slots)},
    }
