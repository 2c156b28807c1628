"""Cases on the device, with the compiled functions that train and predict."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from dnn_core.training.epoch_plan import Epoch
from dnn_core.training.member import Cases
from dnn_core.training.member_states import MemberStates
from dnn_core.training.parameters import Architecture
from dnn_core.training.program import Program, Steps

CELLS_AT_ONCE = 4_000_000
"""Numbers in the widest layer while predicting: 16 MB."""


class CasesOnDevice:
    """Calls the compiled functions with the cases of an ensemble.

    Parameters
    ----------
    cases : Cases
    program : Program
    architecture : Architecture
        That of the program.
    """

    def __init__(self, cases: Cases, program: Program, architecture: Architecture) -> None:
        self._program = program
        self._x, self._y = tf.constant(_padded(cases.x)), tf.constant(_padded(cases.y))
        self._widest = max(architecture.inputs, *(layer.units for layer in architecture.layers))
        self._units = cases.output.raw_units

    def take_steps(
        self, states: MemberStates, epoch: Epoch, block: Steps, start: int, last: int
    ) -> None:
        """Take the steps of an epoch up to, not including, `last`; changes both in place.

        Parameters
        ----------
        states : MemberStates
        epoch : Epoch
        block : Steps
            The block that contains the steps.
        start : int
            First step of the block within the epoch.
        last : int
        """
        first = epoch.step - start
        states.state, outputs = self._program.train(
            self._x,
            self._y,
            block,
            states.restraints,
            states.state,
            tf.constant(first),
            tf.constant(last - start),
        )
        epoch.outputs.append(outputs.numpy()[slice(first, last - start), states.places])
        epoch.step = last

    def predict(self, rows: np.ndarray, weights: tf.Tensor, statistics: tf.Tensor) -> np.ndarray:
        """Predict: raw outputs, shape (members, cases, units).

        Parameters
        ----------
        rows : numpy.ndarray
            Row numbers of `Cases`, int32, shape (members, cases).
        weights, statistics : tensorflow.Tensor
            One row per member.
        """
        members, cases = rows.shape
        size = max(1, CELLS_AT_ONCE // (members * self._widest))
        outputs = [
            self._program.predict(
                self._x, tf.constant(rows[:, first : first + size]), weights, statistics
            ).numpy()
            for first in range(0, cases, size)
        ]
        if not outputs:
            return np.zeros((members, 0, self._units), dtype="float32")
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)


def _padded(array: np.ndarray) -> np.ndarray:
    """Pad cases to one of a few sizes, so that data of a similar size use the same program.

    Sizes are a quarter of a power of two apart: padding adds at most a quarter.
    """
    cases = len(array)
    unit = 2 ** max(0, cases.bit_length() - 3)
    missing = -cases % unit
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
