"""One part of a run's data, from which every diagnostic is drawn."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from dnn_core.data.dataset import Dataset
from dnn_core.data.sample_design import labels_of, replicate_weights
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.evaluation.prediction_table import probabilities_of
from dnn_core.outcome.metrics import Metric, main_metric
from dnn_core.runs.records import Facts
from dnn_core.runs.run import Run
from dnn_core.specs import Kind, Part


class RunPart:
    """A run and one part of its data; files are read once, when first needed.

    Make a new one for each look at a run that is still training.

    Parameters
    ----------
    run : Run
    name : Part
    dataset : Dataset, optional
        Only for what shows the cases themselves, such as images, and for the design of the
        sample.
    """

    def __init__(
        self, run: Run, name: Part = Part.VALIDATION, dataset: Dataset | None = None
    ) -> None:
        self.run = run
        self.name = name
        self.dataset = dataset

    @cached_property
    def live(self) -> bool:
        """Whether the run is still waiting or training."""
        return self.run.status.active

    @cached_property
    def facts(self) -> Facts:
        return self.run.facts

    @property
    def coding(self) -> TargetCoding:
        return self.facts.coding

    @cached_property
    def kind(self) -> Kind:
        return self.run.kind

    @property
    def metric(self) -> Metric:
        """The task's main metric."""
        return main_metric(self.kind)

    @cached_property
    def history(self) -> pd.DataFrame:
        return self.run.history

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores on this part: model, part, metric, value, low, high."""
        scores = self.run.scores
        return scores[scores["part"] == self.name].astype(
            {"value": "float64", "low": "float64", "high": "float64"}
        )

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Predictions on this part: row, part, observed, predicted, probability_<label>."""
        predictions = self.run.predictions
        return predictions[predictions["part"] == self.name].reset_index(drop=True)

    @property
    def cases(self) -> int:
        return self.facts.cases[self.name]

    @cached_property
    def weight(self) -> np.ndarray | None:
        """Case weights, shape (cases,); None where cases count the same."""
        if "weight" not in self.predictions:
            return None
        return self.predictions["weight"].to_numpy(dtype="float64")

    @cached_property
    def design(self) -> Design:
        """Weights, and where the data are at hand clusters, strata and replicate weights."""
        equal = np.ones(len(self.predictions))
        weight = equal if self.weight is None else self.weight
        if self.dataset is None:
            return Design(weight)
        task, rows = self.run.experiment.task, self.predictions["row"].to_numpy()
        labels = (labels_of(self.dataset, name) for name in (task.cluster, task.strata))
        cluster, strata = (None if result is None else result[rows] for result in labels)
        replicates = replicate_weights(self.dataset, task)
        drawn = None if replicates is None else replicates[rows]
        return Design(weight, cluster, strata, Replicated.of(drawn, task.replicates))

    @cached_property
    def observed(self) -> np.ndarray:
        """Observed values (a quantity) or positions of categories, shape (cases,)."""
        return self._values("observed")

    @cached_property
    def predicted(self) -> np.ndarray:
        """Predicted values (a quantity) or positions of categories, shape (cases,)."""
        return self._values("predicted")

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Probability of every category, shape (cases, categories)."""
        if self.kind is Kind.BINARY:
            # Of two categories the table may name one: the other is the rest.
            positive = probabilities_of(self.predictions, self.coding.labels[1:])[:, 0]
            return np.column_stack([1 - positive, positive])
        return probabilities_of(self.predictions, self.coding.labels)

    def _values(self, column: str) -> np.ndarray:
        values = self.predictions[column]
        if self.kind.numeric:
            return values.to_numpy(dtype="float64")
        position = {label: i for i, label in enumerate(self.coding.labels)}
        return values.astype("object").map(position).to_numpy(dtype="int64")
