"""The parts of a run that are sent: parameters, metrics, tags and files.

No row of the data is: neither predictions of cases nor, where similar rows stand in for
missing answers, the encoder, which holds rows then.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import BaseModel

from dnn_core.checks import lead_sentence, run_checks
from dnn_core.data.dataset import Dataset
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.outcome.metrics import main_metric
from dnn_core.package.write_package import package_bytes
from dnn_core.report.report import write_report
from dnn_core.runs.held_out import describe_opening
from dnn_core.runs.run import Run
from dnn_core.specs import Imputation
from dnn_core.training.history import COLUMNS, mean_history

PREFIX = "dnn_workbench"
"""Prefix of tags, to avoid collisions."""

KEY = f"{PREFIX}.key"
"""Tag that identifies a run that was sent before."""

LONGEST_PARAMETER = 6000
"""Characters; MLflow's own limit (mlflow.utils.validation.MAX_PARAM_VAL_LENGTH)."""

CURVES = tuple(name for name in COLUMNS if name not in ("epoch", "member"))
"""Columns of the history that are sent."""


class Point(NamedTuple):
    """One value of a metric; `step` is the epoch, `seconds` counts from the run's start."""

    name: str
    value: float
    step: int
    seconds: float


def key_of(run: Run) -> str:
    """Identifier of a run, wherever its directory lies: 16 digits."""
    whole = f"{run.id} {run.status.created_at.isoformat()} {run.experiment.digest()}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def parameters(run: Run) -> dict[str, str]:
    """Every setting of a run, under names such as `training.learning_rate`.

    Hidden layers count from 1: `network.hidden.1.units`. A list of names longer than a
    parameter may be is cut off; experiment.json, among the files, has all of it.
    """
    settings = dict(_settings("", run.experiment))
    return {name: _shortened(value) for name, value in settings.items()}


def _settings(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        parts = [(field, getattr(value, field)) for field in fields]
    elif isinstance(value, tuple) and any(isinstance(item, BaseModel) for item in value):
        parts = [(str(place), item) for place, item in enumerate(value, start=1)]
    else:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return
    for part, inner in parts:
        yield from _settings(f"{name}.{part}" if name else part, inner)


def _shortened(value: str) -> str:
    if len(value) <= LONGEST_PARAMETER:
        return value
    return value[: LONGEST_PARAMETER - 1] + "…"


def curves(run: Run) -> Iterator[Point]:
    """The learning curves: their mean, and each network's own where there are several.

    `curves/val_auc` is the mean, `network_2/val_auc` that of the second network. A value
    that is no finite number is left out.
    """
    history = run.history
    metric = main_metric(run.kind).name
    mean = mean_history(history).reset_index()
    yield from _points("curves", mean, metric)
    members = history["member"].unique()
    if len(members) > 1:
        for member in members:
            own = history[history["member"] == member]
            yield from _points(f"network_{member}", own, metric)


def _points(group: str, history: pd.DataFrame, metric: str) -> Iterator[Point]:
    titles = {"metric": metric, "val_metric": f"val_{metric}"}
    for column in CURVES:
        name = f"{group}/{titles.get(column, column)}"
        rows = history[["epoch", column, "elapsed_seconds"]].to_numpy(dtype="float64")
        for epoch, value, seconds in rows[np.isfinite(rows[:, 1])].tolist():
            yield Point(name, value, int(epoch), seconds)


def figures(run: Run) -> Iterator[Point]:
    """Metrics with 95% intervals: `validation/auc`, `.../auc_low`, `.../auc_high`.

    Baselines stand beside: `validation/baseline_linear/auc`. Of the test part there is
    something only once it was opened.
    """
    seconds = run.status.elapsed_seconds
    for row in run.scores.to_dict("records"):
        model = "" if row["model"] == NETWORK else f"baseline_{row['model']}/"
        for column, ending in (("value", ""), ("low", "_low"), ("high", "_high")):
            value = row[column]
            if value is not None and math.isfinite(value):
                name = f"{row['part']}/{model}{row['metric']}{ending}"
                yield Point(name, float(value), 0, seconds)
    if run.status.done:
        facts = run.facts
        counts = {"parameters": facts.parameters, "inputs": facts.inputs}
        counts |= {f"cases_{part}": cases for part, cases in facts.cases.items()}
        if facts.best_epoch is not None:
            counts["best_epoch"] = facts.best_epoch
        for name, count in counts.items():
            yield Point(name, float(count), 0, seconds)


def tags(run: Run) -> dict[str, str]:
    """Tags of a run: its task, data and notes."""
    about, notes = run.about, run.notes
    findings, _ = run_checks(run)
    sentence = lead_sentence(run, findings)
    return {
        # What MLflow shows as the description.
        "mlflow.note.content": "\n\n".join(filter(None, [sentence, notes.note])),
        "mlflow.source.name": "DNN Workbench",
        KEY: key_of(run),
        f"{PREFIX}.run_id": run.id,
        f"{PREFIX}.state": run.status.state.label,
        f"{PREFIX}.dataset": about["dataset"],
        f"{PREFIX}.fingerprint": str(run.experiment.data),
        f"{PREFIX}.outcome": run.experiment.task.target,
        f"{PREFIX}.kind": run.kind.label,
        f"{PREFIX}.test_part": describe_opening(run),
        f"{PREFIX}.note": notes.note,
        f"{PREFIX}.conclusion": sentence,
        **{f"{PREFIX}.version.{name}": said for name, said in about["versions"].items()},
    }


def write_files(run: Run, folder: Path, dataset: Dataset | None) -> None:
    """Write the files that are sent; with the report if the data are available."""
    if not run.status.done:
        (folder / "experiment.json").write_text(
            run.experiment.model_dump_json(indent=2), encoding="utf-8"
        )
        return
    report = None if dataset is None else write_report(run, dataset)
    # The README speaks of all files of the package.
    left_out = {"README.txt", "predictions.csv"}
    if run.experiment.encoding.imputation is Imputation.NEIGHBOURS:
        left_out |= {"encoder.skops", "score.py", "dnn_core"}
    with zipfile.ZipFile(io.BytesIO(package_bytes(run, report=report))) as package:
        package.extractall(
            folder, [name for name in package.namelist() if name.split("/")[0] not in left_out]
        )
