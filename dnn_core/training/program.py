"""The compiled functions of one architecture: steps of an epoch, and predictions.

All members take their steps in the same call. Their weights are the rows of one
matrix; cut into layers they are stacks of kernels, and a layer is one batched matrix
product. Steps are compiled by XLA, which fuses what lies between the products: with
small networks that is most of the time
(docs/decisions/0005-one-engine-for-many-networks.md).

XLA compiles for fixed shapes. So cases are padded, steps come in blocks of a few
sizes, and a batch that is not full, or a member that takes no step, is masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, assert_never

import tensorflow as tf

from dnn_core.outcome.output import Output
from dnn_core.outcome.row import Loss
from dnn_core.training.forward_pass import BATCH_NORM_MOMENTUM, Batch, dropout_masks, pass_forward
from dnn_core.training.optimizers import Rule
from dnn_core.training.parameters import Architecture

NARROWEST_GAP = 1e-3
"""Between two thresholds: a category between them has a probability of 0.00025 at most."""

PROGRAMS_KEPT = 64
"""Architectures whose compiled functions a process keeps; a few megabytes each."""


@dataclass(frozen=True)
class Recipe:
    """The settings that determine the operations of a training step.

    `even` says that all members take the same number of steps in an epoch; otherwise a
    member that is done stays unchanged while others continue.
    """

    architecture: Architecture
    rule: Rule
    batch_size: int
    pixels: bool
    l1: bool
    l2: bool
    even: bool


class Steps(NamedTuple):
    """A block of steps; s steps, m members, b cases of a batch.

    rows : row numbers of the cases, int32, shape (s, m, b).
    shares : the factor of a case's loss in that of its batch: its weight by the number of the
        batch's cases, as in Keras; 0 where there is no case, shape (s, m, b).
    counts : number of cases of each batch, 0 where a member takes no step, shape (s, m).
    figures : the rule's coefficients, shape (s, coefficients, m, 1).
    keys : keys of dropout by step and member, uint32, shape (s, m, 1, 1).
    """

    rows: Any
    shares: Any
    counts: Any
    figures: Any
    keys: Any


class Restraints(NamedTuple):
    """Dropout rates and penalties, one row per member.

    l1, l2 : penalty of each weight, shape (m, weights); (m, 0) where there is none.
    rates : dropout rate of each unit that may be dropped, shape (m, 1, units).
    places : a number for each case of a batch and unit, uint32, shape (1, b, units).
    """

    l1: Any
    l2: Any
    rates: Any
    places: Any


class State(NamedTuple):
    """The state that changes from step to step, one row per member."""

    weights: Any
    slots: list[Any]
    statistics: Any


@lru_cache(maxsize=PROGRAMS_KEPT)
def program_of(recipe: Recipe) -> Program:
    """Return the compiled functions of a recipe, the same ones throughout a process."""
    return Program(recipe)


class Program:
    """Functions that take and give tensors only, compiled once for each set of shapes."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._architecture = recipe.architecture
        self._traced: dict[tuple[int, ...], Any] = {}
        self._steps = tf.function(
            self._take_steps, autograph=False, jit_compile=tf.test.is_built_with_xla()
        )
        self.predict = tf.function(self._predict, autograph=False).get_concrete_function(
            tf.TensorSpec(
                (None, recipe.architecture.inputs), tf.uint8 if recipe.pixels else tf.float32
            ),
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None, recipe.architecture.size), tf.float32),
            tf.TensorSpec((None, sum(w.size for w in recipe.architecture.statistics)), tf.float32),
        )

    def train(
        self,
        x: tf.Tensor,
        y: tf.Tensor,
        steps: Steps,
        restraints: Restraints,
        state: State,
        first: tf.Tensor,
        last: tf.Tensor,
    ) -> tuple[State, tf.Tensor]:
        """Take the steps from `first` up to, not including, `last` of a block.

        Returns
        -------
        tuple
            The state after the last step; raw outputs as they were before each step,
            shape (s, m, b, units), 0 for steps that were not taken.
        """
        # To look up the fitting trace at each call takes longer than an epoch of a small
        # network, so concrete functions are kept here.
        shape = (*x.shape, *steps.rows.shape)
        call = self._traced.get(shape)
        if call is None:
            call = self._steps.get_concrete_function(x, y, steps, restraints, state, first, last)
            self._traced[shape] = call
        return call(x, y, steps, restraints, state, first, last)

    def _take_steps(
        self,
        x: tf.Tensor,
        y: tf.Tensor,
        steps: Steps,
        restraints: Restraints,
        state: State,
        first: tf.Tensor,
        last: tf.Tensor,
    ) -> tuple[State, tf.Tensor]:
        count, members, batch = steps.rows.shape
        units = self._architecture.output.raw_units
        outputs = tf.TensorArray(tf.float32, size=count, element_shape=(members, batch, units))

        def step(number: tf.Tensor, before: State, outputs: tf.TensorArray) -> tuple[Any, ...]:
            now = Steps(*(tf.gather(values, number) for values in steps))
            after, raw = self._step(x, y, now, restraints, before)
            return number + 1, after, outputs.write(number, raw)

        _, state, outputs = tf.while_loop(
            lambda number, *_: number < last,
            step,
            (first, state, outputs),
            # Steps depend on each other; more iterations at once only cost time.
            parallel_iterations=1,
        )
        return state, outputs.stack()

    def _step(
        self, x: tf.Tensor, y: tf.Tensor, now: Steps, restraints: Restraints, before: State
    ) -> tuple[State, tf.Tensor]:
        """One step of every member that has cases left; fields of `now` lack the first axis."""
        masks = dropout_masks(self._architecture, restraints.rates, restraints.places, now.keys)
        batch = Batch(now.counts, masks)
        with tf.GradientTape() as tape:
            tape.watch(before.weights)
            raw, moments = pass_forward(
                self._architecture, before.weights, self._read(x, now.rows), batch=batch
            )
        slope = slopes(self._architecture.output, tf.gather(y, now.rows), raw)
        slope = slope * now.shares[:, :, tf.newaxis]
        gradient = tape.gradient(raw, before.weights, output_gradients=slope)
        if self._recipe.l1:
            gradient += restraints.l1 * tf.sign(before.weights)
        if self._recipe.l2:
            gradient += 2 * restraints.l2 * before.weights
        figures = tf.unstack(now.figures, num=self._recipe.rule.figures)
        weights, slots = self._recipe.rule.move(before.weights, before.slots, gradient, figures)
        statistics = before.statistics
        if moments:
            kept = statistics * BATCH_NORM_MOMENTUM
            statistics = kept + tf.concat(moments, axis=1) * (1 - BATCH_NORM_MOMENTUM)
        after = State(weights, slots, statistics)
        if not self._recipe.even:
            moves = now.counts[:, tf.newaxis] > 0
            after = tf.nest.map_structure(lambda new, old: tf.where(moves, new, old), after, before)
        return after, raw

    def _predict(
        self, x: tf.Tensor, rows: tf.Tensor, weights: tf.Tensor, statistics: tf.Tensor
    ) -> tf.Tensor:
        """Raw outputs, shape (m, cases, units), for the rows of each member, shape (m, cases)."""
        raw, _ = pass_forward(
            self._architecture, weights, self._read(x, rows), statistics=statistics
        )
        return raw

    def _read(self, x: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Cases of each member; grey values stay bytes until they are needed."""
        gathered = tf.gather(x, rows)
        if self._recipe.pixels:
            gathered = tf.cast(gathered, tf.float32)
        scale = self._architecture.input_scale
        return gathered if scale == 1.0 else gathered * scale


def slopes(output: Output, observed: tf.Tensor, raw: tf.Tensor) -> tf.Tensor:
    """Gradient of each case's loss by its raw outputs, shape (m, cases, units).

    It follows from the loss and the link; in NumPy the losses of one raw output have theirs
    in `dnn_core.outcome.losses.linear_slopes`.

    Parameters
    ----------
    output : Output
    observed : tf.Tensor
        Coded outcome, shape (m, cases).
    raw : tf.Tensor
        Shape (m, cases, units).
    """
    match output.loss:
        case Loss.SQUARED_ERROR:
            return 2 * (raw - observed[:, :, tf.newaxis])
        case Loss.POISSON:
            return tf.exp(raw) - observed[:, :, tf.newaxis]
        case Loss.GAMMA:
            return 1 - observed[:, :, tf.newaxis] * tf.exp(-raw)
        case Loss.BINARY_CROSS_ENTROPY:
            return tf.sigmoid(raw) - observed[:, :, tf.newaxis]
        case Loss.CROSS_ENTROPY if output.ordered:
            return _cumulative_slope(observed, raw)
        case Loss.CROSS_ENTROPY:
            return tf.nn.softmax(raw) - tf.one_hot(observed, raw.shape[2])
        case never:
            assert_never(never)


def _cumulative_slope(observed: tf.Tensor, raw: tf.Tensor) -> tf.Tensor:
    """Slope of minus the log of a category's probability, sigmoid(a) - sigmoid(b).

    With a > b the raw outputs at its two thresholds, that is
    log sigmoid(a) + log sigmoid(-b) + log(1 - exp(b - a)), which stays exact where both
    sigmoids are nearly the same. Where a step has brought two thresholds too near to each
    other, or past, the gap is taken for `NARROWEST_GAP`, so that the next ones part them.
    """
    gap = tf.maximum(raw[:, :, :-1] - raw[:, :, 1:], NARROWEST_GAP)
    apart = 1 / tf.math.expm1(gap)
    none = tf.zeros_like(raw[:, :, :1])
    # The lowest category has no threshold below it, the highest none above.
    as_upper = tf.sigmoid(raw) + tf.concat([none, apart], axis=2)
    as_lower = -tf.sigmoid(-raw) - tf.concat([apart, none], axis=2)
    classes = raw.shape[2] + 1
    at = tf.one_hot(observed, classes)
    return as_upper * at[:, :, :-1] + as_lower * at[:, :, 1:]
