"""The findings of the leakage checks before training, with the researcher's answers."""

from __future__ import annotations

from dataclasses import replace

from dnn_core.audit.answers import answered
from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.runs.run import Run


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Repeat each finding; an intended one has the researcher's reason instead of a remedy."""
    if run.audit is None:
        raise NotApplicable("The data were not checked before training.")
    findings = run.audit.findings
    reasons = answered(run.experiment.answers, findings)
    return tuple(
        _meant(finding, reasons[finding.key]) if finding.key in reasons else finding
        for finding in findings
    )


def _meant(finding: Finding, reason: str) -> Finding:
    return replace(
        finding,
        severity=Severity.MEANT,
        reason=f"{finding.reason} You answered that this is intended: “{reason}”.",
        try_text="",
        try_page=None,
    )


CHECK = Check("leakage", "Could the result be too good?", findings_of)
