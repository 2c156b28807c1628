"""Learning-rate schedules."""

from __future__ import annotations

import numpy as np

from dnn_core.specs import Schedule, TrainingSpec


def rate_factors(training: TrainingSpec, *, epoch: int, steps: int) -> np.ndarray:
    """The factor of the learning rate in each step of an epoch.

    It follows Keras' `ExponentialDecay(staircase=True)` and `CosineDecay` (Loshchilov and
    Hutter 2017). The reduction on a plateau depends on losses; see `EarlyStopping`.

    Parameters
    ----------
    training : TrainingSpec
    epoch : int
        From 1.
    steps : int
        Number of steps of an epoch.

    Returns
    -------
    numpy.ndarray
        float64, shape (steps,).
    """
    match training.schedule:
        case Schedule.EXPONENTIAL:
            return np.full(steps, training.decay ** (epoch - 1))
        case Schedule.COSINE:
            taken = (epoch - 1) * steps + np.arange(steps)
            return 0.5 * (1 + np.cos(np.pi * taken / (steps * training.epochs)))
        case Schedule.CONSTANT | Schedule.PLATEAU:
            return np.ones(steps)
