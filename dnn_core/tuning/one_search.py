"""One search: propose, let be judged, give up early, until every trial has ended. No Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnn_core.evaluation.metrics import Metric, evaluate
from dnn_core.network.output import main_metric
from dnn_core.specs import Sampler, StudySpec
from dnn_core.tuning.ground import Ground
from dnn_core.tuning.propose import propose
from dnn_core.tuning.trial import PROPOSED_AT_ONCE, PROPOSED_BY_TPE, Trial, TrialState
from dnn_core.tuning.work import Halt, Halted, Judgement, Judges, Work, pieces

Ended = tuple[Trial, np.ndarray | None]
"""A trial, and its predictions if it was judged on all folds."""

Record = Callable[[list[Ended]], None]
"""Keeps trials that have ended."""


@dataclass(frozen=True, eq=False)
class Search:
    """Trials on one ground; `without` is the fold that a nested search knows nothing of."""

    asked: StudySpec
    metric: Metric
    ground: Ground
    judges: Judges
    halt: Halt
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
            self._judge([(0, {})], [], keep)
        total = self.asked.planned
        for first in range(1, total + 1, self._at_once):
            numbers = range(first, min(first + self._at_once, total + 1))
            known = [trial for trial in done if trial.number in numbers]
            missing = sorted(set(numbers) - {trial.number for trial in known})
            if not missing:
                continue
            if self.halt():
                raise Halted
            found = [trial for trial in done if trial.number > 0]
            values = propose(
                self.asked, missing, found, higher_is_better=self.metric.higher_is_better
            )
            self._judge(list(zip(missing, values, strict=True)), known, keep)

    @property
    def _at_once(self) -> int:
        return PROPOSED_BY_TPE if self.asked.sampler is Sampler.TPE else PROPOSED_AT_ONCE

    def _judge(
        self,
        trials: list[tuple[int, dict[str, Any]]],
        known: list[Trial],
        keep: Callable[[list[Ended]], None],
    ) -> None:
        """Judge some trials on all folds, or give the worse half up after 1, 2, 4, ... of them.

        Successive halving: Jamieson and Talwalkar (2016), "Non-stochastic best arm
        identification and hyperparameter optimization". They are compared also with `known`
        ones of the same set, which ended before an interruption.
        """
        rounds = [(f, s) for s in range(self.asked.seeds) for f in range(len(self.ground.folds))]
        found = {number: Judgement(number) for number, _ in trials}
        values = dict(trials)
        halving = self.asked.halving and len(trials) > 1
        steps = _steps(len(rounds)) if halving else [len(rounds)]
        first = 0
        for last in steps:
            for part in self._judged(trials, rounds[first:last]):
                ended = []
                for one in part:
                    whole = found[one.number]
                    whole.add(one)
                    if whole.message or last == len(rounds):
                        ended.append(self._trial(whole, values[one.number]))
                if ended:
                    keep(ended)
            first = last
            if last < len(rounds):
                going = [n for n, _ in trials if not found[n].message]
                reached = {t.number: t.mean(last) for t in known if len(t.rounds) >= last}
                best = self._better_half(reached | {n: found[n].mean for n in going})
                given_up = [self._trial(found[n], values[n]) for n in going if n not in best]
                if given_up:
                    keep(given_up)
                trials = [(n, values[n]) for n in going if n in best]

    def _judged(
        self, trials: list[tuple[int, dict[str, Any]]], rounds: list[tuple[int, int]]
    ) -> Iterator[list[Judgement]]:
        works = list(pieces(self.ground.experiment, trials, rounds, self.without))
        return self.judges(self.ground, works, self.metric, self.halt)

    def judge_each(self, values: dict[int, dict[str, Any]]) -> np.ndarray | None:
        """Predict each fold by a configuration of its own.

        Parameters
        ----------
        values : dict of int to dict
            By knob, for each fold.

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
        for part in self.judges(self.ground, works, self.metric, self.halt):
            for judgement in part:
                predicted |= judgement.predictions
        return self._pooled(predicted)

    def _pooled(self, predicted: dict[tuple[int, int], np.ndarray]) -> np.ndarray | None:
        """Predictions for all rows, fold after fold, for each seed; None where some are missing."""
        seeds, folds = range(self.asked.seeds), self.ground.numbers
        if len(predicted) < len(seeds) * len(folds):
            return None
        rows = [np.concatenate([predicted[fold, seed] for fold in folds]) for seed in seeds]
        return np.stack(rows)

    def _better_half(self, means: dict[int, float | None]) -> set[int]:
        sign = -1 if self.metric.higher_is_better else 1
        order = sorted((sign * mean, n) for n, mean in means.items() if mean is not None)
        return {number for _, number in order[: (len(order) + 1) // 2]}

    def _trial(self, found: Judgement, values: dict[str, Any]) -> Ended:
        """The trial as it ended, and its predictions if it was judged on all folds."""
        facts: dict[str, Any] = {
            "number": found.number,
            "values": values,
            "rounds": tuple(found.in_order),
            "parameters": found.parameters,
            "seconds": round(found.seconds, 3),
            "message": found.message,
        }
        if found.message:
            return Trial(state=TrialState.FAILED, **facts), None
        predicted = self._pooled(found.predictions)
        if predicted is None:
            return Trial(state=TrialState.PRUNED, **facts), None
        facts |= self._figures(predicted)
        return Trial(state=TrialState.COMPLETE, **facts), predicted

    def _figures(self, predicted: np.ndarray) -> dict[str, float | None]:
        """Means over seeds of the figures of pooled predictions."""
        kind, cases = self.ground.target.kind, self.ground.cases
        mean = self.ground.training_mean
        found = [
            evaluate(kind, cases["y"], one, cases.get("weight"), training_mean=mean)
            for one in predicted
        ]
        names = {"value": self.metric.name, "main": main_metric(kind).name}
        means = {key: float(np.mean([f[name] for f in found])) for key, name in names.items()}
        return {key: value if np.isfinite(value) else None for key, value in means.items()}


def _steps(rounds: int) -> list[int]:
    """After how many rounds half is given up, and all rounds: 1, 2, 4, ..."""
    steps = [2**n for n in range(rounds.bit_length()) if 2**n < rounds]
    return [*steps, rounds]
