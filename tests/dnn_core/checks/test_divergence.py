from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.divergence import findings_of
from dnn_core.runs.records import State

NAN = float("nan")


def test_fires_on_a_loss_that_is_no_number_also_without_a_network(make_run):
    run = make_run(loss=[NAN], val_loss=[NAN], state=State.FAILED, training={"epochs": 60})
    (finding,) = findings_of(run)
    assert finding.severity is Severity.PROBLEM
    assert finding.title == "Training diverged in epoch 1."
    assert finding.reason.endswith("There is no trained network.")
    assert finding.figure_note == "of 60 planned"


def test_says_that_an_earlier_epoch_is_kept(make_run):
    (finding,) = findings_of(make_run(loss=[0.6, 0.5, 0.7], val_loss=[0.6, 0.5, NAN]))
    assert finding.title == "Training diverged in epoch 3."
    assert "before that were kept" in finding.reason


def test_fires_on_a_loss_that_explodes(make_run):
    (finding,) = findings_of(make_run(loss=[0.5, 0.4, 2.0], val_loss=[0.5, 0.4, 2.0]))
    assert finding.code == "exploded"
    assert finding.figure == "4.0 times"
    assert finding.numbers == {"ratio": 4.0, "epoch": 3}


def test_silent_on_a_bump(make_run):
    assert findings_of(make_run(loss=[0.5, 0.4, 1.2], val_loss=[0.5, 0.4, 9.0])) == ()


def test_does_not_apply_without_an_epoch(make_run):
    with pytest.raises(NotApplicable):
        findings_of(make_run(loss=[], val_loss=[], state=State.FAILED, training={"epochs": 5}))
