"""Which epochs of a run's networks were the best, in figures and in words."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from dnn_core.training.best_epochs import (
    BestEpochs,
    kept_figures,
    member_epochs,
    out_of_patience,
)


def history(*members, loss=1.0):
    """A history of networks, each with its validation losses from epoch 1 on."""
    rows = [
        {"epoch": epoch, "member": member, "loss": loss, "val_loss": val_loss, "metric": epoch / 10}
        for member, losses in enumerate(members, start=1)
        for epoch, val_loss in enumerate(losses, start=1)
    ]
    columns = ["epoch", "member", "loss", "val_loss", "metric"]
    # As it is written: epoch after epoch.
    frame = pd.DataFrame(rows, columns=columns).astype({"epoch": "int64", "member": "int64"})
    return frame.sort_values("epoch", kind="stable", ignore_index=True)


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ([], None),
        ([0.5, 0.3, 0.4], 2),
        ([0.5, 0.3, 0.3], 2),
        ([0.5, math.nan, 0.4], 3),
        ([math.nan, math.nan], None),
        ([math.inf], None),
        ([0.5, -math.inf], 1),
    ],
)
def test_the_best_epoch_is_the_first_with_the_lowest_finite_validation_loss(losses, best):
    assert BestEpochs.so_far(history(losses)).middle == best


def test_an_epoch_whose_training_loss_overflowed_is_never_the_best():
    # The engine does not keep its weights, so the table must not name it.
    both = history([0.5, 0.1])
    both.loc[both["epoch"] == 2, "loss"] = math.inf
    assert BestEpochs.so_far(both).middle == 1


THREE = history([0.5, 0.4, 0.3, 0.4, 0.5], [0.2, 0.3, 0.4], [0.9, 0.8, 0.7, 0.6, 0.5, 0.6])
"""Best epochs 3, 1 and 5 of 5, 3 and 6."""


def test_of_several_networks_each_has_its_own():
    result = BestEpochs.so_far(THREE)
    assert result.epochs == (1, 3, 5) and (result.middle, result.last) == (3, 5)
    assert member_epochs(THREE)["last"].tolist() == [5, 3, 6]
    # In epoch 5, where the mean is lowest, the second network is no more: no epoch of the mean is
    # the best of all.
    assert kept_figures(THREE)["val_loss"] == pytest.approx((0.3 + 0.2 + 0.5) / 3)
    assert kept_figures(THREE)["metric"] == pytest.approx((0.3 + 0.1 + 0.5) / 3)


@pytest.mark.parametrize(
    ("epochs", "words", "figure"),
    [
        ((8,), "best epoch 8", "8"),
        ((8, 8, 8), "best epoch 8", "8"),
        ((12, 6, 8), "best epochs 6 to 12, median 8", "6 to 12"),
        ((6, None, 7), "best epochs 6 to 7, median 6", "6 to 7"),
        ((None,), "best epoch none", "none"),
    ],
)
def test_one_wording_for_all_pages(epochs, words, figure):
    result = BestEpochs.of(epochs)
    assert (result.words, result.figure) == (words, figure)


def test_patience_runs_out_for_each_network_by_itself():
    # Epochs since the best one: 2, 2 and 1.
    assert [out_of_patience(THREE, patience) for patience in (1, 2, 3)] == [3, 2, 0]
    # One that never had a finite loss has no best epoch to wait after.
    assert out_of_patience(history([math.nan, math.nan]), 1) == 0
    assert out_of_patience(history(), 1) == 0
