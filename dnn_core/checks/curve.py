"""The learning curve as the checks use it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

from dnn_core.audit.finding import NotApplicable
from dnn_core.runs.run import Run
from dnn_core.training.history import mean_history

SMALLEST_CHANGE = 0.01
"""Changes of a loss below 1 % of it are left alone, whatever their trend: they
move AUC or accuracy by less than any interval here can show. A convention of
this project."""

LEVEL_EPOCHS = 5
"""A level of the curve is the median of up to this many epochs."""

SHORTEST_TREND = 5
"""With fewer epochs no order of them has a probability below 0.01 (1/4! = 0.04)."""


@dataclass(frozen=True)
class Curve:
    """Losses by epoch, mean over members; arrays of shape (epochs,)."""

    epochs: np.ndarray
    loss: np.ndarray
    val_loss: np.ndarray
    learning_rate: np.ndarray

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def finite(self) -> bool:
        """Whether no loss is infinite or no number."""
        return bool(np.isfinite(self.loss).all() and np.isfinite(self.val_loss).all())

    @property
    def best(self) -> int:
        """Position of the lowest validation loss."""
        return int(np.argmin(self.val_loss))

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest mean; each network keeps its own best one."""
        return int(self.epochs[self.best])


def learning_curve(run: Run) -> Curve:
    """Return the curve of a run, also one that is not finite.

    Raises
    ------
    NotApplicable
        If no epoch was completed.
    """
    history = run.history
    if history.empty:
        raise NotApplicable("No epoch was completed.")
    return curve_of(history)


def curve_of(history: pd.DataFrame) -> Curve:
    """The curve of some members' history, which has an epoch at least."""
    means = mean_history(history)
    return Curve(
        epochs=means.index.to_numpy(),
        loss=means["loss"].to_numpy(dtype=float),
        val_loss=means["val_loss"].to_numpy(dtype=float),
        learning_rate=means["learning_rate"].to_numpy(dtype=float),
    )


def finite_curve(run: Run) -> Curve:
    """Return the curve of a run whose losses are all finite numbers.

    Raises
    ------
    NotApplicable
        If no epoch was completed, or training diverged.
    """
    curve = learning_curve(run)
    if not curve.finite:
        raise NotApplicable("Training diverged, so its learning curve cannot be assessed.")
    return curve


def rising_probability(values: np.ndarray) -> float:
    """Probability that mere noise would rise as steadily as `values` do.

    The one-sided p of Kendall's tau between order and value (Mann 1945), so
    that a single jump, up or down, is no trend.

    Parameters
    ----------
    values : ndarray of shape (epochs,)

    Returns
    -------
    float
        1 for fewer than `SHORTEST_TREND` values.
    """
    if len(values) < SHORTEST_TREND or np.ptp(values) == 0.0:
        return 1.0
    test = kendalltau(np.arange(len(values)), values, alternative="greater")
    return float(test.pvalue)
