"""A factory of small run directories, written file by file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dnn_core.audit.finding import Audit, Finding
from dnn_core.data.target import TargetCoding
from dnn_core.evaluation.calibration.figures import calibration_figures
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.outcome.metrics import main_metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.records import About, Facts, Notes, Phase, State, Status, now
from dnn_core.runs.run import Run
from dnn_core.specs import Answer, Experiment, Kind, Task
from dnn_core.training.history import EpochRecord

LABELS = {Kind.REGRESSION: (), Kind.BINARY: ("No", "Yes"), Kind.MULTICLASS: ("A", "B", "C")}
LABELS |= {Kind.ORDINAL: ("Low", "Middle", "High"), Kind.COUNT: (), Kind.AMOUNT: ()}
BASELINES = {
    Kind.REGRESSION: {"mean": "Mean of the outcome", "linear": "Linear regression"},
    Kind.BINARY: {"majority": "Most frequent category", "logistic": "Logistic regression"},
}
BASELINES[Kind.MULTICLASS] = BASELINES[Kind.BINARY]
BASELINES |= {
    Kind.ORDINAL: {"majority": "Most frequent category", "ordered_logit": "Ordered logit"},
    Kind.COUNT: {"mean": "Mean of the outcome", "poisson": "Poisson regression"},
    Kind.AMOUNT: {"mean": "Mean of the outcome", "gamma": "Gamma regression"},
}
METRIC = {kind: main_metric(kind).name for kind in Kind}
LEARNING = tuple(0.5 + 0.3 * 0.6**epoch for epoch in range(20))
"""A curve that falls and levels out: its last epochs differ by less than 0.1 %."""

Interval = tuple[float, float, float]
"""Value, low, high."""


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """Return a function that writes a run; without arguments, one with nothing to say."""
    return lambda **arguments: _write_run(tmp_path / "run", **arguments)


@pytest.fixture
def write_run() -> Callable[..., Run]:
    """Return a function that writes a run into a directory of one's choice."""
    return _write_run


def scores_by_fold(
    network: Callable[[int], list[float]],
    logistic: Callable[[int], float],
    half: Callable[[int], float] | None = None,
) -> AnalysisResult:
    """Scores of six folds: the network's by seed, the baseline's, and with half the cases."""
    rows: list[tuple[Any, ...]] = []
    for fold in range(6):
        rows += [
            ("network", 1.0, 90, 0, fold, seed, "auc", value)
            for seed, value in enumerate(network(fold))
        ]
        rows.append(("logistic", 1.0, 90, 0, fold, 0, "auc", logistic(fold)))
        if half is not None:
            rows.append(("network", 0.5, 45, 0, fold, 0, "auc", half(fold)))
    columns = ["model", "size", "cases", "repeat", "fold", "seed", "metric", "value"]
    models = {"logistic": "Logistic regression", "network": "This network"}
    folds = pd.DataFrame({"repeat": 0, "fold": range(6), "learnt": 90, "evaluated": 18})
    tables = {"scores": pd.DataFrame(rows, columns=columns), "folds": folds}
    return AnalysisResult({"metric": "auc", "models": models}, tables)


def _write_run(
    directory: Path,
    *,
    kind: Kind = Kind.BINARY,
    state: State = State.FINISHED,
    loss: Sequence[float] = LEARNING,
    val_loss: Sequence[float] = LEARNING,
    learning_rate: Sequence[float] | None = None,
    members: int = 1,
    training: dict[str, Any] | None = None,
    network: dict[str, Any] | None = None,
    task: dict[str, Any] | None = None,
    labels: dict[str, str] | None = None,
    cases: dict[str, int] | None = None,
    training_counts: dict[str, int] | None = None,
    parameters: int = 500,
    scores: dict[tuple[str, ...], Interval] | None = None,
    gains: dict[tuple[str, ...], Interval] | None = None,
    observed: Sequence[Any] | None = None,
    predicted: Any = None,
    weight: Sequence[float] | None = None,
    cluster: Sequence[Any] | None = None,
    test_opened: bool = False,
    audit: Sequence[Finding] | None = None,
    answers: Sequence[Answer] = (),
    resampling: AnalysisResult | None = None,
) -> Run:
    """Write a run's directory.

    `scores` and `gains` are by model and part, and metric where it is not the main one;
    `observed`, `predicted`, `weight` and `cluster` are of the test part once it is open, else of
    the validation part.
    """
    directory.mkdir()
    asked_of = {"target": "vote", "features": ("age", "educ"), "kind": kind, **(task or {})}
    names = Task(**asked_of)
    asked = {"task": names, "training": {"epochs": len(val_loss), **(training or {})}}
    experiment = Experiment.model_validate(
        {**asked, "network": network or {}, "answers": tuple(answers)}
    )
    run_files = {
        "experiment.json": experiment.model_dump_json(),
        "about.json": _about(labels or {}).model_dump_json(),
        "status.json": _status(state, experiment).model_dump_json(),
        "notes.json": Notes(name="Run 1").model_dump_json(),
    }
    if state in (State.FINISHED, State.STOPPED):
        sizes = cases or {"training": 1000, "validation": 400, "test": 400}
        counts = training_counts or dict.fromkeys(LABELS[kind], 500)
        facts = _facts(kind, sizes, counts, parameters).model_copy(
            update={"best_epochs": [int(np.argmin(val_loss)) + 1] * members if val_loss else []}
        )
        run_files["facts.json"] = facts.model_dump_json()
        run_files["metrics.json"] = json.dumps(
            {"scores": _rows(kind, scores), "gains": _rows(kind, gains)}
        )
    table, part = None, "test" if test_opened else "validation"
    if observed is not None:
        table = _predictions(kind, part, observed, predicted)
        if weight is not None:
            table["weight"] = np.asarray(weight, dtype="float32")
    if test_opened:
        run_files["test.json"] = json.dumps({"scores": [], "gains": [], "openings": []})
    if table is not None and not kind.numeric:
        name = "test.json" if test_opened else "metrics.json"
        calibration = _calibration(kind, part, table, cluster)
        run_files[name] = json.dumps({**json.loads(run_files[name]), "calibration": calibration})
    for name, text in run_files.items():
        (directory / name).write_text(text, encoding="utf-8")
    if "facts.json" in run_files:
        _write_predictions(directory, table, test_opened=test_opened)
    run = Run(directory)
    if audit is not None:
        run.write_audit(Audit(tuple(audit)))
    if resampling is not None:
        run.analyses.directory.mkdir()
        run.analyses.keep("resampling", resampling)
    rates = learning_rate or [1e-3] * len(val_loss)
    for epoch, figures in enumerate(zip(loss, val_loss, rates, strict=True), start=1):
        for member in range(1, members + 1):
            run.append("history.jsonl", _record(epoch, member, *figures).to_json())
    return run


def _record(epoch: int, member: int, loss: float, val_loss: float, rate: float) -> EpochRecord:
    return EpochRecord(epoch, member, loss, val_loss, 0.0, 0.7, 0.7, rate, float(epoch))


def _about(labels: dict[str, str]) -> About:
    return About(
        dataset="survey",
        file_name="survey.csv",
        sha256="0" * 64,
        reading={},
        rows=1800,
        variables=3,
        labels=labels,
        edits={},
        versions={},
    )


def _status(state: State, experiment: Experiment) -> Status:
    return Status(
        state=state, phase=Phase.ENDED, epochs=experiment.training.epochs, created_at=now()
    )


def _facts(kind: Kind, cases: dict[str, int], counts: dict[str, int], parameters: int) -> Facts:
    names = LABELS[kind]
    coding = TargetCoding("vote", kind, classes=names, labels=names)
    return Facts(
        cases=cases,
        class_counts={} if kind.numeric else {"training": counts},
        inputs=10,
        parameters=parameters,
        target=coding.to_dict(),
        training_mean=0.0 if kind.numeric else None,
        best_epoch=1,
        diverged_epoch=None,
        baselines=BASELINES[kind],
    )


def _rows(
    kind: Kind, estimates: dict[tuple[str, ...], Interval] | None
) -> list[dict[str, str | float]]:
    return [
        {
            "model": model,
            "part": part,
            "metric": metric[0] if metric else METRIC[kind],
            "value": value,
            "low": low,
            "high": high,
        }
        for (model, part, *metric), (value, low, high) in (estimates or {}).items()
    ]


def _write_predictions(directory: Path, table: pd.DataFrame | None, *, test_opened: bool) -> None:
    """The files that every trained run has, without rows where nothing is given."""
    if table is None:
        table = pd.DataFrame(columns=["row", "part", "observed", "predicted"])
    seen = table.iloc[:0] if test_opened else table
    seen.to_parquet(directory / "predictions.parquet", index=False)
    if test_opened:
        table.to_parquet(directory / "test_predictions.parquet", index=False)


def _calibration(
    kind: Kind, part: str, table: pd.DataFrame, cluster: Sequence[Any] | None
) -> list[dict[str, Any]]:
    """Rows of `Run.calibration`, as a run keeps them."""
    labels = LABELS[kind]
    weight = table["weight"].to_numpy("float64") if "weight" in table else np.ones(len(table))
    if not weight.sum() > 0:
        return []
    y = np.array([labels.index(label) for label in table["observed"]])
    probabilities = table[[f"probability_{label}" for label in labels]].to_numpy()
    design = Design(weight, None if cluster is None else np.asarray(cluster))
    result = calibration_figures(kind, labels, y, probabilities, design)
    result = result.assign(version="learnt", part=part).astype("object")
    return result.where(result.notna(), None).to_dict("records")


def _predictions(kind: Kind, part: str, observed: Sequence[Any], predicted: Any) -> pd.DataFrame:
    """Numbers; or, of two categories, the probability of Yes; or of A, B and C each."""
    table = pd.DataFrame({"row": np.arange(len(observed)), "part": part})
    if kind.numeric:
        return table.assign(observed=list(observed), predicted=list(predicted))
    probabilities = np.asarray(predicted, dtype=float)
    if kind is Kind.BINARY:
        probabilities = np.column_stack([1 - probabilities, probabilities])
    labels = np.array(LABELS[kind])
    table = table.assign(observed=list(observed), predicted=labels[probabilities.argmax(axis=1)])
    return table.join(pd.DataFrame(probabilities, columns=[f"probability_{x}" for x in labels]))
