"""Losses of raw outputs: their slopes by differences, and the engine's slopes against them."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import (
    linear_losses,
    linear_slopes,
    number_losses,
    predictions_of,
    raw_losses,
)
from dnn_core.outcome.output import output_of
from dnn_core.outcome.row import Loss
from dnn_core.specs import Kind

CASES = 12
OF_ONE_OUTPUT = [loss for loss in Loss if loss is not Loss.CROSS_ENTROPY]
STEP = 1e-5


def sample(kind: Kind, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes as they are learnt, shape (2, cases), and raw outputs, (2, cases, units)."""
    rng = np.random.default_rng(seed)
    output = output_of(kind, 4)
    raw = rng.normal(size=(2, CASES, output.raw_units))
    if output.ordered:
        raw = -np.sort(-raw, axis=2) + [1.0, 0.0, -1.0]
    if outcome_of(kind).is_categorical:
        classes = 2 if kind is Kind.BINARY else 4
        observed = rng.integers(classes, size=(2, CASES))
        return observed + 0.0 if kind is Kind.BINARY else observed, raw
    return rng.gamma(2.0, size=(2, CASES)), raw


@pytest.mark.parametrize("loss", OF_ONE_OUTPUT)
def test_slopes_are_those_of_the_loss(loss: Loss) -> None:
    rng = np.random.default_rng(1)
    y, linear = rng.integers(2, size=CASES) + 0.0, rng.normal(size=CASES)
    y = y if loss is Loss.BINARY_CROSS_ENTROPY else rng.gamma(2.0, size=CASES)
    slope, curvature = linear_slopes(loss, y, linear)
    above, below = (linear_losses(loss, y, linear + sign * STEP) for sign in (1, -1))
    assert slope == pytest.approx((above - below) / (2 * STEP), abs=1e-8)
    above, below = (linear_slopes(loss, y, linear + sign * STEP)[0] for sign in (1, -1))
    assert curvature == pytest.approx((above - below) / (2 * STEP), abs=1e-8)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_engine_moves_by_the_slopes_of_the_loss(kind: Kind) -> None:
    import tensorflow as tf

    from dnn_core.training.program import slopes

    (y, raw), outcome = sample(kind), outcome_of(kind)
    # The engine counts in float32.
    learnt = tf.constant(y.astype("float32" if y.dtype.kind == "f" else "int32"))
    slope = slopes(output_of(kind, 4), learnt, tf.constant(raw.astype("float32"))).numpy()
    for unit in range(raw.shape[2]):
        moved = STEP * np.eye(raw.shape[2])[unit]
        above, below = (raw_losses(outcome, y, raw + sign * moved) for sign in (1, -1))
        assert slope[..., unit] == pytest.approx((above - below) / (2 * STEP), abs=1e-5)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind.numeric])
def test_the_deviance_is_twice_what_the_loss_lacks(kind: Kind) -> None:
    y, raw = sample(kind)
    outcome = outcome_of(kind)
    predicted = predictions_of(outcome, raw)[..., 0]
    # The least loss is where what is observed is predicted.
    at_best = y if kind is Kind.REGRESSION else np.log(y)
    lacking = raw_losses(outcome, y, raw) - linear_losses(outcome.loss, y, at_best)
    twice = 1 if outcome.loss is Loss.SQUARED_ERROR else 2
    assert number_losses(outcome, y, predicted) == pytest.approx(twice * lacking)
