"""What the audit of the data found before training, and what the researcher said to it."""

from __future__ import annotations

from dataclasses import replace

from dnn_core.audit.answers import answered
from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.runs.run import Run


def findings_of(run: Run) -> tuple[Finding, ...]:
    """Tell each finding again; one that is meant has no remedy, but the reason given."""
    if run.audit is None:
        raise NotApplicable("The data were not looked through before training.")
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
        reason=f"{finding.reason} This is meant: “{reason}”.",
        try_text="",
        try_page=None,
    )


CHECK = Check("leakage", "Could the result be too good?", findings_of)
