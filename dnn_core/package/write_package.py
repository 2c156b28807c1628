"""Exports of a run: predictions, the network, and a replication package."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from dnn_core.data.csv_safety import write_csv
from dnn_core.data.dataset import Dataset
from dnn_core.evaluation.calibration.conformal import DEFAULT_LEVEL
from dnn_core.evaluation.calibration.prediction_intervals import with_intervals
from dnn_core.evaluation.calibration.recalibration import Recalibrated
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.evaluation.score_file import free_name
from dnn_core.package.readme import write_readme
from dnn_core.package.scoring_script import scoring_files
from dnn_core.runs.held_out import describe_opening
from dnn_core.runs.records import now
from dnn_core.runs.run import Run
from dnn_core.runs.versions import PACKAGES
from dnn_core.specs import Part


def predictions_csv(
    run: Run,
    dataset: Dataset,
    level: int = DEFAULT_LEVEL,
    recalibrated: Recalibrated = Recalibrated.LEARNT,
) -> bytes:
    """Predictions beside the original columns of their rows.

    Parameters
    ----------
    run : Run
    dataset : Dataset
        The data that the run was trained on.
    level : int
        Percent, of the interval or set of each prediction; one of `conformal.LEVELS`.
    recalibrated : Recalibrated
        Which probabilities are written.

    Returns
    -------
    bytes
        CSV, sorted by row: row (counted from 1), split, the original columns,
        observed, predicted, `low_<level>` and `high_<level>` or `set_<level>`,
        `probability_<label>`, test_part. A column of ours
        whose name the data have already gets a number behind it. Rows of the
        test part are in it only once that part was opened. Where networks take
        turns, a training row has the prediction of the one that left it out,
        and its part is validation.

    Raises
    ------
    UserError
        If the run has no trained network, or was trained on other data.
    """
    run.require_model()
    run.require_data(dataset)
    return write_csv(_predictions(run, dataset.frame, level, recalibrated))


def model_bytes(run: Run) -> bytes:
    """The trained network as one file, with a word on what it is and on its test part.

    Returns
    -------
    bytes
        What Keras saved, which is a zip, with a README.txt added; Keras passes over it.

    Raises
    ------
    UserError
        If the run has no trained network.
    """
    run.require_model()
    buffer = io.BytesIO((run.directory / "model.keras").read_bytes())
    words = (
        f"{run.notes.name}: a network that predicts {run.experiment.task.target}, trained on "
        f"{run.about['dataset']} with DNN Workbench.\nTest part: {describe_opening(run)}.\n"
        "It takes encoded predictors; encoder and scoring script are in the replication package.\n"
    )
    with zipfile.ZipFile(buffer, "a") as archive:
        _add(archive, "README.txt", words, run.status.ended_at or now())
    return buffer.getvalue()


def write_package(run: Run, path: Path | str, dataset: Dataset | None = None) -> Path:
    """Write the replication package; see `package_bytes`.

    Parameters
    ----------
    run : Run
        A finished run.
    path : Path or str
        The ZIP file to write; one that is there is replaced.
    dataset : Dataset, optional
        The data that the run was trained on, for predictions with the original columns.

    Returns
    -------
    Path
        `path`, which is complete once it is there.

    Raises
    ------
    UserError
        If the run has no trained network, or was trained on other data.
    """
    content = package_bytes(run, dataset)
    path = Path(path)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    return temporary.replace(path)


def package_bytes(run: Run, dataset: Dataset | None = None, report: str | None = None) -> bytes:
    """The replication package as a zip: all that is needed to check a run and to score new cases.

    Parameters
    ----------
    run : Run
    dataset : Dataset, optional
        The data that the run was trained on; with it, predictions stand beside
        the original columns, without it beside the row number.
    report : str, optional
        What `write_report` wrote; it becomes report.html.

    Raises
    ------
    UserError
        If the run has no trained network, or was trained on other data.
    """
    run.require_model()
    if dataset is not None:
        run.require_data(dataset)
    frame = None if dataset is None else dataset.frame
    opening = describe_opening(run)
    pixels = not (run.directory / "encoder.skops").exists()
    files: dict[str, bytes | str] = {
        "README.txt": write_readme(
            run,
            opening,
            pixels=pixels,
            rows_included=frame is not None,
            report_included=report is not None,
        ),
        **scoring_files(pixels=pixels),
        "requirements.txt": _requirements(run),
        "model.keras": (run.directory / "model.keras").read_bytes(),
        "encoder.json": (run.directory / "encoder.json").read_bytes(),
        "predictions.csv": write_csv(_predictions(run, frame)),
        "metrics.csv": write_csv(_titled(run, run.scores)),
        "gains.csv": write_csv(_titled(run, run.gains)),
        "history.csv": write_csv(run.history),
        "experiment.json": run.experiment.model_dump_json(indent=2),
        "codebook.json": (run.directory / "codebook.json").read_bytes(),
        "about.json": json.dumps(_about(run, opening), indent=2, ensure_ascii=False),
    }
    if report is not None:
        files["report.html"] = report
    for name, kept in run.intervals.items():
        if kept is not None:
            files[f"{name}.json"] = (run.directory / f"{name}.json").read_bytes()
    if not run.calibration.empty:
        files["calibration.csv"] = write_csv(run.calibration)
    if run.audit is not None:
        files["audit.json"] = (run.directory / "audit.json").read_bytes()
    if not pixels:
        files["encoder.skops"] = (run.directory / "encoder.skops").read_bytes()
    return _zip(files, run.status.ended_at or now())


def _predictions(
    run: Run,
    frame: pd.DataFrame | None,
    level: int = DEFAULT_LEVEL,
    recalibrated: Recalibrated = Recalibrated.LEARNT,
) -> pd.DataFrame:
    """Predictions by row, with the original columns where they are at hand."""
    table = run.predictions
    if run.intervals["conformal"] is not None:
        table = with_intervals(table, run.facts.coding, run.intervals, level, recalibrated)
    if run.experiment.folds:
        # Each training row is there twice; kept is what a network says that left it out.
        table = table[table["part"] != Part.TRAINING]
    table = table.sort_values("row", kind="stable", ignore_index=True)
    table["test_part"] = describe_opening(run)
    positions = table["row"].to_numpy()
    # As people count, and as SPSS does: the first row below the names is 1.
    table["row"] = positions + 1
    if frame is None:
        return table
    original = frame.iloc[positions].reset_index(drop=True)
    renamed = {name: free_name(name, set(original.columns)) for name in table.columns}
    table = table.rename(columns=renamed)
    first = [renamed["row"], renamed["part"]]
    return pd.concat([table[first], original, table.drop(columns=first)], axis=1)


def _titled(run: Run, figures: pd.DataFrame) -> pd.DataFrame:
    """Metrics or gains with the models' titles instead of their keys."""
    titles = {NETWORK: "Network", **run.facts.baselines}
    return figures.assign(model=figures["model"].replace(titles), test_part=describe_opening(run))


def _about(run: Run, opening: str) -> dict[str, Any]:
    status, notes = run.status, run.notes
    return {
        "run": {
            "id": run.id,
            "name": notes.name,
            "note": notes.note,
            "tags": list(notes.tags),
            "state": status.state.value,
            "created_at": status.created_at.isoformat(),
            "seconds": status.elapsed_seconds,
            "best_epoch": run.facts.best_epoch,
            "parameters": run.facts.parameters,
        },
        "test_part": {
            "opened": run.test_opened,
            "in_words": opening,
            "openings": run.openings,
            "sealed": run.held_out.model_dump(mode="json"),
        },
        "cases": run.facts.cases,
        "data_fingerprint": run.experiment.data,
        **run.about,
    }


def _requirements(run: Run) -> str:
    versions = run.about["versions"]
    # What only holds specs changes no result: it is that of the source which goes along.
    # So is that of a package which the run was trained without.
    needed = {name: versions.get(name) or version(name) for name in (*PACKAGES, "pydantic")}
    lines = [f"# Python {versions['python']}", *(f"{n}=={v}" for n, v in needed.items())]
    return "\n".join(lines) + "\n"


def _zip(files: dict[str, bytes | str], made_at: datetime) -> bytes:
    """Pack files under one time, so that the same run gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            _add(archive, name, content, made_at)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes | str, made_at: datetime) -> None:
    entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
