"""Intervals and sets of a run: what it keeps of them, and a table of predictions with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from dnn_core.data.target import TargetCoding
from dnn_core.errors import UserError, reading
from dnn_core.evaluation.calibration.conformal import DEFAULT_LEVEL, LEVELS, Conformal
from dnn_core.evaluation.calibration.prediction_sets import add_intervals
from dnn_core.evaluation.calibration.recalibration import Recalibrated, Recalibration


def with_intervals(
    table: pd.DataFrame,
    target: TargetCoding,
    intervals: dict[str, Any],
    level: int = DEFAULT_LEVEL,
    choice: Recalibrated = Recalibrated.LEARNT,
) -> pd.DataFrame:
    """Add intervals or sets to a table of predictions, and recalibrate where asked.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `prediction_table`.
    intervals : dict
        From `read_intervals`.
    level, choice
        As in `Predictor.predictions_with_intervals`.

    Raises
    ------
    UserError
        If there is no such level, or nothing to go by.
    """
    if level not in LEVELS:
        raise UserError(
            "There are no intervals of this level.",
            expected="one of " + ", ".join(f"{known}" for known in LEVELS) + " percent",
            received=f"{level}",
        )
    if intervals["conformal"] is None:
        raise UserError(
            "This run does not know how sure its predictions are.", remedy="Train it again."
        )
    return add_intervals(
        table,
        target.labels,
        intervals["conformal"],
        intervals["recalibration"],
        level=level,
        choice=choice.value,
    )


def read_intervals(directory: Path) -> dict[str, Any]:
    """What a run keeps of conformal prediction and recalibration; None what it has not.

    Raises
    ------
    Damaged
        If a file that is there is not what was written.
    """
    result: dict[str, Any] = {}
    for name, kind in (("conformal", Conformal), ("recalibration", Recalibration)):
        path, result[name] = directory / f"{name}.json", None
        if path.exists():
            with reading("run", path):
                result[name] = json.loads(path.read_text(encoding="utf-8"))
                kind.from_dict(result[name])
    return result
