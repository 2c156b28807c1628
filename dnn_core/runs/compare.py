"""Compare runs: their settings and their metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd
from pydantic import BaseModel

from dnn_core.errors import reading
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.outcome.metrics import METRICS
from dnn_core.runs.held_out import describe_opening
from dnn_core.runs.records import SCORES
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, HiddenLayer, NetworkSpec, Part, Task, describe_field
from dnn_core.wording import interval, number

MAIN_PART = Part.VALIDATION
"""The part by which runs are ranked; the test part is not for choosing."""


class Figure(NamedTuple):
    """A metric with its interval; None where it is not defined."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def interval(self) -> str:
        """Such as "0.790 to 0.835"; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return interval(self.low, self.high, self._decimals)

    def __str__(self) -> str:
        if self.value is None:
            return ""
        return number(self.value, self._decimals) + (f" ({self.interval})" if self.interval else "")

    @property
    def _decimals(self) -> int:
        """Three; none where there are four digits before the point."""
        known = [abs(figure) for figure in self if figure is not None]
        return 0 if max(known, default=0.0) >= 1000 else 3


def compare_settings(runs: Sequence[Run]) -> pd.DataFrame:
    """The settings that differ.

    Returns
    -------
    pandas.DataFrame
        One row for each setting that is not the same in all runs: its title in
        "Setting", then one column of text for each run, under its name. No
        rows where the runs differ in nothing, or there is only one.
    """
    shared = _shared_features(runs)
    described = [dict(_describe(run, shared)) for run in runs]
    titles = dict.fromkeys(title for settings in described for title in settings)
    rows = [(title, *(settings[title] for settings in described)) for title in titles]
    differing = [row for row in rows if len(set(row[1:])) > 1]
    return pd.DataFrame(differing, columns=_columns("Setting", runs), dtype="str")


def compare_metrics(runs: Sequence[Run], part: Part) -> pd.DataFrame:
    """The networks' metrics on one part of the data, with intervals.

    Returns
    -------
    pandas.DataFrame
        One row for each metric, in the order of display: its title in
        "Metric", then one column of text for each run, under its name, such as
        "0.812 (0.790 to 0.835)"; empty where a run has no such figure (another
        kind of task, test part not opened, not finished). Below them, whether and
        when each run's test part was opened.
    """
    figures = [figures_of(run, part) for run in runs]
    rows = [
        (metric.title, *(str(scores.get(metric.name, Figure())) for scores in figures))
        for metric in METRICS
        if any(metric.name in scores for scores in figures)
    ]
    if rows:
        rows.append(("Test part", *map(describe_opening, runs)))
    return pd.DataFrame(rows, columns=_columns("Metric", runs), dtype="str")


def _columns(first: str, runs: Sequence[Run]) -> list[str]:
    """A first column, then the runs' names, with a number behind the second of a name."""
    wanted = [run.notes.name for run in runs]
    columns = [first]
    for name in wanted:
        unique, number = name, 2
        while unique in columns or (unique != name and unique in wanted):
            unique, number = f"{name} ({number})", number + 1
        columns.append(unique)
    return columns


def describe_layer(layer: HiddenLayer) -> str:
    """Name a layer in a few words: `64 ReLU, Dropout 0.2`."""
    return ", ".join([f"{layer.units} {layer.activation.label}", *layer.describe()])


def describe_layers(network: NetworkSpec) -> str:
    """Name all hidden layers: `64 ReLU, Dropout 0.2 | 8 tanh`."""
    return " | ".join(map(describe_layer, network.hidden)) or "none"


def _describe(run: Run, shared: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Titles and texts of everything that was asked, in the order of the specs."""
    experiment = run.experiment
    yield describe_field(Experiment, "data").title, _data(run)
    for part in ("task", "split", "encoding", "network", "training"):
        yield from _describe_spec(getattr(experiment, part), shared)
    yield _text(experiment, "seed")
    yield _text(experiment, "answers")


def _describe_spec(spec: BaseModel, shared: frozenset[str]) -> Iterator[tuple[str, str]]:
    for name in type(spec).model_fields:
        if isinstance(spec, Task) and name == "features":
            yield describe_field(Task, name).title, _features(spec, shared)
        elif isinstance(spec, NetworkSpec) and name == "hidden":
            yield describe_field(NetworkSpec, name).title, describe_layers(spec)
        else:
            yield _text(spec, name)


def _text(spec: BaseModel, name: str) -> tuple[str, str]:
    setting = describe_field(type(spec), name)
    return setting.title, setting.show(getattr(spec, name))


def _data(run: Run) -> str:
    # The fingerprint tells files of one name apart, and edits of the variables.
    return f"{run.about['dataset']} ({str(run.experiment.data)[:6]})"


def _features(task: Task, shared: frozenset[str]) -> str:
    """How many predictors, and which of them not every run has."""
    own = [name for name in task.features if name not in shared]
    return f"{len(task.features)}" + (f", with {', '.join(own)}" if own else "")


def _shared_features(runs: Sequence[Run]) -> frozenset[str]:
    sets = [frozenset(run.experiment.task.features) for run in runs]
    return frozenset.intersection(*sets) if sets else frozenset()


def figures_of(run: Run, part: Part) -> dict[str, Figure]:
    """The network's metrics on one part, by name; read without pandas, to be quick."""
    path = run.directory / ("test.json" if part == Part.TEST else "metrics.json")
    if not path.exists():
        return {}
    with reading("run", path):
        rows = [
            row
            for row in json.loads(path.read_bytes())["scores"]
            if row["model"] == NETWORK and row["part"] == part
        ]
        records = SCORES.validate_python(rows)
    return {row.metric: Figure(row.value, row.low, row.high) for row in records}
