"""Score a file with a trained network from a terminal; `score.py` of a package calls this.

The source of this module, and of all that it imports, goes into each replication package. So it may
import only what a prediction needs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from dnn_core.data.csv_safety import write_csv
from dnn_core.data.encoding.encoder import Encoder
from dnn_core.data.new_file import read_new_file
from dnn_core.errors import UserError
from dnn_core.evaluation.calibration.conformal import DEFAULT_LEVEL, LEVELS
from dnn_core.evaluation.calibration.prediction_intervals import read_intervals, with_intervals
from dnn_core.evaluation.calibration.recalibration import Recalibrated
from dnn_core.evaluation.columns import (
    UNUSABLE,
    Severity,
    describe_ignored,
    report_columns,
    require_columns,
)
from dnn_core.evaluation.predictor import Predictor


def main(folder: Path, arguments: Sequence[str] | None = None) -> int:
    """Score the file that the command line names; what is to be said of it goes to standard error.

    Parameters
    ----------
    folder : Path
        With `encoder.json`, `encoder.skops` (not for images), `model.keras`, `about.json` and, if
        predictions get intervals, `conformal.json`.
    arguments : sequence of str, optional
        Of the command line, which it is where left out.

    Returns
    -------
    int
        Exit status: 0, or 1 where the file cannot be scored.
    """
    asked = _parse(arguments)
    # TensorFlow's notes on the processor would hide what is said of the file.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        scored = _score(folder, asked)
    except UserError as error:
        _say(f"{error}")
        return 1
    asked.scored.write_bytes(write_csv(scored))
    return 0


def beside(frame: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """New rows with what a network predicts for them.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows as they are in their file.
    predictions : pandas.DataFrame
        From `Predictor.predictions`, in the same order.

    Returns
    -------
    pandas.DataFrame
        The columns of `frame`, then predicted and `probability_<label>`; one of
        these whose name the file has already gets a number behind it.
    """
    said = _news(predictions).rename(columns=lambda name: free_name(name, set(frame.columns)))
    return pd.concat([frame.reset_index(drop=True), said.reset_index(drop=True)], axis=1)


def free_name(name: str, taken: set[str]) -> str:
    """The name itself, or with the first number behind it that makes it a new one."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="score.py", description="Score new cases with the trained network of this folder."
    )
    parser.add_argument("new", type=Path, help="file with a column for each predictor, or images")
    parser.add_argument("scored", type=Path, help="CSV file that is written")
    parser.add_argument(
        "--level", type=int, choices=LEVELS, default=DEFAULT_LEVEL, help="percent, of intervals"
    )
    parser.add_argument(
        "--probabilities",
        choices=[choice.value for choice in Recalibrated],
        default=Recalibrated.LEARNT.value,
        help="as the network predicts them (learnt), or recalibrated",
    )
    return parser.parse_args(arguments)


def _score(folder: Path, asked: argparse.Namespace) -> pd.DataFrame:
    """The table to write: the rows with their predictions, or the predictions of images."""
    if not asked.new.is_file():
        raise UserError(
            f"There is no file “{asked.new}”.", remedy="Check the name and the folder of the file."
        )
    encoder = Encoder.load(folder)
    if encoder.pixels:
        images = _read_images(asked.new)
        return _news(_sure(folder, asked, encoder, Predictor.load(folder).predict_images(images)))
    # What is said of the columns takes a second, and loading TensorFlow ten.
    frame = _read_rows(folder, asked.new, encoder)
    return beside(frame, _sure(folder, asked, encoder, Predictor.load(folder).predictions(frame)))


def _sure(
    folder: Path, asked: argparse.Namespace, encoder: Encoder, predictions: pd.DataFrame
) -> pd.DataFrame:
    """Predictions with their intervals or sets, where the run has thresholds."""
    intervals = read_intervals(folder)
    if intervals["conformal"] is None:
        return predictions
    choice = Recalibrated(asked.probabilities)
    return with_intervals(predictions, encoder.target, intervals, asked.level, choice)


def _news(predictions: pd.DataFrame) -> pd.DataFrame:
    """The columns of a prediction, without those that a new row lacks."""
    known = {"row", "part", "observed"}
    return predictions[[name for name in predictions.columns if name not in known]]


def _read_rows(folder: Path, path: Path, encoder: Encoder) -> pd.DataFrame:
    """Read the file as the training file was read, and say what fits."""
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    new = read_new_file(path.read_bytes(), path.name, about["reading"], encoder.columns)
    _say(*new.source.warnings)
    report = report_columns(encoder, new.frame)
    remarks = report[report["problem"] != ""]
    _say(
        f"{path.name}: {len(new):,} rows, {len(report):,} predictors, "
        f"{len(report) - len(remarks):,} of them without a remark."
    )
    for name, problem, severity in remarks[["name", "problem", "severity"]].to_numpy():
        _say(f"{Severity(severity).label}: {name}: {problem}")
    if ignored := describe_ignored(encoder, new.frame):
        _say(ignored)
    require_columns(encoder, new.frame)
    if (report["severity"] == Severity.PROBLEM.value).any():
        _say(UNUSABLE)
    return new.frame


def _read_images(path: Path) -> np.ndarray:
    """Grey values of an .npy file, or of a CSV file with one image a line."""
    try:
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False)
        return np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as error:
        raise UserError(
            f"“{path.name}” contains no images.",
            expected="grey values from 0 to 255, as .npy or as CSV with one image a line",
            received=f"{error}",
        ) from error


def _say(*sentences: str) -> None:
    """Write to standard error; what would move a terminal's cursor is left out."""
    for sentence in sentences:
        sys.stderr.write("".join(s if s.isprintable() else "�" for s in sentence) + "\n")
    sys.stderr.flush()
