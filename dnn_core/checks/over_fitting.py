"""Does validation loss rise while training loss falls?"""

from __future__ import annotations

import numpy as np

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.curve import LEVEL_EPOCHS, SMALLEST_CHANGE, finite_curve, rising_probability
from dnn_core.runs.run import Run
from dnn_core.wording import decimals_to_tell, number, signed

SHORTEST_CURVE = 10
"""Minimum number of epochs of an interpretable curve; a convention of this project."""

TREND_LEVEL = 0.01
"""Level of the one-sided trend test after the best epoch. On simulated flat
curves of 60 epochs, stopped with patience 10, it raised a false alarm in fewer than 1 % where
epochs vary independently and in about 10 % where they are strongly autocorrelated (0.6); it
detected a rise of 0.6 % of the loss each epoch in 77 % with noise of 1 % and in all with noise of
0.4 % of the loss."""


HIGH_DROPOUT = 0.5
"""More is rarely of use in hidden layers (Srivastava et al. 2014, section A.4)."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report a rise after the best epoch that is steady and not negligible."""
    curve = finite_curve(run)
    if len(curve) < SHORTEST_CURVE:
        raise NotApplicable(
            f"It takes {SHORTEST_CURVE} epochs to see whether validation loss begins to rise."
        )
    after = slice(curve.best + 1, None)
    epochs_after = len(curve.val_loss[after])
    # The best epoch itself is the lowest by selection and says nothing of the trend.
    if rising_probability(curve.val_loss[after]) > TREND_LEVEL:
        return ()
    lowest = float(curve.val_loss[curve.best])
    end = float(np.median(curve.val_loss[after][-LEVEL_EPOCHS:]))
    training_end = float(np.median(curve.loss[after][-LEVEL_EPOCHS:]))
    rise = end - lowest
    decimals = decimals_to_tell(lowest, end, least=3)
    if rise <= SMALLEST_CHANGE * abs(lowest) or training_end >= curve.loss[curve.best]:
        return ()
    return (
        Finding(
            code="over_fitting",
            severity=Severity.WATCH,
            title="It over-fits.",
            reason=f"{_loss_words(run)} rises from {number(lowest, decimals)} in epoch "
            f"{curve.best_epoch} to about {number(end, decimals)} while training loss keeps "
            f"falling. The weights that were kept are those of the {run.best_epochs.words}.",
            figure=signed(rise, decimals),
            figure_note=f"over {epochs_after} epochs",
            measured="loss, validation",
            **_try(run),
            numbers={"rise": rise, "best_epoch": curve.best_epoch, "epochs": epochs_after},
        ),
    )


def _loss_words(run: Run) -> str:
    several = len(run.best_epochs.epochs) > 1
    return "The networks' mean validation loss" if several else "Validation loss"


def _try(run: Run) -> dict[str, str]:
    hidden = run.experiment.network.hidden
    if hidden and max(layer.dropout for layer in hidden) < HIGH_DROPOUT:
        return {"try_text": "raise dropout, or use fewer units", "try_page": "network"}
    if hidden:
        return {"try_text": "use fewer units, or fewer layers", "try_page": "network"}
    return {"try_text": "use fewer predictors, or a lower learning rate", "try_page": "variables"}


CHECK = Check("over_fitting", "Does it over-fit?", findings_of)
