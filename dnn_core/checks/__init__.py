"""Checks of a trained run, one file for each verdict.

A check examines one run. It returns findings, none, or the reason why it does not apply. Thresholds
are named constants with their source.
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
