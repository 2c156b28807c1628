"""One search: propose, let be judged, give up early, until every trial has ended. No Keras."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from dnn_core.evaluation.metrics.evaluation import Metric, evaluate
from dnn_core.network.output import main_metric
from dnn_core.specs import Sampler, StudySpec
from dnn_core.tuning.batches import Evaluator, Halt, Halted, TrialEvaluation, Work, pieces
from dnn_core.tuning.folds import ResamplingPlan
from dnn_core.tuning.samplers import propose
from dnn_core.tuning.trial import PROPOSED_AT_ONCE, PROPOSED_BY_TPE, Trial, TrialState

Ended = tuple[Trial, np.ndarray | None]
"""A trial, and its predictions if it was judged on all folds."""

Record = Callable[[list[Ended]], None]
"""Keeps trials that have ended."""

EPOCHS_GROW = 3
"""By what factor from step to step of successive halving. By two, as with folds, there would be
more steps, and in each networks begin anew."""


@dataclass(frozen=True)
class Step:
    """A step of successive halving: what trials are judged on, and that one in so many goes on.

    With `epochs` networks are trained for no more than so many. `work` is what a trial takes,
    in any unit that is the same for all steps.
    """

    rounds: Sequence[tuple[int, int]]
    epochs: int | None = None
    one_in: int = 2
    work: float = 1.0


@dataclass(frozen=True, eq=False)
class Search:
    """Trials on one ground; `without` is the fold that a nested search knows nothing of.

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
        """Go on until every trial is judged.

        Trials come in sets of fixed numbers: one that was interrupted is gone on with.
        """
        done = list(done)

        def keep(ended: list[Ended]) -> None:
            done.extend(trial for trial, _ in ended)
            record(ended)

        if self.halt():
            raise Halted
        if self.without is None and not any(trial.number == 0 for trial in done):
            # First of all the experiment as it is, that something is to be gained on.
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
            values = propose(
                self.asked, missing, searched, higher_is_better=self.metric.higher_is_better
            )
            trials = list(zip(missing, values, strict=True))
            self._evaluate(trials, known, keep, self._steps(done), ended=len(searched))

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
        """Judge some trials on all folds, or give the worse ones up step by step.

        Successive halving: Jamieson and Talwalkar (2016), "Non-stochastic best arm
        identification and hyperparameter optimization". They are compared also with `known`
        ones of the same set, which ended before an interruption; `ended` are those of all sets.
        """
        evaluations = {number: TrialEvaluation(number) for number, _ in trials}
        values = dict(trials)
        # The experiment as it is was not asked for, and is none of those that are counted.
        begun, shares, done = sum(n > 0 for n, _ in trials), _shares(steps), 0.0
        for rung, step in enumerate(steps):
            final = step is steps[-1]
            for part in self._evaluated(trials, step):
                over = []
                for one in part:
                    whole = evaluations[one.number]
                    whole.add(one)
                    if whole.message or final:
                        over.append(self._trial(whole, values[one.number], rung, whole_way=final))
                if over:
                    keep(over)
                done += shares[rung] * len(part) / len(trials)
                self.advance(ended + begun * done)
            if not final:
                going = [n for n, _ in trials if not evaluations[n].message]
                best = self._best(rung, {n: evaluations[n].mean for n in going}, known, step.one_in)
                lost = [
                    self._trial(evaluations[n], values[n], rung) for n in going if n not in best
                ]
                if lost:
                    keep(lost)
                    self.advance(ended + begun * done)
                trials = [(n, values[n]) for n in going if n in best]

    @property
    def _rounds(self) -> list[tuple[int, int]]:
        """All folds, seed after seed."""
        return [(f, s) for s in range(self.asked.seeds) for f in range(len(self.plan.folds))]

    def _steps(self, done: list[Trial]) -> list[Step]:
        """Of successive halving: more and more folds, or with one network each more epochs."""
        rounds = self._rounds
        if not self.asked.halving:
            return [Step(rounds)]
        if len(rounds) > 1:
            counts = [2**n for n in range(len(rounds).bit_length()) if 2**n < len(rounds)]
            seen = [0, *counts, len(rounds)]
            return [Step(rounds[first:last], work=last - first) for first, last in pairwise(seen)]
        # How long it is worth training nobody has said; the experiment as it is has shown it.
        usual = next((t.epochs for t in done if t.number == 0 and t.complete), None)
        usual = usual or self.plan.experiment.training.epochs
        epochs = sorted({math.ceil(usual / EPOCHS_GROW**n) for n in (1, 2)})
        first = [Step(rounds, one, one_in=EPOCHS_GROW, work=one / usual) for one in epochs]
        return [*first, Step(rounds)]

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
        return self._pooled(predicted)

    def _pooled(self, predicted: dict[tuple[int, int], np.ndarray]) -> np.ndarray | None:
        """Predictions for all rows, fold after fold, for each seed; None where some are missing."""
        seeds, folds = range(self.asked.seeds), self.plan.numbers
        if len(predicted) < len(seeds) * len(folds):
            return None
        rows = [np.concatenate([predicted[fold, seed] for fold in folds]) for seed in seeds]
        return np.stack(rows)

    def _best(
        self, rung: int, means: dict[int, float | None], known: list[Trial], one_in: int
    ) -> set[int]:
        """Those that go on, as if all of the set had been compared at once."""
        ahead = sum(trial.rung > rung for trial in known)
        pruned = (t for t in known if t.state is TrialState.PRUNED and t.rung == rung)
        means = means | {trial.number: trial.mean for trial in pruned}
        sign = -1 if self.metric.higher_is_better else 1
        order = sorted((sign * mean, n) for n, mean in means.items() if mean is not None)
        places = math.ceil((ahead + len(order)) / one_in) - ahead
        return {number for _, number in order[: max(0, places)]}

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
        predicted = self._pooled(evaluation.predictions)
        if predicted is None or not whole_way:
            return Trial(state=TrialState.PRUNED, **facts), None
        facts |= self._figures(predicted)
        return Trial(state=TrialState.COMPLETE, **facts), predicted

    def _figures(self, predicted: np.ndarray) -> dict[str, float | None]:
        """Means over seeds of the figures of pooled predictions."""
        kind, cases = self.plan.target.kind, self.plan.cases
        mean = self.plan.training_mean
        scores = [
            evaluate(kind, cases["y"], one, cases.get("weight"), training_mean=mean)
            for one in predicted
        ]
        names = {"value": self.metric.name, "main": main_metric(kind).name}
        means = {key: float(np.mean([f[name] for f in scores])) for key, name in names.items()}
        return {key: value if np.isfinite(value) else None for key, value in means.items()}


def _shares(steps: Sequence[Step]) -> list[float]:
    """What each step takes of the work of all."""
    going, works = 1.0, []
    for step in steps:
        works.append(going * step.work)
        going /= step.one_in
    return [work / sum(works) for work in works]
