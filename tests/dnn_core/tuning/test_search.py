"""The course of a study: each trial once, whatever comes between."""

from __future__ import annotations

import json
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from dnn_core.errors import ENDED_EARLY
from dnn_core.runs.records import State
from dnn_core.specs import Sampler, Vary
from dnn_core.tuning import search
from dnn_core.tuning.batches import Halted
from dnn_core.tuning.folds import ResamplingPlan
from dnn_core.tuning.search import execute
from dnn_core.tuning.study_result import read_study
from dnn_core.tuning.successive_halving import plan_steps
from dnn_core.tuning.trial import Round, Trial, TrialState


class Killed(BaseException):
    """What ends a process."""


def by_number(number, values, fold, seed):
    return float(number)


def go_on(study, survey, evaluator):
    """As `run_study` does, with other evaluators."""
    study.wait_again()
    execute(study, survey, evaluator=evaluator)


def test_each_number_is_judged_once_on_every_fold_with_every_seed(new_study, survey, make):
    study = new_study(trials=130, folds=2, seeds=2)
    evaluator = make.evaluates_by(by_number)
    execute(study, survey, evaluator=evaluator)
    every = [(n, f, s) for n in range(131) for f in range(2) for s in range(2)]
    assert sorted(evaluator.evaluated) == every
    trials = study.trials
    assert [trial.number for trial in trials] == list(range(1, 131))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    rounds = [(r.fold, r.seed, r.value, r.epochs) for r in trials[6].rounds]
    assert rounds == [(0, 0, 7, 2), (1, 0, 7, 2), (0, 1, 7, 2), (1, 1, 7, 2)]
    assert trials[6].epochs == 2
    assert (trials[6].parameters, trials[6].seconds) == (70, 0.5)
    status = study.status
    assert (status.state, status.trials, status.share) == (State.FINISHED, 130, 1)
    assert study.predictions(7).shape == (2, len(study.cases["y"]), 2)


def test_what_is_done_is_not_done_again(new_study, survey, make):
    study = new_study()
    execute(study, survey, evaluator=make.evaluates_by(by_number))
    before = (study.directory / "trials.jsonl").read_bytes()
    evaluator = make.evaluates_by(by_number)
    # A task that is sent twice, and a study that is at its end.
    execute(study, survey, evaluator=evaluator)
    go_on(study, survey, evaluator)
    assert evaluator.evaluated == []
    assert (study.directory / "trials.jsonl").read_bytes() == before
    assert study.status.state is State.FINISHED


@pytest.mark.parametrize(
    ("sampler", "networks"), [(Sampler.RANDOM, 23), (Sampler.TPE, 43), (Sampler.GRID, 23)]
)
def test_a_killed_study_loses_nothing_and_does_nothing_twice(
    new_study, survey, make, sampler, networks
):
    def kill(evaluated):
        if evaluated >= networks:
            raise Killed

    whole, killed = (new_study(trials=25, sampler=sampler, folds=3) for _ in range(2))
    whole_evaluator = make.evaluates_by(by_number)
    execute(whole, survey, evaluator=whole_evaluator)
    first = make.evaluates_by(by_number, kill)
    with pytest.raises(Killed):
        execute(killed, survey, evaluator=first)
    # The current experiment was evaluated before them.
    kept = killed.evaluations
    assert networks <= 3 * len(kept) < 3 * len(whole.evaluations)
    assert killed.status.state is State.FAILED
    # What a kill leaves of a line that was being written.
    for name in ("trials.jsonl", "traces.jsonl"):
        with (killed.directory / name).open("ab") as file:
            file.write(b'{"number": 99, "va')
    assert killed.evaluations == kept
    second = make.evaluates_by(by_number)
    go_on(killed, survey, second)
    assert sorted(first.evaluated + second.evaluated) == sorted(whole_evaluator.evaluated)
    assert all(trial in killed.evaluations for trial in kept)
    if sampler is not Sampler.TPE:
        assert killed.trials == whole.trials
    assert len(killed.trials) == len(whole.trials)
    assert killed.status.trials == len(whole.trials)
    for name in ("trials.jsonl", "traces.jsonl"):
        lines = (killed.directory / name).read_text().splitlines()
        assert len([json.loads(line) for line in lines]) == len(whole.evaluations)


def test_a_trial_that_was_being_written_is_judged_again(new_study, survey, make):
    study = new_study(trials=5)
    execute(study, survey, evaluator=make.evaluates_by(by_number))
    path = study.directory / "trials.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    (lost,) = {1, 2, 3, 4, 5} - {trial.number for trial in study.trials}
    evaluator = make.evaluates_by(by_number)
    go_on(study, survey, evaluator)
    assert {number for number, _, _ in evaluator.evaluated} == {lost}
    assert [trial.number for trial in study.trials] == [1, 2, 3, 4, 5]
    assert (study.status.trials, study.status.share) == (5, 1)


# Successive halving ------------------------------------------------------------------

FIGURES = {
    # By fold; the lower the better. The experiment as it is stands under 0.
    0: (1.0, 1.0, 1.0, 1.0, 1.0),
    1: (1.0, 1.0, 1.0, 1.0, 1.0),
    2: (0.1, 9.0, 0.0, 0.0, 0.0),  # second after two
    3: (0.2, 0.2, 9.0, 9.0, 0.0),
    4: (0.3, 0.3, 0.3, 0.3, 9.0),
    5: (0.4, 0.9, 0.9, 0.9, 0.9),
    6: (1.1, 0.0, 0.0, 0.0, 0.0),
    7: (1.2, 0.0, 0.0, 0.0, 0.0),
    8: (1.3, 0.0, 0.0, 0.0, 0.0),
}
"""After one fold 2, 3, 4 and 5 are the better half, after two 3 and 4 (means 0.2 and 0.3; 5 has
0.65, 2 has 4.55), after four 4 (0.3; 3 has 4.6)."""


def by_table(number, values, fold, seed):
    return FIGURES[number][fold]


def outcome(study):
    return {trial.number: (trial.state, len(trial.rounds)) for trial in study.trials}


def test_the_worse_half_is_given_up_after_1_2_and_4_folds(new_study, survey, make):
    study = new_study(trials=8, folds=5, halving=True)
    evaluator = make.evaluates_by(by_table)
    execute(study, survey, evaluator=evaluator)
    pruned, complete = TrialState.PRUNED, TrialState.COMPLETE
    expected = dict.fromkeys((1, 6, 7, 8), (pruned, 1)) | dict.fromkeys((2, 5), (pruned, 2))
    assert outcome(study) == expected | {3: (pruned, 4), 4: (complete, 5)}
    assert len(evaluator.evaluated) == 4 * 1 + 2 * 2 + 4 + 5 + len(FIGURES[0])
    assert all(trial.value is None for trial in study.trials if trial.number != 4)
    assert read_study(study).facts["best"] == 4
    names = {path.name for path in (study.directory / "predictions").iterdir()}
    assert names == {"00000.npy", "00004.npy"}


def test_where_higher_is_better_the_lower_half_is_given_up(new_study, survey, make):
    study = new_study(trials=4, folds=2, halving=True, measure="main")
    execute(study, survey, evaluator=make.evaluates_by(by_number))
    assert [trial.number for trial in study.trials if trial.complete] == [3, 4]


def test_one_without_a_figure_is_given_up(new_study, survey, make):
    study = new_study(trials=4, folds=2, halving=True)
    evaluator = make.evaluates_by(lambda number, *_: None if number < 3 else float(number))
    execute(study, survey, evaluator=evaluator)
    assert [trial.number for trial in study.trials if trial.complete] == [3]


@pytest.mark.parametrize("networks", [10, 14, 16, 18, 19])
def test_an_interruption_changes_nothing_about_who_is_given_up(new_study, survey, make, networks):
    def kill(evaluated):
        if evaluated >= networks:
            raise Killed

    # Units that differ, so that there are several pieces of work for a step.
    vary = (Vary(hyperparameter="units", values=(2, 3, 4, 5, 6, 7, 8)),)
    study, whole = (new_study(trials=8, folds=5, halving=True, vary=vary) for _ in range(2))
    execute(whole, survey, evaluator=make.evaluates_by(by_table))
    with pytest.raises(Killed):
        execute(study, survey, evaluator=make.evaluates_by(by_table, kill))
    go_on(study, survey, make.evaluates_by(by_table))
    assert outcome(study) == outcome(whole)


@pytest.mark.parametrize(
    ("folds", "seeds", "ends"), [(2, 1, [1, 2]), (2, 2, [1, 2, 4]), (5, 1, [1, 2, 4, 5])]
)
def test_steps_over_folds_double(new_study, survey, make, folds, seeds, ends):
    asked = make.asked(folds=folds, seeds=seeds, halving=True)
    steps = steps_of(new_study(asked), survey)
    assert np.cumsum([len(step.rounds) for step in steps]).tolist() == ends
    assert {step.epochs for step in steps} == {None}


# Successive halving over epochs ---------------------------------------------------------

COURSE = {
    1: (0.9, 0.0, 0.0),  # best in the end, and lost for its slow start
    2: (0.1, 0.5, 0.5),
    3: (0.2, 0.1, 0.4),
    4: (0.3, 0.2, 0.2),
    5: (0.4, 0.0, 0.0),
    6: (0.5, 0.0, 0.0),
    7: (0.6, 0.0, 0.0),
    8: (0.7, 0.0, 0.0),
    9: (0.8, 0.0, 0.0),
}
"""Nine networks that gain at a different pace: figures after 2 and 6 epochs and at the end."""


def steps_of(study, survey, usual=18):
    """The steps of a study whose experiment as it is took 18 epochs."""
    rounds = (Round(fold=0, seed=0, value=1.0, epochs=usual),)
    known = Trial(number=0, values={}, state=TrialState.COMPLETE, value=1.0, rounds=rounds)
    plan = ResamplingPlan.of(survey, study.asked)
    every = [(f, s) for s in range(study.asked.seeds) for f in range(len(plan.folds))]
    return plan_steps(study.asked, plan.experiment, every, [known])


def by_course(number, values, fold, seed, epochs):
    if number == 0:
        return 1.0
    return COURSE[number][{2: 0, 6: 1, None: 2}[epochs]]


def over_epochs(new_study):
    units = (Vary(hyperparameter="units", values=tuple(range(2, 11))),)
    return new_study(trials=9, folds=1, halving=True, vary=units, sampler=Sampler.GRID)


def test_with_one_network_each_one_in_three_goes_on_to_thrice_the_epochs(new_study, survey, make):
    study = over_epochs(new_study)
    evaluator = make.evaluates_by(by_course, epochs=18)
    execute(study, survey, evaluator=evaluator)
    # The experiment as it is took 18 epochs, so they are 2, 6, and as many as it likes.
    limits = Counter(epochs for number, epochs in evaluator.limits if number)
    assert limits == {2: 9, 6: 3, None: 1}
    trials = {trial.number: trial for trial in study.trials}
    assert {n: t.rung for n, t in trials.items()} == dict.fromkeys(COURSE, 0) | {2: 1, 4: 1, 3: 2}
    assert [n for n, t in trials.items() if t.complete] == [3]
    # A network that began anew counts once, with what it had in the end.
    assert [r.value for r in trials[3].rounds] == [0.4]
    assert [r.value for r in trials[4].rounds] == [0.2]
    assert [r.value for r in trials[1].rounds] == [0.9]
    assert trials[3].seconds == 3 * 0.5
    names = {path.name for path in (study.directory / "predictions").iterdir()}
    assert names == {"00000.npy", "00003.npy"}


@pytest.mark.parametrize("networks", [*range(2, 14)])
def test_an_interruption_changes_nothing_over_epochs_either(new_study, survey, make, networks):
    def kill(evaluated):
        if evaluated >= networks:
            raise Killed

    study, whole = over_epochs(new_study), over_epochs(new_study)
    execute(whole, survey, evaluator=make.evaluates_by(by_course, epochs=18))
    with pytest.raises(Killed):
        execute(study, survey, evaluator=make.evaluates_by(by_course, kill, epochs=18))
    go_on(study, survey, make.evaluates_by(by_course, epochs=18))
    assert study.trials == whole.trials


def test_the_share_of_the_work_that_is_done_is_shown(new_study, survey, make):
    shares = []
    study = over_epochs(new_study)
    evaluator = make.evaluates_by(by_course, lambda _: shares.append(study.status.share), epochs=18)
    execute(study, survey, evaluator=evaluator)
    # The experiment as it is, nine for 2 of 18 epochs, three for 6 and one for all: each takes
    # as long as the others, and a network is a piece of work here.
    nine, three = np.arange(1, 10) / 27, (1 + np.arange(1, 4) / 3) / 3
    assert shares == pytest.approx([0, *nine, *three, 1])
    # More than the whole a progress bar refuses.
    assert max(shares) <= 1
    assert study.status.share == pytest.approx(1)


def test_an_interrupted_study_shows_what_is_done(new_study, survey, make):
    def kill(evaluated):
        if evaluated == 11:
            raise Killed

    shares = []
    study = over_epochs(new_study)
    with pytest.raises(Killed):
        execute(study, survey, evaluator=make.evaluates_by(by_course, kill, epochs=18))
    # Six were given up; three begin again.
    assert (len(study.trials), study.status.trials) == (6, 6)
    study.wait_again()
    evaluator = make.evaluates_by(by_course, lambda _: shares.append(study.status.share), epochs=18)
    execute(study, survey, evaluator=evaluator)
    # None of the first step's three is given up now, nor worth less than those of a whole set.
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx((6 + 3 / 9) / 9)
    assert study.status.share == pytest.approx(1)


def test_steps_over_epochs_follow_from_the_experiment_as_it_is(new_study, survey):
    study = over_epochs(new_study)
    for usual, limits in ((18, [2, 6, None]), (20, [3, 7, None]), (2, [1, None]), (0, [1, None])):
        # Where it has no best epoch, as many as it may take: three.
        assert [step.epochs for step in steps_of(study, survey, usual)] == limits


# Stopping ------------------------------------------------------------------------------


def test_a_stop_keeps_what_there_is(new_study, survey, make, monkeypatch):
    monkeypatch.setattr(search, "SECONDS_BETWEEN_LOOKS", -1)
    study = new_study(trials=12)
    inner = make.evaluates_by(by_number)

    def evaluator(plan, works, metric, halt):
        first = works[0].trials[0][0] == 0
        assert len(works) == (1 if first else 3)
        for part in inner(plan, works, metric, halt):
            if halt():
                raise Halted
            yield part
            if not first:
                study.request_stop()

    execute(study, survey, evaluator=evaluator)
    assert study.status.state is State.STOPPED
    assert "Stopped at your request" in study.status.message
    kept = study.trials
    assert len(kept) == study.status.trials
    assert 0 < len(kept) < 12
    assert read_study(study).facts["trials"] == len(kept)
    # It goes on, and the request is not taken for a new one.
    go_on(study, survey, make.evaluates_by(by_number))
    assert study.status.state is State.FINISHED
    assert len(study.trials) == 12
    assert all(trial in study.trials for trial in kept)


def test_a_study_that_is_stopped_while_it_waits_does_nothing(new_study, survey, make):
    study = new_study()
    study.request_stop()
    evaluator = make.evaluates_by(by_number)
    execute(study, survey, evaluator=evaluator)
    assert (study.status.state, evaluator.evaluated) == (State.STOPPED, [])
    assert read_study(study) is None


def test_when_its_time_is_over_a_study_ends_with_what_it_has(new_study, survey, make, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(search, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    study = new_study(trials=300, minutes=1.5)

    # 100 trials on three folds take 50 seconds: after 200 there are less than 0 left.
    def evaluator(plan, works, metric, halt):
        clock[0] += 50.0 if works[0].trials[0][0] else 0.0
        return make.evaluates_by(by_number)(plan, works, metric, halt)

    execute(study, survey, evaluator=evaluator)
    assert (study.status.state, len(study.trials)) == (State.FINISHED, 200)
    assert study.status.message == "The time limit of 1.5 minutes was reached."
    # Who asks it to go on grants it as many minutes more.
    study.update(busy_seconds=92.0)
    go_on(study, survey, evaluator)
    assert len(study.trials) == 300
    # After a crash earlier sittings count.
    study = new_study(trials=300, minutes=1.5)
    study.update(busy_seconds=91.0)
    execute(study, survey, evaluator=evaluator)
    assert study.trials == []


# What goes wrong -------------------------------------------------------------------------


def test_who_ends_the_process_is_told_of_no_fault(new_study, survey):
    def told_to_end(*_):
        raise KeyboardInterrupt

    study = new_study()
    with pytest.raises(KeyboardInterrupt):
        execute(study, survey, evaluator=told_to_end)
    assert (study.status.state, study.status.message) == (State.STOPPED, ENDED_EARLY)


def test_a_fault_is_recorded_and_raised(new_study, survey, make, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("by zero")

    study = new_study()
    with pytest.raises(ZeroDivisionError):
        execute(study, survey, evaluator=fail)
    assert study.status.state is State.FAILED
    assert "ZeroDivisionError" in study.status.message
    assert "by zero" in (study.directory / "log.txt").read_text()
    # Also where what was found is worked out: a study never seems to be under way for good.
    monkeypatch.setattr(search, "write_reading", fail)
    with pytest.raises(ZeroDivisionError):
        go_on(study, survey, make.evaluates_by(by_number))
    assert study.status.state is State.FAILED


def test_figures_are_those_of_pooled_predictions(new_study, survey, make):
    study = new_study(trials=3, seeds=2)
    execute(study, survey, evaluator=make.evaluates_by(by_number))
    trial, y = study.trials[1], study.cases["y"]
    predicted = study.predictions(2)[:, np.arange(len(y)), y]
    losses = -np.log(predicted.astype("float64")).mean(axis=1)
    assert trial.value == pytest.approx(losses.mean(), abs=1e-9)
    assert Counter(study.cases["fold"]).keys() == {0, 1, 2}
