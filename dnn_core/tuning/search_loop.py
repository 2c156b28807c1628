"""One search: propose, evaluate, give up early, until every trial has ended. No Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnn_core.evaluation.metrics.evaluation import evaluate
from dnn_core.outcome.metrics import Metric, main_metric
from dnn_core.specs import Sampler, StudySpec
from dnn_core.tuning.batches import Evaluator, Halt, Halted, TrialEvaluation, Work, pieces
from dnn_core.tuning.folds import ResamplingPlan
from dnn_core.tuning.samplers import propose
from dnn_core.tuning.successive_halving import Step, plan_steps, shares_of_work, survivors
from dnn_core.tuning.trial import PROPOSED_AT_ONCE, PROPOSED_BY_TPE, Trial, TrialState

Ended = tuple[Trial, np.ndarray | None]
"""A trial, and its predictions if it was evaluated on all folds."""

Record = Callable[[list[Ended]], None]
"""Keeps trials that have ended."""


@dataclass(frozen=True, eq=False)
class Search:
    """Trials on one resampling plan; `without` is the fold that a nested search leaves out.

    `advance` is told how many trials' worth of work is done.
    """

    asked: StudySpec
    metric: Metric
    plan: ResamplingPlan
    evaluator: Evaluator
    halt: Halt
    advance: Callable[[float], None]
    without: int | None = None

    def run(self, done: list[Trial], record: Record) -> None:
        """Continue until every trial is evaluated.

        Trials come in sets of fixed numbers: an interrupted set is resumed.
        """
        done = list(done)

        def keep(ended: list[Ended]) -> None:
            done.extend(trial for trial, _ in ended)
            record(ended)

        if self.halt():
            raise Halted
        if self.without is None and all(trial.number > 0 for trial in done):
            # First the experiment as it is: gains are measured from it.
            self._evaluate([(0, {})], [], keep, [Step(self._rounds)])
        total = self.asked.planned
        for first in range(1, total + 1, self._at_once):
            numbers = range(first, min(first + self._at_once, total + 1))
            known = [trial for trial in done if trial.number in numbers]
            missing = sorted(set(numbers) - {trial.number for trial in known})
            if not missing:
                continue
            if self.halt():
                raise Halted
            searched = [trial for trial in done if trial.number > 0]
            better = self.metric.higher_is_better
            values = propose(self.asked, missing, searched, higher_is_better=better)
            trials = list(zip(missing, values, strict=True))
            steps = plan_steps(self.asked, self.plan.experiment, self._rounds, done)
            self._evaluate(trials, known, keep, steps, ended=len(searched))

    @property
    def _at_once(self) -> int:
        return PROPOSED_BY_TPE if self.asked.sampler is Sampler.TPE else PROPOSED_AT_ONCE

    def _evaluate(
        self,
        trials: list[tuple[int, dict[str, Any]]],
        known: list[Trial],
        keep: Callable[[list[Ended]], None],
        steps: Sequence[Step],
        ended: int = 0,
    ) -> None:
        """Evaluate some trials on all folds, or give the worse ones up step by step.

        They are compared also with `known` ones of the same set, which ended before an
        interruption; `ended` are those of all sets.
        """
        scored = {number: TrialEvaluation(number) for number, _ in trials}
        values = dict(trials)
        # The experiment as it is was not asked for, and is none of those that are counted.
        begun, shares, done = sum(n > 0 for n, _ in trials), shares_of_work(steps), 0.0
        for rung, step in enumerate(steps):
            final = step is steps[-1]
            for part in self._evaluated(trials, step):
                over = []
                for one in part:
                    whole = scored[one.number]
                    whole.add(one)
                    if whole.message or final:
                        over.append(self._trial(whole, values[one.number], rung, whole_way=final))
                if over:
                    keep(over)
                done += shares[rung] * len(part) / len(trials)
                self.advance(ended + begun * done)
            if not final:
                going = {n: scored[n].mean for n, _ in trials if not scored[n].message}
                upwards = self.metric.higher_is_better
                best = survivors(rung, going, known, step.one_in, higher_is_better=upwards)
                lost = [self._trial(scored[n], values[n], rung) for n in going if n not in best]
                if lost:
                    keep(lost)
                    self.advance(ended + begun * done)
                trials = [(n, values[n]) for n in going if n in best]

    @property
    def _rounds(self) -> list[tuple[int, int]]:
        """All folds, seed after seed."""
        return [(f, s) for s in range(self.asked.seeds) for f in range(len(self.plan.folds))]

    def _evaluated(
        self, trials: list[tuple[int, dict[str, Any]]], step: Step
    ) -> Iterator[list[TrialEvaluation]]:
        works = list(pieces(self.plan.experiment, trials, step.rounds, self.without, step.epochs))
        return self.evaluator(self.plan, works, self.metric, self.halt)

    def evaluate_each(self, values: dict[int, dict[str, Any]]) -> np.ndarray | None:
        """Predict each fold by a configuration of its own.

        Parameters
        ----------
        values : dict of int to dict
            By hyperparameter, for each fold.

        Returns
        -------
        numpy.ndarray or None
            Like the predictions of a trial; None where a fold has none.
        """
        seeds = range(self.asked.seeds)
        works = [
            Work(((fold, one),), tuple((fold, seed) for seed in seeds))
            for fold, one in values.items()
        ]
        predicted: dict[tuple[int, int], np.ndarray] = {}
        for part in self.evaluator(self.plan, works, self.metric, self.halt):
            for evaluation in part:
                predicted |= evaluation.predictions
        return _pooled(self.plan, self.asked.seeds, predicted)

    def _trial(
        self,
        evaluation: TrialEvaluation,
        values: dict[str, Any],
        rung: int,
        *,
        whole_way: bool = False,
    ) -> Ended:
        """The trial as it ended, and its predictions if it went the whole way."""
        facts: dict[str, Any] = {
            "number": evaluation.number,
            "values": values,
            "rounds": tuple(evaluation.in_order),
            "rung": rung,
            "parameters": evaluation.parameters,
            "seconds": round(evaluation.seconds, 3),
            "message": evaluation.message,
        }
        if evaluation.message:
            return Trial(state=TrialState.FAILED, **facts), None
        predicted = _pooled(self.plan, self.asked.seeds, evaluation.predictions)
        if predicted is None or not whole_way:
            return Trial(state=TrialState.PRUNED, **facts), None
        facts |= _figures(self.plan, self.metric, predicted)
        return Trial(state=TrialState.COMPLETE, **facts), predicted


def _pooled(
    plan: ResamplingPlan, seeds: int, predicted: dict[tuple[int, int], np.ndarray]
) -> np.ndarray | None:
    """Predictions for all rows, fold after fold, for each seed; None where some are missing."""
    folds = plan.numbers
    if len(predicted) < seeds * len(folds):
        return None
    rows = [np.concatenate([predicted[fold, seed] for fold in folds]) for seed in range(seeds)]
    return np.stack(rows)


def _figures(
    plan: ResamplingPlan, measure: Metric, predicted: np.ndarray
) -> dict[str, float | None]:
    """Means over seeds of the figures of pooled predictions."""
    kind, cases = plan.target.kind, plan.cases
    mean = plan.training_mean
    scores = [
        evaluate(kind, cases["y"], one, cases.get("weight"), training_mean=mean)
        for one in predicted
    ]
    names = {"value": measure.name, "main": main_metric(kind).name}
    means = {key: float(np.mean([f[name] for f in scores])) for key, name in names.items()}
    return {key: value if np.isfinite(value) else None for key, value in means.items()}
