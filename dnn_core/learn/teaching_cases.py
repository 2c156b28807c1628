"""The cases on which a small network learns: a few predictors of a table, encoded and coded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import PartData, prepare
from dnn_core.data.split.row_split import split_rows
from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError
from dnn_core.specs import EncodingSpec, Experiment, Part, Scaling, SplitSpec, Task, TrainingSpec

MOST_INPUTS = 8
"""More would not be legible in the drawing."""

MOST_CASES = 2_000
"""Of each part: a step on more would take longer than a click should."""


@dataclass(frozen=True, eq=False)
class TaughtCases:
    """Training and validation cases of a small network.

    Parameters
    ----------
    inputs : tuple of str
        Title of each input column.
    target : TargetCoding
    outcome : str
        Title of the outcome.
    x, y : numpy.ndarray
        Training cases, shapes (cases, inputs) and (cases,); the outcome as it is coded for
        training.
    x_validation, y_validation : numpy.ndarray
        Likewise.
    rows : numpy.ndarray
        Row numbers of the training cases in the data set, from 0.
    available : int
        Number of training cases of which these are a sample, if it is larger.
    """

    inputs: tuple[str, ...]
    target: TargetCoding
    outcome: str
    x: np.ndarray
    y: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    rows: np.ndarray
    available: int

    def answer(self, case: int) -> str:
        """The observed outcome of a training case, in words."""
        if not self.target.kind.numeric:
            return self.target.labels[int(self.y[case])]
        return f"{self.y[case] * self.target.scale + self.target.mean:g}"


def read_teaching_cases(dataset: Dataset, task: Task, seed: int) -> TaughtCases:
    """Encode a task for a small network, as a run would: scaled by mean and standard deviation.

    The test part stays out of it, and weights of cases do not enter. Of a part with more than
    `MOST_CASES` a random sample is taken.

    Parameters
    ----------
    task : Task
        Its predictors must have at most `MOST_INPUTS` columns when encoded.

    Raises
    ------
    UserError
        If they have more, or the rows cannot be split.
    """
    plain = Task.of(target=task.target, features=task.features, kind=task.kind)
    asked = Experiment(
        task=plain,
        split=SplitSpec(seed=seed),
        encoding=EncodingSpec(scaling=Scaling.STANDARD),
        training=TrainingSpec(members=1),
    )
    parts = split_rows(dataset, plain, asked.split)
    prepared = prepare(dataset, asked, parts)
    if prepared.inputs > MOST_INPUTS:
        raise UserError(
            f"These predictors become {prepared.inputs} columns.",
            expected=f"at most {MOST_INPUTS}, so that each can be drawn",
            remedy="Choose fewer predictors, or some with fewer categories.",
        )
    training, validation = (
        _sample(prepared.parts[part], seed) for part in (Part.TRAINING, Part.VALIDATION)
    )
    return TaughtCases(
        inputs=tuple(_title(dataset, name) for name in prepared.encoder.outputs),
        target=prepared.target,
        outcome=dataset.variable(task.target).title,
        x=training.x.astype("float64"),
        y=_coded(prepared.target, training),
        x_validation=validation.x.astype("float64"),
        y_validation=_coded(prepared.target, validation),
        rows=training.rows,
        available=len(prepared.parts[Part.TRAINING]),
    )


def _sample(part: PartData, seed: int) -> PartData:
    """At most `MOST_CASES`, in their order."""
    if len(part) <= MOST_CASES:
        return part
    drawn = np.random.default_rng(seed).choice(len(part), MOST_CASES, replace=False)
    return part.take(np.sort(drawn))


def _coded(target: TargetCoding, part: PartData) -> np.ndarray:
    if target.kind.numeric:
        return (part.y.astype("float64") - target.mean) / target.scale
    return part.y.astype("int64")


def _title(dataset: Dataset, column: str) -> str:
    """The label of a variable, or the name of an encoded column of it."""
    if column not in dataset.names:
        return column
    return dataset.variable(column).title
