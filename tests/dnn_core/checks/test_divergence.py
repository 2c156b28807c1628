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


@pytest.mark.parametrize(
    ("loss", "codes"),
    [
        ([0.5, 1.499], []),
        ([0.5, 1.5], ["exploded"]),
        ([2.0, 5.9], []),
        ([2.0, 6.0], ["exploded"]),
        # Nothing is a multiple of nothing.
        ([0.0, 5.0], []),
        ([-1.0, 5.0], []),
    ],
)
def test_three_times_the_first_loss_is_an_explosion(make_run, loss, codes):
    assert [finding.code for finding in findings_of(make_run(loss=loss, val_loss=loss))] == codes


def test_names_both_losses(make_run):
    (finding,) = findings_of(make_run(loss=[0.5, 0.4, 2.0], val_loss=[0.5, 0.4, 2.0]))
    assert finding.reason == (
        "Training loss grew from 0.500 in the first epoch to 2.000 in epoch 3."
    )


@pytest.mark.parametrize(
    ("loss", "val_loss"), [([0.5, NAN, 0.4], [0.5] * 3), ([0.5] * 3, [0.5, NAN, 0.4])]
)
def test_either_loss_shows_it_from_the_first_epoch_on_that_is_no_number(make_run, loss, val_loss):
    (finding,) = findings_of(make_run(loss=loss, val_loss=val_loss))
    assert (finding.code, finding.numbers) == ("diverged", {"epoch": 2})
