"""What is to be said about a run: one file for each verdict.

A check looks at one run and gives findings, nothing, or the reason why it does
not apply; thresholds are named constants with their source.
"""

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.checks.registry import CHECKS, run_checks
from dnn_core.checks.summary import lead_sentence

__all__ = [
    "CHECKS",
    "Check",
    "Finding",
    "NotApplicable",
    "Severity",
    "lead_sentence",
    "run_checks",
]
