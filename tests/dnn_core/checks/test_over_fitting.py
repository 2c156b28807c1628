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
