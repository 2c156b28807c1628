from __future__ import annotations

import pytest

from dnn_core.audit.finding import NotApplicable, Severity
from dnn_core.checks.over_fitting import findings_of

FALL = [0.7 - 0.02 * epoch for epoch in range(10)]
"""Validation loss of epochs 1 to 10, down to 0.52."""

TRAINING = [0.7 - 0.02 * epoch for epoch in range(20)]


def test_fires_on_a_steady_rise_while_training_loss_falls(make_run):
    run = make_run(loss=TRAINING, val_loss=FALL + [0.52 + 0.004 * n for n in range(1, 11)])
    (finding,) = findings_of(run)
    assert finding.severity is Severity.WATCH
    assert finding.title == "It over-fits."
    # The median of the last five epochs, 0.544 to 0.560, is 0.552: 0.032 above 0.520.
    assert finding.numbers["rise"] == pytest.approx(0.032)
    assert (finding.figure, finding.figure_note) == ("+0.032", "over 10 epochs")
    assert finding.reason == (
        "Validation loss rises from 0.520 in epoch 10 to about 0.552 while training loss keeps "
        "falling. The weights that were kept are those of the best epoch 10."
    )


def test_of_several_networks_the_mean_is_told_from_what_each_kept(make_run):
    run = make_run(
        loss=TRAINING,
        val_loss=FALL + [0.52 + 0.004 * n for n in range(1, 11)],
        training={"members": 3},
        members=3,
    )
    run.write(
        "facts.json", run.facts.model_copy(update={"best_epochs": [8, 10, 14]}).model_dump_json()
    )
    (finding,) = findings_of(run)
    assert finding.reason.startswith(
        "The networks' mean validation loss rises from 0.520 in epoch 10"
    )
    assert finding.reason.endswith("are those of the best epochs 8 to 14, median 10.")


def test_a_small_loss_has_digits_enough(make_run):
    # To three decimals both ends are 0.000.
    small = [value / 5000 for value in FALL + [0.52 + 0.004 * n for n in range(1, 11)]]
    (finding,) = findings_of(make_run(loss=TRAINING, val_loss=small))
    assert "from 0.00010 in epoch 10 to about 0.00011" in finding.reason
    assert finding.figure == "+0.00001"


def test_silent_on_a_wiggle(make_run):
    wiggle = [0.535, 0.525, 0.54, 0.53, 0.522, 0.538, 0.526, 0.541, 0.524, 0.534]
    assert findings_of(make_run(loss=TRAINING, val_loss=FALL + wiggle)) == ()


def test_silent_on_a_steady_but_negligible_rise(make_run):
    # 0.0005 an epoch ends 0.004 higher, less than 1 % of 0.52.
    rise = [0.52 + 0.0005 * n for n in range(1, 11)]
    assert findings_of(make_run(loss=TRAINING, val_loss=FALL + rise)) == ()


def test_silent_where_training_loss_rises_as_well(make_run):
    rise = [0.52 + 0.004 * n for n in range(1, 11)]
    assert findings_of(make_run(loss=FALL + rise, val_loss=FALL + rise)) == ()


@pytest.mark.parametrize(
    "val_loss", [[], [0.5] * 9, [0.5] * 12 + [float("inf")]], ids=["none", "reduced", "diverged"]
)
def test_does_not_apply_without_a_curve(make_run, val_loss):
    run = make_run(loss=[0.5] * len(val_loss), val_loss=val_loss, training={"epochs": 20})
    with pytest.raises(NotApplicable):
        findings_of(run)


@pytest.mark.parametrize(
    ("hidden", "advice"),
    [
        ([{"units": 8}], "raise dropout, or use fewer units"),
        ([{"units": 8, "dropout": 0.6}], "use fewer units, or fewer layers"),
        ([], "use fewer predictors, or a lower learning rate"),
    ],
)
def test_advice_fits_the_network(make_run, hidden, advice):
    rise = [0.52 + 0.004 * n for n in range(1, 11)]
    run = make_run(loss=TRAINING, val_loss=FALL + rise, network={"hidden": hidden})
    assert findings_of(run)[0].try_text == advice


@pytest.mark.parametrize("epochs", [10, 11, 15, 19])
def test_ten_epochs_are_a_curve(make_run, epochs):
    after = 5
    val_loss = [0.7 - 0.02 * n for n in range(epochs - after)]
    val_loss += [val_loss[-1] + 0.01 * n for n in range(1, after + 1)]
    (finding,) = findings_of(
        make_run(loss=[0.9 - 0.01 * n for n in range(epochs)], val_loss=val_loss)
    )
    assert finding.numbers["best_epoch"] == epochs - after
    # Of 0.01 to 0.05 above the lowest the median.
    assert finding.numbers["rise"] == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("rise", "fires"),
    [
        # Of 21 pairs of seven epochs two fall: 27 of 5,040 orders, 0.5 %; three: 76, 1.5 %.
        ([1, 2, 3, 5, 4, 7, 6], True),
        ([2, 1, 3, 5, 4, 7, 6], False),
    ],
)
def test_a_rise_is_a_trend_of_one_percent(make_run, rise, fires):
    val_loss = FALL + [0.52 + 0.01 * n for n in rise]
    assert bool(findings_of(make_run(loss=TRAINING[:17], val_loss=val_loss))) is fires


def test_the_end_is_the_last_five_epochs(make_run):
    # Twelve epochs after the best: 0.03 to 0.14 above it, the last five 0.10 to 0.14.
    val_loss = FALL + [0.52 + 0.01 * n for n in range(3, 15)]
    (finding,) = findings_of(make_run(loss=[1 - 0.01 * n for n in range(22)], val_loss=val_loss))
    assert finding.numbers["rise"] == pytest.approx(0.12)
    assert finding.figure_note == "over 12 epochs"


@pytest.mark.parametrize(
    ("training_end", "fires"),
    [
        # Training loss of the best epoch is 0.52. The last five are told by their median.
        ([0.4] * 7 + [0.6, 0.6, 0.6, 0.4, 0.4], False),
        ([0.6] * 7 + [0.6, 0.6, 0.4, 0.4, 0.4], True),
        ([FALL[-1]] * 12, False),
    ],
)
def test_training_loss_has_to_keep_falling(make_run, training_end, fires):
    val_loss = FALL + [0.52 + 0.01 * n for n in range(1, 13)]
    assert bool(findings_of(make_run(loss=FALL + training_end, val_loss=val_loss))) is fires


@pytest.mark.parametrize(("end", "fires"), [(101.0, False), (101.1, True)])
def test_a_rise_of_one_percent_is_left_alone(make_run, end, fires):
    val_loss = [110.0 - n for n in range(11)]
    val_loss += [end + 0.01 * n for n in range(-2, 3)]
    assert bool(findings_of(make_run(loss=val_loss[:11] + [90.0] * 5, val_loss=val_loss))) is fires


@pytest.mark.parametrize(("kept", "words"), [([10], "Validation loss"), ([8, 10], "The networks'")])
def test_one_network_has_no_mean(make_run, kept, words):
    run = make_run(loss=TRAINING, val_loss=FALL + [0.52 + 0.004 * n for n in range(1, 11)])
    run.write("facts.json", run.facts.model_copy(update={"best_epochs": kept}).model_dump_json())
    assert findings_of(run)[0].reason.startswith(words)


@pytest.mark.parametrize(
    ("dropout", "advice"),
    [
        ((0.49,), "raise dropout, or use fewer units"),
        ((0.5,), "use fewer units, or fewer layers"),
        ((0.6, 0.0), "use fewer units, or fewer layers"),
        ((0.4, 0.0), "raise dropout, or use fewer units"),
    ],
)
def test_dropout_of_one_half_is_not_raised(make_run, dropout, advice):
    rise = [0.52 + 0.004 * n for n in range(1, 11)]
    hidden = [{"units": 8, "dropout": share} for share in dropout]
    run = make_run(loss=TRAINING, val_loss=FALL + rise, network={"hidden": hidden})
    assert findings_of(run)[0].try_text == advice
