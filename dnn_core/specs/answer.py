"""The researcher's answer to a finding about the data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dnn_core.specs.fields import Spec


class Answer(Spec):
    """A finding that is intended, and why.

    `code` and `variable` are those of the finding; `variable` is empty where the
    finding is about no single one.
    """

    code: Annotated[str, Field(title="Finding")]
    variable: Annotated[str, Field(title="Variable")] = ""
    reason: Annotated[str, Field(title="Reason", min_length=1, max_length=300)]

    @property
    def key(self) -> tuple[str, str]:
        """What it answers: code and variable."""
        return self.code, self.variable

    def __str__(self) -> str:
        about = self.code.replace("_", " ") + (f", {self.variable}" if self.variable else "")
        return f"{about}: {self.reason}"
