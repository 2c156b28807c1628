"""Train configurations on folds and evaluate them. Loads Keras: workers and notebooks only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dnn_core.errors import UserError
from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.evaluation.predictor import outputs_to_predictions
from dnn_core.network.size import count_parameters
from dnn_core.outcome.output import output_for
from dnn_core.specs import Experiment, Part, configure
from dnn_core.training.fit import Fit, fit_many
from dnn_core.training.fit_request import Request, groups
from dnn_core.training.history import EpochRecord
from dnn_core.training.member import Unwatched
from dnn_core.tuning.batches import Halt, Halted, TrialEvaluation, Work
from dnn_core.tuning.folds import ResamplingPlan
from dnn_core.tuning.trial import Round


@dataclass(frozen=True, eq=False)
class _Fit:
    """One network to be trained: a trial on one fold with one seed."""

    number: int
    fold: int
    seed: int
    request: Request


class _Watch(Unwatched):
    def __init__(self, halt: Halt) -> None:
        self._halt = halt

    def on_epoch(self, records: list[EpochRecord]) -> None:
        if self._halt():
            raise Halted


def evaluate_trials(
    plan: ResamplingPlan, work: Work, metric: str, halt: Halt
) -> list[TrialEvaluation]:
    """Train and evaluate every trial of a piece of work; compatible ones are trained together.

    Parameters
    ----------
    ground : ResamplingPlan
    work : Work
    metric : str
        Name of the metric by which trials are ranked.
    halt : callable
        Asked after every epoch.

    Returns
    -------
    list of TrialEvaluation
        One for each trial, in their order. One that the data do not allow, or whose training
        diverged, states it.

    Raises
    ------
    Halted
        If `halt` said so.
    """
    evaluations = {number: TrialEvaluation(number) for number, _ in work.trials}
    asked: list[_Fit] = []
    for number, values in work.trials:
        try:
            experiment = configure(plan.experiment, values)
            asked += _fits(plan, _shortened(experiment, work.epochs), number, work.rounds, halt)
        except UserError as error:
            evaluations[number].message = str(error)
    asked = [fit for fit in asked if not evaluations[fit.number].message]
    requests = [fit.request for fit in asked]
    for group in groups(requests):
        started = time.monotonic()
        fits = fit_many([requests[i] for i in group])
        each = (time.monotonic() - started) / len(group)
        for i, fit in zip(group, fits, strict=True):
            _enter(evaluations[asked[i].number], asked[i], fit, metric, each)
    return list(evaluations.values())


def _shortened(experiment: Experiment, epochs: int | None) -> Experiment:
    """The experiment with no more than so many epochs.

    A schedule that depends on their number goes its whole way: cut off in the middle, while
    steps are large, it would lose to others for no merit of theirs.
    """
    training = experiment.training
    if epochs is None:
        return experiment
    return experiment.but(training=training.but(epochs=min(epochs, training.epochs)))


def _fits(
    plan: ResamplingPlan,
    experiment: Experiment,
    number: int,
    rounds: Sequence[tuple[int, int]],
    halt: Halt,
) -> list[_Fit]:
    fits = []
    for fold, seed in rounds:
        prepared = plan.prepared(experiment, fold)
        request = Request(
            prepared,
            experiment.network,
            experiment.training,
            experiment.seed + seed,
            _Watch(halt),
            # With a single fold the evaluated rows are the validation part, which is predicted
            # anyway.
            beyond=prepared.parts[Part.TEST] if len(plan.folds) > 1 else None,
        )
        fits.append(_Fit(number, fold, seed, request))
    return fits


def _enter(evaluation: TrialEvaluation, asked: _Fit, fit: Fit, metric: str, seconds: float) -> None:
    """Write the predictions of one network for the rows of its fold."""
    prepared = asked.request.prepared
    evaluation.seconds += seconds
    evaluation.parameters = count_parameters(
        asked.request.network, prepared.inputs, output_for(prepared.target)
    )
    if not fit.usable:
        evaluation.message = f"Training diverged in epoch {fit.diverged_epoch}."
        return
    learnt = len(prepared.parts[Part.TRAINING])
    outputs = fit.outputs[:, learnt:] if asked.request.beyond is None else fit.beyond
    predicted = outputs_to_predictions(prepared.target, outputs.mean(axis=0))
    part = prepared.parts[Part.TEST]
    kind, mean = prepared.target.kind, prepared.training_mean
    value = evaluate(kind, part.y, predicted, part.weight, training_mean=mean)[metric]
    evaluation.predictions[asked.fold, asked.seed] = predicted.astype("float32")
    finite = float(value) if np.isfinite(value) else None
    evaluation.rounds.append(
        Round(fold=asked.fold, seed=asked.seed, value=finite, epochs=fit.best_epoch or 0)
    )
