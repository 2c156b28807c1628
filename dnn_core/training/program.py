"""The compiled functions of one architecture: a stretch of an epoch, and predictions.

All members take their steps in the same call. Their weights are the rows of one
matrix; cut into layers they are stacks of kernels, and a layer is one batched matrix
product. The number of members is left open, so that members come and go without a new
trace, and the same function serves one network and a hundred.

Graphs, not XLA: on a processor XLA's batched products and its compilation cost more
than it saves (docs/decisions/0005-one-engine-for-many-networks.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import keras
import tensorflow as tf

from dnn_core.training.optimizers import Rule
from dnn_core.training.parameters import Architecture, Layer

BATCH_NORM_MOMENTUM = 0.99
BATCH_NORM_EPSILON = 1e-3
"""Keras' defaults."""

PROGRAMS_KEPT = 64
"""Architectures whose compiled functions a process keeps; a few megabytes each."""


@dataclass(frozen=True)
class Recipe:
    """What decides which operations a training step consists of."""

    architecture: Architecture
    rule: Rule
    batch_size: int
    pixels: bool
    weighted: bool
    l1: bool
    l2: bool


@lru_cache(maxsize=PROGRAMS_KEPT)
def program_of(recipe: Recipe) -> Program:
    """Return the compiled functions of a recipe, traced once in a process."""
    return Program(recipe)


class Program:
    """Compiled functions; `train` and `predict` take and give tensors only.

    Shapes below: m members, n training cases of each, k output units, P weights,
    S moving statistics.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._architecture = recipe.architecture
        size = recipe.architecture.size
        moving = sum(weight.size for weight in recipe.architecture.statistics)
        droppable = sum(recipe.architecture.droppable)
        inputs = tf.uint8 if recipe.pixels else tf.float32
        categories = recipe.architecture.output.loss == "sparse_categorical_crossentropy"
        table = tf.TensorSpec((None, recipe.architecture.inputs), inputs)
        rows = tf.TensorSpec((None, None), tf.int32)
        weights = tf.TensorSpec((None, size), tf.float32)
        statistics = tf.TensorSpec((None, moving), tf.float32)
        whole = tf.TensorSpec((), tf.int32)
        self.train = tf.function(
            self._train,
            autograph=False,
            input_signature=[
                table,
                tf.TensorSpec((None,), tf.int32 if categories else tf.float32),
                rows,
                tf.TensorSpec((None, None), tf.float32),
                weights,
                [weights] * recipe.rule.slots,
                statistics,
                tf.TensorSpec((None, None, None, 1), tf.float32),
                tf.TensorSpec((None, size if recipe.l1 else 0), tf.float32),
                tf.TensorSpec((None, size if recipe.l2 else 0), tf.float32),
                tf.TensorSpec((None, 1, droppable), tf.float32),
                tf.TensorSpec((None, 1, 1), tf.uint32),
                whole,
                whole,
                whole,
            ],
        )
        self.predict = tf.function(
            self._predict, autograph=False, input_signature=[table, rows, weights, statistics]
        )

    def _train(
        self,
        x: tf.Tensor,
        y: tf.Tensor,
        rows: tf.Tensor,
        case_weights: tf.Tensor,
        weights: tf.Tensor,
        slots: list[tf.Tensor],
        statistics: tf.Tensor,
        figures: tf.Tensor,
        l1: tf.Tensor,
        l2: tf.Tensor,
        rates: tf.Tensor,
        keys: tf.Tensor,
        epoch: tf.Tensor,
        first: tf.Tensor,
        last: tf.Tensor,
    ) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor, tf.Tensor, tf.Tensor]:
        """Take the steps from `first` up to, not including, `last` of an epoch.

        Parameters
        ----------
        x, y : tf.Tensor
            All cases that any member uses, shapes (cases, inputs) and (cases,).
        rows : tf.Tensor
            Row numbers in the order of this epoch, shape (m, n).
        case_weights : tf.Tensor
            Weights in the same order, shape (m, n); (m, 0) where cases count the same.
        weights, slots, statistics : tf.Tensor
            State, shapes (m, P) and (m, S).
        figures : tf.Tensor
            The rule's coefficients, shape (steps of the epoch, coefficients, m, 1).
        l1, l2 : tf.Tensor
            Penalty of each weight, shape (m, P); (m, 0) where there is none.
        rates : tf.Tensor
            Dropout rate of each unit that may be dropped, shape (m, 1, units).
        keys : tf.Tensor
            What makes a member's dropout its own, shape (m, 1, 1).

        Returns
        -------
        tuple
            Weights, slots and statistics after the last step; the loss of each step's
            batch, shape (steps, m); raw outputs as they were before each step, shape
            (cases of these steps, m, k).
        """
        recipe = self._recipe
        cases = tf.shape(rows)[1]
        outputs = tf.TensorArray(
            tf.float32,
            size=last - first,
            infer_shape=False,
            element_shape=(None, None, self._architecture.output.units),
        )

        def step(
            number: tf.Tensor,
            weights: tf.Tensor,
            slots: list[tf.Tensor],
            statistics: tf.Tensor,
            losses: tf.TensorArray,
            outputs: tf.TensorArray,
        ) -> tuple[Any, ...]:
            start = number * recipe.batch_size
            stop = tf.minimum(start + recipe.batch_size, cases)
            chosen = rows[:, start:stop]
            masks = self._masks(rates, keys, epoch, number, stop - start)
            observed = tf.gather(y, chosen)
            with tf.GradientTape() as tape:
                tape.watch(weights)
                raw, moments = self._forward(weights, self._read(x, chosen), masks=masks)
                each = self._losses(observed, raw)
                if recipe.weighted:
                    each = each * case_weights[:, start:stop]
                # By the number of cases, whatever their weights: as Keras does.
                loss = tf.reduce_mean(each, axis=1)
                if recipe.l1:
                    loss += tf.reduce_sum(l1 * tf.abs(weights), axis=1)
                if recipe.l2:
                    loss += tf.reduce_sum(l2 * tf.square(weights), axis=1)
            gradient = tape.gradient(loss, weights)
            coefficients = tf.unstack(figures[number], num=recipe.rule.figures)
            weights, slots = recipe.rule.move(weights, slots, gradient, coefficients)
            if moments:
                kept = statistics * BATCH_NORM_MOMENTUM
                statistics = kept + tf.concat(moments, axis=1) * (1 - BATCH_NORM_MOMENTUM)
            return (
                number + 1,
                weights,
                slots,
                statistics,
                losses.write(number - first, loss),
                outputs.write(number - first, tf.transpose(raw, (1, 0, 2))),
            )

        losses = tf.TensorArray(tf.float32, size=last - first, element_shape=(None,))
        _, weights, slots, statistics, losses, outputs = tf.while_loop(
            lambda number, *_: number < last,
            step,
            (first, weights, slots, statistics, losses, outputs),
            # Steps follow each other; looking ahead only costs time.
            parallel_iterations=1,
        )
        return weights, slots, statistics, losses.stack(), outputs.concat()

    def _predict(
        self, x: tf.Tensor, rows: tf.Tensor, weights: tf.Tensor, statistics: tf.Tensor
    ) -> tf.Tensor:
        """Raw outputs, shape (m, cases, k), for the rows of each member."""
        raw, _ = self._forward(weights, self._read(x, rows), statistics=statistics)
        return raw

    def _read(self, x: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """Cases of each member; grey values stay bytes until they are needed."""
        found = tf.gather(x, rows)
        if self._recipe.pixels:
            found = tf.cast(found, tf.float32)
        scale = self._architecture.input_scale
        return found if scale == 1.0 else found * scale

    def _forward(
        self,
        weights: tf.Tensor,
        cases: tf.Tensor,
        *,
        statistics: tf.Tensor | None = None,
        masks: list[tf.Tensor] | None = None,
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Raw outputs, shape (m, cases, k), and the batch's moments.

        Without `statistics` the network trains: batch normalisation takes the
        moments of the batch, and gives them back in the order of `statistics`.
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
        drop = iter(masks or ())
        moments: list[tf.Tensor] = []
        signal = cases
        if architecture.input_dropout and masks:
            signal = signal * next(drop)
        for layer in architecture.layers:
            signal = tf.matmul(signal, next(pieces))
            if layer.batch_norm:
                signal, found = _normalise(signal, next(pieces), next(pieces), moving, statistics)
                moments += found
            else:
                signal += next(pieces)
            signal = _activate(layer, signal)
            if layer.dropout and masks:
                signal = signal * next(drop)
        return signal, moments

    def _split_statistics(self, statistics: tf.Tensor | None) -> list[tf.Tensor]:
        sizes = [weight.size for weight in self._architecture.statistics]
        if statistics is None or not sizes:
            return []
        return [piece[:, tf.newaxis, :] for piece in tf.split(statistics, sizes, axis=1)]

    def _losses(self, observed: tf.Tensor, raw: tf.Tensor) -> tf.Tensor:
        """Loss of each case, shape (m, cases), from raw outputs."""
        match self._architecture.output.loss:
            case "mse":
                return tf.square(observed - raw[:, :, 0])
            case "binary_crossentropy":
                return tf.nn.sigmoid_cross_entropy_with_logits(observed, raw[:, :, 0])
            case "sparse_categorical_crossentropy":
                return tf.nn.sparse_softmax_cross_entropy_with_logits(observed, raw)
            case loss:
                raise ValueError(f"The engine does not know the loss {loss!r}.")

    def _masks(
        self,
        rates: tf.Tensor,
        keys: tf.Tensor,
        epoch: tf.Tensor,
        number: tf.Tensor,
        cases: tf.Tensor,
    ) -> list[tf.Tensor]:
        """What units are multiplied with, one tensor for each place of dropout.

        Random bits are drawn once a step for all members, from nothing but the
        epoch and the step; mixed with a member's key they are its own. So what a
        member sees depends neither on its company nor on where training was
        taken up again.
        """
        widths = self._architecture.droppable
        if not widths:
            return []
        drawn = tf.random.stateless_uniform(
            (1, cases, sum(widths)),
            seed=tf.stack([epoch, number]),
            minval=None,
            maxval=None,
            dtype=tf.uint32,
        )
        # 24 bits are what a float32 holds exactly.
        bits = tf.bitwise.right_shift(_mix(drawn, keys), tf.constant(8, tf.uint32))
        share = tf.cast(bits, tf.float32) * 2.0**-24
        kept = tf.where(share >= rates, 1 / (1 - rates), 0.0)
        return tf.split(kept, widths, axis=2)


def _normalise(
    signal: tf.Tensor,
    gamma: tf.Tensor,
    beta: tf.Tensor,
    moving: Any,
    statistics: tf.Tensor | None,
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Batch normalisation (Ioffe and Szegedy 2015), each member with its own moments."""
    if statistics is None:
        mean = tf.reduce_mean(signal, axis=1, keepdims=True)
        variance = tf.reduce_mean(
            tf.math.squared_difference(signal, tf.stop_gradient(mean)), axis=1, keepdims=True
        )
    else:
        mean, variance = next(moving), next(moving)
    scale = gamma * tf.math.rsqrt(variance + BATCH_NORM_EPSILON)
    normalised = signal * scale + (beta - mean * scale)
    return normalised, [mean[:, 0], variance[:, 0]] if statistics is None else []


def _activate(layer: Layer, signal: tf.Tensor) -> tf.Tensor:
    if layer.activation == "linear":
        return signal
    return keras.activations.get(layer.activation)(signal)


def _mix(bits: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
    """Scramble bits with a key so that two keys give unrelated bits.

    Multiplications and shifts by the constants of "lowbias32" (Wellons 2018), a
    finaliser in the manner of MurmurHash3.
    """
    mixed = tf.bitwise.bitwise_xor(bits, keys)
    mixed = mixed * tf.constant(0x7FEB352D, tf.uint32)
    mixed = tf.bitwise.bitwise_xor(mixed, tf.bitwise.right_shift(mixed, tf.constant(15, tf.uint32)))
    return mixed * tf.constant(0x846CA68B, tf.uint32)
