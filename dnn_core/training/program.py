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
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from dnn_core.training.optimizers import Rule
from dnn_core.training.parameters import Architecture, Layer

BATCH_NORM_MOMENTUM = 0.99
BATCH_NORM_EPSILON = 1e-3
"""Keras' defaults."""

NARROWEST_GAP = 1e-3
"""Between two thresholds: a category between them has a probability of 0.00025 at most."""

PROGRAMS_KEPT = 64
"""Architectures whose compiled functions a process keeps; a few megabytes each."""


@dataclass(frozen=True)
class Recipe:
    """What decides which operations a training step consists of.

    `even` says that all members take the same number of steps in an epoch; otherwise
    those that have come to their end are left as they are while others go on.
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
    shares : what a case's loss adds to that of its batch: its weight by the number of the
        batch's cases, whatever theirs, as Keras has it; 0 where there is no case, (s, m, b).
    counts : number of cases of each batch, 0 where a member takes no step, shape (s, m).
    figures : the rule's coefficients, shape (s, coefficients, m, 1).
    keys : what makes dropout differ by step and member, uint32, shape (s, m, 1, 1).
    """

    rows: Any
    shares: Any
    counts: Any
    figures: Any
    keys: Any


class Restraints(NamedTuple):
    """What holds members back, one row for each.

    l1, l2 : penalty of each weight, shape (m, weights); (m, 0) where there is none.
    rates : dropout rate of each unit that may be dropped, shape (m, 1, units).
    places : a number for each case of a batch and unit, uint32, shape (1, b, units).
    """

    l1: Any
    l2: Any
    rates: Any
    places: Any


class State(NamedTuple):
    """What changes from step to step, one row for each member."""

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
        # Finding out at each call which trace fits takes longer than an epoch of a small
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
            # Steps follow each other; looking ahead only costs time.
            parallel_iterations=1,
        )
        return state, outputs.stack()

    def _step(
        self, x: tf.Tensor, y: tf.Tensor, now: Steps, restraints: Restraints, before: State
    ) -> tuple[State, tf.Tensor]:
        """One step of every member that has cases left; fields of `now` lack the first axis."""
        batch = _Batch(now.counts, self._masks(restraints, now.keys))
        with tf.GradientTape() as tape:
            tape.watch(before.weights)
            raw, moments = self._forward(before.weights, self._read(x, now.rows), batch=batch)
        slope = self._slope(tf.gather(y, now.rows), raw) * now.shares[:, :, tf.newaxis]
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
        raw, _ = self._forward(weights, self._read(x, rows), statistics=statistics)
        return raw

    def _read(self, x: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Cases of each member; grey values stay bytes until they are needed."""
        gathered = tf.gather(x, rows)
        if self._recipe.pixels:
            gathered = tf.cast(gathered, tf.float32)
        scale = self._architecture.input_scale
        return gathered if scale == 1.0 else gathered * scale

    def _masks(self, restraints: Restraints, keys: tf.Tensor) -> list[tf.Tensor]:
        """What units are multiplied with, one tensor for each place of dropout.

        The bits follow from place, member, epoch and step alone. So what a member sees
        depends neither on its company nor on where training was resumed.
        """
        widths = self._architecture.droppable
        if not widths:
            return []
        bits = scramble(tf.bitwise.bitwise_xor(restraints.places, keys))
        # 24 bits are what a float32 holds exactly.
        share = tf.cast(tf.bitwise.right_shift(bits, _uint32(8)), tf.float32) * 2.0**-24
        kept = tf.cast(share >= restraints.rates, tf.float32) / (1 - restraints.rates)
        return tf.split(kept, widths, axis=2)

    def _forward(
        self,
        weights: tf.Tensor,
        cases: tf.Tensor,
        *,
        statistics: tf.Tensor | None = None,
        batch: _Batch | None = None,
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Raw outputs, shape (m, cases, k), and the batch's moments.

        With a batch the network trains: units are dropped, and batch normalisation takes
        the moments of the batch and gives them back in the order of `statistics`.
        """
        architecture = self._architecture
        pieces = iter(
            tf.reshape(piece, (-1, *(shape if len(shape) == 2 else (1, *shape))))
            for piece, shape in zip(
                tf.split(weights, [weight.size for weight in architecture.weights], axis=1),
                [weight.shape for weight in architecture.weights],
                strict=True,
            )
        )
        moving = iter(self._split_statistics(statistics))
        drop = iter(batch.masks if batch else ())
        moments: list[tf.Tensor] = []
        signal = cases
        if architecture.input_dropout and batch:
            signal = signal * next(drop)
        for layer in architecture.layers:
            signal = tf.matmul(signal, next(pieces))
            if layer.batch_norm:
                if batch:
                    mean, variance = _moments(signal, batch.counts)
                    moments += [mean[:, 0], variance[:, 0]]
                else:
                    mean, variance = next(moving), next(moving)
                signal = _normalise(signal, mean, variance, next(pieces), next(pieces))
            else:
                signal += next(pieces)
            signal = _activate(layer, signal)
            if layer.dropout and batch:
                signal = signal * next(drop)
        return signal, moments

    def _split_statistics(self, statistics: tf.Tensor | None) -> list[tf.Tensor]:
        sizes = [weight.size for weight in self._architecture.statistics]
        if statistics is None or not sizes:
            return []
        return [piece[:, tf.newaxis, :] for piece in tf.split(statistics, sizes, axis=1)]

    def _slope(self, observed: tf.Tensor, raw: tf.Tensor) -> tf.Tensor:
        """How each case's loss changes with its raw outputs, shape (m, cases, units).

        Predicted minus observed where the output's activation is the canonical link of its
        loss (McCullagh and Nelder 1989), which the cumulative link is not; the squared error
        is not halved.
        """
        match self._architecture.output.activation:
            case "linear":
                return 2 * (raw - observed[:, :, tf.newaxis])
            case "exponential":
                return tf.exp(raw) - observed[:, :, tf.newaxis]
            case "sigmoid":
                return tf.sigmoid(raw) - observed[:, :, tf.newaxis]
            case "softmax":
                return tf.nn.softmax(raw) - tf.one_hot(observed, raw.shape[2])
            case "cumulative":
                return _cumulative_slope(observed, raw)
            case activation:
                raise ValueError(f"The engine does not know the activation {activation!r}.")


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


def _moments(signal: tf.Tensor, counts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and variance of each unit over the first cases of a batch, shape (m, 1, units)."""
    present = tf.range(signal.shape[1], dtype=tf.float32) < counts[:, tf.newaxis]
    share = 1 / tf.maximum(counts, 1.0)
    shares = tf.where(present, share[:, tf.newaxis], 0.0)[:, :, tf.newaxis]
    mean = tf.reduce_sum(signal * shares, axis=1, keepdims=True)
    # Around the mean deviations sum to 0, so it adds nothing to the gradient.
    distance = tf.math.squared_difference(signal, tf.stop_gradient(mean))
    return mean, tf.reduce_sum(distance * shares, axis=1, keepdims=True)


def _normalise(
    signal: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor
) -> tf.Tensor:
    """Batch normalisation (Ioffe and Szegedy 2015), each member with its own moments."""
    scale = gamma * tf.math.rsqrt(variance + BATCH_NORM_EPSILON)
    return signal * scale + (beta - mean * scale)


def _activate(layer: Layer, signal: tf.Tensor) -> tf.Tensor:
    if layer.activation == "linear":
        return signal
    return keras.activations.get(layer.activation)(signal)


def scramble(bits: tf.Tensor) -> tf.Tensor:
    """Return bits that look random, different ones for different bits.

    The finaliser "lowbias32" (Wellons 2018), in the manner of MurmurHash3. XLA's own
    random numbers would take several times as long as the network.
    """
    bits = _fold(bits, 16) * _uint32(0x7FEB352D)
    bits = _fold(bits, 15) * _uint32(0x846CA68B)
    return _fold(bits, 16)


def _fold(bits: tf.Tensor, by: int) -> tf.Tensor:
    return tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, _uint32(by)))


def _uint32(value: int) -> tf.Tensor:
    return tf.constant(value, tf.uint32)


class _Batch(NamedTuple):
    """A batch that is learnt from.

    counts : number of its cases, shape (m,).
    masks : what units are multiplied with.
    """

    counts: tf.Tensor
    masks: list[tf.Tensor]
