"""The layout of a network's weights in one flat vector.

The engine holds the weights of all members as one matrix, a row for each member.
A step of an optimizer, a penalty, a copy of the best weights is then one operation,
however many layers there are; with small networks the number of operations is what
costs time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dnn_core.network.fixed import with_fixed, without_fixed
from dnn_core.outcome.output import Output
from dnn_core.specs import NetworkSpec


@dataclass(frozen=True)
class Layer:
    """One dense layer, without what may differ from member to member."""

    units: int
    activation: str
    batch_norm: bool = False
    dropout: bool = False

    @property
    def vectors(self) -> tuple[str, ...]:
        """Trained weights besides the kernel; batch normalisation replaces the bias."""
        return ("gamma", "beta") if self.batch_norm else ("bias",)

    @property
    def moments(self) -> tuple[str, ...]:
        """The moving statistics of batch normalisation."""
        return ("moving_mean", "moving_variance") if self.batch_norm else ()


@dataclass(frozen=True)
class Architecture:
    """The architecture that members trained together share.

    `dropout` and `input_dropout` say that some member drops units there; how
    often is each member's own affair, as are penalties.
    """

    inputs: int
    input_scale: float
    input_dropout: bool
    hidden: tuple[Layer, ...]
    output: Output

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Hidden layers and the output layer, whose loss takes its raw output."""
        return (*self.hidden, Layer(self.output.scores, "linear"))

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """The trained weights, in the order in which they lie in the vector."""
        return tuple(self._trained())

    @cached_property
    def statistics(self) -> tuple[Weight, ...]:
        """Moving means and variances of batch normalisation, in their own vector."""
        return tuple(
            Weight(f"{number}.{name}", (layer.units,))
            for number, layer in enumerate(self.layers, start=1)
            for name in layer.moments
        )

    @property
    def size(self) -> int:
        """Number of trained weights."""
        return sum(weight.size for weight in self.weights)

    @property
    def droppable(self) -> tuple[int, ...]:
        """Widths of the places where units are dropped, from input to output."""
        first = (self.inputs,) if self.input_dropout else ()
        return (*first, *(layer.units for layer in self.hidden if layer.dropout))

    def _trained(self) -> Iterator[Weight]:
        fan_in = self.inputs
        for number, layer in enumerate(self.layers, start=1):
            yield Weight(f"{number}.kernel", (fan_in, layer.units))
            is_last = number == len(self.layers)
            for name in layer.vectors:
                # Thresholds are several biases of one score.
                units = self.output.raw_units if is_last else layer.units
                yield Weight(f"{number}.{name}", (units,))
            fan_in = layer.units

    def pack(self, keras_weights: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Flatten what `keras.Model.get_weights` gives.

        Returns
        -------
        tuple of numpy.ndarray
            Trained weights, float32, shape (size,), and statistics of batch
            normalisation, float32, shape (sum of their units x 2,).
        """
        trained, statistics = [], []
        arrays = iter(without_fixed(keras_weights, self.output))
        for layer in self.layers:
            # Keras lists a layer's moving statistics right after its weights.
            trained += [next(arrays) for _ in ("kernel", *layer.vectors)]
            statistics += [next(arrays) for _ in layer.moments]
        return _flatten(trained), _flatten(statistics)

    def unpack(self, trained: np.ndarray, statistics: np.ndarray) -> list[np.ndarray]:
        """Return the arrays that `keras.Model.set_weights` takes."""
        weights = iter(_cut(trained, self.weights))
        moving = iter(_cut(statistics, self.statistics))
        arrays = []
        for layer in self.layers:
            arrays += [next(weights) for _ in ("kernel", *layer.vectors)]
            arrays += [next(moving) for _ in layer.moments]
        return with_fixed(arrays, self.output)

    def spread(self, kernels: Sequence[float]) -> np.ndarray:
        """Give every weight of a layer's kernel that layer's figure, and all others 0.

        Parameters
        ----------
        kernels : sequence of float
            One figure for each layer, the output layer included.

        Returns
        -------
        numpy.ndarray
            float32, shape (size,).
        """
        figures = iter(kernels)
        return np.concatenate(
            [
                np.full(weight.size, next(figures) if weight.is_kernel else 0.0, dtype="float32")
                for weight in self.weights
            ]
        )


@dataclass(frozen=True)
class Weight:
    """One array of weights."""

    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def is_kernel(self) -> bool:
        return len(self.shape) == 2


def architecture_of(
    networks: Sequence[NetworkSpec], inputs: int, output: Output, input_scale: float
) -> Architecture:
    """The common architecture of networks; their dropout and penalties may differ.

    Raises
    ------
    ValueError
        If they differ in more than that.
    """
    first = networks[0]
    for network in networks:
        if skeleton(network) != skeleton(first):
            raise ValueError(
                f"Networks of different shape cannot be trained together: "
                f"{first.summary()} and {network.summary()}."
            )
    hidden = tuple(
        Layer(
            layer.units,
            layer.activation.value,
            layer.batch_norm,
            any(network.hidden[i].dropout > 0 for network in networks),
        )
        for i, layer in enumerate(first.hidden)
    )
    input_dropout = any(network.input_dropout > 0 for network in networks)
    return Architecture(inputs, input_scale, input_dropout, hidden, output)


def skeleton(network: NetworkSpec) -> tuple[tuple[int, str, bool], ...]:
    """The properties that two networks must share to be trained together."""
    return tuple(
        (layer.units, layer.activation.value, layer.batch_norm) for layer in network.hidden
    )


def _flatten(arrays: Sequence[np.ndarray]) -> np.ndarray:
    flat = [np.asarray(array, dtype="float32").ravel() for array in arrays]
    return np.concatenate(flat) if flat else np.zeros(0, dtype="float32")


def _cut(vector: np.ndarray, weights: Sequence[Weight]) -> list[np.ndarray]:
    pieces, done = [], 0
    for weight in weights:
        pieces.append(vector[done : done + weight.size].reshape(weight.shape))
        done += weight.size
    return pieces
