"""What restrains each member of a cohort: penalties and dropout."""

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
        float32, each of shape (members, weights), or (members, 0) where none has such
        a penalty.
    """
    planned = [penalties(member.network, len(member.rows)) for member in members]
    l1 = np.stack([architecture.spread([layer.l1 for layer in plan]) for plan in planned])
    l2 = np.stack([architecture.spread([layer.l2 for layer in plan]) for plan in planned])
    return l1 if l1.any() else l1[:, :0], l2 if l2.any() else l2[:, :0]


def dropout_rates(architecture: Architecture, networks: Sequence[NetworkSpec]) -> np.ndarray:
    """Dropout rate of every unit that some network drops.

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


def dropout_key(seed: int) -> np.ndarray:
    """What makes the dropout of a seed its own, uint32, shape (1, 1)."""
    return np.random.SeedSequence((seed, DROPOUT)).generate_state(1).reshape(1, 1)


DROPOUT = 1
"""Sets the dropout's key apart from whatever else is drawn from a member's seed."""
