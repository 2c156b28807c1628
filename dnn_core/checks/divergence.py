"""Did training diverge?"""

from __future__ import annotations

import numpy as np

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, Severity
from dnn_core.checks.curve import Curve, learning_curve
from dnn_core.runs.run import Run
from dnn_core.wording import decimals_to_tell, number, plain

EXPLODED = 3.0
"""Training loss beyond this multiple of its value in the first epoch is due to steps that
overshoot, not to random variation: with a suitable learning rate it falls from the first epoch on.
The multiple is a convention of this project."""


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report a loss that is not finite, or that grows far beyond its first value."""
    curve = learning_curve(run)
    rate = run.experiment.training.learning_rate
    remedy = {
        "try_text": f"lower the learning rate of {plain(rate)}, or scale the predictors",
        "try_page": "network",
    }
    if not curve.finite:
        return (_diverged(run, curve, remedy),)
    worst = int(np.argmax(curve.loss))
    first, last = float(curve.loss[0]), float(curve.loss[worst])
    # Of a loss that begins at 0 or below there is no multiple.
    if first <= 0 or last < EXPLODED * first:
        return ()
    ratio = last / first
    decimals = decimals_to_tell(first, last, 0.0, least=3)
    return (
        Finding(
            code="exploded",
            severity=Severity.PROBLEM,
            title="Training was unstable.",
            reason=f"Training loss grew from {number(first, decimals)} in the first epoch to "
            f"{number(last, decimals)} in epoch {int(curve.epochs[worst])}.",
            figure=f"{number(ratio, 1)} times",
            figure_note="the first epoch's",
            measured="loss, training",
            **remedy,
            numbers={"ratio": ratio, "epoch": int(curve.epochs[worst])},
        ),
    )


def _diverged(run: Run, curve: Curve, remedy: dict[str, str]) -> Finding:
    good = np.isfinite(curve.loss) & np.isfinite(curve.val_loss)
    first = int(curve.epochs[int(np.argmin(good))])
    kept = (
        "The weights of the best epoch before that were kept."
        if run.status.done
        else "There is no trained network."
    )
    return Finding(
        code="diverged",
        severity=Severity.PROBLEM,
        title=f"Training diverged in epoch {first}.",
        reason=f"The loss was no longer a finite number. {kept}",
        figure=f"epoch {first}",
        figure_note=f"of {run.experiment.training.epochs:,} planned",
        measured="loss, training and validation",
        **remedy,
        numbers={"epoch": first},
    )


CHECK = Check("divergence", "Was training stable?", findings_of)
