"""Carry a study out: propose, let be judged, record, until the budget is spent."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError, describe_fault
from dnn_core.evaluation.metrics import Metric, evaluate
from dnn_core.network.output import main_metric
from dnn_core.runs.records import State, now
from dnn_core.specs import Sampler, StudySpec
from dnn_core.tuning.ground import Ground
from dnn_core.tuning.propose import propose
from dnn_core.tuning.reading import write_reading
from dnn_core.tuning.study import Study
from dnn_core.tuning.trial import PROPOSED_AT_ONCE, PROPOSED_BY_TPE, Trial, TrialState
from dnn_core.tuning.work import Displaced, Halt, Halted, Judgement, Judges, Work, pieces

SECONDS_BETWEEN_LOOKS = 0.25
"""At whether somebody asked to stop."""

Ended = tuple[Trial, np.ndarray | None]
"""A trial, and its predictions if it was judged on all folds."""

Record = Callable[[list[Ended], int], None]
"""Keeps trials that have ended; it is told how many that are with those before."""


def judge_here(
    ground: Ground, works: Sequence[Work], metric: Metric, halt: Halt
) -> Iterator[list[Judgement]]:
    """Judge pieces of work in this process, one after the other."""
    from dnn_core.tuning.judge import judge

    for work in works:
        yield judge(ground, work, metric.name, halt)


def run_study(study: Study, dataset: Dataset) -> Study:
    """Carry a study out here and now, or go on with it.

    Parameters
    ----------
    study : Study
        From `create_study`.
    dataset : Dataset
        Its data.

    Returns
    -------
    Study
        The same.

    Raises
    ------
    UserError
        If it is under way, or the data cannot carry it.
    """
    if study.status.state is not State.QUEUED:
        study.wait_again()
    carry_out(study, dataset)
    return study


def carry_out(
    study: Study, dataset: Dataset, *, judges: Judges = judge_here, worker: str = ""
) -> None:
    """Carry out a study that waits, and record how that ended.

    Raises
    ------
    Displaced
        If another worker has taken the study over: one that was not heard of for a while
        may come back and know nothing of it.
    """
    if study.status.state is not State.QUEUED:
        # A task that is sent twice is carried out once.
        return
    study.update(state=State.RUNNING, worker=worker, started_at=now(), title="Preparing the data")

    def end(state: State, message: str = "") -> None:
        _require_own(study, worker)
        study.end(state, message)

    try:
        state, message = _work_through(study, dataset, judges, worker)
        _require_own(study, worker)
        study.update(title="Working out what it found")
        write_reading(study)
    except Displaced:
        raise
    except UserError as error:
        end(State.FAILED, str(error))
        raise
    except BaseException as error:
        study.append("log.txt", traceback.format_exc())
        end(State.FAILED, describe_fault(error))
        raise
    else:
        end(state, message)


def _work_through(study: Study, dataset: Dataset, judges: Judges, worker: str) -> tuple[State, str]:
    """Search until the budget is spent or somebody asks to stop; how that ended, and why."""

    def record(ended: list[Ended], count: int) -> None:
        _require_own(study, worker)
        _record(study, ended, count)

    clock = Clock(study)
    ground = Ground.of(dataset, study.asked)
    _keep_cases(study, ground)
    done = study.judgements
    _show(study, sum(trial.number > 0 for trial in done))
    try:
        _Search(study.asked, study.measure, ground, judges, clock).run(done, record)
    except Halted:
        if study.stop_requested:
            return State.STOPPED, "Stopped at your request; what was found until then is kept."
        if not study.status.active:
            # Somebody else wrote how it ended.
            raise Displaced from None
        return State.FINISHED, f"Its {study.asked.minutes:g} minutes are over."
    return State.FINISHED, ""


def _require_own(study: Study, worker: str) -> None:
    if study.status.worker != worker:
        raise Displaced


class Clock:
    """Whether to stop: somebody asked for it, the time is over, or the study has ended."""

    def __init__(self, study: Study) -> None:
        self._study = study
        minutes = study.asked.minutes
        left = np.inf if minutes is None else 60 * minutes - study.status.elapsed_seconds
        self._deadline = time.monotonic() + left
        self._looked, self._halt = 0.0, False

    def __call__(self) -> bool:
        moment = time.monotonic()
        if moment - self._looked > SECONDS_BETWEEN_LOOKS:
            self._looked = moment
            ended = self._study.stop_requested or not self._study.status.active
            self._halt = moment > self._deadline or ended
        return self._halt


@dataclass(frozen=True, eq=False)
class _Search:
    """Trials on one ground."""

    asked: StudySpec
    metric: Metric
    ground: Ground
    judges: Judges
    halt: Halt

    def run(self, done: list[Trial], record: Record) -> None:
        """Go on until every trial is judged.

        Trials come in sets of fixed numbers: one that was interrupted is gone on with.
        """
        done = list(done)

        def keep(ended: list[Ended]) -> None:
            done.extend(trial for trial, _ in ended)
            record(ended, sum(trial.number > 0 for trial in done))

        if self.halt():
            raise Halted
        if not any(trial.number == 0 for trial in done):
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
        works = list(pieces(self.ground.experiment, trials, rounds))
        return self.judges(self.ground, works, self.metric, self.halt)

    def _better_half(self, means: dict[int, float | None]) -> set[int]:
        sign = -1 if self.metric.higher_is_better else 1
        order = sorted((sign * mean, n) for n, mean in means.items() if mean is not None)
        return {number for _, number in order[: (len(order) + 1) // 2]}

    def _trial(self, found: Judgement, values: dict[str, Any]) -> Ended:
        """The trial as it ended, and its predictions if it was judged on all folds."""
        rounds = len(self.ground.folds) * self.asked.seeds
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
        if len(found.rounds) < rounds:
            return Trial(state=TrialState.PRUNED, **facts), None
        predicted = np.stack(
            [
                np.concatenate([found.predictions[f, s] for f in range(len(self.ground.folds))])
                for s in range(self.asked.seeds)
            ]
        )
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


def _keep_cases(study: Study, ground: Ground) -> None:
    if study.has_cases:
        return
    mean = ground.training_mean
    study.keep_cases(ground.cases | ({} if mean is None else {"training_mean": np.array(mean)}))


def _record(study: Study, ended: list[Ended], count: int) -> None:
    """Write trials that have ended; predictions first, so that a trial is never without."""
    for trial, predicted in ended:
        if predicted is not None:
            study.keep_predictions(trial.number, predicted)
    study.record([trial for trial, _ in ended])
    _show(study, count)


def _show(study: Study, count: int) -> None:
    study.update(trials=count, title="Training")
