"""Rules on flat vectors beside Keras' own optimizers, step by step."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from dnn_core.network.fitting import optimizer_call
from dnn_core.network.model import make
from dnn_core.specs import Optimizer, TrainingSpec
from dnn_core.training.optimizers import rule_of

RATE = 0.01
ASKED = [
    *(TrainingSpec(optimizer=optimizer, learning_rate=RATE) for optimizer in Optimizer),
    TrainingSpec(optimizer=Optimizer.SGD, momentum=0, learning_rate=RATE),
    TrainingSpec(optimizer=Optimizer.ADAMW, weight_decay=0.3, learning_rate=RATE),
]
# A step far smaller than the constant that keeps roots from 0, none, and large ones.
SIZES = np.array([1e-8, 1e-6, 1e-4, 0.0, 1.0, 100.0], dtype="float32")


@pytest.mark.parametrize("training", ASKED, ids=lambda t: f"{t.optimizer} {t.momentum}")
def test_each_step_is_that_of_keras(training: TrainingSpec) -> None:
    rng = np.random.default_rng(2)
    rule = rule_of(training)
    optimizer = make(optimizer_call(training, steps_in_epoch=1, steps_in_all=8))
    start = rng.normal(size=(1, len(SIZES))).astype("float32")
    variable = keras.Variable(start)
    weights = tf.constant(start)
    slots = [tf.zeros_like(weights)] * rule.slots
    for step in range(1, 9):
        gradient = tf.constant(SIZES * rng.normal(size=start.shape).astype("float32"))
        optimizer.apply([gradient], [variable])
        figures = rule.coefficients(np.array([step]), np.array([RATE]))
        assert len(figures) == rule.figures
        now = [tf.constant(figure.astype("float32")) for figure in figures]
        weights, slots = rule.move(weights, slots, gradient, now)
        assert len(slots) == rule.slots
        moved, expected = weights.numpy() - start, variable.numpy() - start
        assert moved == pytest.approx(expected, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("training", ASKED, ids=lambda t: f"{t.optimizer} {t.momentum}")
def test_steps_may_be_planned_together(training: TrainingSpec) -> None:
    rule = rule_of(training)
    steps, rates = np.arange(4, 9), np.linspace(0.1, 0.2, 5)
    together = np.stack(rule.coefficients(steps, rates))
    alone = [
        np.stack(rule.coefficients(steps[i : i + 1], rates[i : i + 1]))[:, 0] for i in range(5)
    ]
    np.testing.assert_allclose(together.T, alone)
