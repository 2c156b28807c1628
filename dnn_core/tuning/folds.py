"""The folds on which trials are evaluated. No Keras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import PartData, Prepared, prepare
from dnn_core.data.split.row_split import fold_parts, outer_folds, split_rows
from dnn_core.data.target import TargetCoding
from dnn_core.specs import Experiment, Part, StudySpec

TABLES_KEPT = 24
"""Maximum number of encoded folds in memory; a study that varies no encoding needs one a fold."""


@dataclass(frozen=True, eq=False)
class ResamplingPlan:
    """Folds of the rows outside the test part.

    Parameters
    ----------
    dataset : Dataset
    experiment : Experiment
        With a single network.
    folds : tuple of dict of str to numpy.ndarray
        Row numbers for training (`training`), early stopping (`validation`) and evaluation
        (`test`); with a single fold the latter are the same.
    """

    dataset: Dataset
    experiment: Experiment
    folds: tuple[dict[Part, np.ndarray], ...]
    tables: dict[tuple[object, int], Prepared] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset, asked: StudySpec, without: int | None = None) -> ResamplingPlan:
        """Split the rows of a study into folds.

        Parameters
        ----------
        dataset : Dataset
        asked : StudySpec
        without : int, optional
            A fold whose rows are left out, for a nested search.

        Raises
        ------
        UserError
            If the data do not allow the task, or there are too few rows for the folds.
        """
        experiment = asked.experiment.but(training=asked.experiment.training.but(members=1))
        task, split = experiment.task, experiment.split
        parts = split_rows(dataset, task, split)
        if asked.folds == 1:
            kept = {name: parts[name] for name in (Part.TRAINING, Part.VALIDATION)}
            return cls(dataset, experiment, ({**kept, Part.TEST: kept[Part.VALIDATION]},))
        pool = np.union1d(parts[Part.TRAINING], parts[Part.VALIDATION])
        # Another seed than that of the split itself, which drew the test part.
        dealt = split.but(seed=(split.seed + 1 + asked.seed) % 2**31)
        pairs = outer_folds(dataset, task, dealt, pool, asked.folds)
        if without is not None:
            learnt, _ = pairs[without]
            pairs = outer_folds(dataset, task, dealt, learnt, asked.folds)
        folds = tuple(fold_parts(dataset, experiment, *pair) for pair in pairs)
        return cls(dataset, experiment, folds)

    def prepared(self, experiment: Experiment, fold: int) -> Prepared:
        """The arrays of one fold under the encoding of an experiment."""
        key = (experiment.encoding, fold)
        if key not in self.tables:
            if len(self.tables) >= TABLES_KEPT:
                self.tables.pop(next(iter(self.tables)))
            self.tables[key] = prepare(self.dataset, experiment, self.folds[fold])
        return self.tables[key]

    @cached_property
    def training_mean(self) -> float | None:
        """The mean over folds of the training means of a quantity, a count or an amount.

        One number for the rows of all folds, which are evaluated together.
        """
        means = [self.prepared(self.experiment, fold).training_mean for fold in self.numbers]
        known = [mean for mean in means if mean is not None]
        return float(np.mean(known)) if known else None

    @property
    def numbers(self) -> range:
        """Numbers of the folds, from 0."""
        return range(len(self.folds))

    @property
    def target(self) -> TargetCoding:
        return self.prepared(self.experiment, 0).target

    @cached_property
    def cases(self) -> dict[str, np.ndarray]:
        """Outcome and design of all evaluated rows, fold after fold."""
        parts = [self.prepared(self.experiment, fold).parts[Part.TEST] for fold in self.numbers]
        numbers = [np.full(len(part), fold) for fold, part in enumerate(parts)]
        return {
            "rows": np.concatenate([part.rows for part in parts]),
            "y": np.concatenate([part.y for part in parts]),
            "fold": np.concatenate(numbers),
            **_design(parts),
        }


def _design(parts: Sequence[PartData]) -> dict[str, np.ndarray]:
    """Weights, and clusters and strata as numbers, where there are any."""
    design = {}
    weights = [part.weight for part in parts if part.weight is not None]
    if weights:
        design["weight"] = np.concatenate(weights)
    for name in ("cluster", "strata"):
        labels = [getattr(part, name) for part in parts if getattr(part, name) is not None]
        if labels:
            design[name] = np.unique(np.concatenate(labels).astype(str), return_inverse=True)[1]
    return design
