"""The one exception that a researcher can act on."""

from __future__ import annotations


class UserError(Exception):
    """Something the researcher can mend: what was wrong and what to do.

    Anything that is not a `UserError` is a bug and surfaces as one.

    Parameters
    ----------
    problem : str
        What was wrong, as a full sentence.
    expected, received : str, optional
        What was expected and what came instead.
    remedy : str, optional
        What to do now, as a full sentence.
    """

    def __init__(
        self,
        problem: str,
        *,
        expected: str | None = None,
        received: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.problem = problem
        self.expected = expected
        self.received = received
        self.remedy = remedy
        super().__init__(problem)

    def __str__(self) -> str:
        parts = [self.problem]
        if self.expected:
            parts.append(f"Expected: {self.expected}.")
        if self.received:
            parts.append(f"Received: {self.received}.")
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling, and this
        # exception travels from a worker to the dashboard.
        return (_rebuild, (self.problem, self.expected, self.received, self.remedy))


def _rebuild(
    problem: str, expected: str | None, received: str | None, remedy: str | None
) -> UserError:
    return UserError(problem, expected=expected, received=received, remedy=remedy)


def describe_fault(error: BaseException) -> str:
    """What is said of an error that is the program's own fault."""
    return (
        f"The program failed ({type(error).__name__}: {error}). "
        "This is a fault of the program, not of your data; the details are in the run's log."
    )
