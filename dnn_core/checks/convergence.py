"""Was validation loss still falling when training ended?"""

from __future__ import annotations

import math

import numpy as np

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.curve import (
    LEVEL_EPOCHS,
    SHORTEST_TREND,
    SMALLEST_CHANGE,
    Curve,
    curve_of,
    finite_curve,
    rising_probability,
)
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.wording import counted, number, signed

LAST_SHARE = 0.05
"""The best epoch counts as last if it lies within this share of all epochs from
the end; a convention of this project."""

WINDOW_SHARE = 0.2
"""Share of the epochs, counted from the end, in which a fall is looked for."""

SHORTEST_WINDOW = 2 * LEVEL_EPOCHS

TREND_LEVEL = 0.05

NOISES = 2.0
"""The fall has to be twice as large as epochs scatter around it, so that it can be seen."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report validation loss that was still falling when training reached its limit or was stopped.

    Where several networks were trained, only those count that had not stopped before.
    """
    finite_curve(run)
    history, training = run.history, run.experiment.training
    ends = history.groupby("member")["epoch"].max()
    if ends.max() < 2:
        raise NotApplicable("A single epoch shows no trend.")
    by_hand = run.status.state is State.STOPPED
    if ends.max() < training.epochs and not by_hand and run.status.done:
        raise NotApplicable("Early stopping ended training after validation loss had turned.")
    going = ends.index[ends == ends.max()]
    curve = curve_of(history[history["member"].isin(going)])
    if curve.best < len(curve) - math.ceil(LAST_SHARE * len(curve)):
        return ()
    window = min(len(curve), max(SHORTEST_WINDOW, math.ceil(WINDOW_SHARE * len(curve))))
    fall = _fall(curve.val_loss[-window:])
    if fall <= SMALLEST_CHANGE * abs(float(curve.val_loss[-1])):
        return ()
    were = "It was"
    if len(going) < len(ends):
        verb = "was" if len(going) == 1 else "were"
        were = f"{counted(len(going)).capitalize()} of {len(ends)} networks {verb}"
    return (_finding(run, curve, window, fall, by_hand, were),)


def _fall(values: np.ndarray) -> float:
    """How far the loss falls within the window; 0 if that may be scatter."""
    if len(values) < SHORTEST_TREND:
        # Too few for a test: only a fall in every single epoch counts.
        return float(values[0] - values[-1]) if (np.diff(values) < 0).all() else 0.0
    if rising_probability(-values) > TREND_LEVEL:
        return 0.0
    half = min(LEVEL_EPOCHS, len(values) // 2)
    fall = float(np.median(values[:half]) - np.median(values[-half:]))
    epochs = np.arange(len(values))
    scatter = float(np.std(values - np.polyval(np.polyfit(epochs, values, 1), epochs), ddof=2))
    return fall if fall > NOISES * scatter else 0.0


def _finding(run: Run, curve: Curve, window: int, fall: float, by_hand: bool, were: str) -> Finding:
    planned = run.experiment.training.epochs
    ended = "was stopped by hand" if by_hand else "ended"
    return Finding(
        code="not_converged",
        severity=Severity.WATCH,
        title=f"{were} still learning when training {ended}.",
        reason=f"After {len(curve):,} epochs validation loss was still falling, to "
        f"{number(float(curve.val_loss.min()), 3)}.",
        figure=signed(-fall),
        figure_note=f"over the last {window} epochs",
        measured="loss, validation",
        try_text="train again to the end"
        if by_hand
        else f"plan more than {planned:,} epochs, or raise the learning rate",
        try_page="train" if by_hand else "network",
        numbers={"fall": fall, "epochs": window, "best_epoch": curve.best_epoch},
    )


CHECK = Check("convergence", "Was training long enough?", findings_of)
