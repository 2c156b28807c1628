"""Run a study: search, nested too, and record, until the budget is spent."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np

from dnn_core.data.dataset import Dataset
from dnn_core.errors import ENDED_EARLY, UserError, describe_fault
from dnn_core.outcome.metrics import Metric
from dnn_core.runs.records import State, now
from dnn_core.tuning.batches import Displaced, Evaluator, Halt, Halted, TrialEvaluation, Work
from dnn_core.tuning.folds import ResamplingPlan
from dnn_core.tuning.search_loop import Ended, Search
from dnn_core.tuning.study import Study
from dnn_core.tuning.study_result import write_reading

SECONDS_BETWEEN_LOOKS = 0.25
"""Seconds between two checks for a request to stop."""

UNTOLD = (
    "Nested cross-validation gives no figure for the search: one of the folds has no network to "
    "evaluate."
)


def evaluate_locally(
    plan: ResamplingPlan, works: Sequence[Work], metric: Metric, halt: Halt
) -> Iterator[list[TrialEvaluation]]:
    """Evaluate pieces of work in this process, one after the other."""
    from dnn_core.tuning.evaluate_trials import evaluate_trials

    for work in works:
        yield evaluate_trials(plan, work, metric.name, halt)


def run_study(study: Study, dataset: Dataset) -> Study:
    """Run or resume a study in this process.

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
        If it is under way, or the data do not allow it.
    """
    if study.status.state is not State.QUEUED:
        study.wait_again()
    execute(study, dataset)
    return study


def execute(
    study: Study, dataset: Dataset, *, evaluator: Evaluator = evaluate_locally, worker: str = ""
) -> None:
    """Run a study that waits, and record how that ended.

    Raises
    ------
    Displaced
        If another worker now runs the study: a worker that lost its connection may come back and
        not know it.
    """
    if study.status.state is not State.QUEUED:
        # A task that is sent twice is run once.
        return
    study.update(state=State.RUNNING, worker=worker, started_at=now(), title="Preparing the data")

    def end(state: State, message: str) -> None:
        _require_own(study, worker)
        study.end(state, message)

    with recorded(study, end):
        state, message = _work_through(study, dataset, evaluator, worker)
        _require_own(study, worker)
        study.update(title="Computing the results")
        write_reading(study)
    end(state, message)


@contextmanager
def recorded(study: Study, end: Callable[[State, str], None]) -> Iterator[None]:
    """Record an error in a study by `end`, and raise it again."""
    try:
        yield
    except Displaced:
        raise
    except UserError as error:
        end(State.FAILED, str(error))
        raise
    except (KeyboardInterrupt, SystemExit):
        end(State.STOPPED, ENDED_EARLY)
        raise
    except BaseException as error:
        # Of whatever kind: what is over must not look as if it were under way.
        study.append("log.txt", traceback.format_exc())
        end(State.FAILED, describe_fault(error))
        raise


def _work_through(
    study: Study, dataset: Dataset, evaluator: Evaluator, worker: str
) -> tuple[State, str]:
    """Search until the budget is spent or a stop is requested; returns how that ended, and why."""
    clock, asked, measure = Clock(study), study.asked, study.measure
    plan = ResamplingPlan.of(dataset, asked)
    _keep_cases(study, plan)
    book = _Book(study, worker)
    book.show()
    try:
        search = Search(asked, measure, plan, evaluator, clock, partial(book.advance, None))
        search.run(study.evaluations, book.keep)
        if asked.nested and not _nest(study, dataset, search, book):
            return State.FINISHED, UNTOLD
    except Halted:
        if study.stop_requested:
            return State.STOPPED, "Stopped at your request; the results so far are kept."
        if not study.status.active:
            # Somebody else wrote how it ended.
            raise Displaced from None
        minutes = study.asked.minutes
        limit = "1 minute" if minutes == 1 else f"{minutes:g} minutes"
        return State.FINISHED, f"The time limit of {limit} was reached."
    return State.FINISHED, ""


def _nest(study: Study, dataset: Dataset, search: Search, book: _Book) -> bool:
    """Search again without each fold, and evaluate the winner on it; whether all had one."""
    if study.nested_predictions is not None:
        return True
    asked, won = study.asked, {}
    for fold in search.plan.numbers:
        plan = ResamplingPlan.of(dataset, asked, fold)
        advance = partial(book.advance, fold)
        inner = replace(search, plan=plan, advance=advance, without=fold)
        inner.run(study.trials_without(fold), partial(book.keep_without, fold))
        won[fold] = study.winner_without(fold)
    predicted = search.evaluate_each({fold: best.values for fold, best in won.items() if best})
    if predicted is None:
        return False
    _require_own(study, book.worker)
    study.keep_nested_predictions(predicted)
    return True


def _require_own(study: Study, worker: str) -> None:
    if study.status.worker != worker:
        raise Displaced


class _Book:
    """Writes trials down as they end, and shows how many have and how much work is done."""

    def __init__(self, study: Study, worker: str) -> None:
        self.study, self.worker = study, worker
        nested = range(study.asked.folds if study.asked.nested else 0)
        # In trials, of the search of all folds (None) and of those without one.
        self._work: dict[int | None, float] = {None: len(study.trials)}
        self._work |= {fold: len(study.trials_without(fold)) for fold in nested}
        self._count = int(sum(self._work.values()))

    def show(self) -> None:
        # Sums of shares may end a rounding error above the whole.
        share = min(1.0, sum(self._work.values()) / self.study.asked.total)
        self.study.update(trials=self._count, share=share, title="Training")

    def advance(self, without: int | None, trials: float) -> None:
        """Show how many trials' worth of work a search has done."""
        self._work[without] = trials
        self.show()

    def keep(self, ended: list[Ended]) -> None:
        """Write trials; predictions first, so that a trial is never without."""
        _require_own(self.study, self.worker)
        for trial, predicted in ended:
            if predicted is not None:
                self.study.keep_predictions(trial.number, predicted)
        self.study.record([trial for trial, _ in ended])
        self._add(ended)

    def keep_without(self, fold: int, ended: list[Ended]) -> None:
        """Write trials of the nested search that leaves out a fold."""
        _require_own(self.study, self.worker)
        self.study.record_without(fold, [trial for trial, _ in ended])
        self._add(ended)

    def _add(self, ended: list[Ended]) -> None:
        self._count += sum(trial.number > 0 for trial, _ in ended)


class Clock:
    """Whether to stop: somebody asked for it, the time is over, or the study has ended."""

    def __init__(self, study: Study) -> None:
        self._study = study
        minutes = study.asked.minutes
        left = np.inf if minutes is None else 60 * minutes - study.status.counted_seconds
        self._deadline = time.monotonic() + left
        self._looked, self._halt = 0.0, False

    def __call__(self) -> bool:
        moment = time.monotonic()
        if moment - self._looked > SECONDS_BETWEEN_LOOKS:
            self._looked = moment
            ended = self._study.stop_requested or not self._study.status.active
            self._halt = moment > self._deadline or ended
        return self._halt


def _keep_cases(study: Study, plan: ResamplingPlan) -> None:
    if study.has_cases:
        return
    mean = plan.training_mean
    study.keep_cases(plan.cases | ({} if mean is None else {"training_mean": np.array(mean)}))
