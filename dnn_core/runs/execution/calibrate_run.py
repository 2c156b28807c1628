"""Evaluate the calibration of a run's predictions, and fit recalibrations.

Everything is fitted on validation rows, never on the test part: where networks take turns, on the
prediction for each row by the network that left it out.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.data.prepare import PartData, Prepared
from dnn_core.evaluation.calibration.conformal import fit_conformal
from dnn_core.evaluation.calibration.figures import calibration_figures
from dnn_core.evaluation.calibration.recalibration import Recalibrated, cross_fit, fit_recalibration
from dnn_core.evaluation.inference.linearisation import linearised_interval
from dnn_core.evaluation.inference.survey_design import Design
from dnn_core.outcome.kinds import outcome_of
from dnn_core.outcome.losses import log_losses, ranked_probability_scores, squared_errors
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Kind, Part


def write_calibration(run: Run, prepared: Prepared, predicted: np.ndarray) -> list[dict[str, Any]]:
    """Fit intervals or sets and recalibration on the validation part, and write them.

    Parameters
    ----------
    run : Run
    prepared : Prepared
    predicted : numpy.ndarray
        Of the validation part, by the convention of `dnn_core.outcome.metrics`.

    Returns
    -------
    list of dict
        Rows of `Run.calibration` for the validation part, before and after recalibration;
        after it, each case by maps that were fitted without it.
    """
    kind, part = prepared.target.kind, prepared.parts[Part.VALIDATION]
    if part.weight is not None and not part.weight.sum() > 0:
        return []
    conformal = fit_conformal(kind, part.y, predicted, part.weight)
    _write(run, "conformal.json", conformal.to_dict())
    versions = {Recalibrated.LEARNT: predicted}
    if not kind.numeric:
        fitted = fit_recalibration(kind, part.y, predicted, part.weight)
        _write(run, "recalibration.json", fitted.to_dict())
        versions = cross_fit(
            kind, part.y, predicted, part.weight, part.cluster, seed=run.experiment.seed
        )
    return _rows(run.experiment, prepared, Part.VALIDATION, versions)


def opened_calibration(run: Run, prepared: Prepared, predicted: np.ndarray) -> list[dict[str, Any]]:
    """Rows of `Run.calibration` for the test part, by the maps fitted on validation rows."""
    part = prepared.parts[Part.TEST]
    if part.weight is not None and not part.weight.sum() > 0:
        return []
    versions = {Recalibrated.LEARNT: predicted}
    if run.recalibration is not None:
        versions = {choice: run.recalibration.apply(choice, predicted) for choice in Recalibrated}
    return _rows(run.experiment, prepared, Part.TEST, versions)


def _write(run: Run, name: str, values: dict[str, Any]) -> None:
    run.write(name, json.dumps(values, allow_nan=False))


def _rows(
    experiment: Experiment,
    prepared: Prepared,
    name: Part,
    versions: dict[Recalibrated, np.ndarray],
) -> list[dict[str, Any]]:
    part, target = prepared.parts[name], prepared.target
    design = Design.of(part, experiment.task.replicates)
    frames = []
    for choice, predicted in versions.items():
        figures = calibration_figures(target.kind, target.labels, part.y, predicted, design)
        frames.append(figures.assign(version=choice.value))
        if not target.kind.numeric:
            losses = _losses(target.kind, part, predicted, design)
            frames.append(losses.assign(version=choice.value))
    table = pd.concat(frames, ignore_index=True).assign(part=name).astype("object")
    rows: list[dict[str, Any]] = table.where(table.notna(), None).to_dict("records")  # type: ignore[assignment]
    return rows


def _losses(kind: Kind, part: PartData, predicted: np.ndarray, design: Design) -> pd.DataFrame:
    """Log loss, and Brier or ranked probability score, with intervals of a mean."""
    given = np.asarray(predicted, dtype="float64")
    of_case = {"log_loss": log_losses(part.y, given)}
    outcome = outcome_of(kind)
    if outcome.calibration_metric == "rps":
        of_case["rps"] = ranked_probability_scores(part.y, given)
    else:
        of_case["brier"] = squared_errors(outcome, part.y, given)
    records = []
    for figure, loss in of_case.items():
        mean = float(np.average(loss, weights=design.weight))
        influence = (loss - mean) / design.weight.sum()
        records.append(("", figure, mean, *linearised_interval(mean, influence, design)))
    return pd.DataFrame(records, columns=["category", "figure", "value", "low", "high"])
