"""The factor of the learning rate, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.specs import Schedule, TrainingSpec
from dnn_core.training.rates import rate_factors


@pytest.mark.parametrize(
    ("schedule", "epoch", "expected"),
    [
        (Schedule.CONSTANT, 3, [1, 1]),
        (Schedule.PLATEAU, 3, [1, 1]),
        (Schedule.EXPONENTIAL, 1, [1, 1]),
        (Schedule.EXPONENTIAL, 3, [0.49, 0.49]),
        # Two epochs of two steps: half a cosine in four parts, at 0, 45, 90 and 135 degrees.
        (Schedule.COSINE, 1, [1, (1 + 0.5**0.5) / 2]),
        (Schedule.COSINE, 2, [0.5, (1 - 0.5**0.5) / 2]),
    ],
)
def test_by_hand(schedule: Schedule, epoch: int, expected: list[float]) -> None:
    training = TrainingSpec(schedule=schedule, decay=0.7, epochs=2)
    factors = rate_factors(training, epoch=epoch, steps=2)
    assert factors == pytest.approx(np.array(expected), abs=1e-12)
