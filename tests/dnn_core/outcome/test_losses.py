"""Losses of raw outputs: their slopes by differences, and the engine's slopes against them."""

from __future__ import annotations

import numpy as np
import pytest

from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import (
    impossible,
    linear_losses,
    linear_slopes,
    log_losses,
    number_losses,
    prediction_losses,
    predictions_of,
    ranked_probability_scores,
    raw_losses,
    squared_errors,
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


@pytest.mark.parametrize(
    ("loss", "y", "linear", "expected"),
    [
        (Loss.SQUARED_ERROR, 3.0, 1.0, 4.0),
        (Loss.BINARY_CROSS_ENTROPY, 1.0, np.log(3.0), -np.log(0.75)),
        (Loss.BINARY_CROSS_ENTROPY, 0.0, np.log(3.0), -np.log(0.25)),
        (Loss.BINARY_CROSS_ENTROPY, 0.0, 1000.0, 1000.0),
        # An expected 2 of 3: 2 - 3 log 2, and 3 / 2 + log 2.
        (Loss.POISSON, 3.0, np.log(2.0), 2 - 3 * np.log(2.0)),
        (Loss.GAMMA, 3.0, np.log(2.0), 1.5 + np.log(2.0)),
    ],
)
def test_losses_by_hand(loss: Loss, y: float, linear: float, expected: float) -> None:
    assert linear_losses(loss, np.array([y]), np.array([linear])) == pytest.approx([expected])


def test_several_categories_have_no_single_output() -> None:
    for function in (linear_losses, linear_slopes):
        with pytest.raises(ValueError, match="several raw outputs"):
            function(Loss.CROSS_ENTROPY, np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match="log_losses"):
        number_losses(outcome_of(Kind.BINARY), np.ones(1), np.ones(1))


@pytest.mark.parametrize("kind", list(Kind))
def test_raw_losses_are_those_of_predictions(kind: Kind) -> None:
    (y, raw), outcome = sample(kind), outcome_of(kind)
    predicted = predictions_of(outcome, raw)
    losses = raw_losses(outcome, y, raw.astype("float32"))
    assert losses.shape == (2, CASES)
    for observed, said, linear, own in zip(y, predicted, raw, losses, strict=True):
        if outcome.is_categorical:
            whole = np.column_stack([1 - said, said]) if kind is Kind.BINARY else said
            expected = prediction_losses(outcome, observed.astype("int64"), whole)
        else:
            expected = linear_losses(outcome.loss, observed, linear[:, 0])
        assert own == pytest.approx(expected, rel=1e-5)


def test_inverse_links_by_hand() -> None:
    raw = np.log(np.array([[3.0, 1.0]]))
    assert predictions_of(outcome_of(Kind.REGRESSION), raw) is raw
    assert predictions_of(outcome_of(Kind.COUNT), raw) == pytest.approx(np.array([[3.0, 1.0]]))
    assert predictions_of(outcome_of(Kind.BINARY), raw) == pytest.approx(np.array([[0.75, 0.5]]))
    softmax = predictions_of(outcome_of(Kind.MULTICLASS), raw)
    assert softmax == pytest.approx(np.array([[0.75, 0.25]]))
    # Above the first threshold 0.75, above the second 0.5.
    ordered = predictions_of(outcome_of(Kind.ORDINAL), raw)
    assert ordered == pytest.approx(np.array([[0.25, 0.25, 0.5]]))
    # Where thresholds have crossed nothing lies between them.
    crossed = predictions_of(outcome_of(Kind.ORDINAL), raw[:, ::-1])
    assert crossed == pytest.approx(np.array([[0.5, 0.0, 0.75]]))
    loss = raw_losses(outcome_of(Kind.ORDINAL), np.array([1]), raw[:, ::-1])
    assert loss == pytest.approx([-np.log(1e-7)])


def test_losses_of_numbers_by_hand() -> None:
    three, two = np.array([3.0]), np.array([2.0])
    assert number_losses(outcome_of(Kind.REGRESSION), three, two) == pytest.approx([1.0])
    assert number_losses(outcome_of(Kind.COUNT), three, two) == pytest.approx(
        [2 * (3 * np.log(1.5) - 1)]
    )
    assert number_losses(outcome_of(Kind.AMOUNT), three, two) == pytest.approx(
        [2 * (0.5 - np.log(1.5))]
    )
    # None of a count where 2 are expected, and what was expected never to happen.
    assert number_losses(outcome_of(Kind.COUNT), 0 * two, two) == pytest.approx([4.0])
    never = number_losses(outcome_of(Kind.COUNT), two, 0 * two)
    assert never == pytest.approx([2 * (2 * np.log(2e7) - 2 + 1e-7)])
    # An amount keeps its unit: only what single precision cannot tell from 0 is taken for more.
    assert number_losses(outcome_of(Kind.AMOUNT), 3e-30 * two, 2e-30 * two) == pytest.approx(
        number_losses(outcome_of(Kind.AMOUNT), 3 * two, 2 * two)
    )
    tiny = float(np.finfo("float32").tiny)
    assert number_losses(outcome_of(Kind.AMOUNT), np.array([tiny]), np.array([0.0])) == 0.0


def test_losses_of_categories_by_hand() -> None:
    p, y = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), np.array([1, 0, 2])
    assert log_losses(y, p) == pytest.approx([-np.log(0.5), 1e-7, -np.log(1e-7)], rel=1e-6)
    assert squared_errors(outcome_of(Kind.MULTICLASS), y, p) == pytest.approx([0.38, 0.0, 2.0])
    two = squared_errors(outcome_of(Kind.BINARY), np.array([1, 0]), np.array([[0.3, 0.7]] * 2))
    assert two == pytest.approx([0.09, 0.49])
    # Below both thresholds: 0.2 and 0.7 where 0 and 1 are right; 1 and 1 of both, and of none.
    assert ranked_probability_scores(y, p) == pytest.approx([(0.04 + 0.09) / 2, 0.0, 1.0])


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        (Kind.REGRESSION, []),
        (Kind.COUNT, [-2.0, -0.5, 0.5, np.nan]),
        (Kind.AMOUNT, [-2.0, -0.5, 0.0, np.nan]),
    ],
)
def test_numbers_that_cannot_be(kind: Kind, refused: list[float]) -> None:
    values = np.array([-2.0, -0.5, 0.0, 0.5, 1.0, 7.0, np.nan])
    found = impossible(outcome_of(kind), values)
    assert found.dtype == bool
    assert values[found] == pytest.approx(refused, nan_ok=True)


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
