"""Soft clipping of outliers, applied after scikit-learn, which has no class for it."""

from __future__ import annotations

import numpy as np

CLIP_LIMIT = 3.0
"""The limit that scaled numbers approach; chosen by experiments together with scaling by
quartiles."""


def soft_clip(x: np.ndarray, limit: float) -> np.ndarray:
    """Soft-clip numbers far from 0: x / sqrt(1 + (x / limit)²), which keeps the order.

    Parameters
    ----------
    x : numpy.ndarray
        Scaled numbers, shape (cases, columns).
    limit : float
        No result is farther from 0.

    Returns
    -------
    numpy.ndarray
        Shape (cases, columns).
    """
    # The square of a very large number is infinite, and the limit is reached long before.
    x = np.clip(x, -1e9 * limit, 1e9 * limit)
    return x / np.sqrt(1 + (x / limit) ** 2)
