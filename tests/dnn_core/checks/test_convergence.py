from __future__ import annotations

import json

import numpy as np
import pytest
from statsmodels.api import OLS

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


def _stopped_early(run, ends: list[int]):
    """The same run, whose networks trained for so many epochs each."""
    lines = (run.directory / "history.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    kept = [
        json.dumps(record) for record in records if record["epoch"] <= ends[record["member"] - 1]
    ]
    run.write("history.jsonl", "\n".join(kept) + "\n")
    return run


@pytest.mark.parametrize(
    ("ends", "opening"),
    [
        ([20, 20, 12], "Two of 3 networks were still learning"),
        ([1, 20, 1], "One of 3 networks was still learning"),
        ([20, 20, 20], "It was still learning"),
    ],
)
def test_says_how_many_networks_were_going_on(make_run, ends, opening):
    run = _stopped_early(make_run(loss=FALLING, val_loss=FALLING, members=3), ends)
    (finding,) = findings_of(run)
    assert finding.title.startswith(opening)


@pytest.mark.parametrize("state", [State.FAILED, State.INTERRUPTED])
def test_a_run_that_broke_off_had_not_stopped_by_itself(make_run, state):
    run = make_run(loss=FALLING, val_loss=FALLING, state=state, training={"epochs": 60})
    (finding,) = findings_of(run)
    assert finding.title == "It was still learning when training ended."
    assert finding.try_page == "network"


@pytest.mark.parametrize(
    ("epochs", "after_best", "fires"),
    [
        # The last twentieth of the epochs, upwards: of 20 one, of 30 and 40 two.
        (20, 0, True),
        (20, 1, False),
        (30, 1, True),
        (40, 1, True),
        (40, 2, False),
    ],
)
def test_the_best_epoch_is_among_the_last(make_run, epochs, after_best, fires):
    lowest = epochs - 1 - after_best
    values = [1 - 0.01 * min(n, lowest) + 0.0001 * max(0, n - lowest) for n in range(epochs)]
    assert bool(findings_of(make_run(loss=values, val_loss=values))) is fires


@pytest.mark.parametrize(("epochs", "window"), [(7, 7), (20, 10), (50, 10), (60, 12), (62, 13)])
def test_a_fall_is_looked_for_in_the_last_fifth_and_in_ten_epochs(make_run, epochs, window):
    values = [2 - 0.02 * n for n in range(epochs)]
    (finding,) = findings_of(make_run(loss=values, val_loss=values))
    assert finding.figure_note == f"over the last {window} epochs"
    # Between the medians of its first and its last epochs, of five where there are so many.
    apart = window - min(5, window // 2)
    assert finding.numbers["fall"] == pytest.approx(0.02 * apart)


@pytest.mark.parametrize(
    ("first", "fires"),
    [
        # One in a hundred of the last loss is no fall.
        (101.0, False),
        (101.003, True),
    ],
)
def test_a_fall_of_one_percent_is_left_alone(make_run, first, fires):
    values = [first, 100.5, 100.0]
    assert bool(findings_of(make_run(loss=values, val_loss=values))) is fires


def test_two_epochs_show_a_fall_and_equal_ones_do_not(make_run, write_run, tmp_path):
    (finding,) = findings_of(make_run(loss=[0.9, 0.8], val_loss=[0.9, 0.8]))
    assert finding.numbers["fall"] == pytest.approx(0.1)
    level = [0.9, 0.9, 0.8]
    assert findings_of(write_run(tmp_path / "level", loss=level, val_loss=level)) == ()


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        # Two of the fifteen pairs rise: 20 of the 720 orders have as few, 2.8 %.
        ([10.01, 10.0, 10.02, 5.02, 5.01, 5.0], True),
        # Three of them: 49 orders, 6.8 %.
        ([10.0, 10.01, 10.02, 5.02, 5.01, 5.0], False),
        # Of five epochs one of the ten pairs: 5 of 120, 4.2 %; two pairs: 14 of 120.
        ([10.0, 10.01, 5.02, 5.01, 5.0], True),
        ([10.0, 10.02, 10.01, 4.0, 4.01], False),
    ],
)
def test_a_fall_is_a_trend_of_five_percent(make_run, values, fires):
    assert bool(findings_of(make_run(loss=values, val_loss=values))) is fires


@pytest.mark.parametrize(("rate", "fires"), [(0.6, False), (0.615, True), (0.7, True)])
def test_a_fall_is_twice_the_scatter_around_a_line(make_run, rate, fires):
    # The sooner it levels out, the less there is of the fall beside the bend.
    values = np.array([0.5 + 0.3 * rate**epoch for epoch in range(10)])
    line = OLS(values, np.column_stack([np.ones(10), np.arange(10)])).fit()
    fall = np.median(values[:5]) - np.median(values[5:])
    assert (fall > 2 * np.sqrt(line.mse_resid)) == fires
    assert bool(findings_of(make_run(loss=list(values), val_loss=list(values)))) is fires
