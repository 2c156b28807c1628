"""The content of a report: a run with its data, each fact looked up once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from dnn_core.audit.finding import Finding
from dnn_core.checks import run_checks
from dnn_core.checks.evidence import evaluated_part
from dnn_core.data.dataset import Dataset, Level
from dnn_core.data.encoding.encoder import Column
from dnn_core.data.encoding.predictor_columns import column_of
from dnn_core.diagnostics.marks.style import significant
from dnn_core.evaluation.inference.design_effect import design_effect, effective_cases
from dnn_core.runs.part_view import RunPart
from dnn_core.runs.records import Facts
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Kind, Part, Task


@dataclass(frozen=True)
class Missing:
    """How much of the predictors is missing in the rows that are not sealed.

    Parameters
    ----------
    shares : dict of str to float
        Share of rows without an answer by predictor; only predictors that have some.
    overall : float
        Share of all answers to predictors.
    by_category : dict of str to float
        The same among the cases of each observed category; empty for a quantity.
    """

    shares: dict[str, float]
    overall: float
    by_category: dict[str, float]


class Record:
    """A trained run and its data.

    Of the test part only its size is used before it is open.

    Parameters
    ----------
    run : Run
    dataset : Dataset
        The data that it was trained on.

    Raises
    ------
    UserError
        If the run has no trained network, or was trained on other data.
    """

    def __init__(self, run: Run, dataset: Dataset) -> None:
        run.require_model()
        run.require_data(dataset)
        self.run = run
        self.dataset = dataset

    @cached_property
    def experiment(self) -> Experiment:
        return self.run.experiment

    @property
    def task(self) -> Task:
        return self.experiment.task

    @property
    def kind(self) -> Kind:
        return self.run.kind

    @cached_property
    def facts(self) -> Facts:
        return self.run.facts

    @cached_property
    def part(self) -> RunPart:
        """The part on which the run is evaluated: test once it is open, else validation."""
        return RunPart(self.run, evaluated_part(self.run), self.dataset)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Parts with figures, in the order of the split."""
        seen = (Part.TRAINING, Part.VALIDATION, Part.TEST)
        return tuple(name for name in seen if (self.run.metrics["part"] == name).any())

    @cached_property
    def verdicts(self) -> tuple[list[Finding], list[tuple[str, str]]]:
        """Verdicts, worst first; and code and reason of the checks that do not apply."""
        return run_checks(self.run)

    @property
    def outcome(self) -> str:
        """The outcome as it is called in a sentence: its label, or its name."""
        return self.title(self.task.target)

    def title(self, name: str) -> str:
        """A variable's label with its name behind it, or its name alone."""
        label = self.run.about["labels"].get(name, "")
        return f"{label} ({name})" if label and label != name else name

    @property
    def images(self) -> bool:
        """Whether the predictors are pictures."""
        return any(self.dataset.variable(n).level is Level.IMAGE for n in self.task.features)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row for each case that is not sealed; of one seen twice, where it was left out."""
        return self.run.predictions.drop_duplicates("row", keep="last", ignore_index=True)

    @cached_property
    def rows_with_outcome(self) -> int:
        return int(self.dataset.answers(self.task.target).notna().sum())

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The predictors as they are encoded; none of pictures."""
        if self.images:
            return ()
        return tuple(column_of(self.dataset, name) for name in self.task.features)

    @cached_property
    def missing(self) -> Missing:
        """Missing answers of the predictors in the rows that are not sealed."""
        rows = self.predictions["row"].to_numpy()
        if self.images:
            return Missing({}, 0.0, {})
        count = np.zeros(len(rows))
        shares = {}
        for name in self.task.features:
            gap = self.dataset.answers(name).iloc[rows].isna().to_numpy()
            count += gap
            if gap.any():
                shares[name] = float(gap.mean())
        count /= len(self.task.features)
        by_category = {}
        if not self.kind.numeric:
            means = pd.Series(count).groupby(self.predictions["observed"].astype(str)).mean()
            labels = [label for label in self.facts.coding.labels if label in means.index]
            by_category = {label: float(means[label]) for label in labels}
        ordered = dict(sorted(shares.items(), key=lambda pair: -pair[1]))
        return Missing(ordered, float(count.mean()), by_category)

    @cached_property
    def weight_cost(self) -> tuple[float, float] | None:
        """Design effect of the weights and effective number of cases; None where there are none."""
        if "weight" not in self.predictions:
            return None
        weight = self.predictions["weight"].to_numpy(dtype="float64")
        return design_effect(weight), effective_cases(weight)

    @cached_property
    def distribution(self) -> dict[str, str]:
        """The distribution of the outcome in the rows that are not sealed, unweighted."""
        observed = self.predictions["observed"]
        if self.kind.numeric:
            values = observed.to_numpy(dtype="float64")
            return {
                "mean": significant(float(values.mean())),
                "standard deviation": significant(float(values.std(ddof=1)))
                if len(values) > 1
                else "none",
                "median": significant(float(np.median(values))),
                "smallest": significant(float(values.min())),
                "largest": significant(float(values.max())),
            }
        counts = observed.astype(str).value_counts()
        labels = [label for label in self.facts.coding.labels if label in counts.index]
        return {n: f"{counts[n]:,} ({counts[n] / len(observed):.1%})" for n in labels}
