"""What a check is, of the data before training as of a run after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from dnn_core.audit.finding import Finding

Looked = TypeVar("Looked")
"""What a check looks at: evidence in the data, or a run."""


@dataclass(frozen=True)
class Check(Generic[Looked]):
    """One check.

    `judge` returns its findings, none where nothing is to be said, and raises
    `NotApplicable` where the data or the run have not what the check looks at.
    """

    code: str
    question: str
    findings_of: Callable[[Looked], tuple[Finding, ...]]
