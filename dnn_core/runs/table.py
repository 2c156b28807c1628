"""All runs as one table: every setting and every figure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import pandas as pd
from pydantic import BaseModel

from dnn_core.errors import reading
from dnn_core.outcome.metrics import METRICS, Metric, main_metric
from dnn_core.runs.compare import MAIN_PART, Figure, describe_layers, figures_of
from dnn_core.runs.held_out import describe_opening
from dnn_core.runs.run import Run
from dnn_core.specs import (
    EncodingSpec,
    Experiment,
    NetworkSpec,
    Part,
    SplitSpec,
    Task,
    TrainingSpec,
    describe_field,
)
from dnn_core.training.best_epochs import BestEpochs

Row = list[Any]
"""What is known of a run, in the order of `COLUMNS`: texts, numbers and None, as in JSON."""

PARTS: dict[str, type[BaseModel]] = {
    "task": Task,
    "split": SplitSpec,
    "encoding": EncodingSpec,
    "network": NetworkSpec,
    "training": TrainingSpec,
}

TYPES = {float: "float64", int: "Int64", bool: "boolean"}
"""Types of columns of settings; every other setting is text."""

PREFIXES = {Part.VALIDATION: "", Part.TEST: "test_"}
"""Parts of the data whose figures are listed, and how their columns begin."""


class Column(NamedTuple):
    """A column of the table: its name, its words, its type, and what it says in a sentence."""

    name: str
    title: str
    type: str
    help: str = ""


ABOUT = (
    Column("id", "Id", "str"),
    Column("name", "Run", "str"),
    Column("state", "State", "str"),
    Column("created", "Made", "datetime64[us, UTC]"),
    Column("data", "Data", "str"),
    Column("outcome", "Outcome", "str"),
    Column("network", "Network", "str"),
    Column("epochs", "Epochs trained", "Int64"),
    Column("best_epochs", "Best epochs", "str", "Each of several networks keeps its own."),
    Column("best_epoch", "Best epoch, median", "Int64"),
    Column("metric", "Measure", "str"),
    Column("value", "Validation", "float64"),
    Column("low", "Lower limit", "float64"),
    Column("high", "Upper limit", "float64"),
    Column("interval", "95% interval", "str"),
    Column("seconds", "Seconds", "float64"),
    Column("inputs", "Input columns", "Int64"),
    Column("parameters", "Parameters", "Int64"),
    Column("tags", "Tags", "object"),
    Column("note", "Note", "str"),
    Column("archived", "Archived", "bool"),
    Column("test_part", "Test part", "str"),
    Column("fingerprint", "Fingerprint of the data", "str"),
    Column(
        "evaluated_on",
        "Evaluated on",
        "str",
        "Runs with the same sign are evaluated on the same rows.",
    ),
)
"""What every run has, whatever was asked."""


def _setting_columns() -> dict[tuple[str, str], Column]:
    """Columns of settings, by part of the experiment and field."""
    columns = {}
    for part, spec in PARTS.items():
        for name in spec.model_fields:
            # The outcome has a column; which predictors there are is too long for one.
            if (part, name) == ("task", "target"):
                continue
            setting = describe_field(spec, name)
            kind = "Int64" if (part, name) == ("task", "features") else TYPES.get(setting.kind)
            column = Column(f"{part}.{name}", setting.title, kind or "str", setting.help)
            columns[part, name] = column
    seed = describe_field(Experiment, "seed")
    columns["", "seed"] = Column("seed", seed.title, "Int64", seed.help)
    return columns


SETTING_COLUMNS = _setting_columns()


def _metric_columns(metric: Metric) -> list[Column]:
    columns = []
    for part, prefix in PREFIXES.items():
        title = f"{metric.title}, {part}"
        columns += [
            Column(f"{prefix}{metric.name}", title, "float64", metric.help),
            Column(f"{prefix}{metric.name}_low", f"{title}, lower limit", "float64"),
            Column(f"{prefix}{metric.name}_high", f"{title}, upper limit", "float64"),
        ]
    return columns


METRIC_COLUMNS = tuple(column for metric in METRICS for column in _metric_columns(metric))
COLUMNS = (*ABOUT, *SETTING_COLUMNS.values(), *METRIC_COLUMNS)
_POSITION = {column.name: i for i, column in enumerate(COLUMNS)}


def runs_table(runs: Iterable[Run]) -> pd.DataFrame:
    """One row for each run, read from its directory; see `tabulate`."""
    return tabulate([read_row(run) for run in runs])


def tabulate(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows of `read_row` as a table.

    Returns
    -------
    pandas.DataFrame
        Columns and types as in `COLUMNS`; `created` in UTC, `epochs` those that the network
        which trained longest completed, `metric` the title of the task's main metric, and
        `value`, `low`, `high` and `interval`, a text, what it is on the validation part; `tags`
        are tuples. All metrics are those of the weights that were kept. A metric that no
        run has, is left out.
    """
    kept = {column.name for column in METRIC_COLUMNS}
    columns = {}
    values = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    for column, cells in zip(COLUMNS, values, strict=True):
        if column.name in kept and all(cell is None for cell in cells):
            continue
        columns[column.name] = _typed(column, list(cells))
    return pd.DataFrame(columns)


def _typed(column: Column, cells: list[Any]) -> pd.Series:
    if column.type.startswith("datetime"):
        times = pd.to_datetime(pd.Series(cells, dtype="object"), utc=True, format="ISO8601")
        return pd.Series(times, dtype=column.type)
    if column.name == "tags":
        cells = list(map(tuple, cells))
    return pd.Series(cells, dtype=column.type)


def read_row(run: Run) -> Row:
    """The row of a run in the table, from the files in its directory."""
    status, notes, experiment = run.status, run.notes, run.experiment
    main = main_metric(run.kind)
    figures = {part: figures_of(run, part) for part in PREFIXES}
    figure = figures[MAIN_PART].get(main.name, Figure())
    evaluated = status.done or (run.directory / "facts.json").exists()
    facts = run.facts if evaluated else None
    # What is known already is not worked out again from a long history.
    best = BestEpochs.of(facts.best_epochs) if facts else run.best_epochs
    values: dict[str, Any] = {
        "id": run.id,
        "name": notes.name,
        "state": status.state.label,
        "created": status.created_at.isoformat(),
        "data": run.about["dataset"],
        "outcome": experiment.task.target,
        "network": experiment.network.summary(),
        "epochs": _count_epochs(run),
        "best_epochs": best.figure if best.epochs else "",
        "best_epoch": best.middle,
        "metric": main.title,
        **figure._asdict(),
        "interval": figure.interval,
        "seconds": status.elapsed_seconds,
        "inputs": facts.inputs if facts else None,
        "parameters": facts.parameters if facts else None,
        "tags": list(notes.tags),
        "note": notes.note,
        "archived": notes.archived,
        "test_part": describe_opening(run) if status.done else "",
        "fingerprint": experiment.data or "",
        "evaluated_on": evaluated_on(experiment),
        **_settings(experiment),
        **_metrics(figures),
    }
    row: Row = [None] * len(COLUMNS)
    for name, value in values.items():
        row[_POSITION[name]] = value
    return row


def evaluated_on(experiment: Experiment) -> str:
    """The same for experiments on the same data, outcome and split."""
    about = (experiment.data, experiment.task.target, experiment.split.model_dump_json())
    return _short_digest(about)


@cache
def _short_digest(about: tuple[str | None, ...]) -> str:
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]


def _settings(experiment: Experiment) -> dict[str, Any]:
    settings: dict[str, Any] = {"seed": experiment.seed}
    for (part, name), column in SETTING_COLUMNS.items():
        if part:
            settings[column.name] = _setting(getattr(experiment, part), name, column.type)
    return settings


def _setting(spec: BaseModel, name: str, kind: str) -> Any:
    value = getattr(spec, name)
    if isinstance(spec, Task) and name == "features":
        return len(spec.features)
    if isinstance(spec, NetworkSpec) and name == "hidden":
        return describe_layers(spec)
    return value if kind != "str" else _declared(type(spec), name).show(value)


_declared = cache(describe_field)
"""A declaration is read once, not once for each of ten thousand runs."""


def _metrics(figures: dict[Part, dict[str, Figure]]) -> dict[str, float | None]:
    result = {}
    for part, prefix in PREFIXES.items():
        for name, figure in figures[part].items():
            values = {"": figure.value, "_low": figure.low, "_high": figure.high}
            for ending, value in values.items():
                if f"{prefix}{name}{ending}" in _POSITION:
                    result[f"{prefix}{name}{ending}"] = value
    return result


def _count_epochs(run: Run) -> int:
    # The last line alone is parsed: a table of thousands of runs has to be quick.
    path = run.directory / "history.jsonl"
    if not path.exists():
        return 0
    with reading("run", path):
        text = path.read_bytes()
        last = text[: text.rfind(b"\n") + 1].splitlines()[-1:]
        return int(json.loads(last[0])["epoch"]) if last else 0


class Narrowing(NamedTuple):
    """Which runs are wanted; what is empty leaves all.

    `words` are looked for in name, note, tags, outcome and data, each of them anywhere and
    in capitals or not. Of several tags, one is enough.
    """

    words: str = ""
    state: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


SEARCHED = ("name", "note", "outcome", "data")


def narrow(table: pd.DataFrame, wanted: Narrowing) -> pd.DataFrame:
    """The rows of `runs_table` that are wanted."""
    kept = pd.Series(True, index=table.index)
    for name in ("state", "data", "outcome"):
        values = getattr(wanted, name)
        if values:
            kept &= table[name].isin(values)
    if wanted.tags:
        kept &= table["tags"].map(set(wanted.tags).intersection).map(bool)
    if wanted.words.strip():
        # One text for each run; a line end keeps a word from reaching over two columns.
        text = table["tags"].map("\n".join).astype("object")
        for name in SEARCHED:
            text = text + "\n" + table[name].astype("object")
        text = text.map(str.casefold)
        for word in wanted.words.casefold().split():
            kept &= text.map(lambda of_run, word=word: word in of_run)
    return table[kept.astype("bool")].reset_index(drop=True)
