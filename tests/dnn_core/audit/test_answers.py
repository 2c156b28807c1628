"""Answers hold as long as their finding occurs."""

from __future__ import annotations

from dnn_core.audit.answers import answered, in_force, unanswered
from dnn_core.audit.finding import Finding, Severity
from dnn_core.specs import Answer


def finding(variable: str) -> Finding:
    return Finding(
        "predicts_alone", Severity.WATCH, "T.", "R.", "1", "of 1", "m", variable=variable
    )


FOUND = (finding("a"), finding("b"))
TO_B = Answer(code="predicts_alone", variable="b", reason="Known before")
TO_C = Answer(code="predicts_alone", variable="c", reason="Known before")
OTHER = Answer(code="recodes_outcome", variable="a", reason="It is so")


def test_an_answer_is_known_by_code_and_variable() -> None:
    assert answered((TO_B, OTHER), FOUND) == {("predicts_alone", "b"): "Known before"}
    assert unanswered((TO_B, OTHER), FOUND) == (FOUND[0],)


def test_an_answer_is_dropped_when_its_finding_no_longer_occurs() -> None:
    assert in_force((TO_C, TO_B, OTHER), FOUND) == (TO_B,)
    assert in_force((TO_B,), ()) == ()
