"""The researcher's answers to findings: reasons why a finding is intended."""

from __future__ import annotations

from collections.abc import Iterable

from dnn_core.audit.finding import Finding
from dnn_core.specs import Answer


def answered(answers: Iterable[Answer], findings: Iterable[Finding]) -> dict[tuple[str, str], str]:
    """Reasons by the key of the finding; answers to findings that no longer occur are dropped."""
    reasons = {answer.key: answer.reason for answer in answers}
    return {f.key: reasons[f.key] for f in findings if f.key in reasons}


def in_force(answers: Iterable[Answer], findings: Iterable[Finding]) -> tuple[Answer, ...]:
    """The answers to current findings, in the order of the findings."""
    by_key = {answer.key: answer for answer in answers}
    return tuple(by_key[f.key] for f in findings if f.key in by_key)


def unanswered(answers: Iterable[Answer], findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without an answer."""
    known = {answer.key for answer in answers}
    return tuple(f for f in findings if f.key not in known)
