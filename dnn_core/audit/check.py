"""What a check of the data is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dnn_core.audit.evidence import Evidence
from dnn_core.audit.finding import Finding


@dataclass(frozen=True)
class Check:
    """One check of the data before training.

    `judge` returns its findings, none where nothing is to be said, and raises
    `NotApplicable` where the data have not what the check looks at.
    """

    code: str
    question: str
    judge: Callable[[Evidence], tuple[Finding, ...]]
