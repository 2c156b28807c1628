"""Was the learning rate reduced as scheduled?"""

from __future__ import annotations

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.curve import learning_curve
from dnn_core.runs.run import Run
from dnn_core.specs import Schedule
from dnn_core.wording import plural


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report a schedule “Reduce on plateau” that never met a plateau.

    The check of the settings reports a schedule that could never act.
    """
    training = run.experiment.training
    if training.schedule is not Schedule.PLATEAU:
        raise NotApplicable("The schedule does not reduce the learning rate on a plateau.")
    patience = training.plateau_patience
    if training.early_stopping and patience >= training.patience:
        raise NotApplicable(
            "Early stopping acts before any plateau; the verdict on settings reports this."
        )
    curve = learning_curve(run)
    if len(curve) <= patience + 1:
        raise NotApplicable(
            f"Training ended within the plateau patience of {plural(patience, 'epoch')}."
        )
    # A mean over networks may differ in the last digit; reductions are by 1 % at least.
    rates = curve.learning_rate.astype("float32")
    if (rates != rates[0]).any():
        return ()
    return (
        Finding(
            code="plateau_never_met",
            severity=Severity.WATCH,
            title="The learning rate was never reduced.",
            reason=f"Validation loss never went {plural(patience, 'epoch')} without improvement "
            "before training ended.",
            figure="0",
            figure_note=f"reductions in {len(curve):,} epochs",
            measured="learning rate, training",
            try_text="lower the plateau patience, or keep the learning rate constant",
            try_page="network",
            numbers={"reductions": 0, "epochs": len(curve)},
        ),
    )


CHECK = Check("learning_rate_schedule", "Was the learning rate reduced as scheduled?", findings_of)
