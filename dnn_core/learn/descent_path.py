"""The path of a small network from its start: mini-batch by mini-batch, and back again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnn_core.learn.descent import Descent, State, Step, batches, start, take_step
from dnn_core.learn.network import draw_network, mean_loss
from dnn_core.learn.teaching_cases import TaughtCases
from dnn_core.specs import Activation

LOSSES = ["step", "batch", "training", "validation"]
"""Columns of the losses of a path."""


@dataclass(frozen=True)
class Setting:
    """What a person chooses of a small network and its training."""

    units: tuple[int, ...] = (3,)
    activation: Activation = Activation.RELU
    way: Descent = Descent.SGD
    rate: float = 0.5
    batch_size: int = 32
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Path:
    """A network after some steps.

    Parameters
    ----------
    state : State
        As it is now.
    next_step : Step
        The step that would come next: the mini-batch, what it says, and what it would change.
    losses : pandas.DataFrame
        step, batch, training, validation; one row per step taken, and one for the start.
    """

    state: State
    next_step: Step
    losses: pd.DataFrame


def steps_of_epoch(taught: TaughtCases, setting: Setting) -> int:
    """Number of mini-batches of an epoch."""
    return -(-len(taught.y) // setting.batch_size)


def follow(taught: TaughtCases, setting: Setting, steps: int) -> Path:
    """Train from the start for a number of steps; the same choices give the same numbers."""
    network = draw_network(
        taught.target.kind,
        len(taught.target.classes),
        len(taught.inputs),
        setting.units,
        setting.activation,
        setting.seed,
    )
    state = start(network)
    order: list[np.ndarray] = []
    validation = (taught.x_validation, taught.y_validation)
    losses = [
        {
            "step": 0,
            "training": mean_loss(network, taught.x, taught.y),
            "validation": mean_loss(network, *validation),
        }
    ]
    epoch = 0
    for number in range(1, steps + 2):
        if not order:
            epoch += 1
            order = batches(len(taught.y), setting.batch_size, epoch, setting.seed)
        after, step = take_step(
            state, taught.x, taught.y, order.pop(0), setting.way, setting.rate, validation
        )
        if number == steps + 1:
            break
        state = after
        losses.append({"step": number, **step.losses})
    return Path(
        state, step, pd.DataFrame(losses, columns=["step", "batch", "training", "validation"])
    )
