"""Evaluate a trained run and store its scores: network, facts, predictions and metrics."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dnn_core.audit.finding import Audit
from dnn_core.data.prepare import Prepared
from dnn_core.evaluation.baselines.baseline import Baseline
from dnn_core.evaluation.baselines.fit_all import fit_baselines, fit_rivals, left_out
from dnn_core.evaluation.inference.intervals import NETWORK, resample
from dnn_core.evaluation.inference.replicate_weights import Replicated
from dnn_core.evaluation.prediction_table import prediction_table
from dnn_core.evaluation.predictor import outputs_to_predictions
from dnn_core.network.model import finish_model, save_model
from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import output_for
from dnn_core.runs.execution.calibrate_run import write_calibration
from dnn_core.runs.records import Facts
from dnn_core.runs.run import Run
from dnn_core.specs import Experiment, Part
from dnn_core.training.fit import Fit, build_members

SEEN_PARTS = (Part.TRAINING, Part.VALIDATION)

RESAMPLES = 1000
LEVEL = 0.95
"""Percentile intervals need about this many resamples (Efron and Tibshirani 1993, chapter 13)."""


@dataclass(frozen=True, eq=False)
class Table:
    """The arrays of one or more runs, with what is the same for all of them.

    `audit` is that of their data, `reduced` the `Task.reduced` of the runs.
    """

    prepared: Prepared
    audit: Audit = field(default_factory=Audit)
    reduced: tuple[str, ...] = ()

    @cached_property
    def baselines(self) -> tuple[Baseline, ...]:
        """Fitted to the training part."""
        return fit_baselines(self.prepared, self.reduced)

    @cached_property
    def beside(self) -> dict[Part, dict[str, np.ndarray]]:
        """Predictions of each baseline, by part and name."""
        return {
            Part.TRAINING: by_name(self.baselines, self.prepared.parts[Part.TRAINING].x),
            Part.VALIDATION: _out_of_fold(self.prepared, self.baselines, self.reduced),
        }


def evaluate_run(run: Run, table: Table, fit: Fit) -> None:
    """Write the trained network, and its predictions for the training and validation cases.

    Parameters
    ----------
    run : Run
    table : Table
        Of the run's experiment.
    fit : Fit
        Every member with weights to be kept.
    """
    experiment, prepared = run.experiment, table.prepared
    members = build_members(prepared, experiment.network, fit.members, seed=experiment.seed)
    save_model(finish_model(members, prepared.target), run.directory / "model.keras")
    predictions = seen_predictions(prepared, fit)
    write_predictions(run, "predictions.parquet", prepared, predictions)
    facts = _facts(experiment, table, fit)
    run.write("facts.json", facts.model_dump_json())
    scores = score(prepared, predictions, table.beside, experiment)
    calibration = write_calibration(run, prepared, predictions[Part.VALIDATION])
    run.write("metrics.json", json.dumps({**scores, "calibration": calibration}, allow_nan=False))


def seen_predictions(prepared: Prepared, fit: Fit) -> dict[Part, np.ndarray]:
    """Predictions for the training part, and for validation by networks not trained on it.

    Each of shape (cases,) or (cases, classes), by the convention of the metrics.
    """
    target = prepared.target
    together = fit.outputs.mean(axis=0)
    count = len(prepared.parts[Part.TRAINING])
    if prepared.folds is None:
        outputs = {Part.TRAINING: together[:count], Part.VALIDATION: together[count:]}
    else:
        left_out = fit.outputs[prepared.folds, np.arange(count)]
        outputs = {Part.TRAINING: together, Part.VALIDATION: left_out}
    return {name: outputs_to_predictions(target, output) for name, output in outputs.items()}


def by_name(baselines: tuple[Baseline, ...], x: np.ndarray) -> dict[str, np.ndarray]:
    """Predictions of each baseline for encoded rows, by its name."""
    return {baseline.name: baseline.predict(x) for baseline in baselines}


def _out_of_fold(
    prepared: Prepared, baselines: tuple[Baseline, ...], reduced: tuple[str, ...]
) -> dict[str, np.ndarray]:
    """Baselines' predictions for the validation part, on the same terms as the network's.

    Where networks take turns, baselines do so too: each row is predicted by one that
    was fitted without the row's fold. All but the constant, which is one for all rows that are
    evaluated together: a mean of the other folds is the lower the higher the fold's own mean is, so
    that constants of several folds rank the rows upside down, with an AUC below one half (Parker,
    Günter and Bedo 2007, BMC Bioinformatics 8:326). That the single constant was fitted to the rows
    favours it, never the network: no other constant has a lower squared error, deviance or log loss
    on them.
    """
    if prepared.folds is None:
        return by_name(baselines, prepared.parts[Part.VALIDATION].x)
    constant = baselines[0]
    predictions = {constant.name: constant.predict(prepared.parts[Part.VALIDATION].x)}
    for fold in np.unique(prepared.folds):
        rest = prepared.without(fold)
        for name, predicted in by_name(
            fit_rivals(rest, reduced), rest.parts[Part.VALIDATION].x
        ).items():
            whole = predictions.setdefault(
                name, np.zeros((len(prepared.folds), *predicted.shape[1:]))
            )
            whole[prepared.folds == fold] = predicted
    return predictions


def _facts(experiment: Experiment, table: Table, fit: Fit) -> Facts:
    prepared = table.prepared
    target = prepared.target
    counts = {}
    if not target.kind.numeric:
        # Of the test part not even the class counts are kept before it is opened.
        for name in SEEN_PARTS:
            sizes = np.bincount(prepared.parts[name].y, minlength=len(target.classes))
            counts[name] = dict(zip(target.labels, sizes.tolist(), strict=True))
    return Facts(
        cases={name: len(part) for name, part in prepared.parts.items()},
        class_counts=counts,
        inputs=prepared.inputs,
        parameters=count_parameters(experiment.network, prepared.inputs, output_for(target)),
        target=target.to_dict(),
        training_mean=prepared.training_mean,
        best_epoch=fit.best_epoch,
        best_epochs=[member.best_epoch for member in fit.members],
        diverged_epoch=fit.diverged_epoch,
        baselines={b.name: b.title for b in table.baselines},
        baseline_notes={b.name: b.caption for b in table.baselines if not b.converged},
        baselines_left_out=left_out(prepared),
    )


def write_predictions(
    run: Run, name: str, prepared: Prepared, predictions: dict[Part, np.ndarray]
) -> None:
    """Write predictions of parts, by the convention of the metrics, as one table.

    Where cases are weighted, a column weight holds their weights, of mean 1 over
    all rows of the data.
    """
    tables = []
    for name_of_part, predicted in predictions.items():
        part = prepared.parts[name_of_part]
        table = prediction_table(prepared.target, part.rows, name_of_part, part.y, predicted)
        if part.weight is not None:
            table["weight"] = part.weight
        tables.append(table)
    temporary = run.directory / f".{name}.tmp"
    pd.concat(tables, ignore_index=True).to_parquet(temporary, index=False)
    temporary.replace(run.directory / name)


def score(
    prepared: Prepared,
    predictions: dict[Part, np.ndarray],
    baselines: dict[Part, dict[str, np.ndarray]],
    experiment: Experiment,
) -> dict[str, list[dict[str, Any]]]:
    """Metrics and paired gains of every part, as JSON-ready rows."""
    scores, gains = [], []
    for name, predicted in predictions.items():
        part = prepared.parts[name]
        resampled = resample(
            prepared.target.kind,
            part.y,
            {NETWORK: predicted, **baselines[name]},
            part.weight,
            part.cluster,
            part.strata,
            Replicated.of(part.replicates, experiment.task.replicates),
            training_mean=prepared.training_mean,
            resamples=RESAMPLES,
            seed=experiment.seed,
        )
        scores.append(resampled.metrics(LEVEL).assign(part=name))
        gains.append(resampled.gains(LEVEL).assign(part=name))
    return {"scores": _rows(scores), "gains": _rows(gains)}


def _rows(frames: list[pd.DataFrame]) -> list[dict[str, Any]]:
    """Rows of strict JSON, in which a figure that is not finite is null."""
    return [
        {
            str(name): None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in pd.concat(frames).to_dict(orient="records")
    ]
