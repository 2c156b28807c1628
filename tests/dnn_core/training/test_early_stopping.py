"""Who is at their best, who stops and whose rate falls, epoch by epoch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dnn_core.specs import Schedule, TrainingSpec
from dnn_core.training.early_stopping import EarlyStopping

PATIENT = TrainingSpec(epochs=10, patience=3, learning_rate=0.8)


def enter(
    training: TrainingSpec, val_losses: list[float | None], losses: list[float] | None = None
) -> tuple[EarlyStopping, list[bool]]:
    """The book about the second of two members, and whether each epoch was its best so far."""
    book = EarlyStopping.begin([PATIENT, training])
    best = [
        book.update(1, training, epoch, 1.0 if losses is None else losses[epoch - 1], val_loss)
        for epoch, val_loss in enumerate(val_losses, start=1)
    ]
    return book, best


def test_at_the_beginning_everybody_runs_and_nothing_has_happened() -> None:
    book = EarlyStopping.begin([PATIENT, PATIENT.but(learning_rate=0.1)])
    assert book.running.tolist() == [True, True]
    assert book.rate.tolist() == [0.8, 0.1]
    for name in ("best_epoch", "since_best", "plateau", "last_epoch", "diverged"):
        assert getattr(book, name).tolist() == [0, 0]


def test_only_a_lower_validation_loss_is_better() -> None:
    book, best = enter(PATIENT, [0.5, 0.5, 0.4, 0.6])
    assert best == [True, False, True, False]
    assert (book.best_epoch[1], book.best_loss[1], book.since_best[1]) == (3, 0.4, 1)
    assert (book.last_epoch[1], book.diverged[1]) == (4, 0)
    # Nothing was said of the first member.
    assert (book.last_epoch[0], book.best_epoch[0], book.running[0]) == (0, 0, True)


@pytest.mark.parametrize(
    ("epochs", "early_stopping", "val_losses", "running"),
    [
        # Three epochs in a row without a better one are enough.
        (10, True, [0.5, 0.6, 0.6], True),
        (10, True, [0.5, 0.6, 0.6, 0.6], False),
        (10, True, [0.5, 0.6, 0.6, 0.4, 0.6, 0.6], True),
        (10, True, [0.5, 0.6, 0.6, 0.4, 0.6, 0.6, 0.4], False),
        (10, False, [0.5, 0.6, 0.6, 0.6, 0.6], True),
        (3, True, [0.5, 0.4], True),
        (3, True, [0.5, 0.4, 0.3], False),
        (3, False, [0.5, 0.4, 0.3], False),
    ],
)
def test_who_goes_on(
    epochs: int, early_stopping: bool, val_losses: list[float], running: bool
) -> None:
    book, _ = enter(PATIENT.but(epochs=epochs, early_stopping=early_stopping), val_losses)
    assert bool(book.running[1]) is running


def test_without_validation_cases_the_last_epoch_is_the_best() -> None:
    book, best = enter(PATIENT, [None, None, None, None, None], [3, 2, 4, 4, 5])
    assert best == [True] * 5
    assert (book.best_epoch[1], book.best_loss[1], book.running[1]) == (5, 5, True)


@pytest.mark.parametrize("beyond", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", ["loss", "validation"])
def test_a_loss_that_is_no_finite_number_ends_it(beyond: float, where: str) -> None:
    losses = [1.0, beyond] if where == "loss" else [1.0, 1.0]
    val_losses = [0.5, 0.4] if where == "loss" else [0.5, beyond]
    book, best = enter(PATIENT, val_losses, losses)
    assert best == [True, False]
    assert (book.diverged[1], book.last_epoch[1], book.best_epoch[1]) == (2, 2, 1)
    assert not book.running[1] and not book.goes_on(1, PATIENT.but(epochs=100))
    without, _ = enter(PATIENT, [None, None], [1.0, beyond])
    assert (without.diverged[1], without.best_epoch[1]) == (2, 1)


@pytest.mark.parametrize(
    ("val_losses", "rate"),
    [
        ([0.5, 0.6], 0.8),
        # After two epochs without a better one, a quarter; then the count begins anew.
        ([0.5, 0.6, 0.6], 0.2),
        ([0.5, 0.6, 0.6, 0.6], 0.2),
        ([0.5, 0.6, 0.6, 0.6, 0.6], 0.05),
        ([0.5, 0.6, 0.4, 0.6], 0.8),
        ([0.5, 0.6, 0.4, 0.6, 0.6], 0.2),
    ],
)
def test_on_a_plateau_the_rate_falls(val_losses: list[float], rate: float) -> None:
    plateau = PATIENT.but(
        schedule=Schedule.PLATEAU, plateau_patience=2, plateau_factor=0.25, early_stopping=False
    )
    book, _ = enter(plateau, val_losses)
    assert book.rate.tolist() == pytest.approx([0.8, rate])
    other, _ = enter(plateau.but(schedule=Schedule.EXPONENTIAL), val_losses)
    assert other.rate[1] == 0.8


def test_more_epochs_or_patience_let_a_member_go_on() -> None:
    book, _ = enter(PATIENT.but(epochs=2), [0.5, 0.4])
    for epochs, running in ((2, False), (3, True), (1, False)):
        book.reconsider([PATIENT, PATIENT.but(epochs=epochs)])
        assert book.running.tolist() == [True, running]
    book, _ = enter(PATIENT, [0.5, 0.6, 0.6, 0.6])
    for patience, running in ((3, False), (4, True)):
        book.reconsider([PATIENT, PATIENT.but(patience=patience)])
        assert book.running.tolist() == [True, running]


def test_the_book_is_stored_and_read_as_a_copy() -> None:
    book, _ = enter(PATIENT, [0.5, 0.6])
    arrays = book.to_arrays()
    again = EarlyStopping.from_arrays(arrays)
    again.update(1, PATIENT, 3, 1.0, 0.1)
    assert (book.best_epoch[1], again.best_epoch[1]) == (1, 3)
    assert arrays["best_epoch"].tolist() == [0, 1]
    for name, array in book.to_arrays().items():
        np.testing.assert_array_equal(array, arrays[name])
