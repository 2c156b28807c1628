"""Do settings contradict each other, or have no effect?"""

from __future__ import annotations

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, Severity
from dnn_core.checks.evidence import facts
from dnn_core.network.contradictions import contradictions
from dnn_core.runs.run import Run
from dnn_core.specs import Part
from dnn_core.wording import counted


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Report once, naming every setting that could not work as probably intended."""
    known = facts(run)
    training_cases = known.cases[Part.TRAINING]
    contradicting = contradictions(
        run.experiment.network,
        run.experiment.training,
        training_rows=training_cases,
        kind=known.coding.kind,
    )
    if not contradicting:
        return ()
    if len(contradicting) == 1:
        title, reason = contradicting[0].title, contradicting[0].detail
    else:
        count = counted(len(contradicting)).capitalize()
        title = f"{count} settings contradict others or have no effect."
        reason = " ".join(remark.title for remark in contradicting)
    return (
        Finding(
            code="settings",
            severity=Severity.WATCH,
            title=title,
            reason=reason,
            figure=f"{len(contradicting)}",
            figure_note="setting" if len(contradicting) == 1 else "settings",
            measured=f"as asked for, {training_cases:,} training cases",
            try_text="change it, or leave it if it is intended"
            if len(contradicting) == 1
            else "change them one at a time, so that the effect of each can be seen",
            try_page="network",
            numbers={"settings": len(contradicting)},
        ),
    )


CHECK = Check("settings", "Did every setting have its effect?", findings_of)
