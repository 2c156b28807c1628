"""The forward pass of all networks of one architecture at once, by TensorFlow.

A layer is one batched matrix product; dropout and the moments of batch normalisation are each
network's own. `forward.py` has the same for a single trained network, in NumPy.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
import tensorflow as tf

from dnn_core.training.parameters import Architecture, Layer, Weight

BATCH_NORM_MOMENTUM = 0.99
BATCH_NORM_EPSILON = 1e-3
"""Keras' defaults."""


class Batch(NamedTuple):
    """A training batch.

    counts : number of its cases, shape (m,).
    masks : dropout factors of units.
    """

    counts: tf.Tensor
    masks: list[tf.Tensor]


def pass_forward(
    architecture: Architecture,
    weights: tf.Tensor,
    cases: tf.Tensor,
    *,
    statistics: tf.Tensor | None = None,
    batch: Batch | None = None,
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Raw outputs, shape (m, cases, k), and the batch's moments.

    With a batch the network trains: units are dropped, and batch normalisation takes
    the moments of the batch and gives them back in the order of `statistics`.
    """
    sizes = [weight.size for weight in architecture.weights]
    pieces = map(_shaped, tf.split(weights, sizes, axis=1), architecture.weights)
    moving = iter(_split_statistics(architecture, statistics))
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


def dropout_masks(
    architecture: Architecture, rates: tf.Tensor, places: tf.Tensor, keys: tf.Tensor
) -> list[tf.Tensor]:
    """Dropout factors of units, one tensor per place of dropout.

    The bits follow from place, member, epoch and step alone. So a member's dropout
    depends neither on other members nor on where training was resumed.
    """
    widths = architecture.droppable
    if not widths:
        return []
    bits = scramble(tf.bitwise.bitwise_xor(places, keys))
    # A float32 holds 24 bits exactly.
    share = tf.cast(tf.bitwise.right_shift(bits, _uint32(8)), tf.float32) * 2.0**-24
    kept = tf.cast(share >= rates, tf.float32) / (1 - rates)
    return tf.split(kept, widths, axis=2)


def _shaped(piece: tf.Tensor, weight: Weight) -> tf.Tensor:
    """Weights of all members as matrices, a vector as one of a single row."""
    shape = weight.shape if weight.is_kernel else (1, *weight.shape)
    return tf.reshape(piece, (-1, *shape))


def _split_statistics(architecture: Architecture, statistics: tf.Tensor | None) -> list[tf.Tensor]:
    sizes = [weight.size for weight in architecture.statistics]
    if statistics is None or not sizes:
        return []
    return [piece[:, tf.newaxis, :] for piece in tf.split(statistics, sizes, axis=1)]


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
