"""The forward pass of a trained network in NumPy, without a compiled function."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from dnn_core.specs import NetworkSpec
from dnn_core.training.forward_pass import BATCH_NORM_EPSILON


def forward(
    network: NetworkSpec,
    weights: Sequence[np.ndarray],
    x: np.ndarray,
    *,
    precision: str = "float64",
) -> np.ndarray:
    """Raw outputs of a network, before sigmoid or softmax.

    In double precision, so that the prediction for a case does not depend on the other cases: in
    single precision a matrix product of one row and of many rows round differently.

    Parameters
    ----------
    network : NetworkSpec
    weights : sequence of numpy.ndarray
        As `keras.Model.get_weights` gives them.
    x : numpy.ndarray
        Shape (cases, inputs).
    precision : str
        "float32" takes half the time, for averages of many rows.

    Returns
    -------
    numpy.ndarray
        Of that precision, shape (cases, units of the output layer).
    """
    arrays = iter([weight.astype(precision) for weight in weights])
    signal = x.astype(precision)
    for layer in network.hidden:
        signal = signal @ next(arrays)
        if layer.batch_norm:
            gamma, beta, mean, variance = (next(arrays) for _ in range(4))
            signal = (signal - mean) / np.sqrt(variance + BATCH_NORM_EPSILON) * gamma + beta
        else:
            signal = signal + next(arrays)
        signal = np.asarray(keras.activations.get(layer.activation.value)(signal))
    kernel, bias = arrays
    return signal @ kernel + bias
