"""Single steps of compiled programs, by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import raw_losses
from dnn_core.outcome.output import output_of
from dnn_core.specs import HiddenLayer, Kind, NetworkSpec
from dnn_core.training.optimizers import Sgd
from dnn_core.training.parameters import architecture_of
from dnn_core.training.program import (
    NARROWEST_GAP,
    Program,
    Recipe,
    Restraints,
    State,
    Steps,
    program_of,
    slopes,
)

LINEAR = NetworkSpec(hidden=())
NORMALISED = NetworkSpec(hidden=(HiddenLayer(units=2, batch_norm=True, activation="linear"),))


def recipe(
    network: NetworkSpec = LINEAR, *, scale: float = 1.0, kind: Kind = Kind.REGRESSION, **rest: bool
) -> Recipe:
    architecture = architecture_of([network], 1, output_of(kind, 4), scale)
    settings = {"pixels": False, "l1": False, "l2": False, "even": True, **rest}
    return Recipe(architecture=architecture, rule=Sgd(0.0), batch_size=2, **settings)


def steps(rows: object, shares: object, counts: object, rate: float = 0.1) -> Steps:
    """Of steps by members by cases."""
    rows = np.array(rows, dtype="int32")
    count, members, _ = rows.shape
    return Steps(
        tf.constant(rows),
        tf.constant(shares, tf.float32),
        tf.constant(counts, tf.float32),
        tf.fill((count, 1, members, 1), tf.constant(rate)),
        tf.zeros((count, members, 1, 1), tf.uint32),
    )


def restraints(l1: object = None, l2: object = None, members: int = 1) -> Restraints:
    none = tf.zeros((members, 0))
    return Restraints(
        none if l1 is None else tf.constant([l1] * members, tf.float32),
        none if l2 is None else tf.constant([l2] * members, tf.float32),
        tf.zeros((members, 1, 0)),
        tf.zeros((1, 2, 0), tf.uint32),
    )


X = np.array([[1], [3], [0], [0]], dtype="float32")
Y = np.array([2, 4, 0, 0], dtype="float32")


def one_step(asked: Recipe, weights: list, now: Steps, holds: Restraints, x: np.ndarray = X):
    state = State(tf.constant(weights, tf.float32), [], tf.zeros((len(weights), 0)))
    here = Steps(*(part[0] for part in now))
    return Program(asked)._step(tf.constant(x), tf.constant(Y), here, holds, state)


BOTH = steps([[[0, 1]]], [[[0.5, 0.5]]], [[2]])


def test_a_step_of_a_linear_regression_by_hand() -> None:
    # 2 x + 1 says 3 and 7 for 2 and 4: slopes 2 and 6, halved 1 and 3; times x 1 and 9.
    after, raw = one_step(recipe(), [[2, 1]], BOTH, restraints())
    assert raw.numpy()[0, :, 0].tolist() == [3, 7]
    assert after.weights.numpy() == pytest.approx(np.array([[2 - 1.0, 1 - 0.4]]))


def test_a_case_that_fills_up_a_batch_has_no_share() -> None:
    alone = steps([[[0, 0]]], [[[1, 0]]], [[1]])
    after, _ = one_step(recipe(), [[2, 1]], alone, restraints())
    assert after.weights.numpy() == pytest.approx(np.array([[2 - 0.2, 1 - 0.2]]))


@pytest.mark.parametrize(
    ("l1", "l2", "expected"),
    [
        # The slope of |w| is its sign, that of w² is 2 w.
        ([3, 0], None, [-2 + 0.6 + 0.3, 1 + 0.4]),
        (None, [0.5, 0], [-2 + 0.6 + 0.2, 1 + 0.4]),
        ([3, 1], [0.5, 2], [-2 + 0.6 + 0.3 + 0.2, 1 + 0.4 - 0.1 - 0.4]),
    ],
)
def test_penalties_pull_weights_towards_nought(
    l1: list | None, l2: list | None, expected: list[float]
) -> None:
    # -2 x + 1 says -1 and -5 where 2 and -4 is right: slopes -6 and -2, halved, and times x -6.
    asked = recipe(l1=l1 is not None, l2=l2 is not None)
    y = np.array([2, -4], dtype="float32")
    state = State(tf.constant([[-2.0, 1.0]]), [], tf.zeros((1, 0)))
    here = Steps(*(part[0] for part in BOTH))
    after, _ = Program(asked)._step(
        tf.constant(X[:2]), tf.constant(y), here, restraints(l1, l2), state
    )
    assert after.weights.numpy()[0] == pytest.approx(expected)


@pytest.mark.parametrize("even", [True, False])
def test_who_has_no_cases_left_stays_where_it_is(even: bool) -> None:
    now = steps([[[0, 1], [0, 0]]], [[[0.5, 0.5], [0, 0]]], [[2, 0]])
    # A penalty would move it.
    holds = restraints(l2=[1, 0], members=2)
    after, _ = one_step(recipe(even=even, l2=True), [[2, 1], [2, 1]], now, holds)
    moved = after.weights.numpy()[1] != [2, 1]
    assert moved.tolist() == [even, False]
    assert after.weights.numpy()[0] == pytest.approx([2 - 1.0 - 0.4, 1 - 0.4])


def test_one_case_alone_moves_a_network() -> None:
    alone = steps([[[0, 0]]], [[[1, 0]]], [[1]])
    after, _ = one_step(recipe(even=False), [[2, 1]], alone, restraints())
    assert after.weights.numpy()[0] == pytest.approx([2 - 0.2, 1 - 0.2])


def test_a_category_between_two_thresholds_has_hardly_a_chance() -> None:
    # At most what the docstring says: where the score lies half-way between them.
    between = np.diff(1 / (1 + np.exp([NARROWEST_GAP / 2, -NARROWEST_GAP / 2])))
    assert between == pytest.approx(0.00025, rel=1e-4)


def test_moving_statistics_keep_99_hundredths() -> None:
    asked = recipe(NORMALISED)
    # Kernel 1 and -2: signals 1 and 3, -2 and -6; means 2 and -4, variances 1 and 4.
    weights = tf.constant([[1.0, -2, 1, 1, 0, 0, 1, 1, 0]])
    state = State(weights, [], tf.constant([[10.0, 20, 1, 2]]))
    here = Steps(*(part[0] for part in BOTH))
    after, _ = Program(asked)._step(tf.constant(X), tf.constant(Y), here, restraints(), state)
    expected = 0.99 * np.array([10, 20, 1, 2]) + 0.01 * np.array([2, -4, 1, 4])
    assert after.statistics.numpy()[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("scale", "pixels", "expected"),
    [(1.0, False, [3, 7]), (0.5, False, [2, 4]), (2.0, True, [5, 13])],
)
def test_inputs_are_scaled_and_pixels_become_numbers(
    scale: float, pixels: bool, expected: list[float]
) -> None:
    program = program_of(recipe(scale=scale, pixels=pixels))
    raw = program.predict(
        tf.constant(X.astype("uint8" if pixels else "float32")),
        tf.constant([[0, 1]]),
        tf.constant([[2.0, 1.0]]),
        tf.zeros((1, 0)),
    )
    assert raw.numpy()[0, :, 0].tolist() == expected


@pytest.mark.training
def test_steps_of_a_block_follow_each_other_from_first_to_last() -> None:
    program = Program(recipe())
    now = steps([[[0, 1]], [[1, 0]], [[0, 1]]], [[[0.5, 0.5]]] * 3, [[2]] * 3)
    weights = tf.constant([[2.0, 1.0]])
    state = State(weights, [], tf.zeros((1, 0)))
    for first, last, taken in ((0, 2, 2), (1, 3, 2), (2, 3, 1), (1, 1, 0)):
        after, outputs = program.train(
            tf.constant(X),
            tf.constant(Y),
            now,
            restraints(),
            state,
            tf.constant(first),
            tf.constant(last),
        )
        expected = np.array([2.0, 1.0])
        for _ in range(taken):
            errors = X[:2, 0] * expected[0] + expected[1] - Y[:2]
            expected = expected - 0.1 * np.array([(errors * X[:2, 0]).sum(), errors.sum()])
        assert after.weights.numpy()[0] == pytest.approx(expected, rel=1e-5)
        assert outputs.shape == (3, 1, 2, 1)
        if first == 1 and taken:
            # The second step begins with the second case.
            assert outputs.numpy()[1, 0, :, 0].tolist() == [7, 3]
    # One trace fits all calls of a shape.
    assert len(program._traced) == 1


def test_thresholds_that_nearly_meet_are_kept_apart() -> None:
    output, outcome = output_of(Kind.ORDINAL, 4), outcome_of(Kind.ORDINAL)
    raw = np.array([[[1.0, 0.4, 0.4 - NARROWEST_GAP]]])
    for category in range(4):
        y = np.array([[category]])
        slope = slopes(output, tf.constant(y), tf.constant(raw, tf.float32)).numpy()[0, 0]
        for unit in range(3):
            step = 1e-6 * np.eye(3)[unit]
            above, below = (raw_losses(outcome, y, raw + sign * step) for sign in (1, -1))
            assert slope[unit] == pytest.approx(float(above[0, 0] - below[0, 0]) / 2e-6, rel=0.01)
    # Nearer still, or crossed, the slope that parts them is as steep, and no steeper.
    for gap in (0.0, NARROWEST_GAP / 2, -1.0):
        near = tf.constant([[[1.0, 0.4, 0.4 - gap]]], tf.float32)
        steep = slopes(output, tf.constant([[2]]), near).numpy()[0, 0]
        assert abs(steep[1]) == pytest.approx(1 / NARROWEST_GAP, rel=0.01)
