"""Errors that a researcher can act on: mistakes that can be corrected, and damaged files."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class UserError(Exception):
    """An error that the researcher can correct: what was wrong and what to do.

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


REMEDIES = {
    "run": "or delete the run on the page Runs",
    "analysis": "or delete it and ask again how robust the result is",
    "study": "or delete the study on the page Tune",
    "data set": "or choose the data again on the page Data and train: that writes them anew",
}
"""What can be done other than restoring a file, by what it belongs to."""

NOT_AS_WRITTEN = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
)
"""What parsers of JSON, Parquet, NumPy and archives raise for invalid bytes, and what valid JSON of
another structure raises."""


class Damaged(UserError):
    """A file that the program wrote and that no longer contains what was written.

    Parameters
    ----------
    what : str
        What it belongs to, one of `REMEDIES`.
    path : Path
        The file.
    fault : str
        What is wrong with it, such as “is empty”.
    """

    def __init__(self, what: str, path: Path, fault: str) -> None:
        self.what, self.path, self.fault = what, path, fault
        super().__init__(
            f"This {what} is damaged: its file “{path.name}” {fault}.",
            remedy=f"Bring {path} back from a backup, {REMEDIES[what]}. Nothing else is affected.",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return (Damaged, (self.what, self.path, self.fault))


@contextmanager
def reading(what: str, path: Path) -> Iterator[None]:
    """Read one file that the program wrote, and check that it is what was written.

    Only reading stands inside, so that a bug elsewhere is not taken for damage.

    Raises
    ------
    Damaged
        If the file cannot be read as what it was.
    UserError
        If its folder is gone altogether, as that of a deleted run is.
    """
    try:
        yield
    except NOT_AS_WRITTEN as error:
        if not path.parent.exists():
            raise UserError(
                f"There is no such {what}.",
                received=path.parent.name,
                remedy="It may have been deleted; choose another one.",
            ) from error
        raise Damaged(what, path, _fault_of(path, error)) from error


def _fault_of(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "may not be read by this account"
    if not path.exists():
        return "is missing"
    if path.is_dir():
        return "is a folder now"
    if path.stat().st_size == 0:
        return "is empty"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror})"
    return "does not contain what was written into it"


ENDED_EARLY = "Its process was told to end before it was done; start it again."
"""The message where Ctrl-C, a notebook's stop or the end of a process interrupts: no fault."""


def describe_fault(error: BaseException) -> str:
    """The message for an error that is the program's own fault."""
    return (
        f"The program failed ({type(error).__name__}: {error}). "
        "This is a fault of the program, not of your data; the details are in the run's log."
    )
