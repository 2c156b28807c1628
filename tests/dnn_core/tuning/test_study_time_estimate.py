"""How long a study takes, as far as that follows from what is counted."""

from __future__ import annotations

import pytest

from dnn_core.outcome.output import output_of
from dnn_core.specs import Kind, Sampler, Vary
from dnn_core.tuning.study_time_estimate import (
    OPERATIONS_PER_SECOND,
    SECONDS_TO_BEGIN,
    estimate_seconds,
)

OUTPUT = output_of(Kind.BINARY, 2)


def seconds(asked, rows=1000):
    return estimate_seconds(asked, training_rows=rows, inputs=3, output=OUTPUT)


def test_work_is_counted_and_each_piece_takes_a_while_to_begin(make):
    experiment = make.experiment()
    plain = experiment.but(training=experiment.training.but(early_stopping=False))
    # One architecture, so one piece: 10 trials on 3 folds, 3 epochs of 1,000 rows each, and
    # 3 x 4 + 4 + 4 + 1 = 21 parameters that take six operations for a row.
    rates = (Vary(hyperparameter="learning_rate", low=1e-3, high=1e-1),)
    asked = make.asked(plain, vary=rates, trials=10)
    work = 10 * 3 * 3 * 1000 * 6 * 21 / OPERATIONS_PER_SECOND
    assert seconds(asked) == pytest.approx(SECONDS_TO_BEGIN + work)
    # Where training may stop early, half of the epochs.
    assert seconds(make.asked(vary=rates, trials=10)) == pytest.approx(SECONDS_TO_BEGIN + work / 2)
    assert seconds(asked.but(halving=True)) == pytest.approx(SECONDS_TO_BEGIN + work / 2)
    assert seconds(asked.but(folds=2, halving=True)) == pytest.approx(
        SECONDS_TO_BEGIN + work / 3 * 2 / 2
    )
    # With one network each over epochs: all for a ninth, a third for a third, a ninth to the end.
    once = asked.but(folds=1, halving=True)
    assert seconds(once) == pytest.approx(SECONDS_TO_BEGIN + work / 3 / 3)


def test_each_architecture_is_a_piece_and_tpe_begins_anew_for_each_ten(make):
    units = (Vary(hyperparameter="units", values=(2, 3)),)
    reduced = make.asked(vary=units, trials=40)
    assert seconds(reduced, 0) == pytest.approx(2 * SECONDS_TO_BEGIN)
    assert seconds(reduced.but(sampler=Sampler.TPE), 0) == pytest.approx(4 * 2 * SECONDS_TO_BEGIN)


def test_of_many_trials_a_hundred_are_looked_at(make):
    rates = (Vary(hyperparameter="learning_rate", low=1e-3, high=1e-1),)
    # 63 networks at a time are 21 trials of three: a hundred trials are five pieces.
    for trials, pieces in ((21, 1), (22, 2), (100, 5), (121, 6.05), (250, 12.5)):
        asked = make.asked(vary=rates, trials=trials)
        assert seconds(asked, 0) == pytest.approx(pieces * SECONDS_TO_BEGIN)
    # Each nested search is as long, and each seed is another network.
    asked = make.asked(vary=rates, trials=10, seeds=2)
    assert seconds(asked, 0) == pytest.approx(SECONDS_TO_BEGIN)
    assert seconds(asked) - seconds(asked, 0) == pytest.approx(
        2 * (seconds(asked.but(seeds=1)) - seconds(asked.but(seeds=1), 0))
    )
    assert seconds(asked.but(nested=True)) == pytest.approx(4 * seconds(asked))


def test_larger_configurations_take_longer(make):
    experiment = make.experiment()
    experiment = experiment.but(training=experiment.training.but(early_stopping=False))
    units = (Vary(hyperparameter="units", values=(4, 400)),)
    asked = make.asked(experiment, vary=units, trials=2, sampler=Sampler.QUASI_RANDOM)
    # With at random 5 u + 1 parameters, u is 4, 400 or both.
    each = 3 * 3 * 1000 * 6 / OPERATIONS_PER_SECOND
    work = seconds(asked) - seconds(asked, 0)
    assert any(work == pytest.approx(each * (5 * u + 2)) for u in (8, 404, 800))
