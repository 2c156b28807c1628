"""The interface of a check, of data before training and of a run after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from dnn_core.audit.finding import Finding

Looked = TypeVar("Looked")
"""The object that a check examines: evidence in the data, or a run."""


@dataclass(frozen=True)
class Check(Generic[Looked]):
    """One check.

    `findings_of` returns its findings, none where there is nothing to report, and raises
    `NotApplicable` where the data or the run lack what the check needs.
    """

    code: str
    question: str
    findings_of: Callable[[Looked], tuple[Finding, ...]]
