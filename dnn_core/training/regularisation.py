"""Penalties and dropout of members that are trained together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dnn_core.network.plan import penalties
from dnn_core.specs import NetworkSpec
from dnn_core.training.member import Member
from dnn_core.training.parameters import Architecture


def penalty_matrices(
    architecture: Architecture, members: Sequence[Member]
) -> tuple[np.ndarray, np.ndarray]:
    """L1 and L2 of every weight of every member.

    Returns
    -------
    tuple of numpy.ndarray
        float32, each of shape (members, weights), or (members, 0) where no member has this
        penalty.
    """
    planned = [penalties(member.network, len(member.rows)) for member in members]
    l1 = np.stack([architecture.spread([layer.l1 for layer in plan]) for plan in planned])
    l2 = np.stack([architecture.spread([layer.l2 for layer in plan]) for plan in planned])
    return l1 if l1.any() else l1[:, :0], l2 if l2.any() else l2[:, :0]


def dropout_rates(architecture: Architecture, networks: Sequence[NetworkSpec]) -> np.ndarray:
    """Dropout rate of every unit that is dropped in some network.

    Returns
    -------
    numpy.ndarray
        float32, shape (networks, 1, units).
    """
    rows = []
    for network in networks:
        rates = [network.input_dropout] if architecture.input_dropout else []
        rates += [
            asked.dropout
            for layer, asked in zip(architecture.hidden, network.hidden, strict=True)
            if layer.dropout
        ]
        rows.append(np.repeat(np.array(rates, dtype="float32"), architecture.droppable))
    return np.stack(rows)[:, np.newaxis, :]


def dropout_keys(seeds: np.ndarray, epoch: int, steps: int) -> np.ndarray:
    """Keys of dropout by step and member, uint32, shape (steps, members, 1, 1).

    Parameters
    ----------
    seeds : numpy.ndarray
        From `dropout_seed`, shape (members,).
    epoch, steps : int
        Number of the epoch, and of its steps.
    """
    of_step = _scramble(_scramble(np.array([epoch])) + np.arange(steps, dtype="uint32"))
    keys = _scramble(of_step[:, np.newaxis] ^ seeds)
    return keys[:, :, np.newaxis, np.newaxis]


def dropout_seed(seed: int) -> int:
    """The seed of a member's dropout, independent of its other random numbers."""
    return int(np.random.SeedSequence((seed, DROPOUT)).generate_state(1).item())


def dropout_places(cases: int, units: int) -> np.ndarray:
    """A number for each case of a batch and unit, uint32, shape (1, cases, units)."""
    return _scramble(np.arange(cases * units)).reshape(1, cases, units)


def _scramble(numbers: np.ndarray) -> np.ndarray:
    """As `dnn_core.training.forward_pass.scramble`."""
    bits = numbers.astype("uint32")
    bits = (bits ^ (bits >> 16)) * np.uint32(0x7FEB352D)
    bits = (bits ^ (bits >> 15)) * np.uint32(0x846CA68B)
    return bits ^ (bits >> 16)


DROPOUT = 1
"""Part of the seed of dropout."""
