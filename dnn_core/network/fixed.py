"""The fixed weights of a network with ordered categories.

Plain Keras has no cumulative link, but three of its layers make one: a dense layer with one
unit and no bias (the score), one that adds the thresholds to it (its kernel is held at 1),
and one that takes the differences of neighbouring probabilities, which is fixed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dnn_core.outcome.output import Output


def difference_kernel(classes: int) -> list[list[float]]:
    """From the probabilities of being above each threshold to those of the categories.

    With `difference_bias`: the first category has 1 minus the first of them, the last
    category the last of them, others the difference of two neighbours.

    Returns
    -------
    list of list of float
        Shape (classes - 1, classes).
    """
    kernel = np.zeros((classes - 1, classes))
    above = np.arange(classes - 1)
    kernel[above, above] = -1.0
    kernel[above, above + 1] = 1.0
    return [list(map(float, row)) for row in kernel]


def difference_bias(classes: int) -> list[float]:
    """The bias that belongs to `difference_kernel`, shape (classes,)."""
    return [1.0] + [0.0] * (classes - 1)


def with_fixed(trained: Sequence[np.ndarray], output: Output) -> list[np.ndarray]:
    """Add the fixed weights to the trained ones, in the order of `keras.Model.get_weights`."""
    if not output.ordered:
        return list(trained)
    *below, biases = trained
    fixed = difference_kernel(output.units), difference_bias(output.units)
    ones = np.ones((1, output.raw_units), dtype="float32")
    return [*below, ones, biases, *(np.array(values, dtype="float32") for values in fixed)]


def without_fixed(weights: Sequence[np.ndarray], output: Output) -> list[np.ndarray]:
    """Return the trained ones of the weights that `keras.Model.get_weights` gives."""
    if not output.ordered:
        return list(weights)
    *below, _, biases, _, _ = weights
    return [*below, biases]
