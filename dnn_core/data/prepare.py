"""From a data set and an experiment to arrays; no later step knows the source."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np

from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.encoding.fitting import fit_encoder
from dnn_core.data.encoding.predictor_columns import require_shared
from dnn_core.data.readers.compact import give_back
from dnn_core.data.sample_design import (
    case_weights,
    labels_of,
    replicate_weights,
    require_design,
)
from dnn_core.data.split.row_split import PARTS, deal_folds, split_rows
from dnn_core.data.target import TargetCoding, code_target
from dnn_core.errors import UserError
from dnn_core.specs import EncodingSpec, Experiment, Part, SplitSpec, Task

PIXEL_SCALE = 1 / 255
"""Grey values 0..255 become 0..1 inside the network."""

MOST_ENCODED_CELLS = 500_000_000
"""2 GB of float32: beyond this a laptop runs out of memory."""


@dataclass(frozen=True, eq=False)
class PartData:
    """Arrays of one part of the data.

    Parameters
    ----------
    rows : numpy.ndarray
        Row numbers in the data set, shape (cases,).
    x : numpy.ndarray
        float32 (tables) or uint8 (images), shape (cases, inputs).
    y : numpy.ndarray
        float32 in the outcome's own units, or int32 positions of classes,
        shape (cases,).
    weight : numpy.ndarray, optional
        float32 case weights with mean 1, shape (cases,).
    cluster : numpy.ndarray, optional
        Cluster labels, shape (cases,).
    strata : numpy.ndarray, optional
        Labels of strata, shape (cases,).
    replicates : numpy.ndarray, optional
        float32 replicate weights on the scale of `weight`, shape (cases, replicates).
    """

    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None = None
    cluster: np.ndarray | None = None
    strata: np.ndarray | None = None
    replicates: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, chosen: np.ndarray) -> PartData:
        """The cases that a mask or positions choose."""
        design = (self.weight, self.cluster, self.strata, self.replicates)
        return PartData(
            self.rows[chosen],
            self.x[chosen],
            self.y[chosen],
            *(None if values is None else values[chosen] for values in design),
        )


@dataclass(frozen=True, eq=False)
class Prepared:
    """Arrays of every part and the encoder that made them.

    Parameters
    ----------
    parts : dict of str to Part
    encoder : Encoder
    input_scale : float
        What inputs are multiplied with inside the network.
    folds : numpy.ndarray, optional
        Where networks take turns in leaving out training rows: the number of
        each row's fold, from 0, shape (training cases,). The validation part
        then is the training part.
    """

    parts: dict[Part, PartData]
    encoder: Encoder
    input_scale: float = 1.0
    folds: np.ndarray | None = None

    @property
    def target(self) -> TargetCoding:
        return self.encoder.target

    @property
    def inputs(self) -> int:
        """Number of input columns."""
        return self.parts[Part.TRAINING].x.shape[1]

    @property
    def training_mean(self) -> float | None:
        """Weighted mean of a number over the training part; None of categories.

        What R² and D² are measured against on every part, and the simplest model predicts for every
        case: the same number, so that its R² is zero.
        """
        if not self.target.kind.numeric:
            return None
        training = self.parts[Part.TRAINING]
        return float(np.average(training.y.astype("float64"), weights=training.weight))

    def without(self, fold: int) -> Prepared:
        """The same with one fold of the training rows left out for evaluation."""
        assert self.folds is not None
        training = self.parts[Part.TRAINING]
        left_out = self.folds == fold
        parts = {
            **self.parts,
            Part.TRAINING: training.take(~left_out),
            Part.VALIDATION: training.take(left_out),
        }
        return replace(self, parts=parts, folds=None)


@dataclass(frozen=True)
class Outline:
    """Sizes and coding of an experiment's arrays, before a network is chosen."""

    cases: dict[Part, int]
    inputs: int
    input_scale: float
    target: TargetCoding


def outline(
    dataset: Dataset, task: Task, split: SplitSpec, encoding: EncodingSpec, folds: int = 0
) -> Outline:
    """Sizes of the parts, number of input columns, and the outcome's coding.

    `folds` is that of the experiment.

    Raises
    ------
    UserError
        If the data do not allow the task.
    """
    rows, encoder = _fit(dataset, task, split, encoding, folds)
    cases = {name: len(part) for name, part in rows.items()}
    return Outline(cases, len(encoder.outputs), _input_scale(encoder), encoder.target)


def prepare(
    dataset: Dataset, experiment: Experiment, rows: dict[Part, np.ndarray] | None = None
) -> Prepared:
    """Split, fit the encoding on training rows, and encode every part.

    Parameters
    ----------
    dataset : Dataset
    experiment : Experiment
    rows : dict of str to numpy.ndarray, optional
        Rows of each part, as `split_rows` gives them; by default those of the experiment's
        split.

    Raises
    ------
    UserError
        If the data do not allow the experiment.
    """
    task, split, folds = experiment.task, experiment.split, experiment.folds
    rows, encoder = _fit(dataset, task, split, experiment.encoding, folds, rows)
    # Before the arrays, which take more than the table, are made.
    give_back()
    parts = {
        name: _part(dataset, experiment, encoder, rows[name])
        for name in PARTS
        if not (folds and name == Part.VALIDATION)
    }
    if not folds:
        return Prepared(parts, encoder, _input_scale(encoder))
    parts[Part.VALIDATION] = parts[Part.TRAINING]
    fold = deal_folds(dataset, task, split, rows[Part.TRAINING], folds)
    return Prepared(parts, encoder, _input_scale(encoder), fold)


def write_arrays(prepared: Prepared) -> bytes:
    """The arrays that the scripts of `dnn_core.network.code` read, as an NPZ file.

    Holds x, y and, where cases are weighted, weight of the training and the
    validation part; where networks take turns there is no such part, but the fold
    of each training case. The test part stays sealed. A quantity is in its own units.
    """
    arrays: dict[str, np.ndarray] = {}
    parts = {"train": prepared.parts[Part.TRAINING]}
    if prepared.folds is None:
        parts["validation"] = prepared.parts[Part.VALIDATION]
    else:
        arrays["fold"] = prepared.folds
    for name, part in parts.items():
        arrays |= {f"x_{name}": part.x, f"y_{name}": part.y}
        if part.weight is not None:
            arrays[f"weight_{name}"] = part.weight
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _input_scale(encoder: Encoder) -> float:
    return PIXEL_SCALE if encoder.pixels else 1.0


def _fit(
    dataset: Dataset,
    task: Task,
    split: SplitSpec,
    encoding: EncodingSpec,
    folds: int,
    rows: dict[Part, np.ndarray] | None = None,
) -> tuple[dict[Part, np.ndarray], Encoder]:
    """Split the rows and fit the encoding on those for training."""
    require_design(dataset, task)
    whole = rows is None
    if rows is None:
        rows = split_rows(dataset, task, split, folds)
    for name, part in rows.items():
        if len(part) == 0:
            raise UserError(
                f"No row is left for the {name} part.",
                remedy="Raise its share, or use data with more rows.",
            )
    target = code_target(dataset, task.target, task.kind, rows[Part.TRAINING])
    if not target.kind.numeric:
        _require_every_class(target, dataset, rows)
    if any(dataset.variable(name).level is Level.IMAGE for name in task.features):
        return rows, _pixel_encoder(dataset, target)
    if whole:
        # A fold may lack what all the training rows have.
        require_shared(dataset, task.features, encoding, rows[Part.TRAINING])
    encoder = fit_encoder(dataset, task.features, target, encoding, rows[Part.TRAINING])
    if len(dataset) * len(encoder.outputs) > MOST_ENCODED_CELLS:
        raise UserError(
            f"After encoding, these predictors have {len(encoder.outputs):,} columns.",
            expected=f"at most {MOST_ENCODED_CELLS // len(dataset):,} for {len(dataset):,} rows",
            remedy="Leave out predictors with many categories, pool rare categories, or use "
            "fewer bins.",
        )
    return rows, encoder


def _part(dataset: Dataset, experiment: Experiment, encoder: Encoder, rows: np.ndarray) -> PartData:
    task = experiment.task
    if encoder.pixels:
        assert dataset.images is not None
        x = np.ascontiguousarray(dataset.images[rows]).reshape(len(rows), -1)
    else:
        x = encoder.transform(dataset.frame, rows)
    y = encoder.target.encode(dataset.answers(task.target).iloc[rows])
    design = (
        None if task.weight is None else case_weights(dataset, task.weight),
        labels_of(dataset, task.cluster),
        labels_of(dataset, task.strata),
        replicate_weights(dataset, task),
    )
    return PartData(rows, x, y, *(None if values is None else values[rows] for values in design))


def _require_every_class(
    target: TargetCoding, dataset: Dataset, rows: dict[Part, np.ndarray]
) -> None:
    present = set(target.encode(dataset.answers(target.name).iloc[rows[Part.TRAINING]]).tolist())
    absent = [label for i, label in enumerate(target.labels) if i not in present]
    if absent:
        raise UserError(
            f"No training row has the category “{absent[0]}” of “{target.name}”.",
            remedy="Choose the stratified split, or declare the category as missing.",
        )


def _pixel_encoder(dataset: Dataset, target: TargetCoding) -> Encoder:
    if dataset.images is None:
        raise UserError("The data set has no images.", remedy="Choose the data again.")
    height, width = dataset.images.shape[1:]
    names = tuple(f"pixel {i // width},{i % width}" for i in range(height * width))
    return Encoder((), target, None, names, ("image",) * len(names))
