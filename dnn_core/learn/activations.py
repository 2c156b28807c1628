"""Activations and their slopes in NumPy, with the formulas of `keras.activations` 3.15."""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np
from scipy.special import erf, expit

from dnn_core.specs import Activation

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
"""Klambauer et al. (2017); the digits are Keras'."""


def activate(activation: Activation, sums: np.ndarray) -> np.ndarray:
    """The output of units, element by element.

    Parameters
    ----------
    activation : Activation
    sums : numpy.ndarray
        Weighted sums of the inputs with the bias, any shape.
    """
    values: np.ndarray
    match activation:
        case Activation.LINEAR:
            values = sums
        case Activation.RELU:
            values = np.maximum(sums, 0.0)
        case Activation.SIGMOID:
            values = expit(sums)
        case Activation.TANH:
            values = np.tanh(sums)
        case Activation.ELU:
            values = np.where(sums > 0, sums, np.expm1(np.minimum(sums, 0.0)))
        case Activation.SELU:
            below = SELU_ALPHA * np.expm1(np.minimum(sums, 0.0))
            values = SELU_SCALE * np.where(sums > 0, sums, below)
        case Activation.GELU:
            # Hendrycks and Gimpel (2016), not their approximation.
            values = sums * _normal(sums)
        case Activation.SILU:
            values = sums * expit(sums)
        case Activation.SOFTPLUS:
            values = np.logaddexp(0.0, sums)
        case never:
            assert_never(never)
    return values


def activation_slope(activation: Activation, sums: np.ndarray) -> np.ndarray:
    """The derivative of `activate` by the sums, of their shape; 0 where ReLU has its corner."""
    slopes: np.ndarray
    match activation:
        case Activation.LINEAR:
            slopes = np.ones_like(sums)
        case Activation.RELU:
            slopes = (sums > 0).astype("float64")
        case Activation.SIGMOID:
            share = expit(sums)
            slopes = share * (1 - share)
        case Activation.TANH:
            slopes = 1 - np.tanh(sums) ** 2
        case Activation.ELU:
            slopes = np.where(sums > 0, 1.0, np.exp(np.minimum(sums, 0.0)))
        case Activation.SELU:
            below = SELU_ALPHA * np.exp(np.minimum(sums, 0.0))
            slopes = SELU_SCALE * np.where(sums > 0, 1.0, below)
        case Activation.GELU:
            density = np.exp(-0.5 * sums**2) / math.sqrt(2 * math.pi)
            slopes = _normal(sums) + sums * density
        case Activation.SILU:
            share = expit(sums)
            slopes = share * (1 + sums * (1 - share))
        case Activation.SOFTPLUS:
            slopes = expit(sums)
        case never:
            assert_never(never)
    return slopes


def _normal(sums: np.ndarray) -> np.ndarray:
    """The normal distribution function."""
    result: np.ndarray = 0.5 * (1 + erf(sums / math.sqrt(2)))
    return result
