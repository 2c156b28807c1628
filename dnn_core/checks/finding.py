"""What a check is; what it says is a finding, nothing, or that it does not apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dnn_core.audit.finding import Finding, NotApplicable, Severity
from dnn_core.runs.run import Run

__all__ = ["Check", "Finding", "NotApplicable", "Severity"]


@dataclass(frozen=True)
class Check:
    """One check.

    `judge` returns its findings, none where nothing is to be said, and raises
    `NotApplicable` where the run has not what the check looks at.
    """

    code: str
    question: str
    judge: Callable[[Run], tuple[Finding, ...]]
