"""Gradient descent on a small network: one mini-batch, one step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

import numpy as np

from dnn_core.learn.network import (
    BackwardPass,
    ForwardPass,
    SmallNetwork,
    Weights,
    mean_loss,
    pass_backward,
    pass_forward,
)

MOMENTUM = 0.9
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
"""Keras' defaults of Adam (Kingma and Ba 2015), and the usual momentum."""


class Descent(StrEnum):
    """Ways to step from a gradient."""

    SGD = "Gradient descent"
    MOMENTUM = "Momentum"
    ADAM = "Adam"


@dataclass(frozen=True, eq=False)
class State:
    """A network in training.

    Parameters
    ----------
    network : SmallNetwork
    step : int
        Number of steps taken.
    mean, square : tuple of Weights
        Velocity of momentum, or Adam's moving means of the gradient and of its square.
    """

    network: SmallNetwork
    step: int = 0
    mean: tuple[Weights, ...] = ()
    square: tuple[Weights, ...] = ()


@dataclass(frozen=True, eq=False)
class Step:
    """One step of training on a mini-batch, with all that led to it.

    Parameters
    ----------
    rows : numpy.ndarray
        Row numbers of the mini-batch.
    forward, backward : ForwardPass, BackwardPass
        Of the network before the step, on the mini-batch.
    before, after : SmallNetwork
    losses : dict of str to float
        Mean losses after the step: batch, training, validation.
    """

    rows: np.ndarray
    forward: ForwardPass
    backward: BackwardPass
    before: SmallNetwork
    after: SmallNetwork
    losses: dict[str, float] = field(default_factory=dict)


def start(network: SmallNetwork) -> State:
    """The state before the first step."""
    zeros = tuple(
        Weights(np.zeros_like(layer.kernel), np.zeros_like(layer.bias)) for layer in network.layers
    )
    return State(network, 0, zeros, zeros)


def descend(state: State, gradient: tuple[Weights, ...], way: Descent, rate: float) -> State:
    """Take one step against a gradient.

    Parameters
    ----------
    rate : float
        Learning rate.
    """
    number = state.step + 1
    match way:
        case Descent.SGD:
            moved = state.network.moved(gradient, -rate)
            return State(moved, number, state.mean, state.square)
        case Descent.MOMENTUM:
            velocity = _each(lambda v, g: MOMENTUM * v - rate * g, state.mean, gradient)
            return State(state.network.moved(velocity, 1.0), number, velocity, state.square)
        case Descent.ADAM:
            mean = _each(lambda m, g: m + (1 - BETA_1) * (g - m), state.mean, gradient)
            square = _each(lambda s, g: s + (1 - BETA_2) * (g**2 - s), state.square, gradient)
            size = rate * np.sqrt(1 - BETA_2**number) / (1 - BETA_1**number)
            direction = _each(lambda m, s: m / (np.sqrt(s) + EPSILON), mean, square)
            return State(state.network.moved(direction, -size), number, mean, square)
        case never:
            assert_never(never)


def take_step(
    state: State,
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    way: Descent,
    rate: float,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[State, Step]:
    """Take one step on a mini-batch, and report the losses after it.

    Parameters
    ----------
    x, y : numpy.ndarray
        Training cases, shapes (cases, inputs) and (cases,).
    rows : numpy.ndarray
        Those of the mini-batch.
    validation : tuple of numpy.ndarray, optional
        Inputs and outcome of the validation cases.
    """
    before = state.network
    forward = pass_forward(before, x[rows])
    backward = pass_backward(before, forward, y[rows])
    state = descend(state, backward.gradient, way, rate)
    losses = {
        "batch": mean_loss(state.network, x[rows], y[rows]),
        "training": mean_loss(state.network, x, y),
    }
    if validation is not None:
        losses["validation"] = mean_loss(state.network, *validation)
    return state, Step(rows, forward, backward, before, state.network, losses)


def batches(cases: int, size: int, epoch: int, seed: int) -> list[np.ndarray]:
    """Row numbers of the mini-batches of an epoch, shuffled by seed and epoch."""
    order = np.random.default_rng((seed, epoch)).permutation(cases)
    return [order[first : first + size] for first in range(0, cases, size)]


def loss_surface(
    network: SmallNetwork,
    across: tuple[Weights, ...],
    up: tuple[Weights, ...],
    reach: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """Mean losses around a network, along two directions of its weights.

    Parameters
    ----------
    across, up : tuple of Weights
        The two directions.
    reach : numpy.ndarray
        By how much of each direction is moved, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n, n): rows follow `up`, columns `across`.
    """
    return np.array(
        [[mean_loss(network.moved(up, v).moved(across, h), x, y) for h in reach] for v in reach]
    )


def _each(
    combine: Callable[[np.ndarray, np.ndarray], np.ndarray],
    one: tuple[Weights, ...],
    other: tuple[Weights, ...],
) -> tuple[Weights, ...]:
    return tuple(
        Weights(combine(a.kernel, b.kernel), combine(a.bias, b.bias))
        for a, b in zip(one, other, strict=True)
    )
