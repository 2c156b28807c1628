"""Baselines, and the rows and columns that they are fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from dnn_core.data.prepare import PartData, Prepared
from dnn_core.specs import Part

MOST_CELLS = 50_000_000
"""Rows x columns that a linear model is fitted on (400 MB); beyond it, a random
sample of rows. All of MNIST's 60,000 x 784 are below it."""

THREADS = 1
"""Several threads wait for each other in a busy loop: on a processor that others
use as well, two take 5 to 8 times as long as one for 48,000 digits (measured)."""

SAMPLE_SEED = 1
"""The sample of rows depends on nothing but their number."""


@dataclass(frozen=True)
class Baseline:
    """A fitted baseline.

    Parameters
    ----------
    name : str
        Key in tables.
    title : str
        As the researcher sees it.
    caption : str
        On what it was fitted, and how that ended.
    converged : bool
        False where the iterations ended before the estimates had converged.
    predict : callable
        From encoded columns, shape (cases, inputs), to predictions by the
        convention of `dnn_core.outcome.metrics`.
    """

    name: str
    title: str
    caption: str
    converged: bool
    predict: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """The columns and rows that a model is fitted on.

    Parameters
    ----------
    x : numpy.ndarray
        Columns brought to one scale, shape (cases, columns).
    y : numpy.ndarray
        As in `Part.y`.
    weight, cluster : numpy.ndarray or None
        As in `PartData`, weights as float64.
    scale : callable
        From encoded columns, shape (cases, inputs), to those of `x`.
    rows_of, columns_of : str
        Which rows and columns these are, in words.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None
    cluster: np.ndarray | None
    scale: Callable[[np.ndarray], np.ndarray]
    rows_of: str
    columns_of: str

    @property
    def weights(self) -> np.ndarray:
        """Case weights; 1 for each where cases count the same, shape (cases,)."""
        return np.ones(len(self.y)) if self.weight is None else self.weight

    def take(self, rows: np.ndarray) -> DesignMatrix:
        """The cases at some positions."""
        return replace(
            self,
            x=self.x[rows],
            y=self.y[rows],
            weight=None if self.weight is None else self.weight[rows],
            cluster=None if self.cluster is None else self.cluster[rows],
        )


def design_of(prepared: Prepared, columns: np.ndarray | None = None) -> DesignMatrix:
    """The training rows, or as many of them as a linear model is fitted on.

    Parameters
    ----------
    prepared : Prepared
    columns : numpy.ndarray, optional
        Positions of the encoded columns that are taken; all without it.
    """
    training = prepared.parts[Part.TRAINING]
    columns_of = "the same columns" if columns is None else "their columns"
    columns = np.arange(prepared.inputs) if columns is None else columns
    rows, rows_of = sample_rows(training, MOST_CELLS // len(columns))
    x = training.x[np.ix_(rows, columns)]
    to_scale = _scaler(prepared, x)
    return DesignMatrix(
        x=to_scale(x),
        y=training.y[rows],
        weight=None if training.weight is None else training.weight[rows].astype("float64"),
        cluster=None if training.cluster is None else training.cluster[rows],
        scale=lambda table: to_scale(table[:, columns]),
        rows_of=rows_of,
        columns_of=columns_of,
    )


def sample_rows(training: PartData, most: int) -> tuple[np.ndarray, str]:
    """Positions of at most so many training rows, drawn at random, and which they are in words."""
    rows, most = np.arange(len(training)), max(1, most)
    rows_of = f"the {len(rows):,} training rows"
    if len(rows) <= most:
        return rows, rows_of
    drawn = np.random.default_rng(SAMPLE_SEED).choice(rows, most, replace=False)
    return np.sort(drawn), f"a random {most:,} of {rows_of}"


def _scaler(prepared: Prepared, x: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Standardise columns: predictions stay the same, but fitting is faster."""
    if prepared.encoder.pixels:
        # Pixels share a scale; dividing by their deviations would blow up the
        # margins of the picture, which hardly ever vary.
        return lambda pixels: pixels.astype("float32") * np.float32(prepared.input_scale)
    standard = StandardScaler().fit(x.astype("float64"))
    return lambda table: standard.transform(table.astype("float64"))


def inner_folds(
    y: np.ndarray, cluster: np.ndarray | None, folds: int, *, categories: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Split training rows into folds, so that tuning parameters are chosen on held-out rows.

    Parameters
    ----------
    y : numpy.ndarray
        Shape (cases,).
    cluster : numpy.ndarray or None
        Whole clusters stay together, shape (cases,).
    folds : int
        Fewer where there are fewer clusters or cases.
    categories : bool
        Whether every fold has about the same share of each category; a category that is
        rarer than the folds are many is left to chance.

    Yields
    ------
    tuple of numpy.ndarray
        Positions for fitting and for evaluation. Nothing where there are not two of them.
    """
    units = len(y) if cluster is None else len(np.unique(cluster))
    folds = min(folds, units)
    if folds < 2:
        return
    stratified = categories and np.bincount(y).max() >= folds
    seeded = {"n_splits": folds, "shuffle": True, "random_state": SAMPLE_SEED}
    if cluster is None:
        splitter = StratifiedKFold(**seeded) if stratified else KFold(**seeded)
    else:
        splitter = StratifiedGroupKFold(**seeded) if stratified else GroupKFold(**seeded)
    yield from splitter.split(y, y, cluster)
