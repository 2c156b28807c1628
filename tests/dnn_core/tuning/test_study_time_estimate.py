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
    # With one network each over epochs: all for a ninth, a third for a third, a ninth to the end.
    once = asked.but(folds=1, halving=True)
    assert seconds(once) == pytest.approx(SECONDS_TO_BEGIN + work / 3 / 3)


def test_each_architecture_is_a_piece_and_tpe_begins_anew_for_each_ten(make):
    units = (Vary(hyperparameter="units", values=(2, 3)),)
    reduced = make.asked(vary=units, trials=40)
    assert seconds(reduced, 0) == pytest.approx(2 * SECONDS_TO_BEGIN)
    assert seconds(reduced.but(sampler=Sampler.TPE), 0) == pytest.approx(4 * 2 * SECONDS_TO_BEGIN)
