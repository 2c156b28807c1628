from __future__ import annotations

import json

import numpy as np
import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.convergence import findings_of
from dnn_core.runs.records import State

FALLING = [1 - 0.02 * epoch for epoch in range(20)]


def test_fires_while_validation_loss_is_still_falling(make_run):
    (finding,) = findings_of(make_run(loss=FALLING, val_loss=FALLING))
    assert finding.severity is Severity.WATCH
    # Last ten epochs: medians 0.76 of the first five and 0.66 of the last five.
    assert finding.numbers["fall"] == pytest.approx(0.10)
    assert (finding.figure, finding.figure_note) == ("−0.100", "over the last 10 epochs")
    assert finding.try_text.startswith("plan more than 20 epochs")


def test_says_when_it_was_stopped_by_hand(make_run):
    run = make_run(loss=FALLING, val_loss=FALLING, state=State.STOPPED, training={"epochs": 60})
    (finding,) = findings_of(run)
    assert finding.title == "It was still learning when training was stopped by hand."
    assert finding.try_page == "train"


def test_fires_on_a_few_epochs_only_if_each_one_falls(make_run):
    (finding,) = findings_of(make_run(loss=[0.9, 0.8, 0.7], val_loss=[0.9, 0.8, 0.7]))
    assert finding.numbers["fall"] == pytest.approx(0.2)


def test_silent_on_a_few_epochs_that_go_up_and_down(make_run):
    assert findings_of(make_run(loss=[0.8, 0.9, 0.7], val_loss=[0.8, 0.9, 0.7])) == ()


def test_silent_once_the_curve_has_levelled_out(make_run):
    assert findings_of(make_run()) == ()


def test_silent_where_the_best_epoch_is_long_past(make_run):
    assert findings_of(make_run(loss=FALLING, val_loss=FALLING[:10] + [0.9] * 10)) == ()


def test_does_not_apply_after_early_stopping(make_run):
    with pytest.raises(NotApplicable, match="Early stopping"):
        findings_of(make_run(loss=FALLING, val_loss=FALLING, training={"epochs": 60}))


def test_does_not_apply_to_one_epoch(make_run):
    with pytest.raises(NotApplicable, match="A single epoch"):
        findings_of(make_run(loss=[0.5], val_loss=[0.5]))


def test_silent_where_the_fall_is_lost_in_the_scatter_of_epochs(make_run):
    # Over ten epochs it falls by 0.03, and goes up and down by as much from one to the next.
    random = np.random.default_rng(1)
    noisy = [0.6 - 0.003 * epoch + 0.02 * random.normal() for epoch in range(39)] + [0.4]
    assert findings_of(make_run(loss=noisy, val_loss=noisy)) == ()


@pytest.mark.simulation
def test_false_alarms_on_flat_curves_are_rare(write_run, tmp_path):
    random = np.random.default_rng(2)
    alarms = 0
    for number in range(40):
        flat = list(0.5 + 0.01 * random.normal(size=40))
        alarms += bool(findings_of(write_run(tmp_path / str(number), loss=flat, val_loss=flat)))
    assert alarms == 0


def test_networks_that_had_stopped_are_left_aside(make_run):
    run = make_run(loss=FALLING, val_loss=FALLING, members=3)
    lines = (run.directory / "history.jsonl").read_text("utf-8").splitlines()
    # Two of three ended after their twelfth epoch.
    kept = [
        line for line in lines if json.loads(line)["member"] == 1 or json.loads(line)["epoch"] <= 12
    ]
    run.write("history.jsonl", "\n".join(kept) + "\n")
    (finding,) = findings_of(run)
    assert finding.title == "One of 3 networks was still learning when training ended."
    assert finding.numbers["fall"] == pytest.approx(0.10)
