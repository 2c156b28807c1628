"""Keras' optimizers as rules on flat vectors, for many members at once.

A rule has two halves. What depends only on the number of steps and on the learning
rate (bias corrections, momentum schedules) is worked out beforehand by NumPy, for all
steps of an epoch and each member. What depends on the gradient is a handful of
TensorFlow operations on matrices of shape (members, weights).

The formulas, and the order of their operations, are those of `keras.optimizers` 3.15:
Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019), Nadam (Dozat 2016),
RMSprop (Tieleman and Hinton 2012), SGD with momentum (Sutskever et al. 2013).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from dnn_core.specs import Optimizer, TrainingSpec

Tensors = list[Any]

BETA_1 = 0.9
BETA_2 = 0.999
RHO = 0.9
EPSILON = 1e-7
NADAM_DECAY = 0.96
"""Keras' defaults; the last one is Dozat's."""


class Rule(ABC):
    """The update rule of an optimizer.

    `slots` is the number of vectors, as long as the weights, that the rule keeps
    from step to step; `figures` is the number of its coefficients.
    """

    slots: int
    figures: int = 1

    @abstractmethod
    def coefficients(self, step: np.ndarray, rate: np.ndarray) -> list[np.ndarray]:
        """Figures that do not depend on the gradient.

        Parameters
        ----------
        step : numpy.ndarray
            Number of the step, from 1, any shape.
        rate : numpy.ndarray
            Learning rate, of the same shape.

        Returns
        -------
        list of numpy.ndarray
            Each of that shape.
        """

    @abstractmethod
    def move(
        self, weights: tf.Tensor, slots: Tensors, gradient: tf.Tensor, figures: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        """Take one step; `figures` are the coefficients, each of shape (members, 1)."""


@dataclass(frozen=True)
class Sgd(Rule):
    """Gradient descent, with momentum where it is not 0."""

    momentum: float

    @property
    def slots(self) -> int:  # type: ignore[override]
        return 1 if self.momentum else 0

    def coefficients(self, step: np.ndarray, rate: np.ndarray) -> list[np.ndarray]:
        return [rate]

    def move(
        self, weights: tf.Tensor, slots: Tensors, gradient: tf.Tensor, figures: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        (rate,) = figures
        if not self.momentum:
            return weights - gradient * rate, []
        velocity = slots[0] * self.momentum - gradient * rate
        return weights + velocity, [velocity]


@dataclass(frozen=True)
class RmsProp(Rule):
    """Steps scaled by a moving root mean square of the gradient."""

    slots = 1

    def coefficients(self, step: np.ndarray, rate: np.ndarray) -> list[np.ndarray]:
        return [rate]

    def move(
        self, weights: tf.Tensor, slots: Tensors, gradient: tf.Tensor, figures: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        (rate,) = figures
        velocity = RHO * slots[0] + (1 - RHO) * tf.square(gradient)
        return weights - rate * gradient * tf.math.rsqrt(velocity + EPSILON), [velocity]


@dataclass(frozen=True)
class Adam(Rule):
    """Moving means of the gradient and of its square, corrected for their start at 0."""

    slots = 2

    def coefficients(self, step: np.ndarray, rate: np.ndarray) -> list[np.ndarray]:
        return [rate * np.sqrt(1 - BETA_2**step) / (1 - BETA_1**step)]

    def move(
        self, weights: tf.Tensor, slots: Tensors, gradient: tf.Tensor, figures: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        mean, square = _moments(slots, gradient)
        step = mean * figures[0] / (tf.sqrt(square) + EPSILON)
        return weights - step, [mean, square]


@dataclass(frozen=True)
class AdamW(Rule):
    """Adam that first shrinks all weights by the rate times `weight_decay`."""

    weight_decay: float
    slots = 2
    figures = 2

    def coefficients(self, step: np.ndarray, rate: np.ndarray) -> list[np.ndarray]:
        return [*Adam().coefficients(step, rate), 1 - self.weight_decay * rate]

    def move(
        self, weights: tf.Tensor, slots: Tensors, gradient: tf.Tensor, figures: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        rate, kept = figures
        return Adam().move(weights * kept, slots, gradient, [rate])


@dataclass(frozen=True)
class Nadam(Rule):
    """Adam with Nesterov's momentum, whose coefficient rises from step to step."""

    slots = 2
    figures = 3

    def coefficients(self, step: np.ndarray, rate: np.ndarray) -> list[np.ndarray]:
        last = int(step.max()) + 1
        momenta = BETA_1 * (1 - 0.5 * NADAM_DECAY ** np.arange(1, last + 1))
        products = np.cumprod(momenta)
        # Entry t - 1 belongs to step t.
        now, ahead = step - 1, step
        return [
            rate * momenta[ahead] / (1 - products[ahead]),
            rate * (1 - momenta[now]) / (1 - products[now]),
            1 / np.sqrt(1 - BETA_2**step),
        ]

    def move(
        self, weights: tf.Tensor, slots: Tensors, gradient: tf.Tensor, figures: Tensors
    ) -> tuple[tf.Tensor, Tensors]:
        of_mean, of_gradient, of_root = figures
        mean, square = _moments(slots, gradient)
        step = mean * of_mean + gradient * of_gradient
        return weights - step / (tf.sqrt(square) * of_root + EPSILON), [mean, square]


def rule_of(training: TrainingSpec) -> Rule:
    """Return the rule of an optimizer; rules that compare equal share compiled code."""
    match training.optimizer:
        case Optimizer.ADAM:
            return Adam()
        case Optimizer.ADAMW:
            return AdamW(training.weight_decay)
        case Optimizer.NADAM:
            return Nadam()
        case Optimizer.RMSPROP:
            return RmsProp()
        case Optimizer.SGD:
            return Sgd(training.momentum)


def _moments(slots: Tensors, gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    mean, square = slots
    mean = mean + (gradient - mean) * (1 - BETA_1)
    square = square + (tf.square(gradient) - square) * (1 - BETA_2)
    return mean, square
