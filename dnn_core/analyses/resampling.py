"""Repeat the experiment on other rows and with other seeds, all outside the test part.

One table of scores covers cross-validation, seeds, numbers of cases and other networks: each fold
of each repeat is predicted by networks trained on the others, and by the baselines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnn_core.analyses.analysis import Analysis, Tell
from dnn_core.analyses.loss_curves import LossCurve, loss_band
from dnn_core.data.dataset import Dataset
from dnn_core.data.prepare import PartData, Prepared, prepare
from dnn_core.data.split.row_split import divide_rows, fold_parts, outer_folds, split_rows
from dnn_core.errors import UserError
from dnn_core.evaluation.baselines.fit_all import fit_baselines
from dnn_core.evaluation.inference.intervals import NETWORK
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.predictor import outputs_to_predictions
from dnn_core.outcome.metrics import main_metric
from dnn_core.runs.analysis_result import AnalysisResult
from dnn_core.runs.execution.score_run import seen_predictions
from dnn_core.runs.run import Run
from dnn_core.specs import AnalysisSpec, Experiment, Part, SplitMethod
from dnn_core.training.fit import Fit, fit_many
from dnn_core.training.fit_request import Request, groups
from dnn_core.training.history import EpochRecord

CELLS_AT_ONCE = 100_000_000
"""Encoded numbers of folds that are trained side by side: 400 MB. Where one fold alone has more,
folds are trained one after the other."""

FEWEST_TO_LEARN = 40
"""With fewer training rows the learning curve gets no point."""

SCORES = ("model", "size", "cases", "repeat", "fold", "seed", "metric", "value")


@dataclass(frozen=True, eq=False)
class _Fold:
    """One fold for one network: the rows for training and for evaluation.

    `size` is the share of the training rows that are used.
    """

    model: str
    repeat: int
    number: int
    size: float
    experiment: Experiment
    rows: dict[Part, np.ndarray]


@dataclass(frozen=True, eq=False)
class _Trial:
    """One seed of a fold."""

    fold: _Fold
    seed: int
    prepared: Prepared
    watch: LossCurve

    @property
    def request(self) -> Request:
        asked = self.fold.experiment
        return Request(
            self.prepared,
            asked.network,
            asked.training,
            asked.seed + self.seed,
            self.watch,
            beyond=self.prepared.parts[Part.TEST],
        )


def make(run: Run, dataset: Dataset, asked: AnalysisSpec, tell: Tell) -> AnalysisResult:
    """Train and evaluate the run's experiment, and the other runs, on all folds with all seeds."""
    pool, folds = plan(run, dataset, asked)
    scores: list[tuple[object, ...]] = []
    inner: list[tuple[object, ...]] = []
    curves: list[list[EpochRecord]] = []
    done = 0
    for batch in _batches(folds, len(pool)):
        tables = [prepare(dataset, fold.experiment, fold.rows) for fold in batch]
        for fold, prepared in zip(batch, tables, strict=True):
            if fold.model == NETWORK:
                tell(done / len(folds))
                scores += _baseline_scores(fold, prepared)
        begin, span = done / len(folds), len(batch) / len(folds)
        trials = [
            _Trial(
                fold, seed, prepared, LossCurve(tell, begin, span, fold.experiment.training.epochs)
            )
            for fold, prepared in zip(batch, tables, strict=True)
            for seed in range(asked.seeds if fold.size == 1 else 1)
        ]
        for trial, fit in _train(trials):
            scores += _network_scores(trial, fit)
            if trial.fold.size == 1:
                inner.append(_inner_score(trial, fit))
            if trial.fold.model == NETWORK and trial.fold.size == 1:
                curves.append(trial.watch.records)
        done += len(batch)
    facts = {
        "rows": len(pool),
        "metric": main_metric(run.kind).name,
        "asked": asked.model_dump(mode="json"),
        "in_time_order": run.experiment.split.method is SplitMethod.TIME,
        "models": _titles(run, asked),
    }
    tables_kept = {
        "scores": pd.DataFrame(scores, columns=list(SCORES)),
        "inner": pd.DataFrame(inner, columns=["model", "repeat", "fold", "seed", "value"]),
        "folds": _fold_sizes(folds),
        "curves": loss_band(curves),
    }
    return AnalysisResult(facts, tables_kept)


def plan(run: Run, dataset: Dataset, asked: AnalysisSpec) -> tuple[np.ndarray, list[_Fold]]:
    """Rows outside the test part, and all folds that are to be trained.

    Raises
    ------
    UserError
        If there are too few rows for the folds, or a rival is about something else.
    """
    experiment = run.experiment
    task, split = experiment.task, experiment.split
    parts = split_rows(dataset, task, split, experiment.folds)
    pool = np.union1d(parts[Part.TRAINING], parts[Part.VALIDATION])
    networks = {NETWORK: experiment, **_rivals(run, asked)}
    folds = []
    for repeat in range(asked.repeats):
        # Another seed than that of the split itself, which drew the test part.
        dealt = split.but(seed=(split.seed + 1 + repeat) % 2**31)
        pairs = outer_folds(dataset, task, dealt, pool, asked.folds)
        for number, (learnt, evaluated) in enumerate(pairs):
            sizes = asked.sizes if repeat == 0 else 0
            for halvings in range(sizes + 1):
                share = 0.5**halvings
                kept = _some(dataset, experiment, learnt, share)
                if halvings and len(kept) < FEWEST_TO_LEARN:
                    break
                for model, its in networks.items():
                    if halvings and model != NETWORK:
                        continue
                    rows = fold_parts(dataset, its, kept, evaluated)
                    folds.append(_Fold(model, repeat, number, share, its, rows))
    return pool, folds


def _rivals(run: Run, asked: AnalysisSpec) -> dict[str, Experiment]:
    rivals = {}
    for run_id in asked.rivals:
        other = Run(run.directory.parent / run_id)
        theirs = other.experiment
        mine = run.experiment
        if (theirs.data, theirs.task.target, theirs.split.method) != (
            mine.data,
            mine.task.target,
            mine.split.method,
        ):
            raise UserError(
                f"“{other.notes.name}” has other data, another outcome or another split.",
                remedy="Choose runs on the same data, outcome and method of splitting.",
            )
        rivals[run_id] = theirs
    return rivals


def _titles(run: Run, asked: AnalysisSpec) -> dict[str, str]:
    """Titles of all models, baselines first, the network last but for its rivals."""
    others = {run_id: Run(run.directory.parent / run_id).notes.name for run_id in asked.rivals}
    return {**run.facts.baselines, NETWORK: "This network", **others}


def _some(dataset: Dataset, experiment: Experiment, learnt: np.ndarray, share: float) -> np.ndarray:
    """A share of the training rows, drawn by the method of the split, but not in time."""
    if share == 1:
        return learnt
    split = experiment.split
    if split.method is SplitMethod.TIME:
        split = split.but(method=SplitMethod.RANDOM)
    return divide_rows(dataset, experiment.task, split, learnt, 1 - share)[0]


def _batches(folds: Sequence[_Fold], rows: int) -> Iterator[list[_Fold]]:
    """Folds whose arrays are held in memory together; columns are guessed by predictors."""
    batch: list[_Fold] = []
    cells = 0
    for fold in folds:
        # Categories and bins take several columns each.
        cells += rows * 4 * len(fold.experiment.task.features)
        batch.append(fold)
        if cells > CELLS_AT_ONCE:
            yield batch
            batch, cells = [], 0
    if batch:
        yield batch


def _train(trials: Sequence[_Trial]) -> Iterator[tuple[_Trial, Fit]]:
    """Train all networks, compatible ones side by side; one that diverges is left out."""
    requests = [trial.request for trial in trials]
    for group in groups(requests):
        for i, fit in zip(group, fit_many([requests[i] for i in group]), strict=True):
            if fit.usable:
                yield trials[i], fit


def _network_scores(trial: _Trial, fit: Fit) -> list[tuple[object, ...]]:
    predicted = outputs_to_predictions(trial.prepared.target, fit.beyond.mean(axis=0))
    return _scores(trial.fold, trial.prepared, trial.fold.model, trial.seed, predicted)


def _inner_score(trial: _Trial, fit: Fit) -> tuple[object, ...]:
    """Main metric on validation rows within the training rows, on which a choice may be based."""
    fold, part = trial.fold, trial.prepared.parts[Part.VALIDATION]
    predicted = seen_predictions(trial.prepared, fit)[Part.VALIDATION]
    name = main_metric(trial.prepared.target.kind).name
    value = _evaluate(trial.prepared, part, predicted)[name]
    return fold.model, fold.repeat, fold.number, trial.seed, value


def _baseline_scores(fold: _Fold, prepared: Prepared) -> list[tuple[object, ...]]:
    evaluated = prepared.parts[Part.TEST]
    return [
        row
        for baseline in fit_baselines(prepared, fold.experiment.task.reduced)
        for row in _scores(fold, prepared, baseline.name, 0, baseline.predict(evaluated.x))
    ]


def _scores(
    fold: _Fold, prepared: Prepared, model: str, seed: int, predicted: np.ndarray
) -> list[tuple[object, ...]]:
    """Rows of the table of scores: every metric on the fold that is evaluated."""
    values = _evaluate(prepared, prepared.parts[Part.TEST], predicted)
    learnt = len(prepared.parts[Part.TRAINING])
    place = (model, fold.size, learnt, fold.repeat, fold.number, seed)
    return [(*place, name, value) for name, value in values.items()]


def _evaluate(prepared: Prepared, part: PartData, predicted: np.ndarray) -> dict[str, float]:
    kind, mean = prepared.target.kind, prepared.training_mean
    return evaluate(kind, part.y, predicted, part.weight, training_mean=mean)


def _fold_sizes(folds: Sequence[_Fold]) -> pd.DataFrame:
    """Training and evaluated rows of each whole fold: repeat, fold, learnt, judged."""
    rows = []
    for fold in folds:
        if fold.model == NETWORK and fold.size == 1:
            learnt = np.union1d(fold.rows[Part.TRAINING], fold.rows[Part.VALIDATION])
            rows.append((fold.repeat, fold.number, len(learnt), len(fold.rows[Part.TEST])))
    return pd.DataFrame(rows, columns=["repeat", "fold", "learnt", "evaluated"])


ANALYSIS = Analysis("resampling", "Training on other rows and with other seeds", 10.0, make)
