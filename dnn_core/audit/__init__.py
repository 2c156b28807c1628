"""What could make a result too good: one file for each check of the data before training.

A check looks at a data set as it is dealt out to parts, and gives findings, nothing,
or the reason why it does not apply. The test part stays sealed.
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
