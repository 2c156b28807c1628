"""What was found before training is told after it, and so is what was said to it."""

from __future__ import annotations

import pytest

from dnn_core.audit.finding import Finding
from dnn_core.checks import NotApplicable, Severity
from dnn_core.checks.leakage import CHECK
from dnn_core.specs import Answer

FOUND = Finding(
    code="missing_tells",
    severity=Severity.WATCH,
    title="Whether “wait” is answered gives “vote” away.",
    reason="The answer is missing for 98.0% of “no” and for 2.0% of all others.",
    figure="0.98",
    figure_note="0.97 to 0.99",
    measured="AUC of missing or not, training",
    try_text="leave it out, unless it is known when you predict",
    try_page="variables",
    numbers={"value": 0.98},
    variable="wait",
)


def test_a_finding_without_an_answer_is_told_as_it_is(make_run) -> None:
    assert CHECK.findings_of(make_run(audit=(FOUND,))) == (FOUND,)


def test_a_finding_that_is_meant_has_its_reason_and_no_remedy(make_run) -> None:
    answer = Answer(code="missing_tells", variable="wait", reason="We study the skip pattern")
    (finding,) = CHECK.findings_of(make_run(audit=(FOUND,), answers=(answer,)))
    assert finding.severity is Severity.MEANT
    assert finding.reason.endswith(
        "You answered that this is intended: “We study the skip pattern”."
    )
    assert (finding.try_text, finding.try_page) == ("", None)
    assert (finding.figure, finding.key) == (FOUND.figure, FOUND.key)


def test_an_answer_to_what_is_not_found_says_nothing(make_run) -> None:
    other = Answer(code="missing_tells", variable="age", reason="It is so")
    assert CHECK.findings_of(make_run(audit=(FOUND,), answers=(other,))) == (FOUND,)


def test_nothing_found_is_nothing_to_tell(make_run) -> None:
    assert CHECK.findings_of(make_run(audit=())) == ()


def test_it_does_not_apply_without_an_audit(make_run) -> None:
    with pytest.raises(NotApplicable):
        CHECK.findings_of(make_run())
