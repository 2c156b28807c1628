"""Was the learning rate reduced as it was planned to be?"""

from __future__ import annotations

import numpy as np

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.curve import learning_curve
from dnn_core.runs.run import Run
from dnn_core.specs import Schedule
from dnn_core.wording import plural


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Fire when “Reduce on plateau” found no plateau.

    That it could not act from the start is said by the check of the settings.
    """
    training = run.experiment.training
    if training.schedule is not Schedule.PLATEAU:
        raise NotApplicable("The learning rate was not to be reduced on a plateau.")
    patience = training.plateau_patience
    if training.early_stopping and patience >= training.patience:
        raise NotApplicable("Early stopping comes before any plateau, which the settings tell.")
    curve = learning_curve(run)
    if len(curve) <= patience + 1:
        raise NotApplicable(
            f"Training ended within the plateau patience of {plural(patience, 'epoch')}."
        )
    # float32 on the way through the optimizer, hence not exactly equal.
    if not np.allclose(curve.learning_rate, curve.learning_rate[0], rtol=1e-4):
        return ()
    return (
        Finding(
            code="plateau_never_met",
            severity=Severity.WATCH,
            title="The learning rate was never reduced.",
            reason=f"Validation loss did not stand still for {plural(patience, 'epoch')} before "
            "training ended.",
            figure="0",
            figure_note=f"reductions in {len(curve):,} epochs",
            measured="learning rate, training",
            try_text="lower the plateau patience, or keep the learning rate constant",
            try_page="network",
            numbers={"reductions": 0, "epochs": len(curve)},
        ),
    )


CHECK = Check("learning_rate_schedule", "Did the learning rate follow its plan?", findings_of)
