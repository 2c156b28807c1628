"""Leakage checks of the data before training, one file each.

A check examines a data set with its split into parts. It returns findings, none, or the reason why
it does not apply. The test part stays sealed.
"""

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Audit, Finding, NotApplicable, Severity
from dnn_core.audit.registry import (
    CHECKS,
    CHECKS_OF_PREDICTORS,
    CHECKS_OF_ROWS,
    audit,
    looked_at,
)

__all__ = [
    "CHECKS",
    "CHECKS_OF_PREDICTORS",
    "CHECKS_OF_ROWS",
    "Audit",
    "Check",
    "Finding",
    "NotApplicable",
    "Severity",
    "audit",
    "looked_at",
]
