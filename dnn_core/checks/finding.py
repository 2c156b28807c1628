"""What a verdict is made of; the same as what is said of the data before training."""

from __future__ import annotations

from dnn_core.audit.check import Check
from dnn_core.audit.finding import Finding, NotApplicable, Severity

__all__ = ["Check", "Finding", "NotApplicable", "Severity"]
