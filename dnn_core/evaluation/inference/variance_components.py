"""Variance components of a figure: seed, split and configuration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shares:
    """Components of variance, each not negative, in squared units of the figure.

    Parameters
    ----------
    seed : float
        Between networks trained on the same rows with different seeds.
    split : float
        Between splits, alike for all configurations.
    configuration : float
        Between configurations, alike on all splits; 0 where there is but one.
    suits : float
        Which configuration suits which split; 0 where there is but one configuration.
    """

    seed: float
    split: float
    configuration: float
    suits: float

    @property
    def total(self) -> float:
        return self.seed + self.split + self.configuration + self.suits

    def shares(self) -> dict[str, float]:
        """Each as a share of their sum; NaN where nothing varies."""
        total = self.total
        parts = {
            "seed": self.seed,
            "split": self.split,
            "configuration": self.configuration,
            "suits": self.suits,
        }
        return {name: part / total if total > 0 else float("nan") for name, part in parts.items()}


def variance_components(scores: np.ndarray) -> Shares:
    """Estimate components of variance from a balanced table of scores.

    The model is score = configuration + split + their interaction + seed, all random,
    seeds nested in the others; components follow from equating mean squares with their
    expectations (Searle, Casella and McCulloch 1992, Variance Components, chapter 4),
    negative ones set to 0.

    Parameters
    ----------
    scores : numpy.ndarray
        Finite, shape (configurations, splits, seeds); at least two splits.

    Returns
    -------
    Shares
        With a single seed, seed and interaction cannot be told apart: both are in
        `suits`, or in `split` where there is one configuration.
    """
    configurations, splits, seeds = scores.shape
    if splits < 2:
        raise ValueError("Components of variance need at least two splits.")
    cells = scores.mean(axis=2)
    within = float(scores.var(axis=2, ddof=1).mean()) if seeds > 1 else 0.0
    of_splits = float(cells.mean(axis=0).var(ddof=1)) * configurations * seeds
    if configurations == 1:
        return Shares(within, max(0.0, (of_splits - within) / seeds), 0.0, 0.0)
    of_configurations = float(cells.mean(axis=1).var(ddof=1)) * splits * seeds
    rest = cells - cells.mean(axis=0) - cells.mean(axis=1)[:, np.newaxis] + cells.mean()
    freedom = (configurations - 1) * (splits - 1)
    interaction = float((rest**2).sum()) * seeds / freedom
    return Shares(
        seed=within,
        split=max(0.0, (of_splits - interaction) / (configurations * seeds)),
        configuration=max(0.0, (of_configurations - interaction) / (splits * seeds)),
        suits=max(0.0, (interaction - within) / seeds),
    )


def how_often_best(scores: np.ndarray) -> np.ndarray:
    """Share of splits and seeds on which each model has the highest score.

    Parameters
    ----------
    scores : numpy.ndarray
        Higher is better, shape (models, looks); ties are shared.

    Returns
    -------
    numpy.ndarray
        Sums to 1, shape (models,).
    """
    best = scores == scores.max(axis=0)
    won: np.ndarray = (best / best.sum(axis=0)).mean(axis=1)
    return won
