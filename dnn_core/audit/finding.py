"""Findings of checks, in data before training or in a run after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dnn_core.specs import Choice


class Severity(Choice):
    """The severity of a finding; worst first."""

    PROBLEM = "problem", "Problem"
    WATCH = "watch", "Watch"
    MEANT = "meant", "Meant"
    GOOD = "good", "Good"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Finding:
    """A verdict with the figure behind it and what to try.

    Labels of variables and categories stand in the sentences as they are in
    the file. The code that shows them escapes what the medium would interpret, such as Markdown.

    Parameters
    ----------
    code : str
        Identifies the finding; with `variable` unique within one run.
    severity : Severity
    title : str
        The verdict, one sentence.
    reason : str
        What it rests on, one sentence.
    figure : str
        The number behind it, such as “+0.022”.
    figure_note : str
        Its interval or stretch, such as “0.31 to 0.52” or “over 10 epochs”.
    measured : str
        What was measured on which part of the data: “sensitivity, validation”.
    try_text : str
        What to do about it, a clause without capital and full stop; the words before its first
        comma link to `try_page`. Empty if there is nothing to be done.
    try_page : str, optional
        “network”, “variables”, “data”, “train”, “diagnose”, “runs” or “tune”.
    numbers : mapping
        The figures as numbers, for charts.
    variable : str
        The variable that it is about; empty where it is about no single one.
    """

    code: str
    severity: Severity
    title: str
    reason: str
    figure: str
    figure_note: str
    measured: str
    try_text: str = ""
    try_page: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    variable: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Key of an answer to the finding: code and variable."""
        return self.code, self.variable

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "severity": self.severity.value, "numbers": dict(self.numbers)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Finding:
        return cls(**{**values, "severity": Severity(values["severity"])})


@dataclass(frozen=True)
class Audit:
    """The results of all checks of a data set with its split.

    Parameters
    ----------
    findings : tuple of Finding
        Worst first.
    asked : tuple of str
        Codes of the checks that were run.
    not_applicable : tuple of (str, str)
        Code of each check that does not apply, and the reason as a sentence.
    """

    findings: tuple[Finding, ...] = ()
    asked: tuple[str, ...] = ()
    not_applicable: tuple[tuple[str, str], ...] = ()

    @property
    def silence(self) -> str:
        """A sentence for no findings: the checks that were run reported none, no more."""
        count = len(self.asked) + len(self.not_applicable)
        if not self.asked:
            return f"None of the {count} checks applies to these data, so none was run."
        return f"{len(self.asked)} of {count} checks apply to these data; none found a problem."

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "findings": [finding.to_dict() for finding in self.findings]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Audit:
        return cls(
            tuple(map(Finding.from_dict, values["findings"])),
            tuple(values["asked"]),
            tuple((code, reason) for code, reason in values["not_applicable"]),
        )


class NotApplicable(Exception):
    """A check has nothing to say, for a reason given as a sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
